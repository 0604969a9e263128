//! The frame of a modem's messages: two base64url halves, the second a COSE_Sign1 (RFC 9052 section 4.2) by the device's
//! identity key.

use std::convert::Infallible;
use std::fmt::{self, Debug, Display, Formatter};

use base64ct::Base64UrlUnpadded;
use minicbor::data::{Tag, Type};
use minicbor::{Decoder, Encoder};
use p256::ecdsa::Signature;
use signature::Verifier;
use zeroize::Zeroizing;

use crate::base64;
use crate::hex::Hex;
use crate::key::PublicKey;

/// The two halves of `AT%KEYGEN` and `AT%ATTESTTOKEN` answers. All copies are wiped: an attestation token is a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Halves {
    pub(crate) body: Zeroizing<Vec<u8>>,
    pub(crate) cose: CoseSign1,
}

impl Halves {
    /// Reads `body.cose`. The text may stand in a whole answer: after `%NAME: `, in quotes, before `OK`.
    pub(crate) fn read(text: &str, prefix: &str) -> Result<Self, CoseError> {
        let blob = unwrap(text, prefix);
        let (body, cose) = blob.split_once('.').ok_or(CoseError::NoDot)?;
        if cose.contains('.') {
            return Err(CoseError::TooManyDots { dots: blob.matches('.').count() });
        }
        Ok(Self { body: half(body, Half::Body)?, cose: CoseSign1::from_cbor(&half(cose, Half::Cose)?)? })
    }
}

/// A COSE_Sign1 structure with ES256, as nRF91 modems make it.
#[derive(Clone, PartialEq, Eq)]
pub struct CoseSign1 {
    protected: Vec<u8>,
    key_id: i64,
    payload: Option<Vec<u8>>,
    signature: Zeroizing<Signature>,
}

impl CoseSign1 {
    /// Reads CBOR: tag 18, protected header `{1: -7}`, unprotected header `{4: key id}`, payload, signature.
    ///
    /// # Errors
    /// [`CoseError`] names the part that is not as it should be.
    pub fn from_cbor(cbor: &[u8]) -> Result<Self, CoseError> {
        let mut decoder = Decoder::new(cbor);
        let part = |part: &'static str| move |error: minicbor::decode::Error| CoseError::cbor(part, &error);
        let tag = decoder.tag().map_err(part("the tag"))?;
        if tag != Tag::new(COSE_SIGN1) {
            return Err(CoseError::Tag { found: tag.as_u64() });
        }
        match decoder.array().map_err(part("the array"))? {
            Some(4) => {}
            found => return Err(CoseError::Elements { what: "COSE_Sign1", expected: 4, found }),
        }
        let protected = decoder.bytes().map_err(part("the protected header"))?.to_vec();
        if protected != PROTECTED_ES256 {
            return Err(CoseError::Algorithm { found: Hex(&protected).to_string() });
        }
        let key_id = key_id(&mut decoder).map_err(part("the unprotected header"))?;
        let payload = match decoder.datatype().map_err(part("the payload"))? {
            Type::Null => {
                decoder.null().map_err(part("the payload"))?;
                None
            }
            _ => Some(decoder.bytes().map_err(part("the payload"))?.to_vec()),
        };
        let signature = decoder.bytes().map_err(part("the signature"))?;
        if signature.len() != 64 {
            return Err(CoseError::SignatureLength { found: signature.len() });
        }
        let signature =
            Zeroizing::new(Signature::from_slice(signature).map_err(|_| CoseError::SignatureRange)?);
        if decoder.position() != cbor.len() {
            return Err(CoseError::Trailing { what: "COSE_Sign1", octets: cbor.len() - decoder.position() });
        }
        Ok(Self { protected, key_id, payload, signature })
    }

    /// Which key signed: [`IDENTITY_KEY`] on every device in the field.
    #[must_use]
    pub fn key_id(&self) -> i64 {
        self.key_id
    }

