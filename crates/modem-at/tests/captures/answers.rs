//! Single answers: identities, credentials, keys, tokens.

use std::fs;

use modem_at::{
    Command, CredentialType, FunctionalMode, JwtRequest, KeygenResponse, SecTag, Sha256Digest, reply,
};

use crate::{answer, body, vectors};

#[test]
fn keygen_messages() {
    let Some(folder) = vectors() else { return };
    let command = Command::keygen(SecTag::NRF_CLOUD, KeygenResponse::Csr, None).unwrap();
    let mut count = 0;
    for entry in fs::read_dir(folder.join("keygen")).unwrap() {
        let path = entry.unwrap().path();
        let text = body(path.clone());
        let answer = reply::keygen(&answer(&command, text.as_bytes()));
        if path.ends_with("csr-tag1235-host-normalised.txt") {
            // A tool has changed the body, and its digest stands in the signed part.
            assert!(answer.unwrap_err().to_string().ends_with("is not a KEYGEN message"));
            count += 1;
            continue;
        }
        let message = answer.unwrap();
        assert_eq!(format!("%KEYGEN: \"{message}\"\r\nOK\r\n"), text);
        count += 1;
    }
    assert!(count >= 7, "{count}");
}

#[test]
fn attestation_tokens() {
    let Some(folder) = vectors() else { return };
    let text = body(folder.join("attest/nrf9160-sica.txt"));
    let token =
        reply::attestation_token(&answer(&Command::attestation_token(None), text.as_bytes())).unwrap();
    assert_eq!(token.expose().len(), 180);
    assert_eq!(format!("%ATTESTTOKEN: \"{}\"\r\nOK\r\n", token.expose()), text);
}

#[test]
fn a_token_of_the_modem() {
    let Some(folder) = vectors() else { return };
    let text = body(folder.join("jwt/with-iat-exp-sub-imei.txt"));
    let command = Command::jwt(&JwtRequest::default()).unwrap();
    let token = reply::jwt(&answer(&command, text.as_bytes())).unwrap();
    assert!(token.has_expiry());
    assert_eq!(token.device_uuid().unwrap().to_string(), "504e5353-3831-45c8-800a-2719d8ba39f5");
    assert_eq!(token.into_token(), text.split('"').nth(1).unwrap());
}

#[test]
fn credential_lists() {
    let Some(folder) = vectors() else { return };
    let text = fs::read_to_string(folder.join("cmng/list-sdk-test.txt")).unwrap();
    let mut answers = text.split("> AT%CMNG=").skip(1).map(|part| {
        let lines: String = part.lines().skip(1).map(|line| format!("{line}\r\n")).collect();
        reply::credentials(&answer(&Command::list_credentials(None), lines.as_bytes())).unwrap()
    });
    let all = answers.next().unwrap();
    assert_eq!(all.len(), 8);
    assert_eq!((all[4].tag, all[4].credential_type), (16_842_753, CredentialType::ClientPrivateKey));
    assert_eq!(all[4].sec_tag(), Some(SecTag::NRF_CLOUD));
    assert_eq!((all[7].tag, all[7].sec_tag()), (4_294_967_292, None));
    assert_eq!(all[7].credential_type, CredentialType::NordicBaseKey);
    assert_eq!(answers.next().unwrap(), []);
    let one = answers.next().unwrap();
    assert_eq!(
        one[0].sha256.unwrap().to_string(),
        "B9BAC15641653CAE2B5151DCBD0C40DDCDF19125950FA2475977437EA35F7A45"
    );

    let text = body(folder.join("cmng/list-nrfcredstore-test.txt")) + "OK\r\n";
    let lines = answer(&Command::list_credentials(None), text.as_bytes());
    assert_eq!(reply::credentials(&lines).unwrap().len(), 4);
}

#[test]
fn a_shortened_hash_is_no_hash() {
    let Some(folder) = vectors() else { return };
    let text = body(folder.join("cmng/read-psk-id-form.txt"));
    let command = Command::read_credential(SecTag::NRF_CLOUD, CredentialType::PskIdentity);
    let error = reply::credential_content(&answer(&command, text.as_bytes())).unwrap_err();
    assert!(error.to_string().ends_with("is not a credential with its content"), "{error}");
    assert!(!error.to_string().contains("nrf-124578"), "{error}");
}

