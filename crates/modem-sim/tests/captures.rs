//! What `%KEYGEN` and `%ATTESTTOKEN` sign, held against captures of real modems: same bytes, but for keys, nonces and
//! signatures.
//!
//! Signatures are judged by aws-lc and, where it is installed, openssl; the modem makes them with another library.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says what it left out"
)]

#[path = "support/blob.rs"]
mod blob;
#[path = "support/vectors.rs"]
mod vectors;

use std::path::Path;
use std::process::{Command, Stdio};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1;
use blob::{Blob, answer, hex, point_in, verifies};
use modem_sim::{Device, Model, ModemSim};
use serde_json::Value;

const SIGNATURE_ALGORITHM_WITH_NULL: &[u8] = b"\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00";

/// A real capture: its entry in the index, and the blob.
struct Capture {
    facts: Value,
    line: String,
    blob: Blob,
}

fn index(folder: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("index.json")).unwrap()).unwrap()
}

fn capture(folder: &Path, name: &str) -> Capture {
    let text = std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
    let line = text.lines().find(|line| line.starts_with('%')).unwrap().to_owned();
    Capture { facts: index(folder)[name].clone(), blob: Blob::parse(&line), line }
}

/// A modem with the UUID of a captured device.
fn modem_like(facts: &Value) -> Device {
    let uuid = facts["uuid"].as_str().unwrap().parse().unwrap();
    ModemSim::builder().seed(9).model(Model::Nrf9160Sica).device_uuid(uuid).build_device().unwrap()
}

