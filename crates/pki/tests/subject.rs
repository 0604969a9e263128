//! Subjects: the rules, and the way there and back through a certificate.
#![expect(clippy::unwrap_used, reason = "a helper of tests may fail them")]

#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "support/openssl.rs"]
mod openssl;

use std::time::{Duration, SystemTime};

use fixtures::fixture_text;
use openssl::OpenSsl;
use pki::ca::{CaParams, CertificateAuthority};
use pki::certificate::Certificate;
use pki::key::PrivateKey;
use pki::subject::{Attribute, Subject, SubjectError};
use proptest::prelude::*;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

#[test]
fn the_guides_subject() {
    let text = "/C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor";
    let subject: Subject = text.parse().unwrap();
    assert_eq!(subject.get(Attribute::StateOrProvince), Some("Norway"));
    assert_eq!(subject.to_string(), text);
    let with_ou = subject.with(Attribute::OrganizationalUnit, "Test Devices").unwrap();
    assert_eq!(with_ou.to_string(), format!("{text}/OU=Test Devices"));
}

#[test]
fn every_rule_has_its_message() {
    let sixty_five = "x".repeat(65);
    let cases = [
        ("", "the subject is empty"),
        ("C=NO", "a subject begins with a slash, as in /C=NO/O=Example"),
        (
            "/C=NO/",
            "no `=` in the part at byte 6; a part is NAME=VALUE, and a slash in a value is written \\/",
        ),
        (
            "/O=A/S",
            "no `=` in the part at byte 5; a part is NAME=VALUE, and a slash in a value is written \\/",
        ),
        ("/O=A\\", "the backslash at byte 4 is followed by neither / nor \\"),
        ("/O=A\\n", "the backslash at byte 4 is followed by neither / nor \\"),
        (
            "/C=NO/XX=1",
            "unknown attribute `XX` at byte 6; known are C, ST, L, O, OU, CN, serialNumber, title, UID, DC and emailAddress",
        ),
        ("/O=A/OU=B/O=C", "O is given twice"),
        ("/C=NO/OU=", "OU has no value; leave the attribute out instead"),
        ("/OU=  ", "OU has no value; leave the attribute out instead"),
        ("/C=NOR", "C is a country code of two letters, not `NOR`"),
        ("/C=N1", "C is a country code of two letters, not `N1`"),
        ("/C=Ø", "C is a country code of two letters, not `Ø`"),
        // The words of a stranger's request are shown on a terminal.
        ("/C=\u{1b}[2J", "C is a country code of two letters, not `\\u{1b}[2J`"),
        (
            "/\u{9b}\u{202e}=1",
            "unknown attribute `\\u{9b}\\u{202e}` at byte 1; known are C, ST, L, O, OU, CN, serialNumber, title, UID, DC and emailAddress",
        ),
        ("/O=a\u{7}b", "O cannot hold the character '\\u{7}'"),
        ("/emailAddress=ø@example.com", "emailAddress cannot hold the character 'ø'"),
        ("/serialNumber=a_b", "serialNumber cannot hold the character '_'"),
    ];
    for (text, message) in cases {
        assert_eq!(text.parse::<Subject>().unwrap_err().to_string(), message, "{text}");
    }
    let long = format!("/CN={sixty_five}").parse::<Subject>().unwrap_err();
    assert_eq!(long.to_string(), "CN has 65 characters, the limit is 64");
    assert_eq!(long, SubjectError::TooLong { attribute: Attribute::CommonName, characters: 65, most: 64 });
    format!("/CN={}", "ø".repeat(64)).parse::<Subject>().unwrap();
}

#[test]
fn a_name_of_joined_attributes_is_no_subject() {
    let text = fixture_text("pki/certificates/ca-joined-rdn.crt.pem");
    let name = Certificate::from_pem(&text).unwrap().subject().clone();
    assert_eq!(name.to_string(), "/C=NO/OU=One+O=Fixture CA");
    let error = Subject::try_from(&name).unwrap_err();
    assert_eq!(error.to_string(), "O is joined with the attribute before it");
}

#[test]
fn openssl_shows_the_subject_that_was_asked_for() {
    let Some(openssl) = OpenSsl::find() else { return };
    let subject: Subject =
        "/C=NO/ST=Trøndelag/L=Trondheim/O=A, B = C + D/OU=R\\/D/CN=\"quoted\" #1/emailAddress=a@b.no"
            .parse()
            .unwrap();
    let ca = CertificateAuthority::create(&CaParams::new(subject), PrivateKey::generate().unwrap(), now())
        .unwrap();
    openssl.write("ca.pem", ca.certificate().to_pem());
    let text =
        openssl.run(&["x509", "-in", "ca.pem", "-noout", "-subject", "-nameopt", "utf8,sep_multiline,sname"]);
    let expected = "subject=\n    C=NO\n    ST=Trøndelag\n    L=Trondheim\n    O=A, B = C + D\n    OU=R/D\n    \
                    CN=\"quoted\" #1\n    emailAddress=a@b.no\n";
    assert_eq!(text, expected);
}

