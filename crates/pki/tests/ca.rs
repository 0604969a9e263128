//! Certificate authorities and what they issue, judged by openssl.
#![expect(clippy::unwrap_used, reason = "a helper of tests may fail them")]

#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "support/openssl.rs"]
mod openssl;

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fixtures::{fixture, fixture_text};
use openssl::OpenSsl;
use pki::Signature;
use pki::ca::{CaParams, CertificateAuthority, CsrOptions, DeviceCertRequest, Profile, Tolerance};
use pki::certificate::Certificate;
use pki::csr::CertificateRequest;
use pki::input;
use pki::key::{PrivateKey, PublicKey};
use pki::signature::{self, Keypair, Signer};
use pki::subject::Subject;
use proptest::prelude::*;

const UUID: &str = "f69c0e45-7f04-4949-8def-bb2215b4223e";

fn now() -> SystemTime {
    SystemTime::now()
}

fn ca(subject: &str) -> CertificateAuthority {
    let params = CaParams::new(subject.parse().unwrap());
    CertificateAuthority::create(&params, PrivateKey::generate().unwrap(), now()).unwrap()
}

fn fixture_ca(certificate: &str, key: &str, tolerance: Tolerance) -> Result<CertificateAuthority, String> {
    let certificate =
        input::load(fixture_text(&format!("pki/certificates/{certificate}")).as_bytes()).unwrap();
    let key = input::load(fixture_text(&format!("pki/certificates/{key}")).as_bytes()).unwrap();
    let (certificate, key) = (certificate.certificate().unwrap().clone(), key.private_key().unwrap().clone());
    CertificateAuthority::load_tolerant(certificate, key, now(), tolerance).map_err(|error| error.to_string())
}

