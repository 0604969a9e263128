//! Modem messages: our own fixtures everywhere, and the captured ones where they are.
#![expect(clippy::unwrap_used, reason = "a helper of tests may fail them")]

#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "support/vectors.rs"]
mod vectors;

use std::time::SystemTime;

use base64ct::{Base64UrlUnpadded, Encoding};
use fixtures::{fixture, fixture_text};
use pki::attest::AttestationToken;
use pki::ca::{CaParams, CertificateAuthority, CsrOptions};
use pki::cose::{CoseSign1, IDENTITY_KEY};
use pki::input;
use pki::key::{PrivateKey, PublicKey};
use pki::keygen::{KeygenKind, KeygenMessage};
use serde_json::Value;
use vectors::vectors;

const DEVICE: &str = "50363154-3931-44f0-8022-121b64010001";

fn identity() -> PublicKey {
    input::load(&fixture("pki/modem/identity.pem")).unwrap().public_key().unwrap()
}

fn keygen(name: &str) -> KeygenMessage {
    KeygenMessage::decode(&fixture_text(&format!("pki/{name}"))).unwrap()
}

fn ca() -> CertificateAuthority {
    let params = CaParams::new("/O=Nordic Semiconductor".parse().unwrap());
    CertificateAuthority::create(&params, PrivateKey::generate().unwrap(), SystemTime::now()).unwrap()
}

#[test]
fn a_csr_message() {
    let message = keygen("modem/keygen-csr.txt");
    assert_eq!(message.kind(), KeygenKind::Csr);
    assert_eq!(message.device_uuid().to_string(), DEVICE);
    assert_eq!(message.sec_tag(), 16_842_753);
    assert_eq!(message.cose().key_id(), IDENTITY_KEY);
    let csr = message.certificate_request().unwrap();
    assert!(csr.has_null_parameters());
    assert_eq!(csr.common_name().as_deref(), Some(DEVICE));
    assert_eq!(
        csr.key_usage().unwrap(),
        ["digitalSignature", "nonRepudiation", "keyEncipherment", "keyAgreement"]
    );
    message.verify_with(&identity()).unwrap();
    // Bare, as a script may have cut it out; the blob is the same.
    assert_eq!(keygen("modem/keygen-csr-bare.txt"), message);
    assert_eq!(fixture_text("pki/modem/keygen-csr-bare.txt").parse::<KeygenMessage>().unwrap(), message);

    let ca = ca();
    let now = SystemTime::now();
    let certificate = ca.issue_from_keygen(&message, &CsrOptions::default(), now).unwrap();
    assert_eq!(certificate.common_name().as_deref(), Some(DEVICE));
    assert_eq!(certificate.public_key().unwrap(), message.public_key());
    certificate.verify_issued_by(ca.certificate(), now).unwrap();
}

#[test]
fn a_public_key_message() {
    let message = keygen("modem/keygen-public-key.txt");
    assert_eq!((message.kind(), message.sec_tag()), (KeygenKind::PublicKey, 17));
    assert_eq!(message.certificate_request(), None);
    assert_eq!(message.body(), message.public_key().to_spki_der());
    message.verify_with(&identity()).unwrap();
    let certificate = ca().issue_from_keygen(&message, &CsrOptions::default(), SystemTime::now()).unwrap();
    assert_eq!(certificate.common_name().as_deref(), Some(DEVICE));
    assert_eq!(keygen("modem/keygen-sec-tag-above-2-31.txt").sec_tag(), 4_294_967_292);
}

#[test]
fn a_message_in_a_terminal_log() {
    let message = keygen("modem/keygen-csr.txt");
    let blob = fixture_text("pki/modem/keygen-csr-bare.txt");
    let log = format!(
        "> AT%KEYGEN=16842753,2,0\r\n%KEYGEN: \"{}\r\n{}\"\r\nOK\r\n> AT+CFUN=1\r\nOK\r\n",
        &blob[..100],
        &blob[100..]
    );
    assert_eq!(KeygenMessage::decode(&log).unwrap(), message);
    let unquoted = format!("{}\r\n{}\r\nOK\r\n", &blob[..100], &blob[100..]);
    assert_eq!(KeygenMessage::decode(&unquoted).unwrap(), message);
}

