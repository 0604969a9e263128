//! When certificates are valid, beside their authority.
#![expect(clippy::unwrap_used, reason = "a helper of tests may fail them")]

#[path = "support/fixtures.rs"]
mod fixtures;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fixtures::fixture_text;
use pki::ca::{CaError, CaParams, CertificateAuthority, DeviceCertRequest, IssueError, Outliving, Tolerance};
use pki::certificate::Certificate;
use pki::input;
use pki::key::PrivateKey;
use proptest::prelude::*;

const DAY: Duration = Duration::from_secs(86_400);

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn begin() -> SystemTime {
    at(1_800_000_000)
}

/// Valid for ten days.
fn ca() -> CertificateAuthority {
    let params = CaParams { days: 10, ..CaParams::new("/O=Root".parse().unwrap()) };
    CertificateAuthority::create(&params, PrivateKey::from_scalar(&[5; 32]).unwrap(), begin()).unwrap()
}

fn device(days: u32) -> DeviceCertRequest {
    let mut request =
        DeviceCertRequest::new("device-1", PrivateKey::from_scalar(&[6; 32]).unwrap().public_key());
    request.days = days;
    request
}

#[test]
fn nothing_is_issued_before_or_after_the_authority_is_valid() {
    let ca = ca();
    let end = begin() + 10 * DAY;
    ca.issue(&device(1), begin()).unwrap();
    ca.issue(&device(1), end).unwrap();
    let refused = |now| match ca.issue(&device(1), now).unwrap_err() {
        IssueError::Ca(error @ CaError::Certificate(_)) => error.to_string(),
        other => panic!("{other}"),
    };
    let too_late = "the certificate of /O=Root expired on 2027-01-25T08:00:00Z";
    assert_eq!(
        refused(begin() - Duration::from_secs(1)),
        "the certificate of /O=Root is not valid before 2027-01-15T08:00:00Z"
    );
    assert_eq!(refused(end + Duration::from_secs(1)), too_late);
    let below = CaParams::new("/O=Below".parse().unwrap());
    let key = || PrivateKey::generate().unwrap();
    let error = ca.create_intermediate(&below, key(), end + DAY).unwrap_err();
    assert_eq!(error.to_string(), too_late);

    // Told so at loading, it goes on, and what it issues ends when it is asked to.
    let tolerance = Tolerance { expired: true, ..Tolerance::default() };
    let (certificate, key) = (ca.certificate().clone(), ca.key().clone());
    let expired = CertificateAuthority::load_tolerant(certificate, key, end + DAY, tolerance).unwrap();
    let certificate = expired.issue(&device(3), end + DAY).unwrap();
    assert_eq!(certificate.not_after(), end + 4 * DAY);
    let intermediate = expired.create_intermediate(&below, PrivateKey::generate().unwrap(), end + DAY);
    assert_eq!(intermediate.unwrap().certificate().not_before(), end + DAY);
}

#[test]
fn what_would_outlive_its_authority_ends_with_it_unless_told_otherwise() {
    let end = begin() + 10 * DAY;
    let issue = |outliving, days| ca().with_outliving(outliving).issue(&device(days), begin() + DAY);
    for outliving in [Outliving::Clamp, Outliving::Refuse, Outliving::Allow] {
        assert_eq!(issue(outliving, 9).unwrap().not_after(), end);
    }
    assert_eq!(ca().issue(&device(10), begin() + DAY).unwrap().not_after(), end, "the default");
    assert_eq!(issue(Outliving::Clamp, 10).unwrap().not_after(), end);
    assert_eq!(issue(Outliving::Allow, 10).unwrap().not_after(), end + DAY);
    assert_eq!(
        issue(Outliving::Refuse, 10).unwrap_err().to_string(),
        "the certificate would be valid until 2027-01-26T08:00:00Z, its authority is until 2027-01-25T08:00:00Z only"
    );
    let below = CaParams::new("/O=Below".parse().unwrap());
    let below = ca().create_intermediate(&below, PrivateKey::generate().unwrap(), begin()).unwrap();
    assert_eq!(below.certificate().not_after(), end);
}

