//! What stands between the port and the modem is found out, and spoken to in its own way.

use std::sync::{Arc, Mutex};

use modem_at::{
    Cancel, CommandError, CredentialType, Dialect, Error, KeygenResponse, Modem, Options, SecTag,
    Sha256Digest, Terminator, Transcript,
};

use crate::kit::{Answer, AtHost, Kit};
use crate::messages::keygen_message;
use crate::zephyr::at_shell;

const TAG: SecTag = SecTag::NRF_CLOUD;
const CERTIFICATE: CredentialType = CredentialType::ClientCertificate;
const IMEI: &str = "352656106647673";

/// A certificate's text of many lines, longer than the width of a terminal and than the receive buffer of a shell.
fn pem() -> String {
    let lines = "MIIBjzCCATWgAwIBAgIUP83Tj+7xWld4D0EDAK/CU9Svo+gwCgYIKoZIzj0EAwIw\n".repeat(12);
    format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n")
}

/// A modem with one slot, as an AT host hears it.
fn modem() -> impl FnMut(&str) -> String + Send + 'static {
    let mut slot: Option<String> = None;
    let mut mode = 1;
    let mut errors = 0;
    move |command| match command {
        "AT" | "AT#" => "OK\r\n".into(),
        "AT+CMEE?" => format!("+CMEE: {errors}\r\nOK\r\n"),
        "AT+CGSN" => format!("{IMEI}\r\nOK\r\n"),
        "AT+CGMM" => "nRF9151-LACA\r\nOK\r\n".into(),
        "AT+CFUN?" => format!("+CFUN: {mode}\r\nOK\r\n"),
        "AT%KEYGEN=16842753,2,0" => {
            format!("%KEYGEN: \"{}\"\r\nOK\r\n", keygen_message(&[0x30; 250]))
        }
        "AT%CMNG=1,16842753,1" => match &slot {
            None => "OK\r\n".into(),
            Some(text) => {
                format!("%CMNG: 16842753,1,\"{}\"\r\nOK\r\n", Sha256Digest::of(text.as_bytes()))
            }
        },
        "AT%CMNG=2,16842753,1" => match &slot {
            None => "+CME ERROR: 513\r\n".into(),
            Some(text) => {
                format!("%CMNG: 16842753,1,\"{}\",\"{text}\"\r\nOK\r\n", Sha256Digest::of(text.as_bytes()))
            }
        },
        command => {
            if let Some(number) = command.strip_prefix("AT+CMEE=") {
                errors = number.parse().unwrap();
            } else if let Some(number) = command.strip_prefix("AT+CFUN=") {
                mode = number.parse().unwrap();
            } else if let Some(text) = command.strip_prefix("AT%CMNG=0,16842753,1,\"") {
                if mode != 4 {
                    return "+CME ERROR: 518\r\n".into();
                }
                slot = Some(text.strip_suffix('"').unwrap().into());
            } else {
                return "ERROR\r\n".into();
            }
            "OK\r\n".into()
        }
    }
}

/// An AT host with an echo, or with blank lines around its answers.
fn host(echo: bool, blank: bool, mut answer: impl FnMut(&str) -> String + Send + 'static) -> Kit {
    let mut host = AtHost::new(Terminator::Cr);
    Kit::raw(move |byte| {
        let mut text = if echo { char::from(byte).to_string() } else { String::new() };
        let command = host.push(byte);
        if let Some(command) = &command {
            let said = answer(command);
            if blank {
                let (information, result) = said[..said.len() - 2].rsplit_once("\r\n").map_or_else(
                    || (String::new(), &said[..]),
                    |(information, _)| (format!("\r\n{information}\r\n"), &said[information.len() + 2..]),
                );
                text.push_str(&format!("{information}\r\n{result}"));
            } else {
                text.push_str(&said);
            }
        }
        (!text.is_empty()).then(|| (command, Answer::Bytes(text.into_bytes())))
    })
}

/// Everything that a line does with a kit; `stored` is what the slot holds in the end.
fn put_to_work(kit: &Kit, dialect: Dialect, stored: &str) {
    for wanted in [None, Some(dialect)] {
        let options = Options { dialect: wanted, ..Options::default() };
        let mut modem = Modem::open_path(&kit.path, options).unwrap();
        assert_eq!(modem.dialect(), dialect);
        assert_eq!(modem.imei().unwrap().to_string(), IMEI);
        let error = modem.write_credential(TAG, CERTIFICATE, &pem()).unwrap_err();
        assert_eq!(error.cme_code().unwrap().number(), 518, "{error}");
        let mut offline = modem.offline().unwrap();
        let message = offline.keygen(TAG, KeygenResponse::Csr, None).unwrap();
        assert_eq!(message, keygen_message(&[0x30; 250]));
        let digest = offline.write_credential(TAG, CERTIFICATE, &pem()).unwrap();
        assert_eq!(digest, Sha256Digest::of(stored.as_bytes()));
        assert_eq!(offline.read_credential(TAG, CERTIFICATE).unwrap().expose(), stored);
        offline.restore().unwrap();
        assert_eq!(modem.functional_mode().unwrap().number(), 1);
        assert!(matches!(modem.command("AT+NONE"), Err(Error::Refused { .. })));
        modem.close().unwrap();
    }
}