#[test]
fn an_attestation_token() {
    let text = fixture_text("pki/modem/attest.txt");
    let token: AttestationToken = text.parse().unwrap();
    assert_eq!(token.device_uuid().to_string(), DEVICE);
    assert_eq!(token.device_type().to_string(), "nRF9151 LACA");
    assert_eq!(token.firmware_uuid().to_string(), "1aff3acb-f1a6-4764-a263-4c2646c1c654");
    token.verify_with(&identity()).unwrap();
    let other = PrivateKey::generate().unwrap().public_key();
    assert_eq!(
        token.verify_with(&other).unwrap_err().to_string(),
        "the message is not signed by this identity key"
    );
    assert_eq!(
        format!("{token:?}"),
        format!(
            "AttestationToken {{ device_uuid: Uuid({DEVICE}), device_type: DeviceType(6), \
             firmware_uuid: Uuid(1aff3acb-f1a6-4764-a263-4c2646c1c654), rest: [redacted] }}"
        )
    );
    assert_eq!(format!("{:?}", token.cose()), "CoseSign1 { key_id: -2, .. }");
}

#[test]
fn messages_that_do_not_hold_together_are_refused() {
    let (ca, now) = (ca(), SystemTime::now());
    let digest = keygen("bad/keygen-digest.txt");
    let error = ca.issue_from_keygen(&digest, &CsrOptions::default(), now).unwrap_err().to_string();
    assert!(
        error.starts_with("the body was changed after the modem signed it: its SHA-256 is ")
            && error.ends_with(
                ", the signed digest is ae448ac86c4e8e4dec645729708ef41873ae79c6dff84eff73360989487f08e5"
            ),
        "{error}"
    );
    let in_file = input::load(&fixture("pki/bad/keygen-digest.txt")).unwrap();
    assert!(
        in_file.public_key().unwrap_err().to_string().starts_with("block 1, line 1: the body was changed")
    );

    let possession = keygen("bad/keygen-csr-of-another-key.txt");
    assert_eq!(
        possession.verify_with(&identity()).unwrap_err().to_string(),
        "the certificate request is not signed by its own key: no proof of possession"
    );
    ca.issue_from_keygen(&possession, &CsrOptions::default(), now).unwrap_err();
    fixture_text("pki/bad/keygen-csr-of-another-key.txt").parse::<KeygenMessage>().unwrap_err();

    let other = PrivateKey::generate().unwrap().public_key();
    assert_eq!(
        keygen("modem/keygen-csr.txt").verify_with(&other).unwrap_err().to_string(),
        "the message is not signed by this identity key"
    );
}

#[test]
fn one_kind_is_not_taken_for_the_other() {
    assert_eq!(
        KeygenMessage::decode(&fixture_text("pki/modem/attest.txt").replace("ATTESTTOKEN", "KEYGEN"))
            .unwrap_err()
            .to_string(),
        "the COSE part has no payload: this is an attestation token or another message, not an answer to AT%KEYGEN"
    );
    assert_eq!(
        AttestationToken::decode(&fixture_text("pki/modem/keygen-csr-bare.txt")).unwrap_err().to_string(),
        "the COSE part has a payload: this is an answer to AT%KEYGEN, not an attestation token"
    );
}

#[test]
fn each_part_of_the_frame_has_its_message() {
    let cases = [
        ("abcd", "a modem message has two parts with a dot between them; there is no dot"),
        ("a.b.c", "a modem message has one dot, this has 2 (a JSON Web Token has two)"),
        (".abcd", "the body, before the dot, is empty"),
        ("abcd.", "the COSE part, behind the dot, is empty"),
        ("ab!d.abcd", "the body, before the dot, has '!' at position 3, which is not base64url"),
        (
            "abcde.abcd",
            "the body, before the dot, is not base64url: cut short after 5 characters, or damaged",
        ),
        // d1…: COSE_Mac0.
        ("AA.0YQ", "the COSE part has the CBOR tag 17, not 18 (COSE_Sign1)"),
        ("AA.0oM", "COSE_Sign1 has 3 elements, not 4"),
        // The algorithm is ES384 (-35).
        ("AA.0oREoQE4Ig", "the protected header is a1013822, not a10126 (ES256)"),
        ("AA.0oRDoQEm", "the unprotected header is not as in a modem message: the data ends too early"),
    ];
    for (blob, message) in cases {
        assert_eq!(AttestationToken::decode(blob).unwrap_err().to_string(), message, "{blob}");
    }
}

