//! rcgen, another builder: what it makes is read, verified and signed here, and what is made here it reads and signs.
#![expect(clippy::unwrap_used, reason = "a helper of tests may fail them")]

#[path = "support/fixtures.rs"]
mod fixtures;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fixtures::fixture_text;
use pki::ca::{CaError, CaParams, CertificateAuthority, CsrOptions, DeviceCertRequest, Profile};
use pki::certificate::{Certificate, CertificateError};
use pki::csr::CertificateRequest;
use pki::input;
use pki::key::PrivateKey;
use pki::subject::Subject;
use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, CustomExtension, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
    SerialNumber, date_time_ymd,
};

/// Within the validity that rcgen's default parameters have.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap()
}

fn ours(key: &KeyPair) -> PrivateKey {
    PrivateKey::from_pkcs8_der(key.serialized_der()).unwrap()
}

fn theirs(key: &PrivateKey) -> KeyPair {
    KeyPair::from_pem(&key.to_pkcs8_pem()).unwrap()
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(path_length: BasicConstraints) -> CertificateParams {
    let mut params = named("Peer CA");
    params.distinguished_name.push(DnType::OrganizationName, "Blåbær, A=S");
    params.is_ca = IsCa::Ca(path_length);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn read(certificate: &rcgen::Certificate) -> Certificate {
    let by_pem = Certificate::from_pem(&certificate.pem()).unwrap();
    assert_eq!(by_pem.der(), certificate.der().as_ref());
    by_pem
}

#[test]
fn its_authority_signs_here_and_there() {
    let ca_key = key();
    let params = authority(BasicConstraints::Constrained(1));
    let certificate = read(&params.self_signed(&ca_key).unwrap());
    assert!(certificate.is_ca() && certificate.is_self_issued());
    assert_eq!(certificate.path_len(), Some(1));
    assert_eq!(certificate.key_usage().unwrap(), ["keyCertSign", "cRLSign"]);
    assert_eq!(certificate.subject().to_string(), "/CN=Peer CA/O=Blåbær, A=S");
    certificate.verify_issued_by(&certificate, now()).unwrap();

    // Its authority with our hands.
    let ca = CertificateAuthority::load(certificate.clone(), ours(&ca_key), now()).unwrap();
    let device = ca.issue(&DeviceCertRequest::new("device-1", ours(&key()).public_key()), now()).unwrap();
    device.verify_issued_by(&certificate, now()).unwrap();
    assert_eq!(device.issuer().der(), certificate.subject().der());
    let params_below = CaParams { path_len: Some(0), ..CaParams::new("/O=Below".parse().unwrap()) };
    let below = ca.create_intermediate(&params_below, PrivateKey::generate().unwrap(), now()).unwrap();
    below.certificate().verify_issued_by(&certificate, now()).unwrap();

    // Its authority with its own.
    let issuer = Issuer::new(params, ca_key);
    let mut params = named("device-2");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    let device_key = key();
    let device = read(&params.signed_by(&device_key, &issuer).unwrap());
    device.verify_issued_by(&certificate, now()).unwrap();
    assert_eq!(device.common_name().as_deref(), Some("device-2"));
    assert_eq!(device.public_key().unwrap(), ours(&device_key).public_key());
    assert_eq!(device.authority_key_identifier(), certificate.subject_key_identifier());
    assert_eq!(device.lint(now()), []);
}

#[test]
fn our_authority_is_read_and_signs_there() {
    let params = CaParams::new("/C=NO/O=Nordic Semiconductor/OU=Test Devices/CN=Root".parse().unwrap());
    let ca = CertificateAuthority::create(&params, PrivateKey::generate().unwrap(), now()).unwrap();
    let pem = ca.certificate().to_pem();
    let issuer = Issuer::from_ca_cert_pem(&pem, theirs(ca.key())).unwrap();
    assert_eq!(issuer.key_usages(), [KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign]);
    let mut params = named("device-3");
    params.use_authority_key_identifier_extension = true;
    let device = read(&params.signed_by(&key(), &issuer).unwrap());
    device.verify_issued_by(ca.certificate(), now()).unwrap();
    assert_eq!(device.authority_key_identifier(), ca.certificate().subject_key_identifier());
}

#[test]
fn requests_go_both_ways() {
    let ca_key = PrivateKey::generate().unwrap();
    let ca = CertificateAuthority::create(&CaParams::new("/O=Root".parse().unwrap()), ca_key, now()).unwrap();

    let mut params = named("device-4");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyAgreement];
    let device_key = key();
    let request = params.serialize_request(&device_key).unwrap();
    let csr = CertificateRequest::from_pem(&request.pem().unwrap()).unwrap();
    csr.verify().unwrap();
    assert_eq!(csr.key_usage().unwrap(), ["digitalSignature", "keyAgreement"]);
    assert_eq!(csr.public_key(), ours(&device_key).public_key());
    let certificate = ca.issue_from_csr(&csr, &CsrOptions::default(), now()).unwrap();
    assert_eq!(certificate.common_name().as_deref(), Some("device-4"));

    let key = PrivateKey::generate().unwrap();
    let subject: Subject = "/C=NO/O=Blåbær/CN=device-5".parse().unwrap();
    let csr = CertificateRequest::create(&subject, &key).unwrap();
    let read = CertificateSigningRequestParams::from_pem(&csr.to_pem()).unwrap();
    assert_eq!(
        read.params.distinguished_name.get(&DnType::CommonName),
        Some(&rcgen::DnValue::Utf8String("device-5".to_owned()))
    );
    let issuer = Issuer::from_ca_cert_pem(&ca.certificate().to_pem(), theirs(ca.key())).unwrap();
    let certificate = Certificate::from_der(read.signed_by(&issuer).unwrap().der()).unwrap();
    certificate.verify_issued_by(ca.certificate(), now()).unwrap();
    assert_eq!(certificate.public_key().unwrap(), key.public_key());
}

#[test]
fn its_odd_certificates_are_refused_for_the_right_reason() {
    let ca_key = key();
    let mut params = authority(BasicConstraints::Unconstrained);
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("example.com".to_owned())],
        excluded_subtrees: vec![],
    });
    let constrained = read(&params.self_signed(&ca_key).unwrap());
    let error = CertificateAuthority::load(constrained, ours(&ca_key), now()).unwrap_err();
    assert!(matches!(error, CaError::Certificate(CertificateError::Untrusted(_))), "{error:?}");

    let mut params = named("device-6");
    let null = || CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    params.custom_extensions = vec![null(), null()];
    let twice = params.self_signed(&ca_key).unwrap();
    let error = Certificate::from_der(twice.der()).unwrap_err();
    assert_eq!(error.to_string(), "the extension 1.2.3.4 stands in the certificate twice");
}