#[test]
fn openssl_accepts_root_intermediate_and_device() {
    let Some(openssl) = OpenSsl::find() else { return };
    let root = ca("/C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor/OU=Test Devices");
    let mut params = CaParams::new("/O=Intermediate".parse().unwrap());
    params.path_len = Some(0);
    let intermediate = root.create_intermediate(&params, PrivateKey::generate().unwrap(), now()).unwrap();
    let key = PrivateKey::generate().unwrap();
    let device = intermediate.issue(&DeviceCertRequest::new(UUID, key.public_key()), now()).unwrap();
    let direct = root.issue(&DeviceCertRequest::new(UUID, key.public_key()), now()).unwrap();
    openssl.write("root.pem", root.certificate().to_pem());
    openssl.write("intermediate.pem", intermediate.certificate().to_pem());
    openssl.write("device.pem", device.to_pem());
    openssl.write("direct.pem", direct.to_pem());
    openssl.run(&["verify", "-x509_strict", "-CAfile", "root.pem", "root.pem"]);
    openssl.run(&["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "root.pem", "direct.pem"]);
    openssl.run(&["verify", "-x509_strict", "-CAfile", "root.pem", "intermediate.pem"]);
    let chain = ["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "root.pem", "-untrusted"];
    openssl.run(&[&chain[..], &["intermediate.pem", "device.pem"]].concat());

    let text = openssl.run(&["x509", "-in", "root.pem", "-noout", "-text", "-nameopt", "oneline"]);
    for part in [
        "Subject: C = NO, ST = Norway, L = Trondheim, O = Nordic Semiconductor, OU = Test Devices",
        "X509v3 Basic Constraints: critical\n                CA:TRUE\n",
        "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n",
        "X509v3 Subject Key Identifier",
        "X509v3 Authority Key Identifier",
        "ecdsa-with-SHA256",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let text = openssl.run(&["x509", "-in", "intermediate.pem", "-noout", "-text"]);
    assert!(text.contains("CA:TRUE, pathlen:0"), "{text}");
    let text = openssl.run(&["x509", "-in", "direct.pem", "-noout", "-text"]);
    assert!(text.contains("X509v3 Key Usage: critical\n                Digital Signature\n"), "{text}");
    assert!(text.contains("TLS Web Client Authentication"), "{text}");
    assert!(!text.contains("Basic Constraints"), "{text}");
    // As the guide does it.
    let public = openssl.run(&["x509", "-in", "direct.pem", "-noout", "-pubkey"]);
    assert_eq!(public, key.public_key().to_spki_pem());
}

#[test]
fn device_certificates_are_small() {
    let ca = ca("/O=Nordic Semiconductor");
    let key = PrivateKey::generate().unwrap().public_key();
    // The size varies with the leading zeros of the signature's numbers: look at many.
    for _ in 0..64 {
        let mut request = DeviceCertRequest::new(UUID, key);
        let default = ca.issue(&request, now()).unwrap().to_pem();
        assert!(default.len() <= 640, "{}", default.len());
        request.profile = Profile::Minimal;
        let minimal = ca.issue(&request, now()).unwrap();
        assert!(minimal.to_pem().len() <= 520, "{}", minimal.to_pem().len());
        assert_eq!((minimal.key_usage(), minimal.extended_key_usage()), (None, None));
        assert_eq!(minimal.authority_key_identifier(), None);
    }
}

#[test]
fn openssl_accepts_the_minimal_profile() {
    let Some(openssl) = OpenSsl::find() else { return };
    let ca = ca("/O=Nordic Semiconductor");
    let mut request = DeviceCertRequest::new(UUID, PrivateKey::generate().unwrap().public_key());
    request.profile = Profile::Minimal;
    openssl.write("ca.pem", ca.certificate().to_pem());
    openssl.write("device.pem", ca.issue(&request, now()).unwrap().to_pem());
    openssl.run(&["verify", "-purpose", "sslclient", "-CAfile", "ca.pem", "device.pem"]);
}

#[test]
fn what_is_issued_says_what_was_asked() {
    let ca = ca("/C=NO/O=Nordic Semiconductor");
    let key = PrivateKey::generate().unwrap();
    let mut request = DeviceCertRequest::new("nrf-350000000000001", key.public_key());
    request.subject = "/C=NO/O=Nordic Semiconductor ASA".parse().unwrap();
    request.days = 30;
    let at = UNIX_EPOCH + Duration::new(1_900_000_000, 999_999_999);
    let certificate = ca.issue(&request, at).unwrap();
    assert_eq!(certificate.subject().to_string(), "/C=NO/O=Nordic Semiconductor ASA/CN=nrf-350000000000001");
    assert_eq!(certificate.issuer(), ca.certificate().subject());
    assert_eq!(certificate.common_name().as_deref(), Some("nrf-350000000000001"));
    assert_eq!(certificate.public_key().unwrap(), key.public_key());
    assert_eq!(certificate.version(), 3);
    assert_eq!(certificate.not_before(), UNIX_EPOCH + Duration::from_secs(1_900_000_000));
    assert_eq!(certificate.not_after(), UNIX_EPOCH + Duration::from_secs(1_900_000_000 + 30 * 86_400));
    assert_eq!(certificate.authority_key_identifier(), ca.certificate().subject_key_identifier());
    assert_eq!(certificate.serial().as_bytes().len(), 20);
    assert!(!certificate.is_ca());
    assert_eq!(certificate.lint(at), []);
    certificate.verify_issued_by(ca.certificate(), at).unwrap();
    assert_eq!(Certificate::from_pem(&certificate.to_pem()).unwrap(), certificate);
}

#[test]
fn serials_are_twenty_octets_positive_and_never_the_same() {
    let ca = ca("/O=Nordic Semiconductor");
    let request = DeviceCertRequest::new(UUID, PrivateKey::generate().unwrap().public_key());
    let mut seen = HashSet::new();
    for _ in 0..300 {
        let certificate = ca.issue(&request, now()).unwrap();
        let serial = certificate.serial().as_bytes().to_vec();
        assert_eq!(serial.len(), 20);
        assert!((1..0x80).contains(&serial[0]), "{serial:02x?}");
        assert!(seen.insert(serial));
    }
}

#[test]
fn device_ids_must_be_allowed_on_nrf_cloud_and_in_a_certificate() {
    let ca = ca("/O=Nordic Semiconductor");
    let key = PrivateKey::generate().unwrap().public_key();
    let cases = [
        (String::new(), "the device ID is empty".to_owned()),
        (
            "a b".to_owned(),
            "the device ID `a b` has the character ' ' at position 2; allowed are letters, digits, `:`, `_` and `-`".to_owned(),
        ),
        (
            "nrf/1".to_owned(),
            "the device ID `nrf/1` has the character '/' at position 4; allowed are letters, digits, `:`, `_` and `-`".to_owned(),
        ),
        ("x".repeat(129), "the device ID has 129 characters; nRF Cloud allows 128".to_owned()),
        (
            "x".repeat(65),
            format!("the device ID `{}` has 65 characters; the common name of a certificate holds 64", "x".repeat(65)),
        ),
    ];
    for (id, message) in cases {
        let error = ca.issue(&DeviceCertRequest::new(id, key), now()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    ca.issue(&DeviceCertRequest::new("x".repeat(64), key), now()).unwrap();
    let mut twice = DeviceCertRequest::new(UUID, key);
    twice.subject = "/CN=another".parse().unwrap();
    assert_eq!(
        ca.issue(&twice, now()).unwrap_err().to_string(),
        "the common name is the device ID; it cannot be given in the subject too"
    );
}

#[test]
fn authorities_of_others_are_taken_up_or_refused_with_the_reason() {
    let strict = Tolerance::default();
    let ca = fixture_ca("ca.crt.pem", "ca.key.pem", strict).unwrap();
    let device =
        ca.issue(&DeviceCertRequest::new(UUID, PrivateKey::generate().unwrap().public_key()), now()).unwrap();
    device.verify_issued_by(ca.certificate(), now()).unwrap();
    assert_eq!(device.authority_key_identifier(), ca.certificate().subject_key_identifier());

    let refused = |certificate, key| fixture_ca(certificate, key, strict).unwrap_err();
    assert_eq!(
        refused("ca.crt.pem", "device.key.pem"),
        "the private key does not belong to the certificate of the authority"
    );
    assert_eq!(
        refused("device.crt.pem", "device.key.pem"),
        format!(
            "/CN={UUID} is not a certificate authority (no CA:TRUE); \
             the key usage of /CN={UUID} does not allow it to sign certificates"
        )
    );
    assert_eq!(
        refused("ca-v1.crt.pem", "ca.key.pem"),
        "/C=NO/O=Fixture v1 CA is not a certificate authority (no CA:TRUE)"
    );
    assert_eq!(
        refused("ca-without-cert-sign.crt.pem", "ca-without-cert-sign.key.pem"),
        "the key usage of /O=Fixture without keyCertSign does not allow it to sign certificates"
    );
    assert_eq!(
        refused("ca-expired.crt.pem", "ca.key.pem"),
        "the certificate of /O=Fixture expired CA expired on 2020-01-03T00:00:00Z"
    );
    assert_eq!(
        refused("ca-without-subject.crt.pem", "ca.key.pem"),
        "the certificate of the authority has no subject, which would be the issuer of what it signs"
    );
    assert_eq!(
        refused("ca-rsa.crt.pem", "ca.key.pem"),
        "the key of the authority cannot be used: this is an RSA 2048 key; nRF Cloud needs P-256 (prime256v1)"
    );
    assert_eq!(
        refused("ca-p384.crt.pem", "ca.key.pem"),
        "the key of the authority cannot be used: this is a P-384 key; nRF Cloud needs P-256 (prime256v1)"
    );

    // Told so, it forgives all but a key that does not belong.
    fixture_ca("ca-v1.crt.pem", "ca.key.pem", Tolerance { not_ca: true, ..strict }).unwrap();
    fixture_ca(
        "ca-without-cert-sign.crt.pem",
        "ca-without-cert-sign.key.pem",
        Tolerance { not_ca: true, ..strict },
    )
    .unwrap();
    fixture_ca("ca-expired.crt.pem", "ca.key.pem", Tolerance { expired: true, ..strict }).unwrap();
    let all = Tolerance { not_ca: true, expired: true, critical_extensions: true };
    assert_eq!(
        fixture_ca("ca.crt.pem", "device.key.pem", all).unwrap_err(),
        "the private key does not belong to the certificate of the authority"
    );
}

#[test]
fn an_authority_stands_in_what_it_issues_octet_for_octet() {
    let openssl = OpenSsl::find();
    let names = [
        ("ca-two-ou", "/O=Fixture CA/OU=One/OU=Two"),
        ("ca-joined-rdn", "/C=NO/OU=One+O=Fixture CA"),
        ("ca-empty-attributes", "/C=NO/ST=/O=/CN=Fixture CA/emailAddress="),
        ("ca-bmp-string", "/O=Fixture Trøndelag CA"),
        ("ca-question-mark", "/O=Fixture CA/serialNumber=?"),
    ];
    for (file, name) in names {
        let ca = fixture_ca(&format!("{file}.crt.pem"), "ca.key.pem", Tolerance::default()).unwrap();
        let key = PrivateKey::generate().unwrap().public_key();
        let device = ca.issue(&DeviceCertRequest::new(UUID, key), now()).unwrap();
        assert_eq!(device.issuer().to_string(), name);
        assert_eq!(device.issuer().der(), ca.certificate().subject().der());
        device.verify_issued_by(ca.certificate(), now()).unwrap();
        if let Some(openssl) = &openssl {
            openssl.write("ca.pem", ca.certificate().to_pem());
            openssl.write("device.pem", device.to_pem());
            openssl.run(&["verify", "-purpose", "sslclient", "-CAfile", "ca.pem", "device.pem"]);
        }
    }
}

#[test]
fn attributes_without_a_value_are_told() {
    let ca = fixture_ca("ca-empty-attributes.crt.pem", "ca.key.pem", Tolerance::default()).unwrap();
    let findings: Vec<_> = ca.certificate().lint(now()).iter().map(ToString::to_string).collect();
    assert_eq!(
        findings,
        [
            "attributes of the subject without a value: ST, O, emailAddress",
            "this is the certificate of an authority, not of a device"
        ]
    );
}

#[test]
fn path_lengths_are_kept() {
    let new = || PrivateKey::generate().unwrap();
    let mut params = CaParams::new("/O=Root".parse().unwrap());
    params.path_len = Some(1);
    let root = CertificateAuthority::create(&params, new(), now()).unwrap();
    assert_eq!(root.certificate().path_len(), Some(1));
    let mut below = CaParams::new("/O=Below".parse().unwrap());
    for too_long in [None, Some(1), Some(2)] {
        below.path_len = too_long;
        assert_eq!(
            root.create_intermediate(&below, new(), now()).unwrap_err().to_string(),
            "this authority allows a path length of 1 below it; the new one must have a smaller one"
        );
    }
    below.path_len = Some(0);
    let last = root.create_intermediate(&below, new(), now()).unwrap();
    assert_eq!(
        last.create_intermediate(&below, new(), now()).unwrap_err().to_string(),
        "this authority allows a path length of 0 below it; the new one must have a smaller one"
    );
    let fixture =
        fixture_ca("intermediate-pathlen-0.crt.pem", "intermediate-pathlen-0.key.pem", Tolerance::default());
    fixture.unwrap().create_intermediate(&below, new(), now()).unwrap_err();
}

#[test]
fn an_authority_needs_a_name_and_a_time() {
    let new = || PrivateKey::generate().unwrap();
    let error = CertificateAuthority::create(&CaParams::new(Subject::new()), new(), now()).unwrap_err();
    assert_eq!(error.to_string(), "the subject of a certificate authority must not be empty");
    let mut params = CaParams::new("/O=Root".parse().unwrap());
    params.days = 0;
    let at = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let error = CertificateAuthority::create(&params, new(), at).unwrap_err();
    assert_eq!(
        error.to_string(),
        "0 days from 2027-01-15T08:00:00Z cannot be written into a certificate; the days are at least 1, the years 1970 to 9999"
    );
    params.days = u32::MAX;
    CertificateAuthority::create(&params, new(), at).unwrap_err();
    params.days = 1;
    CertificateAuthority::create(&params, new(), UNIX_EPOCH - Duration::from_secs(1)).unwrap_err();
}

#[test]
fn requests_are_checked_before_they_are_signed() {
    let ca = ca("/O=Nordic Semiconductor");
    let csr = input::load(&fixture("pki/requests/device.csr.der")).unwrap();
    let csr = csr.certificate_request().unwrap();
    let certificate = ca.issue_from_csr(csr, &CsrOptions::default(), now()).unwrap();
    assert_eq!(certificate.subject().to_string(), "/C=NO/O=Fixture/CN=fixture-device-1");
    assert_eq!(certificate.public_key().unwrap(), csr.public_key());

    let options = CsrOptions {
        device_id: Some(UUID.to_owned()),
        subject: Some("/O=Other".parse().unwrap()),
        ..CsrOptions::default()
    };
    let certificate = ca.issue_from_csr(csr, &options, now()).unwrap();
    assert_eq!(certificate.subject().to_string(), format!("/O=Other/CN={UUID}"));

    // One bit of the subject changed: still a request, but nobody's.
    let mut forged = csr.der().to_vec();
    let at = forged.windows(7).position(|window| window == b"Fixture").unwrap();
    forged[at] ^= 0x20;
    let forged = CertificateRequest::from_der(&forged).unwrap();
    assert_eq!(
        ca.issue_from_csr(&forged, &CsrOptions::default(), now()).unwrap_err().to_string(),
        "the certificate request is not signed by its own key: no proof of possession"
    );

    let nameless = input::load(&fixture("pki/requests/without-subject.csr.pem")).unwrap();
    let nameless = nameless.certificate_request().unwrap();
    assert_eq!(
        ca.issue_from_csr(nameless, &CsrOptions::default(), now()).unwrap_err().to_string(),
        "the certificate request has no common name, and no device ID was given"
    );
    ca.issue_from_csr(nameless, &options, now()).unwrap();
}

#[test]
fn openssl_accepts_our_requests() {
    let key = PrivateKey::generate().unwrap();
    let csr = CertificateRequest::create(&"/O=Example/CN=fixture-device-2".parse().unwrap(), &key).unwrap();
    csr.verify().unwrap();
    assert_eq!(csr.common_name().as_deref(), Some("fixture-device-2"));
    assert!(!csr.has_null_parameters());
    assert_eq!(CertificateRequest::from_pem(&csr.to_pem()).unwrap(), csr);
    let Some(openssl) = OpenSsl::find() else { return };
    openssl.write("csr.pem", csr.to_pem());
    let text =
        openssl.run(&["req", "-in", "csr.pem", "-noout", "-verify", "-subject", "-nameopt", "oneline"]);
    assert!(text.contains("verify OK") && text.contains("O = Example, CN = fixture-device-2"), "{text}");
}

/// Stands for a key in an HSM: it signs by somebody else's hands, or says why not.
struct Elsewhere {
    inner: PrivateKey,
    public: PublicKey,
    broken: bool,
}

impl Signer<Signature> for Elsewhere {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        if self.broken {
            return Err(signature::Error::from_source("the token was pulled out"));
        }
        self.inner.try_sign(message)
    }
}

impl Keypair for Elsewhere {
    type VerifyingKey = PublicKey;

    fn verifying_key(&self) -> PublicKey {
        self.public
    }
}

#[test]
fn the_key_of_an_authority_can_be_elsewhere() {
    let inner = PrivateKey::generate().unwrap();
    let params = CaParams::new("/O=HSM".parse().unwrap());
    let hsm = |broken| Elsewhere { inner: inner.clone(), public: inner.public_key(), broken };
    let ca = CertificateAuthority::create(&params, hsm(false), now()).unwrap();
    let key = PrivateKey::generate().unwrap();
    let device = ca.issue(&DeviceCertRequest::new(UUID, key.public_key()), now()).unwrap();
    device.verify_issued_by(ca.certificate(), now()).unwrap();

    let pulled = CertificateAuthority::load(ca.certificate().clone(), hsm(true), now()).unwrap_err();
    assert_eq!(pulled.to_string(), "the key of the authority cannot sign: the token was pulled out");
    // It says that it holds the key, but signs with another.
    let liar = Elsewhere { inner: key, public: inner.public_key(), broken: false };
    let caught = CertificateAuthority::load(ca.certificate().clone(), liar, now()).unwrap_err();
    assert_eq!(caught.to_string(), "the private key does not belong to the certificate of the authority");
}

#[test]
fn every_changed_bit_breaks_the_signature() {
    let ca = ca("/O=Nordic Semiconductor");
    let key = PrivateKey::generate().unwrap();
    let der = ca.issue(&DeviceCertRequest::new(UUID, key.public_key()), now()).unwrap().der().to_vec();
    let public = ca.certificate().public_key().unwrap();
    for bit in 0..der.len() * 8 {
        let mut changed = der.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let verified = Certificate::from_der(&changed)
            .is_ok_and(|certificate| certificate.verify_signed_by(&public).is_ok());
        assert!(!verified, "bit {bit}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reading_damaged_der_never_panics(position in 0_usize..450, octet: u8) {
        let mut der = fixture("pki/certificates/device.crt.der");
        let position = position % der.len();
        der[position] = octet;
        if let Ok(certificate) = Certificate::from_der(&der) {
            let _ = (certificate.lint(now()), certificate.subject().to_string(), certificate.key_usage());
        }
        let _ = input::load(&der);
    }
}