#[test]
fn identities() {
    let Some(folder) = vectors() else { return };
    let text = fs::read_to_string(folder.join("identity.txt")).unwrap();
    let mut count = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (command, value) = line[2..].trim().split_once(' ').unwrap();
        // Remarks in the capture, and two values on one line, stand after several spaces.
        let value = value.trim().split("   ").next().unwrap();
        let bytes = format!("{value}\r\nOK\r\n");
        let lines = |command: &Command| answer(command, bytes.as_bytes());
        match command {
            "AT+CGSN" if value == "355025930000000" => {
                // Nordic's test value is no IMEI: its check digit would be 4.
                let error = reply::imei(&lines(&Command::imei())).unwrap_err();
                assert!(error.to_string().contains("its check digit (Luhn) is"), "{error}");
            }
            "AT+CGSN" => assert_eq!(reply::imei(&lines(&Command::imei())).unwrap().to_string(), value),
            "AT+CGMM" => assert_eq!(reply::bare(&lines(&Command::model()), "a model").unwrap(), value),
            "AT+CGMR" => {
                let version = reply::bare(&lines(&Command::firmware_version()), "a version").unwrap();
                assert_eq!(version, value);
            }
            "AT%DEVICEUUID" => {
                let uuid = reply::device_uuid(&lines(&Command::device_uuid())).unwrap();
                assert_eq!(format!("%DEVICEUUID: {uuid}"), value);
            }
            "AT+CMEE?" => {
                let setting = reply::error_reporting(&lines(&Command::error_reporting())).unwrap();
                assert_eq!(format!("+CMEE: {}", setting.number()), value);
            }
            "AT+CFUN?" => {
                let value = value.split(' ').take(2).collect::<Vec<_>>().join(" ");
                let bytes = format!("{value}\r\nOK\r\n");
                let mode =
                    reply::functional_mode(&answer(&Command::functional_mode(), bytes.as_bytes())).unwrap();
                assert_eq!(mode, FunctionalMode::Minimum);
            }
            _ => {
                let raw = answer(&Command::raw(command).unwrap(), bytes.as_bytes());
                assert_eq!(raw.len(), 1, "{line}");
                assert_eq!(raw[0].as_str(), value);
            }
        }
        count += 1;
    }
    assert!(count >= 25, "{count}");
}

#[test]
fn a_certificate_read_from_the_modem() {
    let pem = "-----BEGIN CERTIFICATE-----\r\nMIIB\r\nOK\r\nERROR\r\n-----END CERTIFICATE-----\r\n";
    let digest = Sha256Digest::of(pem.as_bytes());
    let text = format!("\n%CMNG: 16842753,1,\"{digest}\",\"{pem}\"\r\nOK\r\n");
    let command = Command::read_credential(SecTag::NRF_CLOUD, CredentialType::ClientCertificate);
    let lines = answer(&command, text.as_bytes());
    assert_eq!(reply::credential_content(&lines).unwrap().expose(), pem);

    // One byte that is not what the modem stored.
    let text = text.replace("MIIB", "MIIC");
    let error = reply::credential_content(&answer(&command, text.as_bytes())).unwrap_err();
    assert_eq!(error, reply::ReplyError::ContentDigest);
}

#[test]
fn attestation_tokens_that_are_none_are_refused() {
    let Some(folder) = vectors() else { return };
    let mut count = 0;
    for file in ["attest/doc-examples-not-decodable.txt", "attest/truncated-cose-gist.txt"] {
        for line in body(folder.join(file)).lines().filter(|line| line.starts_with("%ATTESTTOKEN")) {
            let bytes = format!("{line}\r\nOK\r\n");
            let lines = answer(&Command::attestation_token(None), bytes.as_bytes());
            let error = reply::attestation_token(&lines).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("`%ATTESTTOKEN: [{} bytes]` is not an attestation token", line.len() - 14)
            );
            count += 1;
        }
    }
    assert_eq!(count, 3);
}

#[test]
fn answers_of_an_nrf93m1() {
    let Some(folder) = vectors() else { return };
    let text = fs::read_to_string(folder.join("nrf93m1.txt")).unwrap();
    let mut commands = Vec::new();
    for exchange in text.split("> ").skip(1) {
        let (command, answers) = exchange.split_once('\n').unwrap();
        let bytes: String =
            answers.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\r\n")).collect();
        let lines = |command: &Command| answer(command, bytes.as_bytes());
        match command {
            "AT" => assert!(lines(&Command::attention()).is_empty()),
            "AT%DEVICEUUID" => {
                let uuid = reply::device_uuid(&lines(&Command::device_uuid())).unwrap();
                assert_eq!(uuid.to_string(), "988234bd-a066-a101-656e-684d6f5adad6");
            }
            "AT%CLOUDACCESSKEY" => {
                // Its author has shortened it to 59 bytes.
                let error = reply::cloud_access_key(&lines(&Command::cloud_access_key())).unwrap_err();
                assert!(error.to_string().ends_with("` is not a public key"), "{error}");
            }
            command => {
                let asked = Command::registration_jwt("1a2b3c4d-e5f6-7890-abcd-ef1234567890").unwrap();
                assert_eq!(asked.text(), command);
                // One bit is wrong in the capture: its payload ends in `|`.
                let error = reply::registration_jwt(&lines(&asked)).unwrap_err();
                assert!(error.to_string().ends_with("` is not a JSON Web Token"), "{error}");
                let mended = bytes.replacen("NCJ8.", "NCJ9.", 1);
                assert_ne!(mended, bytes);
                let token = reply::registration_jwt(&answer(&asked, mended.as_bytes())).unwrap();
                assert_eq!(format!("%REGJWT: {}\r\nOK\r\n", token.into_token()), mended);
            }
        }
        commands.push(command);
    }
    assert_eq!(commands.len(), 4, "{commands:?}");
}
