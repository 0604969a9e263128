//! Whether a certificate is to be trusted: every reason at once.
#![expect(clippy::unwrap_used, reason = "a helper of tests may fail them")]

#[path = "support/fixtures.rs"]
mod fixtures;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fixtures::fixture_text;
use pki::ca::{CaParams, CertificateAuthority, DeviceCertRequest, Tolerance};
use pki::certificate::{Certificate, CertificateError, Violation};
use pki::input;
use pki::key::PrivateKey;

fn now() -> SystemTime {
    SystemTime::now()
}

fn certificate(name: &str) -> Certificate {
    Certificate::from_pem(&fixture_text(&format!("pki/certificates/{name}.crt.pem"))).unwrap()
}

fn key(name: &str) -> PrivateKey {
    let text = fixture_text(&format!("pki/certificates/{name}.key.pem"));
    input::load(text.as_bytes()).unwrap().private_key().unwrap().clone()
}

fn reasons(subject: &str, issuer: &str, at: SystemTime) -> Vec<String> {
    let violations = certificate(subject).verify_issued_by(&certificate(issuer), at).unwrap_err();
    violations.iter().map(ToString::to_string).collect()
}

#[test]
fn every_reason_is_told() {
    certificate("device").verify_issued_by(&certificate("ca"), now()).unwrap();
    let at = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let odd = reasons("device-odd-extensions", "ca-expired", at);
    let begins = odd[3].rsplit_once(' ').unwrap().1.to_owned();
    assert_eq!(
        odd,
        [
            "the certificate was issued by /C=NO/O=Fixture CA, not by /O=Fixture expired CA".to_owned(),
            "the certificate of /O=Fixture expired CA expired on 2020-01-03T00:00:00Z".to_owned(),
            "the certificate of /CN=not a device id has the critical extension 1.2.3.4, which is not understood here"
                .to_owned(),
            format!("the certificate of /CN=not a device id is not valid before {begins}"),
        ]
    );
    let violations = certificate("device").verify_issued_by(&certificate("ca-v1"), now()).unwrap_err();
    assert_eq!(
        violations.to_string(),
        "the certificate was issued by /C=NO/O=Fixture CA, not by /C=NO/O=Fixture v1 CA; \
         /C=NO/O=Fixture v1 CA is not a certificate authority (no CA:TRUE)"
    );
    assert_eq!(
        reasons("device", "ca-without-cert-sign", now()),
        [
            "the certificate was issued by /C=NO/O=Fixture CA, not by /O=Fixture without keyCertSign",
            "the key usage of /O=Fixture without keyCertSign does not allow it to sign certificates",
            "the certificate is not signed by this key",
        ]
    );
    assert_eq!(
        reasons("device", "ca-rsa", now())[1..],
        ["the key of /O=Fixture RSA CA is an RSA 2048 key; nRF Cloud needs P-256 (prime256v1)"]
    );
    assert_eq!(
        reasons("ca-rsa", "ca", now())[1..],
        ["the certificate is signed with the algorithm 1.2.840.113549.1.1.11, not with ecdsa-with-SHA256"]
    );
}

#[test]
fn a_critical_extension_that_is_not_understood_is_a_reason_on_either_side() {
    assert_eq!(
        reasons("device-odd-extensions", "ca", now()),
        [
            "the certificate of /CN=not a device id has the critical extension 1.2.3.4, which is not understood here"
        ]
    );
    // nameConstraints is known by name and not kept to.
    let reason = "the certificate of /O=Fixture CA with constraints has the critical extension 2.5.29.30, which is not \
                  understood here";
    assert_eq!(reasons("ca-name-constraints", "ca-name-constraints", now()), [reason]);
    let constrained = certificate("ca-name-constraints");
    let refused = CertificateAuthority::load(constrained.clone(), key("ca"), now()).unwrap_err();
    assert_eq!(refused.to_string(), reason);
    let tolerance = Tolerance { critical_extensions: true, ..Tolerance::default() };
    let told = CertificateAuthority::load_tolerant(constrained.clone(), key("ca"), now(), tolerance).unwrap();
    let device = DeviceCertRequest::new("device-1", PrivateKey::generate().unwrap().public_key());
    let device = told.issue(&device, now()).unwrap();
    assert_eq!(device.verify_issued_by(&constrained, now()).unwrap_err().to_string(), reason);
}

#[test]
fn loading_an_authority_tells_every_reason() {
    let at = UNIX_EPOCH + Duration::from_secs(1_500_000_000);
    let v1 = certificate("ca-v1");
    let error = CertificateAuthority::load(v1, key("ca"), at).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "/C=NO/O=Fixture v1 CA is not a certificate authority (no CA:TRUE); \
             the certificate of /C=NO/O=Fixture v1 CA is not valid before "
        ),
        "{error}"
    );
}

#[test]
fn below_a_path_length_of_0_there_is_no_authority() {
    assert_eq!(
        reasons("ca-below-pathlen-0", "intermediate-pathlen-0", now()),
        [
            "/O=Fixture intermediate has the path length 0: it may not issue an authority, and /O=Fixture below path \
             length 0 is one"
        ]
    );
    // A device may stand there, and a root may limit itself.
    let new = || PrivateKey::generate().unwrap();
    let params = CaParams { path_len: Some(0), ..CaParams::new("/O=Root".parse().unwrap()) };
    let root = CertificateAuthority::create(&params, new(), now()).unwrap();
    root.certificate().verify_issued_by(root.certificate(), now()).unwrap();
    let device = root.issue(&DeviceCertRequest::new("device-1", new().public_key()), now()).unwrap();
    device.verify_issued_by(root.certificate(), now()).unwrap();
}

#[test]
fn one_signature_is_one_reason() {
    let other = PrivateKey::generate().unwrap().public_key();
    assert_eq!(certificate("device").verify_signed_by(&other), Err(Violation::Signature));
    let error = CertificateError::from(Violation::Signature);
    assert_eq!(error.to_string(), "the certificate is not signed by this key");
}