fn attribute() -> impl Strategy<Value = Attribute> {
    prop::sample::select(Attribute::ALL.to_vec())
}

/// What has a meaning of its own in some way of writing names, and what has more octets than characters.
const TELLING: [char; 20] = [
    ',', '=', '+', '/', '\\', '"', '#', '<', '>', ';', ' ', '\'', '?', '*', '@', 'ø', '日', '\u{301}', '🛰',
    '\u{fffd}',
];

fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        2 => prop::sample::select(TELLING.to_vec()),
        1 => any::<char>().prop_filter("control", |c| !c.is_control()),
    ]
}

/// Text of so many characters that is not blank.
fn text(characters: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = String> {
    prop::collection::vec(character(), characters)
        .prop_map(|characters| characters.into_iter().collect::<String>())
        .prop_filter("blank", |text| !text.trim().is_empty())
}

fn value(attribute: Attribute) -> BoxedStrategy<String> {
    match attribute {
        Attribute::Country => "[A-Za-z]{2}".boxed(),
        Attribute::SerialNumber => "[A-Za-z0-9 '()+,./:=?-]{0,63}[A-Za-z0-9?]".boxed(),
        Attribute::DomainComponent => "[!-~]{1,63}".boxed(),
        Attribute::EmailAddress => "[!-~]{1,255}".boxed(),
        other => text(1..=other.most_characters()).boxed(),
    }
}

/// Attributes that take any text, with their limits: 64 characters, and more for some.
fn of_any_text() -> impl Strategy<Value = Attribute> {
    prop::sample::select(vec![
        Attribute::StateOrProvince,
        Attribute::Locality,
        Attribute::Organization,
        Attribute::OrganizationalUnit,
        Attribute::CommonName,
        Attribute::Title,
        Attribute::UserId,
    ])
}

fn subject() -> impl Strategy<Value = Subject> {
    prop::collection::vec(attribute().prop_flat_map(|a| (Just(a), value(a))), 1..6).prop_map(|parts| {
        let mut subject = Subject::new();
        for (attribute, value) in parts {
            subject.set(attribute, value).unwrap();
        }
        subject
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_shown_is_read_again(subject in subject()) {
        prop_assert_eq!(subject.to_string().parse::<Subject>().unwrap(), subject);
    }

    #[test]
    fn parsing_never_panics(text in "\\PC{0,80}") {
        if let Ok(subject) = text.parse::<Subject>() {
            prop_assert_eq!(subject.to_string().parse::<Subject>().unwrap(), subject);
        }
    }

    #[test]
    fn what_is_asked_for_stands_in_the_certificate(subject in subject()) {
        let key = PrivateKey::from_scalar(&[9; 32]).unwrap();
        let ca = CertificateAuthority::create(&CaParams::new(subject.clone()), key, now()).unwrap();
        let certificate = ca.certificate();
        prop_assert_eq!(Subject::try_from(certificate.subject()).unwrap(), subject.clone());
        prop_assert_eq!(certificate.subject().to_string(), subject.to_string());
        prop_assert_eq!(certificate.issuer(), certificate.subject());
    }

    /// Characters are counted, not octets.
    #[test]
    fn the_limit_is_kept_to_the_character(
        (attribute, value) in of_any_text().prop_flat_map(|a| (Just(a), text(a.most_characters()))),
        more in character(),
    ) {
        let subject = Subject::new().with(attribute, value.as_str()).unwrap();
        let key = PrivateKey::from_scalar(&[9; 32]).unwrap();
        let ca = CertificateAuthority::create(&CaParams::new(subject.clone()), key, now()).unwrap();
        prop_assert_eq!(Subject::try_from(ca.certificate().subject()).unwrap(), subject);
        let most = attribute.most_characters();
        let too_long = SubjectError::TooLong { attribute, characters: most + 1, most };
        prop_assert_eq!(Subject::new().with(attribute, format!("{value}{more}")), Err(too_long));
    }

    #[test]
    fn one_character_too_many_is_refused(attribute in attribute()) {
        let text = "x".repeat(attribute.most_characters() + 1);
        prop_assert!(Subject::new().with(attribute, text).is_err());
    }
}
