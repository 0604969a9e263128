//! Questions, and answers with all that may come between.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use modem_at::{
    Direction, Error, JwtRequest, Lifetime, Modem, Options, Refusal, SecTag, Transcript, TransportError,
};

use crate::kit::{Answer, Kit};
use crate::messages::attestation_token;

const IMEI: &str = "352656106647673";

/// A token with the modem's padding: `iss` and `sub`, with or without `exp`.
fn token(with_times: bool) -> String {
    // {"iss":"nRF9160.504e5353-3831-45c8-800a-2719d8ba39f5","sub":"x"} and the same with "exp":1676930658.
    let payload = if with_times {
        "eyJpc3MiOiJuUkY5MTYwLjUwNGU1MzUzLTM4MzEtNDVjOC04MDBhLTI3MTlkOGJhMzlmNSIsImV4cCI6MTY3NjkzMDY1OH0g"
    } else {
        "eyJpc3MiOiJuUkY5MTYwLjUwNGU1MzUzLTM4MzEtNDVjOC04MDBhLTI3MTlkOGJhMzlmNSJ9"
    };
    format!("eyJhbGciOiJFUzI1NiJ9.{payload}.{}", "A".repeat(86))
}

fn jwt(token: &str) -> Answer {
    format!("%JWT: \"{token}\"\r\nOK\r\n").into()
}

#[test]
fn an_imei_is_told_from_what_stands_around_it() {
    let kit = Kit::new(|_| {
        Some(format!("\n+CEREG: 2\r\n\n{IMEI}\r\n+CEREG: 2\r\n%MDMEV: SEARCH STATUS 1\r\nOK\r\n").into())
    });
    assert_eq!(kit.open().imei().unwrap().to_string(), IMEI);
}

#[test]
fn a_torn_answer_is_asked_for_again() {
    let mut count = 0;
    let kit = Kit::new(move |_| {
        count += 1;
        let torn = format!("35265\n+CEREG: 2\r\n{}\r\nOK\r\n", &IMEI[5..]);
        Some(if count < 3 { torn } else { format!("{IMEI}\r\nOK\r\n") }.into())
    });
    assert_eq!(kit.open().imei().unwrap().to_string(), IMEI);
    assert_eq!(kit.asked(), ["AT+CGSN"; 3]);
}

#[test]
fn an_answer_that_is_always_torn_is_an_error() {
    let kit = Kit::new(|_| Some("3526561066+CEREG: 2\r\n47673\r\nOK\r\n".into()));
    let error = kit.open().imei().unwrap_err();
    assert_eq!(error.to_string(), "the answer to AT+CGSN is damaged: the modem said OK without an IMEI");

    let kit = Kit::new(|_| Some("352656106647674\r\nOK\r\n".into()));
    let error = kit.open().imei().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the answer to AT+CGSN is damaged: IMEI `352656106647674` ends in 4, its check digit (Luhn) is 3"
    );
}

#[test]
fn a_late_answer_is_not_taken_for_the_next() {
    let mut count = 0;
    let kit = Kit::new(move |command| {
        count += 1;
        Some(match (command, count) {
            // Longer than the time-out of two seconds.
            (_, 1) => Answer::Late(Duration::from_millis(2200), b"nRF9160-SICA\r\nOK\r\n".to_vec()),
            ("AT+CGMM", _) => "nRF9151-LACA\r\nOK\r\n".into(),
            _ => format!("{IMEI}\r\nOK\r\n").into(),
        })
    });
    let mut modem = kit.open();
    assert_eq!(modem.model().unwrap(), "nRF9151-LACA");
    assert_eq!(modem.imei().unwrap().to_string(), IMEI);
}

#[test]
fn a_restart_is_noticed_at_once() {
    let mut count = 0;
    let kit = Kit::new(move |_| {
        count += 1;
        Some(match count {
            1 => "*** Booting nRF Connect SDK v2.6.1 ***\r\nThe AT host sample started\r\nReady\r\n".into(),
            _ => format!("{IMEI}\r\nOK\r\n").into(),
        })
    });
    let mut modem = kit.open();
    assert_eq!(modem.imei().unwrap_err().to_string(), "the kit restarted during AT+CGSN");
    assert_eq!(modem.imei().unwrap().to_string(), IMEI);
    assert_eq!(kit.heard().iter().filter(|command| *command == "AT+CMEE=1").count(), 2);
}

#[test]
fn a_pulled_cable_is_an_error() {
    let kit = Kit::new(|_| Some(Answer::Unplug));
    let mut modem = kit.open();
    let error = modem.imei().unwrap_err();
    assert!(matches!(error, Error::Transport(TransportError::Disconnected { .. })), "{error:?}");
    assert_eq!(error.to_string(), format!("port `{}` was disconnected", kit.path));
}

#[test]
fn identity_of_a_kit() {
    let kit = Kit::new(|command| {
        Some(match command {
            "AT+CGMM" => "nRF9151-LACA\r\nOK\r\n".into(),
            "AT+CGMR" => "mfw_nrf91x1_2.0.2\r\nOK\r\n".into(),
            "AT%DEVICEUUID" => "%DEVICEUUID: 504d5632-3739-42fb-80c8-1411df972166\r\nOK\r\n".into(),
            "AT%XMONITOR" => "%XMONITOR: 2\r\nOK\r\n".into(),
            "AT%ATTESTTOKEN" => format!("%ATTESTTOKEN: \"{}\"\r\nOK\r\n", attestation_token()).into(),
            "AT+CCLK?" => "+CCLK: \"24/07/03,21:29:34-28\"\r\nOK\r\n".into(),
            "AT+CCLK=\"24/07/03,21:29:34+00\"" => "OK\r\n".into(),
            _ => return None,
        })
    });
    let mut modem = kit.open();
    assert_eq!(modem.model().unwrap(), "nRF9151-LACA");
    assert_eq!(modem.firmware_version().unwrap(), "mfw_nrf91x1_2.0.2");
    assert_eq!(modem.device_uuid().unwrap().to_string(), "504d5632-3739-42fb-80c8-1411df972166");
    assert_eq!(modem.serving_cell().unwrap(), None);
    assert_eq!(modem.attestation_token(None).unwrap().expose(), attestation_token());
    assert_eq!(modem.clock().unwrap().unwrap().unix_seconds(), 1_720_067_374);
    modem.set_clock(modem_at::ModemTime::from_unix_seconds(1_720_042_174).unwrap()).unwrap();
}

