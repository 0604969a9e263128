//! Every kind of file that can be used, in every form, and what was repaired.

#[path = "support/fixtures.rs"]
mod fixtures;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fixtures::{fixture, fixture_text};
use pki::ca::{CaParams, CertificateAuthority, Outliving};
use pki::input::{self, Form, Input, Item, Repair};
use pki::key::PrivateKey;
use pki::lint::Severity;
use proptest::prelude::*;

fn load(name: &str) -> Input {
    input::load(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn describe(input: &Input) -> Vec<String> {
    input.items().map(Item::describe).collect()
}

#[test]
fn one_key_in_every_form() {
    let public = load("pki/keys/public.pem").public_key().unwrap();
    for name in [
        "sec1.pem",
        "sec1.der",
        "sec1-with-parameters.pem",
        "sec1-without-public-key.pem",
        "pkcs8.pem",
        "pkcs8.der",
        "private.jwk",
    ] {
        let input = load(&format!("pki/keys/{name}"));
        assert_eq!(input.private_key().unwrap().public_key(), public, "{name}");
        assert_eq!(input.public_key().unwrap(), public, "{name}");
        assert_eq!(input.to_string(), "a private key", "{name}");
        assert_eq!(input.repairs(), [], "{name}");
    }
    for name in ["public.pem", "public.der", "public.jwk", "public-set.jwk", "point.bin"] {
        let input = load(&format!("pki/keys/{name}"));
        assert_eq!(input.public_key().unwrap(), public, "{name}");
        assert_eq!(describe(&input), ["P-256 public key"], "{name}");
        assert_eq!(input.repairs(), [], "{name}");
    }
    for name in ["point.b64", "public.b64"] {
        let input = load(&format!("pki/keys/{name}"));
        assert_eq!(input.public_key().unwrap(), public, "{name}");
        assert_eq!(input.repairs(), [Repair::NoArmour], "{name}");
        assert_eq!(input.entries()[0].form, Form::Base64);
    }
    // As the nrf_cloud_cred shell prints it.
    let line = format!("PUBKEY: {}\r\n", fixture_text("pki/keys/point.b64"));
    assert_eq!(input::load(line.as_bytes()).unwrap().public_key().unwrap(), public);
    let csr = load("pki/requests/device.csr.pem");
    assert_eq!(csr.public_key().unwrap(), public);
}

#[test]
fn what_it_is_in_words() {
    let cases = [
        ("pki/keys/sec1-with-parameters.pem", vec!["EC parameters: P-256", "P-256 private key"]),
        ("pki/keys/encrypted-scrypt.pem", vec!["encrypted private key"]),
        ("pki/requests/device.csr.der", vec!["certificate request of /C=NO/O=Fixture/CN=fixture-device-1"]),
        ("pki/requests/without-subject.csr.pem", vec!["certificate request of an empty subject"]),
        (
            "pki/certificates/chain.pem",
            vec![
                "certificate of /CN=f69c0e45-7f04-4949-8def-bb2215b4223e (X.509 v3)",
                "CA certificate of /C=NO/O=Fixture CA (X.509 v3)",
            ],
        ),
        ("pki/certificates/device-v1.crt.pem", vec!["certificate of /CN=not a device id (X.509 v1)"]),
        (
            "pki/modem/keygen-csr.txt",
            vec![
                "answer to AT%KEYGEN of device 50363154-3931-44f0-8022-121b64010001: certificate request for sec_tag 16842753",
            ],
        ),
        (
            "pki/modem/attest.txt",
            vec!["attestation token of device 50363154-3931-44f0-8022-121b64010001 (nRF9151 LACA)"],
        ),
    ];
    for (name, words) in cases {
        assert_eq!(describe(&load(name)), words, "{name}");
    }
}

#[test]
fn several_things_in_one_file() {
    let both =
        [fixture("pki/certificates/device.crt.pem"), fixture("pki/certificates/device.key.pem")].concat();
    let input = input::load(&both).unwrap();
    assert_eq!(input.to_string(), "a certificate and a private key");
    assert_eq!(input.certificate().unwrap().public_key().unwrap(), input.public_key().unwrap());
    assert_eq!(input.entries()[1].place.block, 2);
    assert_eq!(
        input.entries()[1].place.line,
        Some(1 + both.iter().filter(|octet| **octet == b'\n').count() - 5)
    );

    let chain = load("pki/certificates/chain.pem");
    assert_eq!(chain.to_string(), "2 certificates");
    assert_eq!(chain.certificates().count(), 2);
    // The first of a chain is the device's.
    assert_eq!(chain.public_key().unwrap(), load("pki/certificates/device.crt.pem").public_key().unwrap());

    let two = [fixture("pki/certificates/device.key.pem"), fixture("pki/certificates/ca.key.pem")].concat();
    let input = input::load(&two).unwrap();
    assert_eq!(
        input.private_key().unwrap_err().to_string(),
        "this holds 2 different private keys, and one is needed"
    );
    assert_eq!(
        input.public_key().unwrap_err().to_string(),
        "this holds 2 different public keys, and one is needed"
    );
}

#[test]
fn the_guides_one_line_files_are_repaired() {
    let public = load("guide/public-key-one-line.pem");
    assert_eq!(public.repairs(), [Repair::LineBreaksLost { block: 1 }]);
    let device = load("guide/device-public-key-one-line.pem");
    assert_eq!(device.repairs(), [Repair::LineBreaksLost { block: 1 }]);
    let private = load("guide/private-key-one-line.pem");
    assert_eq!(private.repairs(), [Repair::LineBreaksLost { block: 1 }, Repair::LineBreaksLost { block: 2 }]);
    assert_eq!(private.repairs()[1].to_string(), "block 2 has lost its line breaks");
    // Written again, it is what openssl wrote: the blocks on their own lines.
    let again = private.private_key().unwrap().to_sec1_pem();
    assert_eq!(again.replace('\n', ""), fixture_text("guide/private-key-one-line.pem").trim());
    // Trap: the two do not belong together.
    assert_ne!(private.public_key().unwrap(), public.public_key().unwrap());
}

#[test]
fn the_guides_certificate_is_version_1_and_of_another_device() {
    let csv = fixture_text("guide/onboard.csv");
    let pem = &csv[csv.find("-----BEGIN").unwrap()..csv.rfind('"').unwrap()];
    let input = input::load(pem.as_bytes()).unwrap();
    assert_eq!(input.repairs(), []);
    let certificate = input.certificate().unwrap();
    assert_eq!(certificate.version(), 1);
    assert_eq!(certificate.common_name().as_deref(), Some("c652f9ad-e0b9-48ff-bc62-22081c804158"));
    assert!(!csv.starts_with("c652f9ad"));
    assert_eq!(
        certificate.issuer().to_string(),
        "/C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor/OU=Test Devices"
    );
    assert_eq!(certificate.serial().to_string(), "9ad992e7b62f6d64");
    assert_eq!(
        certificate.public_key().unwrap(),
        load("guide/device-public-key-one-line.pem").public_key().unwrap()
    );
    assert_eq!(certificate.to_pem(), pem);
    assert_eq!(certificate.not_before(), UNIX_EPOCH + Duration::from_secs(1_629_406_367));
    let findings = certificate.lint(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    assert_eq!(
        findings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["this is X.509 v1, without extensions"]
    );
}

#[test]
fn line_ends_marks_and_text_around_are_forgiven_and_told() {
    let pem = fixture_text("pki/keys/public.pem");
    let public = load("pki/keys/public.pem").public_key().unwrap();
    let lines: Vec<&str> = pem.lines().collect();
    let body = lines[1..lines.len() - 1].concat();
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(pem.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let big_endian: Vec<u8> =
        [0xfe, 0xff].into_iter().chain(pem.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let c_string: String = lines.iter().map(|line| format!("\"{line}\\n\"\n")).collect();
    let wide = format!("{}\n{body}\n{}\n", lines[0], lines[3]);
    let narrow = format!("{}\n{}\n{}\n{}\n{}\n", lines[0], &body[..40], &body[40..80], &body[80..], lines[3]);
    let cases: [(&str, Vec<u8>, Vec<Repair>); 15] = [
        ("CRLF", pem.replace('\n', "\r\n").into_bytes(), vec![Repair::CarriageReturns]),
        ("CR", pem.replace('\n', "\r").into_bytes(), vec![Repair::CarriageReturns]),
        ("mark", format!("\u{feff}{pem}").into_bytes(), vec![Repair::ByteOrderMark]),
        ("UTF-16", utf16, vec![Repair::Utf16]),
        ("UTF-16 big", big_endian, vec![Repair::Utf16]),
        (
            "text before",
            format!("\nsubject=\nissuer=\n{pem}").into_bytes(),
            vec![Repair::TextOutside { line: 2 }],
        ),
        ("text behind", format!("{pem}done").into_bytes(), vec![Repair::TextOutside { line: 5 }]),
        ("no final break", pem.trim_end().as_bytes().to_vec(), vec![Repair::FinalLineBreak]),
        (
            "spaces for breaks",
            pem.trim_end().replace('\n', " ").into_bytes(),
            vec![Repair::LineBreaksLost { block: 1 }, Repair::FinalLineBreak],
        ),
        (
            "escapes",
            pem.replace('\n', "\\n").into_bytes(),
            vec![Repair::EscapedLineBreaks { block: 1 }, Repair::FinalLineBreak],
        ),
        (
            "C string",
            c_string.into_bytes(),
            vec![Repair::EscapedLineBreaks { block: 1 }, Repair::Quotes { block: 1 }],
        ),
        ("one wide line", wide.into_bytes(), vec![Repair::LineWidth { block: 1, width: 124 }]),
        ("narrow lines", narrow.into_bytes(), vec![Repair::LineWidth { block: 1, width: 40 }]),
        ("blank line", pem.replacen('\n', "\n\n", 2).into_bytes(), vec![Repair::WhiteSpace { block: 1 }]),
        ("indented", pem.replace('\n', "\n  ").into_bytes(), vec![Repair::WhiteSpace { block: 1 }]),
    ];
    for (what, bytes, repairs) in cases {
        let input = input::load(&bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(input.public_key().unwrap(), public, "{what}");
        assert_eq!(input.repairs(), repairs, "{what}");
    }
}

#[test]
fn damage_comes_together() {
    let expected = load("pki/keys/public.pem").public_key().unwrap();
    let pem = fixture_text("pki/keys/sec1-with-parameters.pem");
    // Saved by Windows, with a mark, an explanation in Latin-1 before it, and no end.
    let windows = pem.trim_end().replace('\n', "\r\n");
    let latin = [b"Schl\xfcssel f\xfcr das Ger\xe4t:\r\n", windows.as_bytes()].concat();
    let input = input::load(&latin).unwrap();
    assert_eq!(input.public_key().unwrap(), expected);
    assert_eq!(
        input.repairs(),
        [Repair::NotUtf8, Repair::CarriageReturns, Repair::TextOutside { line: 1 }, Repair::FinalLineBreak]
    );
    assert_eq!(input.repairs()[0].to_string(), "the file has octets that are not UTF-8");
    let marked = [b"\xef\xbb\xbf", windows.as_bytes()].concat();
    assert_eq!(
        input::load(&marked).unwrap().repairs(),
        [Repair::ByteOrderMark, Repair::CarriageReturns, Repair::FinalLineBreak]
    );
    // One line, behind the name of a variable.
    let variable = format!("export KEY=\"{}\"", pem.trim_end().replace('\n', " "));
    let input = input::load(variable.as_bytes()).unwrap();
    assert_eq!(input.public_key().unwrap(), expected);
    assert_eq!(
        input.repairs(),
        [
            Repair::TextOutside { line: 1 },
            Repair::LineBreaksLost { block: 1 },
            Repair::LineBreaksLost { block: 2 },
            Repair::FinalLineBreak
        ]
    );
    // In JSON.
    let json = format!("{{\"key\": \"{}\"}}", pem.replace('\n', "\\n"));
    assert_eq!(input::load(json.as_bytes()).unwrap().public_key().unwrap(), expected);
    // A board that starts sends anything.
    let log = [b"0\xff\xfe\x00Ready\r\n", fixture("pki/modem/keygen-csr.txt").as_slice()].concat();
    let input = input::load(&log).unwrap();
    assert_eq!((input.to_string(), input.entries()[0].place.line), ("a KEYGEN answer".to_owned(), Some(2)));
    assert_eq!(
        input::load(b"PuTTY-User-Key-File-3: ssh-rsa\n").unwrap_err().to_string(),
        "block 1, line 1: this is a PuTTY key, which cannot be used here"
    );
}

#[test]
fn a_wrong_label_is_told() {
    let text = fixture_text("pki/keys/sec1.pem").replace("EC PRIVATE KEY", "PUBLIC KEY");
    let input = input::load(text.as_bytes()).unwrap();
    assert_eq!(input.private_key().unwrap().public_key(), load("pki/keys/public.pem").public_key().unwrap());
    assert_eq!(input.repairs()[0].to_string(), "block 1 is labelled PUBLIC KEY but is PRIVATE KEY");
}

#[test]
fn lint_tells_everything_at_once() {
    let now = SystemTime::now();
    let findings = load("pki/certificates/device-odd-extensions.crt.pem").lint(now);
    let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "the critical extension 1.2.3.4 is not known to many",
            "the common name cannot be a device ID: the device ID `not a device id` has the character ' ' at position 4; \
             allowed are letters, digits, `:`, `_` and `-`",
            "the key usage lacks digitalSignature, which a TLS client needs",
            "the extended key usage lacks clientAuth, which a TLS client needs",
        ]
    );
    assert_eq!(findings.iter().map(pki::lint::Finding::severity).max(), Some(Severity::Error));

    let rsa = load("pki/certificates/ca-rsa.crt.pem").lint(now);
    assert_eq!(rsa[0].to_string(), "the key is an RSA 2048 key; nRF Cloud needs P-256 (prime256v1)");
    assert_eq!(
        rsa[1].to_string(),
        "signed with the algorithm 1.2.840.113549.1.1.11 instead of ecdsa-with-SHA256"
    );
    let expired = load("pki/certificates/ca-expired.crt.pem").lint(now);
    assert_eq!(
        expired[0].to_string(),
        "the certificate of /O=Fixture expired CA expired on 2020-01-03T00:00:00Z"
    );
    assert_eq!(load("pki/certificates/device.crt.pem").lint(now), []);

    let mut params = CaParams { days: 1, ..CaParams::new("/O=Short".parse().unwrap()) };
    let new = || PrivateKey::generate().unwrap();
    let short =
        CertificateAuthority::create(&params, new(), UNIX_EPOCH).unwrap().with_outliving(Outliving::Allow);
    params.subject = "/O=Long".parse().unwrap();
    params.days = 2;
    let long = short.create_intermediate(&params, new(), UNIX_EPOCH).unwrap();
    let chain = long.certificate().to_pem() + &short.certificate().to_pem();
    let findings = input::load(chain.as_bytes()).unwrap().lint(UNIX_EPOCH);
    let outlives = findings.last().unwrap();
    assert_eq!(
        outlives.to_string(),
        "it is valid until 1970-01-03T00:00:00Z, its issuer until 1970-01-02T00:00:00Z only"
    );
    assert_eq!(outlives.severity(), Severity::Warning);

    let mut long = Vec::new();
    for _ in 0..4 {
        long.extend(fixture("pki/certificates/ca-rsa.crt.pem"));
    }
    let octets = long.len();
    let long = input::load(&long).unwrap().lint(now);
    assert!(long.iter().any(|finding| finding.to_string()
        == format!("{octets} octets of PEM; more than 4096 may not fit into the modem")));

    let unbroken = fixture_text("pki/certificates/device.crt.pem");
    let findings = input::load(unbroken.trim_end().as_bytes()).unwrap().lint(now);
    assert_eq!(findings[0].to_string(), "the final line break, which is part of the format, is missing");
    assert_eq!(findings[0].severity(), Severity::Warning);
}

proptest! {
    #[test]
    fn loading_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = input::load(&bytes);
    }

    #[test]
    fn loading_damaged_pem_never_panics(position in 0_usize..1200, replacement in any::<char>(), cut: bool) {
        let mut text = fixture_text("pki/certificates/chain.pem");
        let position = position % text.len();
        if cut { text.truncate(position) } else { text.replace_range(position..=position, &replacement.to_string()) }
        let _ = input::load(text.as_bytes());
    }

    #[test]
    fn loading_damaged_modem_messages_never_panics(position in 0_usize..580, replacement in "[A-Za-z0-9_.\"-]") {
        let mut text = fixture_text("pki/modem/keygen-csr.txt");
        let position = position % text.len();
        text.replace_range(position..=position, &replacement);
        if let Ok(input) = input::load(text.as_bytes()) {
            let _ = (input.public_key().map(|key| key.key_id()), input.to_string());
        }
    }
}

#[test]
fn a_lone_curve_name_is_told() {
    let input =
        input::load(b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n")
            .unwrap();
    assert_eq!(input.to_string(), "a curve name");
    assert_eq!(input.private_key().unwrap_err().to_string(), "this is a curve name, not a private key");
}
