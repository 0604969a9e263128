//! Writing is done when the modem holds what was meant.

use modem_at::{CredentialType, Error, KeygenResponse, SecTag, Sha256Digest, TextVariant};

use crate::kit::{Answer, Kit};
use crate::messages::keygen_message;

const TAG: SecTag = SecTag::NRF_CLOUD;
const CERTIFICATE: CredentialType = CredentialType::ClientCertificate;
const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

fn listed(content: &str) -> Answer {
    format!("%CMNG: 16842753,1,\"{}\"\r\nOK\r\n", Sha256Digest::of(content.as_bytes())).into()
}

/// Says `OK` to a write and lists `stored` afterwards.
fn kit_that_stores(stored: String) -> Kit {
    Kit::new(move |command| match command {
        "AT%CMNG=1,16842753,1" => Some(listed(&stored)),
        command if command.starts_with("AT%CMNG=0,16842753,1,") => Some("OK\r\n".into()),
        _ => None,
    })
}

#[test]
fn a_write_is_read_back() {
    let kit = kit_that_stores(PEM.into());
    let digest = kit.open().write_credential(TAG, CERTIFICATE, PEM).unwrap();
    assert_eq!(digest, Sha256Digest::of(PEM.as_bytes()));
    assert_eq!(kit.asked(), [format!("AT%CMNG=0,16842753,1,\"{PEM}\"").as_str(), "AT%CMNG=1,16842753,1"]);
}

#[test]
fn line_breaks_that_changed_on_the_way_are_named() {
    let kit = kit_that_stores(PEM.replace('\n', "\r\n"));
    let error = kit.open().write_credential(TAG, CERTIFICATE, PEM).unwrap_err();
    let Error::WrittenDiffers { variant: Some(TextVariant::CrLf), .. } = error else { panic!("{error}") };
    let message = error.to_string();
    assert!(
        message.starts_with("sec_tag 16842753, type 1 (client certificate): the modem holds "),
        "{message}"
    );
    assert!(message.ends_with("; it holds the same text with CR LF line breaks"), "{message}");
}

#[test]
fn another_content_is_an_error() {
    let kit = kit_that_stores("something else".into());
    let error = kit.open().write_credential(TAG, CERTIFICATE, PEM).unwrap_err();
    assert!(matches!(error, Error::WrittenDiffers { variant: None, .. }), "{error}");
}

#[test]
fn an_ok_without_a_slot_is_an_error() {
    for (list, listed) in [("OK\r\n", false), ("%CMNG: 16842753,1\r\nOK\r\n", true)] {
        let kit = Kit::new(move |command| {
            Some(if command.starts_with("AT%CMNG=0") { "OK\r\n" } else { list }.into())
        });
        let error = kit.open().write_credential(TAG, CERTIFICATE, PEM).unwrap_err();
        let expected = if listed { "it without a SHA-256" } else { "no such credential" };
        assert_eq!(
            error.to_string(),
            format!("sec_tag 16842753, type 1 (client certificate): written, but the modem lists {expected}")
        );
    }
}

#[test]
fn a_refused_write_is_an_error_with_its_number() {
    for (code, meaning) in [
        (518, "not allowed while the modem is active"),
        (519, "already exists"),
        (527, "invalid content"),
        (515, "memory full"),
    ] {
        let kit = Kit::new(move |_| Some(format!("+CME ERROR: {code}\r\n").into()));
        let error = kit.open().write_credential(TAG, CERTIFICATE, PEM).unwrap_err();
        assert_eq!(error.cme_code().unwrap().number(), code);
        assert_eq!(
            error.to_string(),
            format!("the modem refused AT%CMNG=0,16842753,1,\"[59 bytes]\": +CME ERROR: {code} ({meaning})")
        );
        // Nothing was asked after the refusal.
        assert_eq!(kit.asked().len(), 1);
    }
}

#[test]
fn what_cannot_be_sent_is_not_sent() {
    let kit = Kit::new(|_| None);
    let mut modem = kit.open();
    let error = modem.write_credential(TAG, CERTIFICATE, "a\"b").unwrap_err();
    assert_eq!(error.to_string(), "content holds a double quote at byte 1, and AT strings cannot hold one");
    let error = modem.keygen(TAG, KeygenResponse::Csr, Some("CN=\"a\"")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "attributes holds a double quote at byte 3, and AT strings cannot hold one"
    );
    assert_eq!(kit.asked(), [] as [&str; 0]);
}

#[test]
fn reading_and_deleting() {
    let digest = Sha256Digest::of(PEM.as_bytes());
    let kit = Kit::new(move |command| match command {
        "AT%CMNG=2,16842753,1" => Some(format!("%CMNG: 16842753,1,\"{digest}\",\"{PEM}\"\r\nOK\r\n").into()),
        "AT%CMNG=2,16842753,2" => Some("+CME ERROR: 514\r\n".into()),
        "AT%CMNG=3,16842753,1" => Some("OK\r\n".into()),
        "AT%CMNG=1" => Some(
            format!("%CMNG: 16842753,1,\"{digest}\"\r\n+CSCON: 0\r\n%CMNG: 4294967292,11\r\nOK\r\n").into(),
        ),
        "AT%CMNG=1,16842753" => Some("OK\r\n".into()),
        _ => Some("+CME ERROR: 513\r\n".into()),
    });
    let mut modem = kit.open();
    assert_eq!(modem.read_credential(TAG, CERTIFICATE).unwrap().expose(), PEM);
    let error = modem.read_credential(TAG, CredentialType::ClientPrivateKey).unwrap_err();
    assert_eq!(error.to_string(), "the modem refused AT%CMNG=2,16842753,2: +CME ERROR: 514 (no access)");
    modem.delete_credential(TAG, CERTIFICATE).unwrap();
    let error = modem.delete_credential(TAG, CredentialType::Psk).unwrap_err();
    assert_eq!(error.cme_code(), Some(modem_at::CmeCode::NOT_FOUND));
    assert_eq!(modem.list_credentials().unwrap().len(), 2);
    assert_eq!(modem.list_credentials_of(TAG).unwrap(), []);
}

#[test]
fn a_key_is_generated_once_and_only_once() {
    let expected = keygen_message(b"a request");
    let answer = format!("%KEYGEN: \"{expected}\"\r\nOK\r\n");
    let kit = Kit::new(move |_| Some(answer.clone().into()));
    let message = kit.open().keygen(TAG, KeygenResponse::Csr, Some("CN=nrf-1")).unwrap();
    assert_eq!(message, expected);
    assert_eq!(kit.asked(), ["AT%KEYGEN=16842753,2,0,\"CN=nrf-1\""]);

    let kit = Kit::new(|_| Some("+CME ERROR: 519\r\n".into()));
    let error = kit.open().keygen(TAG, KeygenResponse::PublicKey, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the modem refused AT%KEYGEN=16842753,2,1: +CME ERROR: 519 (already exists)"
    );

    // A torn answer: the key is stored, so the command is not repeated.
    let kit = Kit::new(|_| Some("%KEYGEN: \"MIIB+CEREG: 2\r\nCjCB.0oRDoQEm\"\r\nOK\r\n".into()));
    let error = kit.open().keygen(TAG, KeygenResponse::Csr, None).unwrap_err();
    assert!(matches!(error, Error::Reply { .. }), "{error}");
    assert_eq!(kit.asked().len(), 1);
}