#[test]
fn an_nrf9160_tells_its_uuid_by_a_token() {
    let kit = Kit::new(|command| (command == "AT%JWT=0,0,\"\",\"\"").then(|| jwt(&token(false))));
    assert_eq!(kit.open().device_uuid().unwrap().to_string(), "504e5353-3831-45c8-800a-2719d8ba39f5");
    assert_eq!(kit.asked(), ["AT%DEVICEUUID", "AT%JWT=0,0,\"\",\"\""]);
}

#[test]
fn a_modem_without_a_clock_says_so() {
    let kit = Kit::new(|_| None);
    assert_eq!(kit.open().clock().unwrap(), None);
}

#[test]
fn a_token_that_should_expire_must_say_when() {
    let request = JwtRequest {
        expires_in: Some(Lifetime::new(Duration::from_secs(300)).unwrap()),
        sub: Some("nrf-352656106108148".into()),
        sec_tag: Some(SecTag::NRF_CLOUD),
        ..JwtRequest::default()
    };
    let kit = Kit::new(|_| Some(jwt(&token(true))));
    assert_eq!(kit.open().jwt(&request).unwrap(), token(true));
    assert_eq!(kit.asked(), ["AT%JWT=0,300,\"nrf-352656106108148\",\"\",16842753,2"]);

    let kit = Kit::new(|_| Some(jwt(&token(false))));
    let error = kit.open().jwt(&request).unwrap_err();
    assert_eq!(error.to_string(), "the modem has no valid time, so its token has no `exp`");
    // Without a lifetime, nothing is missing.
    assert!(kit.open().jwt(&JwtRequest::default()).is_ok());
}

#[test]
fn any_command_can_be_sent() {
    let kit = Kit::new(|command| match command {
        "AT%SHORTSWVER" => Some("%SHORTSWVER: nrf9160_1.3.2\r\nOK\r\n".into()),
        "AT+CPIN?" => Some("+CME ERROR: 10\r\n".into()),
        "AT+CMGF?" => Some("+CMS ERROR: 302\r\n".into()),
        _ => None,
    });
    let mut modem = kit.open();
    assert_eq!(modem.command("AT%SHORTSWVER").unwrap(), ["%SHORTSWVER: nrf9160_1.3.2"]);
    let error = modem.command("AT+CPIN?").unwrap_err();
    assert_eq!(error.to_string(), "the modem refused AT+CPIN?: +CME ERROR: 10 (SIM not inserted)");
    let error = modem.command("AT+CMGF?").unwrap_err();
    assert!(matches!(error, Error::Refused { refusal: Refusal::Cms(302), .. }), "{error}");
    let error = modem.command("AT%NONE").unwrap_err();
    assert_eq!(error.to_string(), "the modem refused AT%NONE: ERROR");
    let error = modem.command("ATI\rAT").unwrap_err();
    assert_eq!(error.to_string(), "command holds the byte 0x0d at 3, which an AT command cannot carry");
}

#[test]
fn a_transcript_holds_no_secret() {
    let kit = Kit::new(|command| {
        Some(match command {
            "AT%ATTESTTOKEN" => format!("%ATTESTTOKEN: \"{}\"\r\nOK\r\n", attestation_token()).into(),
            command if command.starts_with("AT%JWT") => jwt(&token(true)),
            // Torn: its pieces are secret, too.
            command if command.starts_with("AT%CMNG=2") => {
                "%CMNG: 1,3,\"AA\"\n+CEREG: 2\r\n,\"5ec7e7\"\r\nOK\r\n".into()
            }
            _ => "+CME ERROR: 518\r\n".into(),
        })
    });
    let shown = Arc::new(Mutex::new(Vec::new()));
    let sink = shown.clone();
    let transcript = Transcript::new(move |entry| {
        let mark = if entry.direction == Direction::ToModem { '>' } else { '<' };
        sink.lock().unwrap().push(format!("{mark} {}", entry.text));
    });
    let options = Options { transcript: Some(transcript), ..Options::default() };
    let mut modem = Modem::open_path(&kit.path, options).unwrap();
    modem.attestation_token(None).unwrap();
    modem.jwt(&JwtRequest::default()).unwrap();
    let tag = SecTag::new(1).unwrap();
    modem.read_credential(tag, modem_at::CredentialType::Psk).unwrap_err();
    modem.write_credential(tag, modem_at::CredentialType::Psk, "5ec7e7").unwrap_err();
    drop(modem);
    let shown = shown.lock().unwrap().join("\n");
    for secret in ["2dn3hQ", "eyJ", "5ec7e7"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    for line in [
        "> AT\n< OK\n",
        "< %ATTESTTOKEN: [182 bytes]\n< OK\n",
        "> AT%CMNG=0,1,3,\"[6 bytes]\"\n< +CME ERROR: 518\n",
        "< +CEREG: 2\n",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
}
