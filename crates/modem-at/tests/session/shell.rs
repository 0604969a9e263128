//! A kit without a modem: `cred` and `nrf_cloud_cred` (facts, sections 13 and 14).

use base64ct::{Base64, Encoding as _};
use modem_at::{CredentialType, Dialect, Error, SecTag, Sha256Digest};

use crate::kit::Kit;
use crate::zephyr::Zephyr;

const TAG: SecTag = SecTag::NRF_CLOUD;

/// The shell of such a kit with one slot; `spoil` changes what it stores.
fn kit(spoil: fn(&mut Vec<u8>)) -> Kit {
    let mut buffer = String::new();
    let mut slot: Option<Vec<u8>> = None;
    let mut key = false;
    Zephyr::new("uart:~$ ", move |line| {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["cred", "buf", "clear"] => {
                buffer.clear();
                "Credential buffer cleared.\n".into()
            }
            ["cred", "buf", chunk] => {
                buffer.push_str(chunk);
                format!("Stored {} bytes.\n", chunk.len())
            }
            ["cred", "add", "16842753", "SERV", "DEFAULT", "bint"] => {
                if slot.is_some() {
                    return "TLS credential with sectag 16842753 and type SERV already exists.\n".into();
                }
                let mut content = Base64::decode_vec(&buffer).unwrap();
                content.push(0);
                let length = content.len();
                spoil(&mut content);
                slot = Some(content);
                format!("Added TLS credential of type SERVER_CERT, sectag 16842753, and length {length} bytes.\nCredential buffer cleared.\n")
            }
            ["cred", "del", "16842753", "SERV"] => match slot.take() {
                Some(_) => "Deleted TLS credential with sectag 16842753 and type SERVER_CERT.\n".into(),
                None => "There is no TLS credential with sectag 16842753 and type SERVER_CERT.\n".into(),
            },
            ["cred", "list", ..] => match &slot {
                Some(content) if words.len() < 4 || words[3] == "SERV" => {
                    let digest = Base64::encode_string(Sha256Digest::of(content).as_bytes());
                    format!("16842753,SERV,{digest},0\n1 credentials found.\n")
                }
                _ => "0 credentials found.\n".into(),
            },
            ["nrf_cloud_cred", "keygen", "16842753"] if key => {
                "Key already exists in sec tag 16842753. Use 'delete' to remove it first.\n".into()
            }
            ["nrf_cloud_cred", "keygen", "16842753"] => {
                key = true;
                "Generated device key in sec tag 16842753\n".into()
            }
            ["nrf_cloud_cred", "csr", "16842753", "\"CN=x\""] if key => {
                format!("CSR: {}\nCSR generation complete\n", Base64::encode_string(&[0x30; 250]))
            }
            ["nrf_cloud_cred", "pubkey", "16842753"] if key => {
                format!("PUBKEY: {}\nPublic key export complete\n", Base64::encode_string(&[4; 65]))
            }
            ["nrf_cloud_cred", "csr", ..] => "CSR generation failed: -2\n".into(),
            ["nrf_cloud_cred", "delete", _] if std::mem::take(&mut key) => {
                "Deleted device key in sec tag 16842753\n".into()
            }
            ["nrf_cloud_cred", "delete", _] => "Key deletion failed: -2\n".into(),
            [first, ..] => format!("{first}: command not found\n"),
            [] => String::new(),
        }
    })
    .limit(255)
    .start()
}

#[test]
fn credentials_are_written_in_pieces_and_read_back() {
    let kit = kit(|_| {});
    let mut modem = kit.open();
    assert_eq!(modem.dialect(), Dialect::CredentialShell);
    let mut offline = modem.offline().unwrap();
    let text = "-----BEGIN CERTIFICATE-----\n".repeat(60);
    let kind = CredentialType::ClientCertificate;
    let digest = offline.write_credential(TAG, kind, &text).unwrap();
    assert_eq!(digest, Sha256Digest::of(format!("{text}\0").as_bytes()));
    let listed = offline.list_credentials().unwrap();
    assert_eq!((listed[0].sec_tag(), listed[0].credential_type), (Some(TAG), kind));
    assert_eq!(listed, offline.list_credentials_of(TAG).unwrap());
    let error = offline.write_credential(TAG, kind, &text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the shell refused cred add 16842753 SERV DEFAULT bint: TLS credential with sectag 16842753 and type SERV already exists."
    );
    offline.delete_credential(TAG, kind).unwrap();
    let error = offline.delete_credential(TAG, kind).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the shell refused cred del 16842753 SERV: There is no TLS credential with sectag 16842753 and type SERVER_CERT."
    );
    assert_eq!(offline.list_credentials().unwrap(), []);
    offline.restore().unwrap();
}

#[test]
fn what_is_stored_wrong_is_an_error() {
    let kind = CredentialType::ClientCertificate;
    let error = kit(|content| content[0] = b'x').open().write_credential(TAG, kind, "text").unwrap_err();
    assert!(matches!(error, Error::WrittenDiffers { .. }), "{error}");
    // A backend that keeps the text without its final zero byte keeps it all the same.
    let digest =
        kit(|content| assert_eq!(content.pop(), Some(0))).open().write_credential(TAG, kind, "text").unwrap();
    assert_eq!(digest, Sha256Digest::of(b"text"));
}

#[test]
fn a_device_key() {
    let kit = kit(|_| {});
    let mut modem = kit.open();
    let error = modem.device_key_csr(TAG, None).unwrap_err();
    assert_eq!(error.to_string(), "the shell refused nrf_cloud_cred csr 16842753: CSR generation failed: -2");
    modem.make_device_key(TAG).unwrap();
    assert_eq!(modem.device_key_csr(TAG, Some("CN=x")).unwrap(), [0x30; 250]);
    assert_eq!(modem.device_public_key(TAG).unwrap(), [4; 65]);
    let error = modem.make_device_key(TAG).unwrap_err().to_string();
    assert!(error.contains("Key already exists in sec tag 16842753."), "{error}");
    modem.delete_device_key(TAG).unwrap();
    assert!(modem.delete_device_key(TAG).is_err());
}

#[test]
fn what_such_a_kit_cannot_do_is_refused_without_a_word_to_it() {
    let kit = kit(|_| {});
    let mut modem = kit.open();
    let before = kit.heard().len();
    assert_eq!(
        modem.imei().unwrap_err().to_string(),
        "AT+CGSN cannot be said to a shell without AT commands"
    );
    let error = modem.write_credential(TAG, CredentialType::PublicKey, "x").unwrap_err();
    assert_eq!(error.to_string(), "a shell without AT commands has no credential of this type");
    assert!(modem.write_credential(TAG, CredentialType::RootCa, "").is_err());
    assert!(modem.shell_command("a\nb").is_err());
    assert_eq!(kit.heard().len(), before);
    assert_eq!(modem.shell_command("version").unwrap(), ["version: command not found"]);
}
