//! Signed messages of the modem: `%KEYGEN` and `%ATTESTTOKEN`.
//!
//! Their signature is not checked here, but that they are whole is: a character that was lost or doubled on the wire shows.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::{ReplyError, quoted, single};
use crate::credential::Sha256Digest;
use crate::engine::Line;
use crate::secret::AttestationToken;

/// `AT%KEYGEN`: the message as the modem made it, `<body>.<COSE signature>`. The SHA-256 of the body stands in the signed part, and is
/// compared.
///
/// # Errors
/// [`ReplyError`] unless one such message came, whole.
pub fn keygen(lines: &[Line]) -> Result<String, ReplyError> {
    let expected = "a KEYGEN message";
    let line = single(lines, expected)?;
    let message = quoted(line, "%KEYGEN").filter(|text| {
        decode(text).is_some_and(|(body, cose)| {
            let digest = Sha256Digest::of(&body);
            matches!(payload(&cose), Some(Some(payload))
                if payload.windows(32).any(|part| part == digest.as_bytes()))
        })
    });
    message.map(str::to_string).ok_or_else(|| ReplyError::malformed(expected, line))
}

/// `AT%ATTESTTOKEN`.
///
/// # Errors
/// [`ReplyError`] unless one token came, whole; the token is not in the error.
pub fn attestation_token(lines: &[Line]) -> Result<AttestationToken, ReplyError> {
    /// Tag 55799 (self-described CBOR), array of five, message type 1: device identity.
    const START: &[u8] = &[0xd9, 0xd9, 0xf7, 0x85, 0x01];
    /// With a UUID, a device type, a UUID and a nonce after it.
    const LENGTH: usize = START.len() + 17 + 1 + 17 + 17;
    let expected = "an attestation token";
    let line = single(lines, expected)?;
    let message = quoted(line, "%ATTESTTOKEN").filter(|text| {
        decode(text).is_some_and(|(body, cose)| {
            body.starts_with(START) && body.len() == LENGTH && payload(&cose) == Some(None)
        })
    });
    message
        .map(|text| AttestationToken::new(text.to_string()))
        .ok_or_else(|| ReplyError::malformed(expected, line))
}

/// Both halves of a message: base64url without padding, with a dot between them.
fn decode(text: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let (body, cose) = text.split_once('.')?;
    Some((Base64UrlUnpadded::decode_vec(body).ok()?, Base64UrlUnpadded::decode_vec(cose).ok()?))
}

/// The payload of a whole COSE_Sign1 message of a modem (RFC 9052, section 4.2), which is `Some(None)` where it is detached.
fn payload(cose: &[u8]) -> Option<Option<&[u8]>> {
    /// Tag 18, array of four, protected header {1: -7}, unprotected header {4: one byte, the key's number}.
    const START: &[u8] = &[0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x04, 0x41];
    let rest = cose.strip_prefix(START)?.get(1..)?;
    let (payload, rest) = match *rest {
        [0xf6, ref rest @ ..] => (None, rest),
        [0x58, length, ref rest @ ..] => {
            let (payload, rest) = rest.split_at_checked(length.into())?;
            (Some(payload), rest)
        }
        _ => return None,
    };
    match rest {
        [0x58, 0x40, signature @ ..] if signature.len() == 64 => Some(payload),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec;

    use super::*;

    const START: [u8; 10] = [0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x04, 0x41, 0x21];

    fn message(body: &[u8], payload: Option<&[u8]>) -> String {
        let mut cose = START.to_vec();
        match payload {
            None => cose.push(0xf6),
            Some(payload) => {
                cose.extend([0x58, u8::try_from(payload.len()).unwrap()]);
                cose.extend(payload);
            }
        }
        cose.extend([0x58, 0x40]);
        cose.extend([7; 64]);
        format!("{}.{}", Base64UrlUnpadded::encode_string(body), Base64UrlUnpadded::encode_string(&cose))
    }

    fn lines(name: &str, message: &str) -> [Line; 1] {
        [Line::new(format!("{name}: \"{message}\""), false)]
    }

    #[test]
    fn every_lost_and_every_doubled_character_shows() {
        let body = [0x30, 0x59, 1, 2, 3];
        let keygen_message =
            message(&body, Some(&[&[0x58, 0x20], &Sha256Digest::of(&body).as_bytes()[..]].concat()));
        let mut body = vec![0xd9, 0xd9, 0xf7, 0x85, 0x01, 0x50];
        body.extend([3; 16]);
        body.push(6);
        body.extend([&[0x50], &[4; 16][..], &[0x50], &[5; 16]].concat());
        let token = message(&body, None);
        for (name, text) in [("%KEYGEN", &keygen_message), ("%ATTESTTOKEN", &token)] {
            let is_good = |text: &str| match name {
                "%KEYGEN" => keygen(&lines(name, text)).is_ok(),
                _ => attestation_token(&lines(name, text)).is_ok(),
            };
            assert!(is_good(text));
            for place in 0..text.len() {
                assert!(!is_good(&format!("{}{}", &text[..place], &text[place + 1..])), "lost {place}");
                assert!(!is_good(&format!("{}{}", &text[..=place], &text[place..])), "doubled {place}");
            }
        }
        assert!(keygen(&lines("%KEYGEN", &token)).is_err());
        assert!(attestation_token(&lines("%ATTESTTOKEN", &keygen_message)).is_err());
    }
}