/// The README says why certificates are not built with it; when this fails, the reasons are gone.
#[test]
fn it_cannot_repeat_the_name_of_any_authority() {
    let ca_key = fixture_text("pki/certificates/ca.key.pem");
    let ca_key = || theirs(input::load(ca_key.as_bytes()).unwrap().private_key().unwrap());
    let issued = |file: &str| {
        let pem = fixture_text(&format!("pki/certificates/{file}.crt.pem"));
        let issuer = Issuer::from_ca_cert_pem(&pem, ca_key())?;
        let device = read(&named("device-9").signed_by(&key(), &issuer)?);
        let same = device.issuer().der() == Certificate::from_pem(&pem).unwrap().subject().der();
        Ok::<_, rcgen::Error>(same)
    };
    assert!(issued("ca").unwrap());
    assert!(!issued("ca-two-ou").unwrap(), "an attribute twice");
    assert!(!issued("ca-joined-rdn").is_ok_and(|same| same), "two attributes in one RDN");
    assert!(std::panic::catch_unwind(|| issued("ca-question-mark")).is_err(), "a question mark");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Serial numbers of any length that RFC 5280 allows, the largest too, and dates up to two years from 2050 on both sides.
    #[test]
    fn any_serial_and_any_date_is_read_as_it_was_written(
        mut serial in prop::collection::vec(any::<u8>(), 1..=20),
        begins in -730_i64 * 86_400..730 * 86_400,
        lasts in 0_u64..730 * 86_400,
    ) {
        // Positive, as section 4.1.2.2 has it, and no longer than 20 octets with the sign.
        serial[0] = if serial.len() == 20 { serial[0] & 0x7f } else { serial[0] };
        let mut params = named("device-7");
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        let at_2050 = date_time_ymd(2050, 1, 1);
        let from = UNIX_EPOCH + Duration::from_secs(2_524_608_000_u64.checked_add_signed(begins).unwrap());
        params.not_before = if begins < 0 {
            at_2050 - Duration::from_secs(begins.unsigned_abs())
        } else {
            at_2050 + Duration::from_secs(begins.unsigned_abs())
        };
        params.not_after = params.not_before + Duration::from_secs(lasts);
        let certificate = read(&params.self_signed(&key()).unwrap());
        prop_assert_eq!(certificate.not_before(), from);
        prop_assert_eq!(certificate.not_after(), from + Duration::from_secs(lasts));
        let significant: Vec<u8> = serial.iter().copied().skip_while(|octet| *octet == 0).collect();
        let shown = if significant.is_empty() { vec![0] } else { significant };
        prop_assert_eq!(certificate.serial().as_bytes(), shown.as_slice());
        let hex: String = shown.iter().map(|octet| format!("{octet:02x}")).collect();
        prop_assert_eq!(certificate.serial().to_string(), hex);
    }

    /// Names of any characters, as UTF8String: the same text comes out, and the same name goes into what is issued.
    #[test]
    fn any_name_is_read_as_it_was_written(name in "[^\\p{C}]{1,64}", profile in 0..2) {
        let ca_key = key();
        let mut params = authority(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::OrganizationalUnitName, name.as_str());
        let certificate = read(&params.self_signed(&ca_key).unwrap());
        let unit = certificate.subject().attributes().find(|attribute| attribute.label() == "OU").unwrap();
        prop_assert_eq!(unit.text(), name);
        let ca = CertificateAuthority::load(certificate.clone(), ours(&ca_key), now()).unwrap();
        let mut request = DeviceCertRequest::new("device-8", ours(&key()).public_key());
        request.profile = if profile == 0 { Profile::Default } else { Profile::Minimal };
        ca.issue(&request, now()).unwrap().verify_issued_by(&certificate, now()).unwrap();
    }
}
