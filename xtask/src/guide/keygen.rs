//! The guide's own reading of what `AT%KEYGEN` answers: a body, a full stop, and a COSE_Sign1 message about the body
//! (RFC 9052), signed by the modem's identity key.

use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use sha2::{Digest as _, Sha256};

use super::{failure::Failure, token::decoded};

/// Tag 18, array of four, protected header `{1: -7}` (ES256), unprotected `{4: h'21'}` (the identity key).
const COSE_START: &[u8] = &[0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x04, 0x41, 0x21];
/// `["Signature1", h'a10126', …`: the start of what is signed.
const SIGNED_START: &[u8] = b"\x84\x6aSignature1\x43\xa1\x01\x26";

/// A message taken apart.
#[derive(Debug)]
pub(crate) struct Message {
    /// A CSR or an SPKI, DER.
    pub(crate) body: Vec<u8>,
    payload: Vec<u8>,
    signature: Signature,
}

impl Message {
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        let unreadable = |why: &str| Failure::unreadable("the answer to AT%KEYGEN", why);
        let (body, cose) = text.split_once('.').ok_or_else(|| unreadable("no full stop"))?;
        let (body, cose) = (decoded(body)?, decoded(cose)?);
        let rest = cose.strip_prefix(COSE_START).ok_or_else(|| unreadable("another COSE header"))?;
        let (payload, rest) = byte_string(rest).ok_or_else(|| unreadable("no COSE payload"))?;
        let (signature, rest) = byte_string(rest).ok_or_else(|| unreadable("no COSE signature"))?;
        if !rest.is_empty() {
            return Err(unreadable("bytes behind the COSE signature"));
        }
        let signature =
            Signature::from_slice(signature).map_err(|_| unreadable("its signature is no r and s"))?;
        Ok(Self { body, payload: payload.to_vec(), signature })
    }

    /// Whether the payload holds the SHA-256 of the body.
    pub(crate) fn digest_fits(&self) -> bool {
        let digest = Sha256::digest(&self.body);
        self.payload.windows(digest.len()).any(|window| window == digest.as_slice())
    }

    /// Whether the identity key signed it: over the body as external data, and the payload (RFC 9052, 4.4).
    pub(crate) fn is_signed_by(&self, identity: &VerifyingKey) -> bool {
        let mut signed = SIGNED_START.to_vec();
        put_byte_string(&mut signed, &self.body);
        put_byte_string(&mut signed, &self.payload);
        identity.verify(&signed, &self.signature).is_ok()
    }
}

/// A definite byte string at the start (RFC 8949, 3.1), and what is behind it.
fn byte_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match bytes {
        [short @ 0x40..=0x57, rest @ ..] => (usize::from(short - 0x40), rest),
        [0x58, length, rest @ ..] => (usize::from(*length), rest),
        [0x59, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn put_byte_string(into: &mut Vec<u8>, bytes: &[u8]) {
    match u16::try_from(bytes.len()).map(u16::to_be_bytes) {
        Ok([0, length @ ..=0x17]) => into.push(0x40 + length),
        Ok([0, length]) => into.extend([0x58, length]),
        Ok([high, low]) => into.extend([0x59, high, low]),
        // No message of a modem is this long; the signature would not fit either.
        Err(_) => {}
    }
    into.extend(bytes);
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::PathBuf};

    use super::*;
    use crate::{guide::reading, workspace};

    #[test]
    fn byte_strings_of_every_length_come_back() {
        for length in [0, 1, 23, 24, 255, 256, 300] {
            let mut bytes = Vec::new();
            put_byte_string(&mut bytes, &vec![7; length]);
            bytes.push(1);
            assert_eq!(byte_string(&bytes), Some((vec![7; length].as_slice(), [1].as_slice())));
        }
        assert_eq!(byte_string(&[0x58, 2, 0]), None);
        assert_eq!(byte_string(&[0x60]), None);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let why = |text: &str| Message::read(text).unwrap_err().to_string();
        assert_eq!(why("AAAA"), "the answer to AT%KEYGEN cannot be read: no full stop");
        assert_eq!(why("AAAA.AAAA"), "the answer to AT%KEYGEN cannot be read: another COSE header");
    }

    /// Two messages of a real nRF9160, by which this reading is itself judged.
    #[test]
    fn messages_of_a_real_modem_are_read() {
        const IDENTITY_KEY: &str = "047b76ffcb0339a59c091651afe019a5f9ae5d0dc442994207bbb248f74cd80848\
                                    61b98a7b0e8dea68ecfb04cb0985d1ee18686ee7b3f0af4bd1de51439c1f97bd";
        let folder = env::var_os("NRFCLOUD_VECTORS")
            .map_or_else(|| workspace::root().unwrap().join("../shared/vectors"), PathBuf::from)
            .join("modem/keygen");
        if !folder.is_dir() {
            eprintln!("NOT RUN: no captured messages in {} (set NRFCLOUD_VECTORS)", folder.display());
            return;
        }
        let identity: Vec<u8> =
            (0..130).step_by(2).map(|i| u8::from_str_radix(&IDENTITY_KEY[i..i + 2], 16).unwrap()).collect();
        let identity = VerifyingKey::from_sec1_bytes(&identity).unwrap();
        for name in ["csr-tag17-nrf9160.txt", "pubkey-tag16-nrf9160.txt"] {
            let file = fs::read_to_string(folder.join(name)).unwrap();
            let text =
                file.lines().find_map(|line| line.strip_prefix("%KEYGEN: ")).unwrap().trim_matches('"');
            let message = Message::read(text).unwrap();
            assert!(message.digest_fits() && message.is_signed_by(&identity), "{name}");
            if name.starts_with("pubkey") {
                reading::public_key_der(&message.body).unwrap();
            }
            let mut other = Message::read(text).unwrap();
            other.body[40] ^= 1;
            assert!(!other.digest_fits() && !other.is_signed_by(&identity), "{name}");
        }
    }
}