#[test]
fn an_at_host() {
    let mut answer = modem();
    put_to_work(&host(false, false, move |command| answer(command)), Dialect::AtHost, &pem());
}

#[test]
fn an_at_host_with_an_echo() {
    put_to_work(&host(true, false, modem()), Dialect::AtHost, &pem());
}

#[test]
fn serial_modem() {
    for (echo, version) in [(false, "XSMVER"), (true, "XSMVER"), (false, "XSLMVER")] {
        let mut answer = modem();
        let name = format!("AT#{version}");
        let kit = host(echo, true, move |command| match command {
            command if command == name => format!("#{version}: \"v1.0.0\"\r\nOK\r\n"),
            "AT#XUUID" => "#XUUID: 504d5632-3739-42fb-80c8-1411df972166\r\nOK\r\n".into(),
            command => answer(command),
        });
        put_to_work(&kit, Dialect::SerialModem, &pem());
        let uuid = kit.open().device_uuid().unwrap();
        assert_eq!(uuid.to_string(), "504d5632-3739-42fb-80c8-1411df972166");
    }
}

#[test]
fn at_command_mode() {
    let mut answer = modem();
    let mut line = move |command: &str| {
        command.split('|').map(|command| answer(command.trim())).collect::<Vec<_>>().concat()
    };
    let kit = host(true, false, move |command| line(command));
    put_to_work_with_a_short_text(&kit);
}

/// 1023 bytes are the limit here.
fn put_to_work_with_a_short_text(kit: &Kit) {
    let mut modem = kit.open();
    assert_eq!(modem.dialect(), Dialect::AtCommandMode);
    assert_eq!(modem.imei().unwrap().to_string(), IMEI);
    let mut offline = modem.offline().unwrap();
    offline.write_credential(TAG, CERTIFICATE, "short\n").unwrap();
    let error = offline.write_credential(TAG, CERTIFICATE, &pem().repeat(2)).unwrap_err();
    assert!(matches!(error, Error::Command(CommandError::TooLongForDialect { .. })), "{error}");
    let error = offline.write_credential(TAG, CERTIFICATE, "a|b").unwrap_err();
    assert!(matches!(error, Error::Command(CommandError::Meaning { byte: b'|', .. })), "{error}");
}

#[test]
fn an_nrf93m1() {
    let mut answer = modem();
    let key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
    let jwt = format!("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.{}", "A".repeat(86));
    let token = jwt.clone();
    let kit = host(false, true, move |command| {
        match command {
        "AT+CGMM" => "nRF93M1\r\nOK\r\n".into(),
        "AT%DEVICEUUID" => "%DEVICEUUID: creating device uuid...\r\n%DEVICEUUID: 988234bd-a066-a101-656e-684d6f5adad6\r\nOK\r\n".into(),
        "AT%CLOUDACCESSKEY" => format!("%CLOUDACCESSKEY: {key}\r\nOK\r\n"),
        "AT%REGJWT=\"1a2b\"" => format!("%REGJWT: {token}\r\nOK\r\n"),
        "AT+CMEE?" => "+CMEE: 2\r\nOK\r\n".into(),
        "AT+CPIN?" => "+CME ERROR: SIM not inserted\r\n".into(),
        command => answer(command),
    }
    });
    let mut modem = kit.open();
    assert_eq!(modem.dialect(), Dialect::Nrf93);
    assert_eq!(modem.device_uuid().unwrap().to_string(), "988234bd-a066-a101-656e-684d6f5adad6");
    assert_eq!(modem.cloud_access_key().unwrap(), key);
    assert_eq!(modem.registration_jwt("1a2b").unwrap(), jwt);
    let error = modem.command("AT+CPIN?").unwrap_err();
    assert_eq!(error.to_string(), "the modem refused AT+CPIN?: ERROR");
    modem.close().unwrap();
    assert_eq!(kit.heard().last().unwrap(), "AT+CMEE=2");
}

#[test]
fn an_at_shell() {
    for (prompt, next_line) in [("uart:~$ ", "\x1bE"), ("mosh:~$ ", "\r\n")] {
        let kit = at_shell(prompt, modem()).next_line(next_line).start();
        // The shell stores CR LF, whatever was sent.
        put_to_work(&kit, Dialect::AtShell, &pem().replace('\n', "\r\n"));
    }
}