#[test]
fn nothing_is_issued_in_the_name_of_the_authority_itself() {
    let key = || PrivateKey::generate().unwrap();
    let params = CaParams::new("/O=Example/CN=Device-1".parse().unwrap());
    let ca = CertificateAuthority::create(&params, key(), begin()).unwrap();
    // Verifiers mind neither case nor white space.
    for (organization, id) in [("/O=Example", "Device-1"), ("/O= EXAMPLE ", "device-1")] {
        let mut request = DeviceCertRequest::new(id, key().public_key());
        request.subject = organization.parse().unwrap();
        let error = ca.issue(&request, begin()).unwrap_err();
        assert!(matches!(error, IssueError::Subject(_)), "{error:?}");
        assert_eq!(
            error.to_string(),
            "the subject cannot be used: it is the name of the authority itself, and the certificate would look self-signed"
        );
    }
    for other in ["/CN=x", "/O=Example/OU=x"] {
        let mut request = DeviceCertRequest::new("Device-1", key().public_key());
        request.subject = other.replace("/CN=x", "/O=Other").parse().unwrap();
        ca.issue(&request, begin()).unwrap();
    }
    ca.issue(&DeviceCertRequest::new("Device-1", key().public_key()), begin()).unwrap();
    let error = ca.create_intermediate(&params, key(), begin()).unwrap_err();
    assert!(matches!(error, CaError::Subject(_)), "{error:?}");
}

#[test]
fn an_authority_of_others_that_is_not_valid_issues_only_when_told() {
    let load =
        |name: &str| input::load(fixture_text(&format!("pki/certificates/{name}")).as_bytes()).unwrap();
    let certificate = load("ca-expired.crt.pem").certificate().unwrap().clone();
    let key = load("ca.key.pem").private_key().unwrap().clone();
    let tolerance = Tolerance { expired: true, ..Tolerance::default() };
    let ca = CertificateAuthority::load_tolerant(certificate, key, begin(), tolerance).unwrap();
    let issued: Certificate = ca.issue(&device(1), begin()).unwrap();
    assert_eq!(issued.not_after(), begin() + DAY);
}

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// From here on RFC 5280 has dates as GeneralizedTime.
const YEAR_2050: u64 = 2_524_608_000;

/// The tags of the times in a certificate: what is followed by its length, digits and a `Z`.
fn time_tags(der: &[u8]) -> Vec<u8> {
    let is_time = |at: &usize| {
        let length = match der[*at..] {
            [UTC_TIME, 13, ..] => 13,
            [GENERALIZED_TIME, 15, ..] => 15,
            _ => return false,
        };
        let text = der.get(at + 2..at + 2 + length);
        matches!(text, Some([digits @ .., b'Z']) if digits.iter().all(u8::is_ascii_digit))
    };
    (0..der.len()).filter(is_time).map(|at| der[at]).collect()
}

fn tag(time: SystemTime) -> u8 {
    if time < at(YEAR_2050) { UTC_TIME } else { GENERALIZED_TIME }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Two days on both sides of the turn of 2050: both forms, and one of each, for an authority and a device below it.
    #[test]
    fn dates_around_2050_come_back(
        seconds in YEAR_2050 - 2 * 86_400..YEAR_2050 + 2 * 86_400,
        exact: bool,
        (ca_days, days) in (1_u32..4, 1_u32..4),
    ) {
        // Half of them begin or end on the very second.
        let from = at(if exact { YEAR_2050 - u64::from(days) * 86_400 } else { seconds });
        let params = CaParams { days: ca_days, ..CaParams::new("/O=Root".parse().unwrap()) };
        let key = PrivateKey::from_scalar(&[5; 32]).unwrap();
        let ca = CertificateAuthority::create(&params, key, from).unwrap();
        let end = from + ca_days * DAY;
        let issued = ca.issue(&device(days), from).unwrap();
        for (certificate, not_after) in [(ca.certificate(), end), (&issued, end.min(from + days * DAY))] {
            prop_assert_eq!((certificate.not_before(), certificate.not_after()), (from, not_after));
            prop_assert_eq!(time_tags(certificate.der()), [tag(from), tag(not_after)]);
        }
        issued.verify_issued_by(ca.certificate(), from).unwrap();
    }
}
