//! Answers that do not come, over a line on which time passes at once.

use std::collections::VecDeque;
use std::time::Instant;

use modem_at::{
    CredentialType, Error, KeygenResponse, Modem, Options, SecTag, Sha256Digest, Transport, TransportError,
};

const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/// A line to an AT host that ends its commands with CR. Where nothing is to be read, the deadline has passed.
struct Line<S> {
    script: S,
    written: String,
    unread: VecDeque<u8>,
}

impl<S: FnMut(&str) -> String> Transport for Line<S> {
    fn read(&mut self, buffer: &mut [u8], _deadline: Instant) -> Result<usize, TransportError> {
        let count = buffer.len().min(self.unread.len());
        for (place, byte) in buffer.iter_mut().zip(self.unread.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    fn write_all(&mut self, bytes: &[u8], _deadline: Instant) -> Result<(), TransportError> {
        self.written.push_str(std::str::from_utf8(bytes).unwrap());
        while let Some((command, rest)) = self.written.split_once('\r') {
            let answer = match command {
                "AT" => "OK\r\n".to_string(),
                "AT+CMEE?" => "+CMEE: 1\r\nOK\r\n".to_string(),
                "AT+CMEE=1" => "OK\r\n".to_string(),
                command => (self.script)(command),
            };
            self.unread.extend(answer.into_bytes());
            self.written = rest.to_string();
        }
        Ok(())
    }

    fn drop_input(&mut self) -> Result<(), TransportError> {
        self.unread.clear();
        Ok(())
    }

    fn name(&self) -> &str {
        "line"
    }
}

fn modem(script: impl FnMut(&str) -> String) -> Modem<impl Transport> {
    let line = Line { script, written: String::new(), unread: VecDeque::new() };
    Modem::open(line, Options::default()).unwrap()
}

#[test]
fn silence_is_an_error_that_says_what_was_there() {
    // What an AT host does when its call to the modem fails: the command comes back, and no result.
    let mut asked = 0;
    let error = modem(|command| {
        asked += 1;
        format!("{command}\r\n")
    })
    .imei()
    .unwrap_err();
    assert_eq!(error.to_string(), "no answer to AT+CGSN within 2 s: only the command itself came back");
    assert_eq!(asked, 2);

    let error = modem(|_| String::new()).imei().unwrap_err();
    assert_eq!(error.to_string(), "no answer to AT+CGSN within 2 s: nothing came");
    let error = modem(|_| "+CEREG: 2\r\n".into()).imei().unwrap_err();
    assert_eq!(error.to_string(), "no answer to AT+CGSN within 2 s: other lines came, but no final result");
    let read = |text: &'static str| {
        modem(|_| text.into()).read_credential(SecTag::NRF_CLOUD, CredentialType::RootCa).unwrap_err()
    };
    assert_eq!(
        read("%CMNG: 1,0,\"AA\",\"-----BEGIN\r\nOK\r\n").to_string(),
        "no answer to AT%CMNG=2,16842753,0 within 10 s: a quoted string was not closed"
    );
}

#[test]
fn a_lost_ok_is_decided_by_the_hash() {
    let mut writes = 0;
    let mut write = |stored: &'static str| {
        modem(|command| {
            if command.starts_with("AT%CMNG=0") {
                writes += 1;
                // `OK`, torn by a notification.
                return "O+CEREG: 2\r\nK\r\n".into();
            }
            format!("%CMNG: 16842753,1,\"{}\"\r\nOK\r\n", Sha256Digest::of(stored.as_bytes()))
        })
        .write_credential(SecTag::NRF_CLOUD, CredentialType::ClientCertificate, PEM)
    };
    assert_eq!(write(PEM).unwrap(), Sha256Digest::of(PEM.as_bytes()));
    let error = write("what was there before").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no answer to AT%CMNG=0,16842753,1,\"[59 bytes]\" within 15 s: other lines came, but no final result"
    );
    assert_eq!(writes, 2);
}

#[test]
fn a_key_whose_answer_is_lost_is_not_made_twice() {
    let mut asked = 0;
    let error = modem(|_| {
        asked += 1;
        String::new()
    })
    .keygen(SecTag::NRF_CLOUD, KeygenResponse::Csr, None)
    .unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert_eq!(asked, 1);
}

#[test]
fn a_mode_whose_answer_is_lost_is_undone() {
    let mut asked = Vec::new();
    let error = modem(|command| {
        asked.push(command.to_string());
        match command {
            "AT+CFUN?" => "+CFUN: 1\r\nOK\r\n".into(),
            "AT+CFUN=4" => String::new(),
            _ => "OK\r\n".into(),
        }
    })
    .offline()
    .map(drop)
    .unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert_eq!(asked, ["AT+CFUN?", "AT+CFUN?", "AT+CFUN=4", "AT+CFUN=4", "AT+CFUN=1"]);
}
