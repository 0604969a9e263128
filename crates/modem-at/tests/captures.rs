//! Captured modem output, replayed: every line must become the right typed value.
//!
//! The captures are not part of the repository; `NRFCLOUD_VECTORS` names their folder.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

use std::fs;
use std::path::PathBuf;

use modem_at::{
    Command, CredentialType, Engine, Event, FinalResult, FunctionalMode, JwtRequest, KeygenResponse, Line,
    SecTag, reply,
};

/// The folder of captures, or `None` with a loud word.
fn vectors() -> Option<PathBuf> {
    let folder = std::env::var_os("NRFCLOUD_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")),
        PathBuf::from,
    );
    let folder = folder.join("modem");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no captures in {}; set NRFCLOUD_VECTORS", folder.display());
    None
}

/// Feeds a complete answer and returns its information lines.
fn answer(command: &Command, bytes: &[u8]) -> Vec<Line> {
    let mut engine = Engine::new();
    engine.begin(command).unwrap();
    let mut lines = Vec::new();
    let mut result = None;
    for event in engine.receive(bytes) {
        match event {
            Event::Information(line) => lines.push(line),
            Event::Final(final_result) => result = Some(final_result),
            _ => {}
        }
    }
    assert_eq!(result, Some(FinalResult::Ok), "{}", String::from_utf8_lossy(bytes));
    lines
}

/// The lines of a capture without its comments, CRLF after each.
fn body(path: PathBuf) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.starts_with(['#', '>'])).map(|line| format!("{line}\r\n")).collect()
}

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
fn notifications_are_never_answers() {
    let Some(folder) = vectors() else { return };
    let text = fs::read_to_string(folder.join("network.txt")).unwrap();
    let mut cells = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let line = &line[2..];
        // Before and after the answer, to every kind of question.
        for (command, value) in [
            (Command::imei(), "352656106647673"),
            (Command::model(), "nRF9160-SICA"),
            (Command::firmware_version(), "mfw_nrf9160_1.3.2"),
            (Command::functional_mode(), "+CFUN: 4"),
            (Command::raw("AT+CGSN").unwrap(), "352656106647673"),
        ] {
            let bytes = format!("\n{line}\r\n\n{value}\r\n\n{line}\r\n\nOK\r\n");
            let lines = answer(&command, bytes.as_bytes());
            assert_eq!(lines.len(), 1, "{line}");
            assert_eq!(lines[0].as_str(), value);
        }
        if line.starts_with("%XMONITOR") {
            let bytes = format!("{line}\r\nOK\r\n");
            let cell =
                reply::serving_cell(&answer(&Command::serving_cell(), bytes.as_bytes())).unwrap().unwrap();
            let fields: Vec<&str> = line.split(',').collect();
            assert_eq!(format!("\"{}{}\"", cell.mcc, cell.mnc), fields[3]);
            assert_eq!(format!("\"{:04X}\"", cell.tac), fields[4]);
            assert_eq!(format!("\"{:08X}\"", cell.eci), fields[7]);
            cells += 1;
        }
    }
    assert_eq!(cells, 11);
}

#[test]
fn registration_answers_and_notices_are_told_apart() {
    let command = Command::raw("AT+CEREG?").unwrap();
    for (line, is_answer) in [
        ("+CEREG: 5,4", true),
        ("+CEREG: 5,2,\"0901\",\"02024720\",7", true),
        ("+CEREG: 2,\"0901\",\"02024720\",7", false),
        ("+CEREG: 0", false),
        ("+CEREG: 4,,,,,,\"11100000\",\"00010010\"", false),
    ] {
        let lines = answer(&command, format!("{line}\r\nOK\r\n").as_bytes());
        assert_eq!(!lines.is_empty(), is_answer, "{line}");
    }
}

#[test]
fn the_trace_of_a_real_modem() {
    let Some(folder) = vectors() else { return };
    let text = fs::read_to_string(folder.join("trace/nrf9160-mfw1.3.2-lib-level.txt")).unwrap();
    let mut engine = Engine::new();
    let (mut commands, mut notifications) = (0, 0);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let packet = line.trim_start().split_once(' ').unwrap().1;
        let (direction, json) = packet.split_at(2);
        let bytes = unescape(json);
        if direction == "> " {
            assert!(!engine.is_in_flight(), "{line}");
            engine.begin(&Command::raw(&bytes).unwrap()).unwrap();
            commands += 1;
            continue;
        }
        let asked = engine.is_in_flight();
        let events = engine.receive(bytes.as_bytes());
        if asked {
            assert_eq!(events.last(), Some(&Event::Final(FinalResult::Ok)), "{line}");
            let information = &events[..events.len() - 1];
            assert!(information.iter().all(|event| matches!(event, Event::Information(_))), "{line}");
        } else {
            assert!(matches!(events[..], [Event::Notification(_)]), "{line}: {events:?}");
            notifications += 1;
        }
    }
    assert_eq!((commands, notifications), (47, 12));
}

