//! Files with more than one thing in them, and those of which not all can be used.

#[path = "support/fixtures.rs"]
mod fixtures;

use fixtures::{fixture, fixture_text};
use pki::input::{self, Form, Input, Item};
use pki::lint::Severity;

fn load(bytes: &[u8]) -> Input {
    input::load(bytes).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(bytes: &[u8]) -> String {
    input::load(bytes).map(|input| panic!("read as {input}")).unwrap_err().to_string()
}

fn places(input: &Input) -> Vec<String> {
    input.entries().iter().map(|entry| entry.place.to_string()).collect()
}

#[test]
fn a_log_with_several_answers_of_a_modem() {
    let modem = |name: &str| fixture_text(&format!("pki/modem/{name}.txt"));
    let log = format!(
        "> AT+CGSN\r\n352656106111111\r\nOK\r\n> AT%KEYGEN=16842753,2,0\r\n{}> AT%KEYGEN=17,2,1\r\n{}> AT%ATTESTTOKEN\r\n{}",
        modem("keygen-csr"),
        modem("keygen-public-key"),
        modem("attest")
    );
    let input = load(log.as_bytes());
    assert_eq!(input.to_string(), "2 KEYGEN answers and an attestation token");
    assert_eq!(places(&input), ["block 1, line 5", "block 2, line 8", "block 3, line 11"]);
    assert!(input.entries().iter().all(|entry| entry.form == Form::ModemMessage));
    let tags: Vec<u32> = input
        .items()
        .filter_map(|item| match item {
            Item::Keygen(message) => Some(message.sec_tag()),
            _ => None,
        })
        .collect();
    assert_eq!(tags, [16_842_753, 17]);
    // Which of them is meant?
    assert_eq!(
        input.keygen().unwrap_err().to_string(),
        "this holds 2 different answers to AT%KEYGEN, and one is needed"
    );
    input.certificate_request().unwrap();
    input.attestation_token().unwrap();

    // The same answer twice is one.
    let twice = [modem("keygen-csr"), modem("keygen-csr")].concat();
    let twice = load(twice.as_bytes());
    assert_eq!((twice.items().len(), twice.keygen().unwrap().sec_tag()), (2, 16_842_753));

    // Without names and quotes, a line for each.
    let csr = modem("keygen-csr-bare");
    let bare = modem("attest").split('"').nth(1).unwrap_or_default().to_owned();
    let input = load(format!("\n{csr}\n\n\"{bare}\"\n").as_bytes());
    assert_eq!(input.to_string(), "a KEYGEN answer and an attestation token");
    assert_eq!(places(&input), ["block 1, line 2", "block 2, line 4"]);

    // A broken one is named by its place.
    let broken = log.replace(&modem("keygen-public-key"), &fixture_text("pki/bad/keygen-message-type.txt"));
    assert_eq!(
        refusal(broken.as_bytes()),
        "block 2, line 8: the message type is 7; an answer to AT%KEYGEN has 2, 3, 8 or 9"
    );

    // Between blocks of PEM.
    let mixed = [fixture_text("pki/keys/public.pem"), modem("keygen-csr")].concat();
    assert_eq!(load(mixed.as_bytes()).to_string(), "a public key and a KEYGEN answer");
}

#[test]
fn der_behind_der() {
    let (key, certificate) = (fixture("pki/keys/pkcs8.der"), fixture("pki/certificates/device.crt.der"));
    let point_in_time = key.len() + certificate.len();
    let all = [key.as_slice(), &certificate, &certificate].concat();
    let input = load(&all);
    assert_eq!(input.to_string(), "a private key and 2 certificates");
    assert_eq!(
        places(&input),
        ["byte 0".to_owned(), format!("byte {}", key.len()), format!("byte {point_in_time}")]
    );
    assert_eq!(input.entries()[2].place.block, 3);
    assert_eq!(
        refusal(&all[..all.len() - 1]),
        format!(
            "byte {point_in_time}: the DER is cut short: it announces {} octets, there are {}",
            certificate.len(),
            certificate.len() - 1
        )
    );
    assert_eq!(
        refusal(&[certificate.as_slice(), b"x"].concat()),
        "byte 0: 1 octets follow behind the end of the DER"
    );
    // A PEM block is one document.
    let body = certificate.iter().chain(&certificate).copied().collect::<Vec<u8>>();
    let pem = pem_rfc7468::encode_string("CERTIFICATE", pem_rfc7468::LineEnding::LF, &body).unwrap();
    assert_eq!(
        refusal(pem.as_bytes()),
        format!("block 1, line 1: {} octets follow behind the end of the DER", certificate.len())
    );
}

#[test]
fn a_set_of_json_web_keys_is_as_good_as_those_that_can_be_used() {
    let text = fixture_text("pki/keys/mixed-set.jwk");
    let input = load(text.as_bytes());
    assert_eq!(input.to_string(), "a public key");
    let expected = load(&fixture("pki/keys/public.pem")).public_key().unwrap();
    assert_eq!(input.public_key().unwrap(), expected);
    assert_eq!(input.entries()[0].place.block, 2);
    let others: Vec<String> = input.unusable().iter().map(ToString::to_string).collect();
    assert_eq!(
        others,
        [
            "block 1, line 1: this is an RSA 2048 key; nRF Cloud needs P-256 (prime256v1)",
            "block 3, line 1: this is a P-384 key; nRF Cloud needs P-256 (prime256v1)",
        ]
    );
    let findings = input.lint(std::time::SystemTime::now());
    assert_eq!(findings.iter().map(ToString::to_string).collect::<Vec<_>>(), others);
    assert!(findings.iter().all(|finding| finding.severity() == Severity::Error));
    // With none that can be used, the first is the error.
    let foreign = text.replace("P-256", "P-521");
    assert_eq!(refusal(foreign.as_bytes()), others[0]);
    // Leading zeros are no part of a modulus.
    let padded = text.replace("\"n\": \"wN-H", "\"n\": \"AAAAwN-H");
    assert_ne!(padded, text);
    assert_eq!(load(padded.as_bytes()).unusable()[0].to_string(), others[0]);
}

#[test]
fn a_survey_goes_on_behind_what_cannot_be_used() {
    let files = [
        "foreign/rsa-2048-pkcs8.pem",
        "certificates/device.crt.pem",
        "foreign/secp384r1-sec1.pem",
        "bad/four-characters-lost.pem",
        "requests/rsa-2048.csr.pem",
        "keys/pkcs8.pem",
        "bad/no-end-line.pem",
    ];
    let text: String = files.iter().map(|name| fixture_text(&format!("pki/{name}"))).collect();
    let survey = input::survey(text.as_bytes()).unwrap();
    assert_eq!(survey.to_string(), "a certificate and a private key");
    let others: Vec<String> = survey
        .unusable()
        .iter()
        .map(|unusable| format!("{}: {}: {}", unusable.place.block, unusable.form, unusable.problem))
        .collect();
    assert_eq!(
        others,
        [
            "1: PEM, PRIVATE KEY: this is an RSA 2048 key; nRF Cloud needs P-256 (prime256v1)",
            "3: PEM, EC PRIVATE KEY: this is a P-384 key; nRF Cloud needs P-256 (prime256v1)",
            "4: PEM, PUBLIC KEY: the DER is cut short: it announces 91 octets, there are 88",
            "5: PEM, CERTIFICATE REQUEST: the key of the certificate request cannot be used: this is an RSA 2048 key; nRF \
             Cloud needs P-256 (prime256v1)",
            "7: PEM, PRIVATE KEY: PRIVATE KEY has no END line, the file is cut short",
        ]
    );
    // Loading stops at the first.
    assert_eq!(refusal(text.as_bytes()), survey.unusable()[0].to_string());

    let nothing = input::survey(&fixture("pki/foreign/ed25519-public.pem")).unwrap();
    assert_eq!((nothing.items().len(), nothing.unusable().len()), (0, 1));
    let reason = "block 1, line 1: this is an Ed25519 key; nRF Cloud needs P-256 (prime256v1)";
    assert_eq!(nothing.public_key().unwrap_err().to_string(), reason);
    assert_eq!(nothing.certificate().unwrap_err().to_string(), reason);
    assert_eq!(input::survey(b"hello").unwrap_err().to_string(), refusal(b"hello"));
}

/// Were the line of each block counted from the start of the text, this would take minutes.
#[test]
fn a_hundred_thousand_blocks_have_their_lines() {
    let block = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    let input = load(block.repeat(100_000).as_bytes());
    assert_eq!(input.items().len(), 100_000);
    assert_eq!(input.entries()[99_999].place.line, Some(3 * 99_999 + 1));
    let answer = fixture_text("pki/modem/attest.txt");
    let log = load(answer.repeat(1_000).as_bytes());
    assert_eq!(log.entries()[999].place.line, Some(2 * 999 + 1));
    assert_eq!(log.attestation_token().unwrap(), load(answer.as_bytes()).attestation_token().unwrap());
}
