//! Whole sessions.

use std::fs;

use modem_at::{Command, CredentialType, Dialect, Engine, Event, FinalResult, KeygenResponse, SecTag, reply};

use crate::{answer, unescape, vectors};

#[test]
fn the_trace_of_a_real_modem() {
    let Some(folder) = vectors() else { return };
    let text = fs::read_to_string(folder.join("trace/nrf9160-mfw1.3.2-lib-level.txt")).unwrap();
    let mut engine = Engine::new();
    let (mut commands, mut notifications) = (0, 0);
    let mut command = String::new();
    let mut values = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let packet = line.trim_start().split_once(' ').unwrap().1;
        let (direction, json) = packet.split_at(2);
        let bytes = unescape(json);
        if direction == "> " {
            assert!(!engine.is_in_flight(), "{line}");
            engine.begin(&Command::raw(&bytes).unwrap()).unwrap();
            commands += 1;
            command = bytes;
            continue;
        }
        let asked = engine.is_in_flight();
        let events = engine.receive(bytes.as_bytes());
        if asked {
            assert_eq!(events.last(), Some(&Event::Final(FinalResult::Ok)), "{line}");
            let information = &events[..events.len() - 1];
            assert!(information.iter().all(|event| matches!(event, Event::Information(_))), "{line}");
            values.extend(value(&command, bytes.as_bytes()));
        } else {
            assert!(matches!(events[..], [Event::Notification(_)]), "{line}: {events:?}");
            notifications += 1;
        }
    }
    assert_eq!((commands, notifications), (47, 12));
    assert_eq!(
        values,
        [
            "352656106647673",
            "Unknown None None",
            "0 (minimum)",
            "1 (full)",
            "nRF9160-SICA",
            "mfw_nrf9160_1.3.2",
            "Off",
            "Searching Some(2305) Some(33703712)",
            "242 02 2305 33703712 Some(-87)",
        ]
    );
}

/// The typed value of an answer, for the commands that have one.
fn value(command: &str, bytes: &[u8]) -> Option<String> {
    let lines = |command: Command| answer(&command, bytes);
    Some(match command {
        "AT+CGSN" => reply::imei(&lines(Command::imei())).unwrap().to_string(),
        "AT+CGMM" => reply::bare(&lines(Command::model()), "a model").unwrap(),
        "AT+CGMR" => reply::bare(&lines(Command::firmware_version()), "a firmware version").unwrap(),
        "AT+CMEE?" => format!("{:?}", reply::error_reporting(&lines(Command::error_reporting())).unwrap()),
        "AT+CFUN?" => reply::functional_mode(&lines(Command::functional_mode())).unwrap().to_string(),
        "AT+CEREG?" => {
            let found = reply::registration(&lines(Command::registration())).unwrap();
            format!("{:?} {:?} {:?}", found.registration, found.tac, found.eci)
        }
        "AT%XMONITOR" => {
            let cell = reply::serving_cell(&lines(Command::serving_cell())).unwrap().unwrap();
            format!("{} {} {} {} {:?}", cell.mcc, cell.mnc, cell.tac, cell.eci, cell.rsrp_dbm)
        }
        _ => return None,
    })
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

/// What Nordic's installer sends to an AT shell is what goes there from here.
#[test]
fn commands_to_a_shell() {
    let Some(folder) = vectors() else { return };
    let text = fs::read_to_string(folder.join("wire/installer-3.3.1-shell-mode-host-bytes.txt")).unwrap();
    let mut engine = Engine::new();
    engine.set_dialect(Dialect::AtShell);
    let mut writes = Vec::new();
    let mut count = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let json = line.trim_start().split_once(" > ").unwrap().1;
        // A backslash of its own comes twice.
        let bytes = json.split("\\\\").map(unescape_part).collect::<Vec<_>>().join("\\");
        let line = bytes.strip_prefix('"').unwrap().strip_suffix("\r\n\"").unwrap();
        // The first two find out what is there.
        let Some(command) = line.strip_prefix("at '").and_then(|rest| rest.strip_suffix('\'')) else {
            count += 1;
            continue;
        };
        let raw = Command::raw(&command.replace("\\n", "\r\n")).unwrap();
        assert_eq!(*engine.begin(&raw).unwrap(), format!("{line}\r").as_bytes());
        engine.abandon();
        if let Some(content) = command.strip_prefix("AT%CMNG=0,16842753,") {
            let kind = if content.starts_with('0') {
                CredentialType::RootCa
            } else {
                CredentialType::ClientCertificate
            };
            let pem = content[3..].strip_suffix('"').unwrap().replace("\\n", "\r\n");
            let typed = Command::write_credential(SecTag::NRF_CLOUD, kind, &pem).unwrap();
            assert_eq!(typed.text(), raw.text());
            writes.push(kind);
        }
    }
    assert_eq!(count, 2);
    assert_eq!(writes, [CredentialType::RootCa, CredentialType::ClientCertificate]);
}

/// The escapes in a piece between two backslashes.
fn unescape_part(part: &str) -> String {
    unescape(&format!("\"{part}\""))
}