#[test]
fn recordings_of_other_tools() {
    let Some(folder) = vectors() else { return };
    let mut imeis = 0;
    for name in ["installer-3.3.1-at-mode.txt", "nrfcredstore-2.1.0-imei-and-gather-with-bad-urc.txt"] {
        let text = fs::read_to_string(folder.join("wire").join(name)).unwrap();
        let mut command = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let packet = line.trim_start().split_once(' ').unwrap().1;
            let (direction, json) = packet.split_at(2);
            let bytes = unescape(json);
            if direction == "> " {
                command = bytes.strip_suffix("\r\n").unwrap().to_string();
                continue;
            }
            let raw = Command::raw(&command).unwrap();
            let mut engine = Engine::new();
            engine.begin(&raw).unwrap();
            let refused = bytes == "ERROR\r\n";
            let result = if refused { FinalResult::Error } else { FinalResult::Ok };
            assert_eq!(engine.receive(bytes.as_bytes()).last(), Some(&Event::Final(result)), "{line}");
            if command == "AT+CGSN" {
                // Nordic's tools take `+CEREG: 2` for the IMEI in the second recording.
                let lines = answer(&Command::imei(), bytes.as_bytes());
                assert_eq!(reply::imei(&lines).unwrap().to_string(), "352656100441776");
                imeis += 1;
            } else if command.starts_with("AT%KEYGEN") {
                let keygen = Command::keygen(SecTag::NRF_CLOUD, KeygenResponse::Csr, None).unwrap();
                assert_eq!(keygen.text(), command);
                assert!(reply::keygen(&answer(&keygen, bytes.as_bytes())).is_ok());
            } else if command.starts_with("AT%CMNG=1,") {
                let list =
                    reply::credentials(&answer(&Command::list_credentials(None), bytes.as_bytes())).unwrap();
                assert_eq!(list[0].sec_tag(), Some(SecTag::NRF_CLOUD));
            }
        }
    }
    assert_eq!(imeis, 6);
}

#[test]
fn the_session_of_a_thingy_91() {
    let Some(folder) = vectors() else { return };
    let text = fs::read_to_string(folder.join("trace/session-thingy91-2021.txt")).unwrap();
    let text: String =
        text.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    let mut writes = 0;
    for exchange in text.split("-> ").skip(1) {
        let (command, answers) = exchange.split_once("\n<- ").unwrap();
        let bytes = answers.replace("\n<- ", "\n").replace('\n', "\r\n");
        let raw = Command::raw(command).unwrap();
        let lines = answer(&raw, bytes.as_bytes());
        if command.starts_with("AT%KEYGEN") {
            assert!(reply::keygen(&lines).unwrap().starts_with("MIIBCjCBrwIBADAv"));
        } else {
            assert!(lines.is_empty(), "{lines:?}");
        }
        // With the echo that some firmware adds, nothing changes.
        let echoed = format!("{command}\r\n{bytes}");
        assert_eq!(answer(&raw, echoed.as_bytes()), lines);
        writes += usize::from(command.starts_with("AT%CMNG=0"));
    }
    assert_eq!(writes, 2);
}

#[test]
fn a_certificate_read_from_the_modem() {
    let pem = "-----BEGIN CERTIFICATE-----\r\nMIIB\r\nOK\r\nERROR\r\n-----END CERTIFICATE-----\r\n";
    let digest = modem_at::Sha256Digest::of(pem.as_bytes());
    let text = format!("\n%CMNG: 16842753,1,\"{digest}\",\"{pem}\"\r\nOK\r\n");
    let command = Command::read_credential(SecTag::NRF_CLOUD, CredentialType::ClientCertificate);
    let lines = answer(&command, text.as_bytes());
    assert_eq!(reply::credential_content(&lines).unwrap().expose(), pem);

    // One byte that is not what the modem stored.
    let text = text.replace("MIIB", "MIIC");
    let error = reply::credential_content(&answer(&command, text.as_bytes())).unwrap_err();
    assert_eq!(error, reply::ReplyError::ContentDigest);
}

/// The escapes that occur in the traces: `\r`, `\n`, `\"`.
fn unescape(json: &str) -> String {
    let inner = json.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap();
    inner.replace("\\r", "\r").replace("\\n", "\n").replace("\\\"", "\"")
}