    /// The signed payload; an attestation token has none, its body is external data.
    #[must_use]
    pub fn payload(&self) -> Option<&[u8]> {
        self.payload.as_deref()
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The octets that the signature covers, with `external` as external_aad: the CBOR array
    /// `["Signature1", protected, external_aad, payload]`. A missing payload stands there as null, which is how the modem
    /// does it.
    #[must_use]
    pub fn signed_bytes(&self, external: &[u8]) -> Zeroizing<Vec<u8>> {
        // Enough, so that it does not move and leave a copy: the heads of four items have at most 9 octets each.
        let payload = self.payload.as_ref().map_or(0, Vec::len);
        let capacity = external.len() + payload + self.protected.len() + "Signature1".len() + 5 * 9;
        let mut encoder = Encoder::new(Vec::with_capacity(capacity));
        written(encoder.array(4).and_then(|encoder| encoder.str("Signature1")));
        written(encoder.bytes(&self.protected).and_then(|encoder| encoder.bytes(external)));
        match &self.payload {
            Some(payload) => written(encoder.bytes(payload)),
            None => written(encoder.null()),
        }
        Zeroizing::new(encoder.into_writer())
    }

    /// Checks that the device's identity key made the signature. The key identifier is not signed, so it is looked at here.
    ///
    /// # Errors
    /// [`CoseError::KeyId`] where the message names another key, [`CoseError::Signature`] where it is not by `key`.
    pub fn verify(&self, external: &[u8], key: &PublicKey) -> Result<(), CoseError> {
        if self.key_id != IDENTITY_KEY {
            return Err(CoseError::KeyId { found: self.key_id });
        }
        key.verify(&self.signed_bytes(external), &self.signature).map_err(|_| CoseError::Signature)
    }
}

impl Debug for CoseSign1 {
    /// The signature of an attestation token is a secret, so none is shown.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("CoseSign1").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// A UUID as modems have it for the device and for the firmware.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid(pub [u8; 16]);

impl Display for Uuid {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (a, b, c, d, e) = (&self.0[..4], &self.0[4..6], &self.0[6..8], &self.0[8..10], &self.0[10..]);
        write!(f, "{}-{}-{}-{}-{}", Hex(a), Hex(b), Hex(c), Hex(d), Hex(e))
    }
}

impl Debug for Uuid {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Uuid({self})")
    }
}

/// The key identifier of a device's identity key.
pub const IDENTITY_KEY: i64 = -2;
/// The key identifier of Nordic's base key for production.
pub const NORDIC_BASE_PRODUCTION_KEY: i64 = -4;
/// The key identifier of Nordic's base key for research and development.
pub const NORDIC_BASE_RND_KEY: i64 = -5;

/// Reads the array of `elements` that stands behind the "self-described CBOR" tag in every message, and its first element,
/// the message type.
pub(crate) fn open_message<'b>(
    what: &'static str,
    cbor: &'b [u8],
    elements: u64,
) -> Result<(Decoder<'b>, u64), CoseError> {
    let mut decoder = Decoder::new(cbor);
    let tag = decoder.tag().map_err(|error| CoseError::cbor(what, &error))?;
    if tag != Tag::new(SELF_DESCRIBED) {
        return Err(CoseError::NotSelfDescribed { what, found: tag.as_u64() });
    }
    match decoder.array().map_err(|error| CoseError::cbor(what, &error))? {
        Some(count) if count == elements => {}
        found => return Err(CoseError::Elements { what, expected: elements, found }),
    }
    let kind = decoder.u64().map_err(|error| CoseError::cbor("the message type", &error))?;
    Ok((decoder, kind))
}

/// Reads a byte string of exactly `N` octets.
pub(crate) fn fixed<const N: usize>(
    what: &'static str,
    decoder: &mut Decoder<'_>,
) -> Result<[u8; N], CoseError> {
    let bytes = decoder.bytes().map_err(|error| CoseError::cbor(what, &error))?;
    bytes.try_into().map_err(|_| CoseError::Length { what, expected: N, found: bytes.len() })
}

/// Checks that nothing follows.
pub(crate) fn close_message(what: &'static str, decoder: &Decoder<'_>) -> Result<(), CoseError> {
    match decoder.input().len() - decoder.position() {
        0 => Ok(()),
        octets => Err(CoseError::Trailing { what, octets }),
    }
}

/// The two halves of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Half {
    /// Before the dot.
    Body,
    /// Behind the dot.
    Cose,
}

impl Display for Half {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Body => "body, before the dot",
            Self::Cose => "COSE part, behind the dot",
        })
    }
}

