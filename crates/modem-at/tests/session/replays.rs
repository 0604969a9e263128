//! A session that was recorded goes the same way again.

use std::io::Write;
use std::sync::{Arc, Mutex};

use modem_at::{CredentialType, Error, Modem, Options, Replay, SecTag, Transcript, Transport};

use crate::kit::Kit;

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is done, and what came of it.
fn session<T: Transport>(mut modem: Modem<T>) -> Vec<String> {
    let tag = SecTag::new(42).unwrap();
    let mut said = vec![
        modem.imei().unwrap().to_string(),
        modem.device_uuid().unwrap_err().to_string(),
        modem.write_credential(tag, CredentialType::Psk, "5ec7e7").unwrap_err().to_string(),
        modem.read_credential(tag, CredentialType::PublicKey).unwrap_err().to_string(),
        format!("{:?}", modem.serving_cell().unwrap()),
    ];
    said.push(format!("{:?}", modem.close()));
    said
}

#[test]
fn a_recorded_session_goes_the_same_way_again() {
    let kit = Kit::new(|command| {
        Some(match command {
            "AT+CGSN" => "\n+CEREG: 2\r\n\n352656106647673\r\nOK\r\n".into(),
            "AT%XMONITOR" => "%XMONITOR: 2\r\nOK\r\n".into(),
            command if command.starts_with("AT%CMNG=0") => "+CME ERROR: 518\r\n".into(),
            command if command.starts_with("AT%CMNG=2") => "+CME ERROR: 513\r\n".into(),
            _ => return None,
        })
    });
    let record = Shared::default();
    let options = Options { transcript: Some(Transcript::json_lines(record.clone())), ..Options::default() };
    let first = session(Modem::open_path(&kit.path, options).unwrap());
    let record = String::from_utf8(record.0.lock().unwrap().clone()).unwrap();
    assert!(!record.contains("5ec7e7"), "{record}");
    assert!(record.starts_with("{\"time\":0.000000,\"direction\":\">\",\"text\":\"AT\"}\n"), "{record}");
    let again = session(Modem::open(record.parse::<Replay>().unwrap(), Options::default()).unwrap());
    assert_eq!(again, first);
}

#[test]
fn another_command_than_the_recorded_one_is_an_error() {
    let record = r#"{"time":0,"direction":">","text":"AT"}
        {"time":0,"direction":"<","text":"OK"}
        {"time":0,"direction":">","text":"AT+CMEE?"}
        {"time":0,"direction":"<","text":"+CMEE: 1"}
        {"time":0,"direction":"<","text":"OK"}"#;
    let mut modem = Modem::open(record.parse::<Replay>().unwrap(), Options::default()).unwrap();
    let error = modem.imei().unwrap_err();
    assert!(matches!(error, Error::Transport(_)));
    assert_eq!(error.to_string(), "the transcript goes on with nothing, not with `AT+CGSN`");
    assert!("not JSON".parse::<Replay>().is_err());
}
