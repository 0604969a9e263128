//! What a modem answers to `AT%KEYGEN`: a CSR or a public key, and a COSE signature over it.

use std::fmt::{self, Debug, Display, Formatter};
use std::str::FromStr;

use minicbor::Decoder;

use crate::asn1;
use crate::cose::{self, CoseError, CoseSign1, Halves, Uuid};
use crate::csr::{CertificateRequest, CsrError};
use crate::hex::Hex;
use crate::key::{KeyError, PublicKey};

/// The decoded answer to `AT%KEYGEN`.
///
/// Decoding says what the message holds. Whether it holds together is a question of its own: [`Self::check`]; whether the
/// device made it, of [`Self::verify_with`]. A certificate authority checks before it signs.
#[derive(Clone, PartialEq, Eq)]
pub struct KeygenMessage {
    halves: Halves,
    content: Content,
    kind: KeygenKind,
    message_type: u64,
    device_uuid: Uuid,
    sec_tag: u32,
    digest: [u8; 32],
    nonce: [u8; 16],
}

#[derive(Clone, PartialEq, Eq)]
enum Content {
    Csr(Box<CertificateRequest>),
    PublicKey(PublicKey),
}

/// What the message says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeygenKind {
    /// A public key (message types 2 and 8).
    PublicKey,
    /// A certificate signing request (message types 3 and 9).
    Csr,
}

impl KeygenMessage {
    /// Decodes `body.cose`, alone or in the whole answer `%KEYGEN: "…"`.
    ///
    /// # Errors
    /// [`KeygenError`] names the part that is not as it should be.
    pub fn decode(text: &str) -> Result<Self, KeygenError> {
        Self::from_halves(Halves::read(text, "%KEYGEN:")?)
    }

    pub(crate) fn from_halves(halves: Halves) -> Result<Self, KeygenError> {
        let payload = halves.cose.payload().ok_or(KeygenError::NoPayload)?;
        let (mut decoder, message_type) = cose::open_message("the KEYGEN payload", payload, 5)?;
        let kind = match message_type {
            2 | 8 => KeygenKind::PublicKey,
            3 | 9 => KeygenKind::Csr,
            other => return Err(KeygenError::MessageType { found: other }),
        };
        let device_uuid = Uuid(cose::fixed("the device UUID", &mut decoder)?);
        let sec_tag = sec_tag(&mut decoder)?;
        let digest = cose::fixed("the digest", &mut decoder)?;
        let nonce = cose::fixed("the nonce", &mut decoder)?;
        cose::close_message("the KEYGEN payload", &decoder)?;
        let content = match kind {
            KeygenKind::PublicKey => Content::PublicKey(PublicKey::from_spki_der(&halves.body)?),
            KeygenKind::Csr => Content::Csr(Box::new(CertificateRequest::from_der(&halves.body)?)),
        };
        Ok(Self { content, kind, message_type, device_uuid, sec_tag, digest, nonce, halves })
    }

    /// Checks what can be checked without the device's identity key: that the digest in the signed part is that of the
    /// body, and, in a CSR, that the requester holds the key.
    ///
    /// # Errors
    /// [`KeygenError::Digest`], [`KeygenError::Csr`].
    pub fn check(&self) -> Result<(), KeygenError> {
        let found = asn1::sha256(&self.halves.body);
        if found != self.digest {
            return Err(KeygenError::Digest {
                expected: Hex(&self.digest).to_string(),
                found: Hex(&found).to_string(),
            });
        }
        match &self.content {
            Content::Csr(csr) => Ok(csr.verify()?),
            Content::PublicKey(_) => Ok(()),
        }
    }

    /// Checks everything: [`Self::check`], and that the device with this identity key signed it.
    ///
    /// # Errors
    /// As [`Self::check`], and [`CoseError::Signature`].
    pub fn verify_with(&self, identity: &PublicKey) -> Result<(), KeygenError> {
        self.check()?;
        Ok(self.halves.cose.verify(&self.halves.body, identity)?)
    }

    /// Whether it is a CSR or a public key.
    #[must_use]
    pub fn kind(&self) -> KeygenKind {
        self.kind
    }