/// `bytes` with the one occurrence of `from` replaced.
fn with(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let places: Vec<usize> =
        (0..=bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    let [at] = places[..] else { panic!("{from:02x?} occurs {} times", places.len()) };
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

/// CertificationRequestInfo, signature algorithm, ECDSA signature in DER.
fn split_csr(csr: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (content, rest) = take(csr, 0x30);
    assert!(rest.is_empty());
    let (_, after_info) = take(content, 0x30);
    let info = &content[..content.len() - after_info.len()];
    let (_, after_algorithm) = take(after_info, 0x30);
    let algorithm = &after_info[..after_info.len() - after_algorithm.len()];
    let (bits, rest) = take(after_algorithm, 0x03);
    assert!(rest.is_empty());
    (info, algorithm, bits.strip_prefix(b"\0").unwrap())
}

/// The content of the DER element at the start, and what stands behind it.
fn take(der: &[u8], tag: u8) -> (&[u8], &[u8]) {
    assert_eq!(der[0], tag);
    let (start, length) = match der[1] {
        0x81 => (3, usize::from(der[2])),
        0x82 => (4, usize::from(der[2]) << 8 | usize::from(der[3])),
        short => (2, usize::from(short)),
    };
    der[start..].split_at(length)
}

/// Holds the COSE part against the captured one, and both against their identity keys.
fn compare_cose(ours: &Blob, real: &Capture, identity: &[u8]) {
    let nonce_at = ours.cose.len() - 64 - 2 - 16;
    let expected = with(&real.blob.cose, &hex(&real.facts["sha256"]), digest(&SHA256, &ours.body).as_ref());
    let expected = with(&expected, &hex(&real.facts["nonce"]), &ours.cose[nonce_at..nonce_at + 16]);
    let expected = with(&expected, &hex(&real.facts["sig"]), ours.split_signature().1);
    assert_eq!(ours.cose, expected);
    assert!(ours.is_signed_by(identity));
    assert!(!ours.is_signed_by(point_in(&ours.body)), "the new key must not sign for the device");
}

#[test]
fn certificate_requests_are_those_of_real_modems() {
    let Some(folder) = vectors::folder() else { return };
    for (name, command) in [
        ("keygen/csr-tag17-nrf9160", "AT%KEYGEN=17,2,0"),
        ("keygen/csr-tag1235-reconstructed-original", "AT%KEYGEN=1235,2"),
        ("keygen/csr-tag42-nrf9160dk-2021", "AT%KEYGEN=42,2,0,\"\""),
        ("keygen/csr-tag16842753-tutorial", "AT%KEYGEN=16842753,2,0"),
        ("keygen/csr-tag42-keyusage-101010000", "AT%KEYGEN=42,2,0,\"CN=352656106107108\",\"101010000\""),
    ] {
        let real = capture(&folder, name);
        let mut modem = modem_like(&real.facts);
        let line = answer(&mut modem, command);
        let ours = Blob::parse(&line);
        let point = point_in(&ours.body);

        let (real_info, real_algorithm, _) = split_csr(&real.blob.body);
        let (info, algorithm, signature) = split_csr(&ours.body);
        assert_eq!(info, with(real_info, &hex(&real.facts["pubkey_sec1"]), point), "{name}");
        assert_eq!(algorithm, real_algorithm, "{name}");
        assert_eq!(algorithm, SIGNATURE_ALGORITHM_WITH_NULL, "{name}");
        assert!(verifies(&ECDSA_P256_SHA256_ASN1, point, info, signature), "{name}");
        compare_cose(&ours, &real, modem.identity_public_key().sec1_point());

        // The DER of the two ECDSA integers takes 68 to 72 bytes in all captures; nothing else varies.
        assert!(ours.body.len().abs_diff(real.blob.body.len()) <= 4, "{name}");
        assert!(line.len().abs_diff(real.line.len()) <= 6, "{name}");
        assert_eq!(real.facts["line_len"], real.line.len(), "{name}");
    }
}

#[test]
fn public_keys_are_those_of_real_modems() {
    let Some(folder) = vectors::folder() else { return };
    let real = capture(&folder, "keygen/pubkey-tag16-nrf9160");
    let mut modem = modem_like(&real.facts);
    let line = answer(&mut modem, "AT%KEYGEN=16,2,1");
    let ours = Blob::parse(&line);
    assert_eq!(line.len(), real.line.len());
    assert_eq!(ours.body, with(&real.blob.body, &hex(&real.facts["pubkey_sec1"]), point_in(&ours.body)));
    compare_cose(&ours, &real, modem.identity_public_key().sec1_point());
}

#[test]
fn attestation_tokens_are_those_of_real_modems() {
    let Some(folder) = vectors::folder() else { return };
    let real = capture(&folder, "attest/nrf9160-sica");
    let mut modem = modem_like(&real.facts);
    let challenge = real.facts["nonce"].as_str().unwrap();
    let line = answer(&mut modem, &format!("AT%ATTESTTOKEN=\"{challenge}\""));
    let ours = Blob::parse(&line);
    assert_eq!(line.len(), real.line.len());
    let firmware = answer(&mut modem, "AT%XMODEMUUID").replace("%XMODEMUUID: ", "").replace('-', "");
    let real_firmware = real.facts["fw_uuid"].as_str().unwrap().replace('-', "");
    let [from, to] = [real_firmware, firmware].map(|uuid| hex(&Value::String(uuid)));
    assert_eq!(ours.body, with(&real.blob.body, &from, &to));
    assert_eq!(ours.cose, with(&real.blob.cose, &hex(&real.facts["sig"]), ours.split_signature().1));
    assert!(ours.is_signed_by(modem.identity_public_key().sec1_point()));

    let fresh = Blob::parse(&answer(&mut modem, "AT%ATTESTTOKEN"));
    let again = Blob::parse(&answer(&mut modem, "AT%ATTESTTOKEN"));
    assert_eq!(fresh.body[..41], ours.body[..41]);
    assert_ne!(fresh.body[41..], again.body[41..], "a nonce is used once");
}

#[test]
fn the_judge_itself_accepts_the_captures() {
    let Some(folder) = vectors::folder() else { return };
    let identity = hex(&index(&folder)["_identity_key_627d"]["pubkey_sec1"]);
    for name in ["keygen/csr-tag17-nrf9160", "keygen/pubkey-tag16-nrf9160", "attest/nrf9160-sica"] {
        let mut real = capture(&folder, name).blob;
        assert!(real.is_signed_by(&identity), "{name}");
        *real.body.last_mut().unwrap() ^= 1;
        assert!(!real.is_signed_by(&identity), "{name}");
    }
}

#[test]
fn a_test_tag_goes_negative() {
    let mut modem = ModemSim::builder().build_device().unwrap();
    let blob = Blob::parse(&answer(&mut modem, "AT%KEYGEN=2147483648,2,1"));
    // bstr of 5 bytes: CBOR -2147483648.
    assert!(blob.cose.windows(6).any(|window| window == b"\x45\x3a\x7f\xff\xff\xff"), "{:02x?}", blob.cose);
}

#[test]
fn openssl_takes_the_requests_as_they_are() {
    if Command::new("openssl").arg("version").stdout(Stdio::null()).status().is_err() {
        eprintln!("!!! NOT RUN: openssl is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("csr.der");
    let mut modem = ModemSim::builder().seed(4).build_device().unwrap();
    let uuid = modem.device_uuid().to_string();
    for (command, subject) in [
        ("AT%KEYGEN=1,2,0", format!("CN = {uuid}")),
        (
            "AT%KEYGEN=2,2,0,\"CN=nrf-1,O=Nordic Semiconductor,OU=T\u{e5}st,C=NO,ST=Norway,L=Trondheim\"",
            String::new(),
        ),
        ("AT%KEYGEN=3,2,0,\"CN=352656106107108\",\"101010000\"", "CN = 352656106107108".to_owned()),
    ] {
        std::fs::write(&file, Blob::parse(&answer(&mut modem, command)).body).unwrap();
        let output = Command::new("openssl")
            .args(["req", "-verify", "-noout", "-text", "-inform", "DER", "-in"])
            .arg(&file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success() && said.contains("verify OK"), "{command}: {said}");
        assert!(said.contains(&subject), "{command}: {said}");
        assert!(said.contains("Digital Signature, ") && said.contains("Key Agreement"), "{command}: {said}");
    }
}