/// Why a modem's message cannot be read or trusted. No variant holds any part of the message that could be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CoseError {
    /// Only one half.
    #[error("a modem message has two parts with a dot between them; there is no dot")]
    NoDot,
    /// More than two parts.
    #[error("a modem message has one dot, this has {dots}{}", if *.dots == 2 { " (a JSON Web Token has two)" } else { "" })]
    TooManyDots {
        /// Dots found.
        dots: usize,
    },
    /// A half without content.
    #[error("the {half}, is empty")]
    EmptyHalf {
        /// Which.
        half: Half,
    },
    /// A character that base64url does not have.
    #[error("the {half}, has {character:?} at position {position}, which is not base64url")]
    Character {
        /// Which half.
        half: Half,
        /// The character.
        character: char,
        /// Its position in the half, from 1.
        position: usize,
    },
    /// The number of characters is impossible, or bits are left over.
    #[error("the {half}, is not base64url: cut short after {characters} characters, or damaged")]
    Base64 {
        /// Which half.
        half: Half,
        /// Characters found.
        characters: usize,
    },
    /// Not the CBOR that belongs there.
    #[error("{part} is not as in a modem message: {reason}{}", .position.map_or_else(String::new, |at| format!(" at octet {at} of the CBOR")))]
    Cbor {
        /// Which part was read.
        part: &'static str,
        /// Where in its CBOR, where that is known.
        position: Option<usize>,
        /// The decoder's words.
        reason: String,
    },
    /// Not a COSE_Sign1.
    #[error("the COSE part has the CBOR tag {found}, not 18 (COSE_Sign1)")]
    Tag {
        /// The tag found.
        found: u64,
    },
    /// Not ES256.
    #[error("the protected header is {found}, not a10126 (ES256)")]
    Algorithm {
        /// The header in hexadecimal.
        found: String,
    },
    /// Too few or too many elements.
    #[error("{what} has {} elements, not {expected}", .found.map_or_else(|| "an unknown number of".to_owned(), |n| n.to_string()))]
    Elements {
        /// Which array.
        what: &'static str,
        /// As it should be.
        expected: u64,
        /// As it is; `None` for an array of indefinite length.
        found: Option<u64>,
    },
    /// Without the tag that every message begins with.
    #[error("{what} has the CBOR tag {found}, not 55799 (self-described CBOR)")]
    NotSelfDescribed {
        /// Which message.
        what: &'static str,
        /// The tag found.
        found: u64,
    },
    /// A field of the wrong length.
    #[error("{what} has {found} octets, not {expected}")]
    Length {
        /// Which field.
        what: &'static str,
        /// As it should be.
        expected: usize,
        /// As it is.
        found: usize,
    },
    /// Something behind the end.
    #[error("{octets} octets follow behind the end of {what}")]
    Trailing {
        /// Behind what.
        what: &'static str,
        /// How many.
        octets: usize,
    },
    /// Not r and s of P-256.
    #[error("the signature has {found} octets, not 64")]
    SignatureLength {
        /// Octets found.
        found: usize,
    },
    /// r or s is zero or not below the order of the curve.
    #[error("the signature has a number outside the order of P-256")]
    SignatureRange,
    /// Signed by another kind of key than a device's identity key.
    #[error("the message names the key {found} as its signer, not the identity key ({IDENTITY_KEY})")]
    KeyId {
        /// The key identifier found.
        found: i64,
    },
    /// Not signed by this key.
    #[error("the message is not signed by this identity key")]
    Signature,
}

impl CoseError {
    pub(crate) fn cbor(part: &'static str, error: &minicbor::decode::Error) -> Self {
        let reason = if error.is_end_of_input() {
            "the data ends too early"
        } else if error.is_type_mismatch() {
            "another type of value is here"
        } else {
            "not a value that belongs here"
        };
        Self::Cbor { part, position: error.position(), reason: reason.to_owned() }
    }
}

/// COSE_Sign1, RFC 9052 section 2.
const COSE_SIGN1: u64 = 18;
/// Self-described CBOR, RFC 8949 section 3.4.6.
const SELF_DESCRIBED: u64 = 55_799;
/// `{1: -7}`: the algorithm is ES256.
const PROTECTED_ES256: [u8; 3] = [0xa1, 0x01, 0x26];
/// The label of the key identifier in a COSE header, RFC 9052 section 3.1.
const KEY_ID_LABEL: i64 = 4;

/// For what was written into a `Vec`.
fn written<T>(result: Result<T, minicbor::encode::Error<Infallible>>) {
    result.map(drop).expect("a Vec takes everything");
}

/// The unprotected header: one entry, whose byte string is itself a CBOR integer.
fn key_id(decoder: &mut Decoder<'_>) -> Result<i64, minicbor::decode::Error> {
    let position = decoder.position();
    if decoder.map()? != Some(1) || decoder.i64()? != KEY_ID_LABEL {
        return Err(minicbor::decode::Error::message("key id").at(position));
    }
    let inner = decoder.bytes()?;
    let mut nested = Decoder::new(inner);
    let key_id = nested.i64()?;
    if nested.position() == inner.len() {
        Ok(key_id)
    } else {
        Err(minicbor::decode::Error::message("key id").at(position))
    }
}

/// What stands between the quotes behind the prefix; without those, the text itself. White space, also inside (a terminal
/// that wrapped the line), is left out.
fn unwrap(text: &str, prefix: &str) -> Zeroizing<String> {
    let answer = text.split_once(prefix).map_or(text, |(_, rest)| rest).trim_start();
    let mut blob = Zeroizing::new(String::with_capacity(answer.len()));
    let mut keep = |line: &str| blob.extend(line.chars().filter(|character| !character.is_whitespace()));
    match answer.strip_prefix('"') {
        Some(rest) => keep(rest.split('"').next().unwrap_or(rest)),
        // Not in quotes: the blob ends where a line `OK` stands.
        None => answer.lines().map(str::trim).take_while(|line| *line != "OK").for_each(keep),
    }
    blob
}

fn half(text: &str, half: Half) -> Result<Zeroizing<Vec<u8>>, CoseError> {
    if text.is_empty() {
        return Err(CoseError::EmptyHalf { half });
    }
    // nRF Connect SDK reads `+` and `/` as well, and strips `=`: accept what it accepts.
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    for (index, character) in text.trim_end_matches('=').chars().enumerate() {
        plain.push(match character {
            '+' => '-',
            '/' => '_',
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' => character,
            _ => return Err(CoseError::Character { half, character, position: index + 1 }),
        });
    }
    base64::decode::<Base64UrlUnpadded>(&plain)
        .map_err(|_| CoseError::Base64 { half, characters: plain.len() })
}
