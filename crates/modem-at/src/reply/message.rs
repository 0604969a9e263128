//! Signed messages of the modem: `%KEYGEN` and `%ATTESTTOKEN`.
//!
//! Their signature is not checked here, but that they are whole is: a character that was lost or doubled on the wire shows.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::{ReplyError, quoted, single};
use crate::credential::{SecTag, Sha256Digest};
use crate::engine::Line;
use crate::secret::AttestationToken;

/// `AT%KEYGEN`: the message as the modem made it, `<body>.<COSE signature>`. The SHA-256 of the body stands in the signed part, and is
/// compared.
///
/// # Errors
/// [`ReplyError`] unless one such message came, whole.
pub fn keygen(lines: &[Line]) -> Result<String, ReplyError> {
    const EXPECTED: &str = "a KEYGEN message";
    key_message(lines, EXPECTED, |digest| digest.as_bytes().to_vec())
}

/// As [`keygen`], and the sec_tag in the signed part must be this one: where a digit of the command was lost on its way, the key is in
/// another slot than was asked for.
///
/// # Errors
/// [`ReplyError`] unless one such message came, whole and for this tag.
pub fn keygen_in(lines: &[Line], sec_tag: SecTag) -> Result<String, ReplyError> {
    const EXPECTED: &str = "a KEYGEN message for the sec_tag that was asked for";
    keygen(lines)?;
    key_message(lines, EXPECTED, |digest| tag_and_digest(sec_tag, digest))
}

/// A message in whose signed part stands what `signed` makes of the body's digest.
fn key_message(
    lines: &[Line],
    expected: &'static str,
    signed: impl Fn(&Sha256Digest) -> Vec<u8>,
) -> Result<String, ReplyError> {
    let line = single(lines, expected)?;
    let message = quoted(line, "%KEYGEN").filter(|text| {
        decode(text).is_some_and(|(body, cose)| {
            let signed = signed(&Sha256Digest::of(&body));
            matches!(payload(&cose), Some(Some(payload))
                if payload.windows(signed.len()).any(|part| part == signed))
        })
    });
    message.map(str::to_string).ok_or_else(|| ReplyError::malformed(expected, line))
}

/// How they stand in the signed part: a byte string that holds the tag as a CBOR integer, and one with the digest (facts 8).
fn tag_and_digest(sec_tag: SecTag, digest: &Sha256Digest) -> Vec<u8> {
    let number = sec_tag.number().to_be_bytes();
    let (head, octets): (&[u8], &[u8]) = match sec_tag.number() {
        0..=23 => (&[0x41], &number[3..]),
        24..=0xff => (&[0x42, 0x18], &number[3..]),
        0x100..=0xffff => (&[0x43, 0x19], &number[2..]),
        _ => (&[0x45, 0x1a], &number),
    };
    [head, octets, &[0x58, 0x20], digest.as_bytes()].concat()
}

/// `AT%KEYGEN` with a certificate that the key signs itself (14,2), `<body>.<COSE signature>`. The form of the signed part is not
/// published: where there is one, the SHA-256 of the body must stand in it; where there is none, the certificate's own signature, which
/// is for the caller to check, shows whether it is whole.
///
/// # Errors
/// [`ReplyError`] unless one such message came, whole.
pub fn self_signed_certificate(lines: &[Line]) -> Result<String, ReplyError> {
    let expected = "a KEYGEN message with a certificate";
    let line = single(lines, expected)?;
    let message = quoted(line, "%KEYGEN").filter(|text| {
        decode(text).is_some_and(|(body, cose)| match payload(&cose) {
            Some(Some(payload)) => {
                let digest = Sha256Digest::of(&body);
                payload.windows(32).any(|part| part == digest.as_bytes())
            }
            Some(None) => body.starts_with(&[0x30]),
            None => false,
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
    fn a_certificate_comes_with_its_digest_or_alone() {
        let body = [0x30, 0x59, 1, 2, 3];
        let parse = |text: String| self_signed_certificate(&lines("%KEYGEN", &text)).is_ok();
        assert!(parse(message(&body, Some(Sha256Digest::of(&body).as_bytes()))));
        assert!(parse(message(&body, None)));
        assert!(!parse(message(&body, Some(&[1; 32]))));
        assert!(!parse(message(&[0xd9, 0xd9, 0xf7], None)));
        assert!(!parse(format!("{}.", Base64UrlUnpadded::encode_string(&body))));
    }

    #[test]
    fn a_key_in_another_slot_is_not_the_one_that_was_asked_for() {
        let body = [0x30, 0x59, 1, 2, 3];
        let digest = Sha256Digest::of(&body);
        for (tag, octets) in [
            (17, &[0x41, 0x11][..]),
            (42, &[0x42, 0x18, 0x2a]),
            (300, &[0x43, 0x19, 0x01, 0x2c]),
            (16_842_753, &[0x45, 0x1a, 1, 1, 0, 1]),
        ] {
            let tag = SecTag::new(tag).unwrap();
            let payload = [octets, &[0x58, 0x20], digest.as_bytes()].concat();
            let text = message(&body, Some(&payload));
            assert!(keygen_in(&lines("%KEYGEN", &text), tag).is_ok(), "{tag:?}");
            let error = keygen_in(&lines("%KEYGEN", &text), SecTag::new(2).unwrap()).unwrap_err();
            assert!(error.to_string().contains("for the sec_tag that was asked for"), "{error}");
        }
    }

    #[test]
    fn every_lost_and_every_doubled_character_shows() {
        let body = [0x30, 0x59, 1, 2, 3];
        let tag = SecTag::new(42).unwrap();
        let keygen_message = message(&body, Some(&tag_and_digest(tag, &Sha256Digest::of(&body))));
        let mut body = vec![0xd9, 0xd9, 0xf7, 0x85, 0x01, 0x50];
        body.extend([3; 16]);
        body.push(6);
        body.extend([&[0x50], &[4; 16][..], &[0x50], &[5; 16]].concat());
        let token = message(&body, None);
        for (name, text) in [("%KEYGEN", &keygen_message), ("%ATTESTTOKEN", &token)] {
            let is_good = |text: &str| match name {
                "%KEYGEN" => keygen_in(&lines(name, text), tag).is_ok(),
                _ => attestation_token(&lines(name, text)).is_ok(),
            };
            assert!(is_good(text));
            for place in 0..text.len() {
                assert!(!is_good(&format!("{}{}", &text[..place], &text[place + 1..])), "lost {place}");
                assert!(!is_good(&format!("{}{}", &text[..=place], &text[place..])), "doubled {place}");
            }
        }
        assert!(keygen_in(&lines("%KEYGEN", &token), tag).is_err());
        assert!(attestation_token(&lines("%ATTESTTOKEN", &keygen_message)).is_err());
    }
}