    /// The message type as the modem has it: 2 or 8 for a public key, 3 or 9 for a CSR.
    #[must_use]
    pub fn message_type(&self) -> u64 {
        self.message_type
    }

    /// The device's UUID.
    #[must_use]
    pub fn device_uuid(&self) -> Uuid {
        self.device_uuid
    }

    /// Where the modem keeps the private key.
    #[must_use]
    pub fn sec_tag(&self) -> u32 {
        self.sec_tag
    }

    /// The SHA-256 of the body, as the signed part has it.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The modem's random number.
    #[must_use]
    pub fn nonce(&self) -> &[u8; 16] {
        &self.nonce
    }

    /// The first half as it came: the DER of the CSR or of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.halves.body
    }

    /// The second half.
    #[must_use]
    pub fn cose(&self) -> &CoseSign1 {
        &self.halves.cose
    }

    /// The generated key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        match &self.content {
            Content::Csr(csr) => csr.public_key(),
            Content::PublicKey(key) => *key,
        }
    }

    /// The CSR, where it is one.
    #[must_use]
    pub fn certificate_request(&self) -> Option<&CertificateRequest> {
        match &self.content {
            Content::Csr(csr) => Some(csr),
            Content::PublicKey(_) => None,
        }
    }
}

impl FromStr for KeygenMessage {
    type Err = KeygenError;

    /// [`KeygenMessage::decode`] and [`KeygenMessage::check`] in one.
    fn from_str(text: &str) -> Result<Self, KeygenError> {
        let message = Self::decode(text)?;
        message.check()?;
        Ok(message)
    }
}

impl Debug for KeygenMessage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeygenMessage")
            .field("kind", &self.kind)
            .field("device_uuid", &self.device_uuid)
            .field("sec_tag", &self.sec_tag)
            .field("public_key", &self.public_key())
            .finish_non_exhaustive()
    }
}

impl Display for KeygenKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PublicKey => "public key",
            Self::Csr => "certificate request",
        })
    }
}

/// Why an answer to `AT%KEYGEN` cannot be read or trusted.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeygenError {
    /// The frame is not as it should be.
    #[error(transparent)]
    Cose(#[from] CoseError),
    /// It is an attestation token, or another message whose body is signed from outside.
    #[error(
        "the COSE part has no payload: this is an attestation token or another message, not an answer to AT%KEYGEN"
    )]
    NoPayload,
    /// Neither a CSR nor a public key.
    #[error("the message type is {found}; an answer to AT%KEYGEN has 2, 3, 8 or 9")]
    MessageType {
        /// The type found.
        found: u64,
    },
    /// The sec_tag is not one.
    #[error("the sec_tag is {found}, which does not fit in 32 bits")]
    SecTag {
        /// The number found.
        found: i64,
    },
    /// The body says it is a public key and is none.
    #[error("the body is not a P-256 public key: {0}")]
    Key(#[from] KeyError),
    /// The body says it is a CSR and is none, or does not prove possession.
    #[error(transparent)]
    Csr(#[from] CsrError),
    /// The body was changed after the device signed it.
    #[error(
        "the body was changed after the modem signed it: its SHA-256 is {found}, the signed digest is {expected}"
    )]
    Digest {
        /// The signed digest.
        expected: String,
        /// The digest of the body.
        found: String,
    },
}

/// A byte string that holds a CBOR integer. A tag from 2³¹ on is there as a negative number (two's complement).
fn sec_tag(decoder: &mut Decoder<'_>) -> Result<u32, KeygenError> {
    const PART: &str = "the sec_tag";
    let bytes = decoder.bytes().map_err(|error| CoseError::cbor(PART, &error))?;
    let mut nested = Decoder::new(bytes);
    let number = nested.i64().map_err(|error| CoseError::cbor(PART, &error))?;
    cose::close_message(PART, &nested)?;
    u32::try_from(number)
        .or_else(|_| i32::try_from(number).map(i32::cast_unsigned))
        .map_err(|_| KeygenError::SecTag { found: number })
}