#[test]
fn a_log_line_while_a_command_is_typed_does_no_harm() {
    for place in [1, 7, 12] {
        let kit = at_shell("uart:~$ ", modem()).log_after(place).start();
        let mut modem = kit.open();
        assert_eq!(modem.imei().unwrap().to_string(), IMEI, "{place}");
    }
}

#[test]
fn a_line_that_a_shell_does_not_take_is_not_ended() {
    let kit = at_shell("uart:~$ ", modem()).limit(255).start();
    let heard = Arc::new(Mutex::new(String::new()));
    let log = heard.clone();
    let transcript = Transcript::new(move |entry| log.lock().unwrap().push_str(&format!("{entry}\n")));
    let options = Options { transcript: Some(transcript), ..Options::default() };
    let mut modem = Modem::open_path(&kit.path, options).unwrap();
    let mut offline = modem.offline().unwrap();
    let error = offline.write_credential(TAG, CERTIFICATE, &pem()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the shell echoed 253 of 301 characters of AT%CMNG=0,16842753,1,\"[834 bytes]\": the line is longer than it takes, or some were lost"
    );
    assert_eq!(offline.functional_mode().unwrap().number(), 4);
    assert!(kit.asked().iter().all(|command| !command.contains("CMNG=0")), "{:?}", kit.asked());
    let stored = offline.write_credential(TAG, CERTIFICATE, "short\n").unwrap();
    assert_eq!(stored, Sha256Digest::of(b"short\r\n"));
    // What came back of the content is not told, either.
    let heard = heard.lock().unwrap();
    assert!(heard.contains("[834 bytes]"), "{heard}");
    let content = pem().replace('\n', "");
    let pieces: Vec<&str> = (6..content.len()).map(|end| &content[end - 6..end]).collect();
    assert!(!pieces.iter().any(|piece| heard.contains(piece)), "{heard}");
}

#[test]
fn a_driver_that_fails_is_no_silence() {
    let mut answer = modem();
    let mut broken = true;
    let kit = at_shell("uart:~$ ", move |command| {
        if command == "AT+CGSN" && std::mem::take(&mut broken) {
            return "Sending AT command failed with error code -11\n".into();
        }
        answer(command)
    })
    .start();
    assert_eq!(kit.open().imei().unwrap().to_string(), IMEI);
    let mut answer = modem();
    let kit = at_shell("uart:~$ ", move |command| match command {
        "AT+CGSN" => "Sending AT command failed with error code -11\n".into(),
        command => answer(command),
    })
    .start();
    assert_eq!(
        kit.open().imei().unwrap_err().to_string(),
        "the shell came back from AT+CGSN without a result"
    );
}

#[test]
fn a_dialect_that_is_not_there_is_not_found() {
    let kit = at_shell("uart:~$ ", modem()).start();
    for dialect in [Dialect::AtHost, Dialect::CredentialShell] {
        let options = Options { dialect: Some(dialect), ..Options::default() };
        let error = Modem::open_path(&kit.path, options).map(drop).unwrap_err();
        assert!(matches!(error, Error::NoAnswer { .. }), "{error}");
    }
}

#[test]
fn a_cancelled_session_ends_and_puts_back() {
    let cancel = Cancel::default();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (log, hand) = (asked.clone(), cancel.clone());
    let mut answer = modem();
    let kit = host(false, false, move |command| {
        log.lock().unwrap().push(command.to_string());
        if command.starts_with("AT%KEYGEN") {
            // The user loses patience while the key is made.
            hand.set();
        }
        answer(command)
    });
    let options = Options { cancel: Some(cancel.clone()), ..Options::default() };
    let mut modem = Modem::open_path(&kit.path, options).unwrap();
    let mut offline = modem.offline().unwrap();
    // A key that is being made is waited for.
    assert!(offline.keygen(TAG, KeygenResponse::Csr, None).is_ok());
    let error = offline.write_credential(TAG, CERTIFICATE, "short\n").unwrap_err();
    assert_eq!(error.to_string(), "cancelled");
    drop(offline);
    drop(modem);
    let asked = asked.lock().unwrap();
    assert_eq!(asked[asked.len() - 3..], ["AT%KEYGEN=16842753,2,0", "AT+CFUN=1", "AT+CMEE=0"]);
}

#[test]
fn a_silent_modem_does_not_hold_who_cancels() {
    let cancel = Cancel::default();
    let hand = cancel.clone();
    let kit = Kit::new(move |_| {
        hand.set();
        Some("".into())
    });
    let options = Options { cancel: Some(cancel), ..Options::default() };
    let mut modem = Modem::open_path(&kit.path, options).unwrap();
    assert!(matches!(modem.imei(), Err(Error::Cancelled)));
    modem.close().unwrap();
}
