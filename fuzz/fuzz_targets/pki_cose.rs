//! A modem's message: it never panics, whatever the CBOR says, and nothing but what was signed is verified.
//!
//! The first octet says what follows: `k` a whole message of KEYGEN and `a` one of ATTESTTOKEN as text, `K` and `A` a body and a COSE part,
//! parted by the two octets of the body's length, which are encoded here. `s` is a payload of KEYGEN and a body, parted in the same way, that are signed
//! here with a known key: such a message is verified if it is read at all, and one with another body is not.

#![no_main]

use std::sync::LazyLock;

use fuzz::{SCALAR, base64url};
use libfuzzer_sys::fuzz_target;
use pki::Signature;
use pki::attest::AttestationToken;
use pki::key::PrivateKey;
use pki::keygen::KeygenMessage;
use pki::signature::Signer;

static KEY: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::from_scalar(&SCALAR).expect("9, 32 times, is below the order of the curve"));

fuzz_target!(|data: &[u8]| {
    let Some((form, rest)) = data.split_first() else { return };
    match form {
        b'k' => keygen(&String::from_utf8_lossy(rest)),
        b'a' => attestation_token(&String::from_utf8_lossy(rest)),
        b'K' | b'A' => {
            let Some((body, cose)) = parts(rest) else { return };
            let text = format!("{}.{}", base64url(body), base64url(cose));
            if *form == b'K' { keygen(&text) } else { attestation_token(&text) }
        }
        b's' => {
            let Some((body, payload)) = parts(rest) else { return };
            signed(body, payload);
        }
        _ => {}
    }
});

fn parts(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = rest.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}

fn keygen(text: &str) {
    match KeygenMessage::decode(text) {
        Ok(message) => {
            assert_eq!(message.check().is_ok(), text.parse::<KeygenMessage>().is_ok());
            assert!(message.verify_with(&KEY.public_key()).is_err(), "nobody signed this");
            assert!(!format!("{message:?}").is_empty());
        }
        Err(error) => assert!(!error.to_string().contains(char::is_control), "{error}"),
    }
}

fn attestation_token(text: &str) {
    match text.parse::<AttestationToken>() {
        Ok(token) => {
            assert!(token.verify_with(&KEY.public_key()).is_err(), "nobody signed this");
            let secret = text.split('.').next_back().unwrap_or_default();
            assert!(secret.is_empty() || !format!("{token:?}").contains(secret), "a token is a secret");
        }
        Err(error) => assert!(!error.to_string().contains(char::is_control), "{error}"),
    }
}

/// A KEYGEN message around the payload, with a right signature (RFC 9052 section 4.4).
fn signed(body: &[u8], payload: &[u8]) {
    const PROTECTED: &[u8] = &[0xa1, 0x01, 0x26];
    let mut to_be_signed = vec![0x84];
    string(&mut to_be_signed, 3, b"Signature1");
    string(&mut to_be_signed, 2, PROTECTED);
    string(&mut to_be_signed, 2, body);
    string(&mut to_be_signed, 2, payload);
    let signature: Signature = KEY.sign(&to_be_signed);
    let mut cose = vec![0xd2, 0x84];
    string(&mut cose, 2, PROTECTED);
    cose.extend([0xa1, 0x04, 0x41, 0x21]);
    string(&mut cose, 2, payload);
    string(&mut cose, 2, &signature.to_bytes());

    let text = |body: &[u8]| format!("{}.{}", base64url(body), base64url(&cose));
    let Ok(message) = KeygenMessage::decode(&text(body)) else { return };
    let verdict = message.verify_with(&KEY.public_key());
    assert_eq!(verdict.is_ok(), message.check().is_ok(), "{verdict:?}");
    // The same with one octet more: if it is read, it is not verified.
    if let Ok(changed) = KeygenMessage::decode(&text(&[body, &[0]].concat())) {
        assert!(changed.verify_with(&KEY.public_key()).is_err());
    }
}

/// A text (major type 3) or octets (2) in CBOR.
fn string(out: &mut Vec<u8>, major: u8, content: &[u8]) {
    match u8::try_from(content.len()) {
        Ok(length @ 0..=23) => out.push(major << 5 | length),
        Ok(length) => out.extend([major << 5 | 24, length]),
        Err(_) => {
            out.push(major << 5 | 25);
            out.extend(u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    out.extend(content);
}
