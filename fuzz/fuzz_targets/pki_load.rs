//! Reading any file: it never panics, and what it takes for usable it also writes, reads again as the same, and describes.
//!
//! The input is the file. Every question that `pki` answers about what it found is asked, for they parse on.

#![no_main]

use std::time::{Duration, UNIX_EPOCH};

use libfuzzer_sys::fuzz_target;
use pki::input::{self, Input, Item};
use pki::subject::Subject;

fuzz_target!(|data: &[u8]| {
    match input::load(data) {
        Ok(input) => ask(&input),
        // The message quotes the file: no control character of it may reach a terminal.
        Err(error) => assert!(!error.to_string().contains(char::is_control), "{error}"),
    }
    survey(data);
});

/// All that is there, and then what can be used of it: the same as loading.
fn survey(data: &[u8]) {
    let survey = input::survey(data);
    if let Ok(input) = &survey {
        assert!(input.items().len() + input.unusable().len() > 0, "a file in which nothing was found is refused");
        for unusable in input.unusable() {
            assert!(!unusable.to_string().contains(char::is_control), "{unusable}");
        }
    }
    match (survey.and_then(Input::usable), input::load(data)) {
        (Ok(surveyed), Ok(loaded)) => assert_eq!(surveyed.items().len(), loaded.items().len()),
        (Err(surveyed), Err(loaded)) => assert_eq!(surveyed.to_string(), loaded.to_string()),
        (surveyed, loaded) => panic!("{surveyed:?} and {loaded:?}"),
    }
}

fn ask(input: &Input) {
    let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    assert!(input.items().len() > 0, "a file in which nothing was found is refused");
    for finding in input.lint(now) {
        assert!(!finding.to_string().contains(char::is_control), "{finding}");
    }
    for item in input.items() {
        assert!(!item.describe().contains(char::is_control), "{}", item.describe());
        again(item);
    }
    // Whatever is wanted, the answer is that thing or an error in words.
    let wanted = [
        input.private_key().err(),
        input.public_key().err(),
        input.certificate().err(),
        input.certificate_request().err(),
        input.keygen().err(),
        input.attestation_token().err(),
    ];
    for error in wanted.into_iter().flatten() {
        assert!(!error.to_string().is_empty());
    }
}

/// What was read is written, and read again as the same, without a repair.
fn again(item: &Item) {
    match item {
        Item::PrivateKey(key) => {
            for pem in [key.to_pkcs8_pem(), key.to_sec1_pem()] {
                let read = clean(&pem);
                assert_eq!(read.private_key().expect("it is one").public_key(), key.public_key());
            }
        }
        Item::PublicKey(key) => assert_eq!(clean(&key.to_spki_pem()).public_key().expect("it is one"), *key),
        Item::Certificate(certificate) => {
            assert_eq!(clean(&certificate.to_pem()).certificate().expect("it is one"), certificate);
            // A name that keeps the rules is written with the same text.
            if let Ok(subject) = Subject::try_from(certificate.subject()) {
                assert_eq!(subject.to_string(), certificate.subject().to_string());
            }
            if let Err(violations) = certificate.verify_issued_by(certificate, certificate.not_before()) {
                assert!(violations.iter().len() > 0);
                assert!(!violations.to_string().contains(char::is_control), "{violations}");
            }
        }
        Item::CertificateRequest(request) => {
            assert_eq!(clean(&request.to_pem()).certificate_request().expect("it is one"), request);
            let _ = request.verify();
        }
        Item::Keygen(message) => {
            let _ = message.check();
        }
        _ => {}
    }
}

fn clean(pem: &str) -> Input {
    let input = input::load(pem.as_bytes()).expect("what was written can be read");
    assert!(input.repairs().is_empty(), "{:?}", input.repairs());
    input
}