#[test]
fn every_changed_octet_is_noticed() {
    let blob = fixture_text("pki/modem/keygen-csr-bare.txt");
    let identity = identity();
    for position in 0..blob.len() {
        let mut changed = blob.clone().into_bytes();
        changed[position] = if changed[position] == b'A' { b'Q' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let accepted =
            KeygenMessage::decode(&changed).is_ok_and(|message| message.verify_with(&identity).is_ok());
        assert!(!accepted, "character {position}");
    }
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The octets behind the dot of the answer.
fn cose_part(line: &str) -> Vec<u8> {
    let part = line.split('"').nth(1).unwrap().split_once('.').unwrap().1;
    Base64UrlUnpadded::decode_vec(part).unwrap()
}

/// A CBOR integer of up to 32 bits.
fn cbor(number: u32) -> Vec<u8> {
    match number {
        0..=23 => vec![number.to_be_bytes()[3]],
        24..=0xff => vec![0x18, number.to_be_bytes()[3]],
        0x100..=0xffff => [&[0x19], &number.to_be_bytes()[2..]].concat(),
        _ => [&[0x1a], &number.to_be_bytes()[..]].concat(),
    }
}

#[test]
fn the_captured_keygen_messages_give_the_values_of_the_index() {
    let Some(folder) = vectors() else { return };
    let index: Value =
        serde_json::from_slice(&std::fs::read(folder.join("modem/index.json")).unwrap()).unwrap();
    let identity = PublicKey::from_sec1_point(&hex(&index["_identity_key_627d"]["pubkey_sec1"])).unwrap();
    assert_eq!(identity.key_id(), index["_identity_key_627d"]["kid_form"]);
    let mut seen = 0;
    for (name, expected) in index.as_object().unwrap().iter().filter(|(name, _)| name.starts_with("keygen/"))
    {
        let text = std::fs::read_to_string(folder.join(format!("modem/{name}.txt"))).unwrap();
        let message = KeygenMessage::decode(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let kind = if expected["msg_type"] == 9 { KeygenKind::Csr } else { KeygenKind::PublicKey };
        assert_eq!(message.kind(), kind, "{name}");
        assert_eq!(message.message_type(), expected["msg_type"], "{name}");
        let line = text.lines().find(|line| line.starts_with("%KEYGEN:")).unwrap();
        assert_eq!(line.len(), expected["line_len"], "{name}");
        let cose = cose_part(line);
        assert_eq!(cose.len(), expected["cose_len"], "{name}");
        assert_eq!(CoseSign1::from_cbor(&cose).unwrap(), *message.cose(), "{name}");
        // The only protected header that is read.
        assert_eq!(cose[3..6], hex(&expected["protected"]), "{name}");
        assert_eq!(cbor(message.sec_tag()), hex(&expected["sec_tag_bstr"]), "{name}");
        assert_eq!(message.device_uuid().to_string(), expected["uuid"], "{name}");
        assert_eq!(
            message.sec_tag(),
            u32::try_from(expected["sec_tag"].as_u64().unwrap()).unwrap(),
            "{name}"
        );
        assert_eq!(message.digest().as_slice(), hex(&expected["sha256"]), "{name}");
        assert_eq!(message.nonce().as_slice(), hex(&expected["nonce"]), "{name}");
        assert_eq!(message.cose().signature().to_bytes().as_slice(), hex(&expected["sig"]), "{name}");
        assert_eq!(message.cose().key_id(), expected["kid"].as_i64().unwrap(), "{name}");
        assert_eq!(
            message.body().len(),
            usize::try_from(expected["body_len"].as_u64().unwrap()).unwrap(),
            "{name}"
        );
        assert_eq!(message.public_key().sec1_point().as_slice(), hex(&expected["pubkey_sec1"]), "{name}");
        assert_eq!(message.check().is_ok(), expected["sha_matches_body"].as_bool().unwrap(), "{name}");
        if let Some(csr) = message.certificate_request() {
            assert_eq!(csr.has_null_parameters(), expected["sigalg_has_null"].as_bool().unwrap(), "{name}");
            assert_eq!(
                csr.subject().to_string(),
                format!("/{}", expected["subject"].as_str().unwrap()),
                "{name}"
            );
            // OCTET STRING of BIT STRING: digitalSignature, nonRepudiation, keyEncipherment, keyAgreement.
            let usage: &[&str] = match expected["key_usage_hex"].as_str().unwrap() {
                "0404030203e8" => &["digitalSignature", "nonRepudiation", "keyEncipherment", "keyAgreement"],
                "0404030203a8" => &["digitalSignature", "keyEncipherment", "keyAgreement"],
                other => panic!("{name}: {other}"),
            };
            assert_eq!(csr.key_usage().unwrap(), usage, "{name}");
            assert_eq!(
                csr.verify().is_ok(),
                expected["csr_self_signature_valid"].as_bool().unwrap(),
                "{name}"
            );
        }
        if expected["cose_verifies_with_identity_key"] == true {
            message.verify_with(&identity).unwrap_or_else(|error| panic!("{name}: {error}"));
        } else {
            message.verify_with(&identity).unwrap_err();
        }
        seen += 1;
    }
    assert_eq!(seen, 7);
}

#[test]
fn the_captured_attestation_tokens_give_the_values_of_the_index() {
    let Some(folder) = vectors() else { return };
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let index: Value = serde_json::from_str(&read("modem/index.json")).unwrap();
    let expected = &index["attest/nrf9160-sica"];
    let text = read("modem/attest/nrf9160-sica.txt");
    let token = AttestationToken::decode(&text).unwrap();
    let line = text.lines().find(|line| line.starts_with("%ATTESTTOKEN:")).unwrap();
    assert_eq!(line.len(), expected["line_len"]);
    assert_eq!(line.split('"').nth(1).unwrap().len(), expected["total_token_chars"]);
    assert_eq!(token.body().len(), expected["body_len"]);
    // Tag, array of 5, and the only message type that is read.
    assert_eq!(u64::from(token.body()[4]), expected["msg_type"]);
    let cose = cose_part(line);
    assert_eq!((cose.as_slice(), cose.len()), (hex(&expected["cose_hex"]).as_slice(), 77));
    assert_eq!(cose.len(), expected["cose_len"]);
    assert_eq!(cose[3..6], hex(&expected["protected"]));
    assert_eq!(token.cose().key_id(), expected["kid"].as_i64().unwrap());
    assert!(token.cose().payload().is_none() && expected["payload"].is_null());
    assert!(expected["cose_verifies_with_identity_key"] == true);
    assert_eq!(token.device_uuid().to_string(), expected["uuid"]);
    assert_eq!(u64::from(token.device_type().0), expected["device_type"]);
    assert_eq!(token.device_type().to_string(), "nRF9160 SICA");
    assert_eq!(token.firmware_uuid().to_string(), expected["fw_uuid"]);
    assert_eq!(token.nonce().as_slice(), hex(&expected["nonce"]));
    assert_eq!(token.body(), hex(&expected["body_hex"]));
    assert_eq!(token.cose().signature().to_bytes().as_slice(), hex(&expected["sig"]));
    let identity = PublicKey::from_sec1_point(&hex(&index["_identity_key_627d"]["pubkey_sec1"])).unwrap();
    token.verify_with(&identity).unwrap();

    let cut = AttestationToken::decode(&read("modem/attest/truncated-cose-gist.txt")).unwrap_err();
    assert_eq!(
        cut.to_string(),
        "the unprotected header is not as in a modem message: the data ends too early"
    );
    let examples = read("modem/attest/doc-examples-not-decodable.txt");
    for line in examples.lines().filter(|line| line.starts_with("%ATTESTTOKEN:")) {
        AttestationToken::decode(line).unwrap_err();
    }
}
