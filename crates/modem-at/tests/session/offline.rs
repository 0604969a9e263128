//! The modem comes back online on every way out.

use modem_at::{CredentialType, Error, FunctionalMode, Modem, SecTag, SerialTransport};

use crate::kit::Kit;

/// A kit in the given mode that refuses every `%CMNG`.
fn kit(mut mode: u8) -> Kit {
    Kit::new(move |command| {
        if let Some(number) = command.strip_prefix("AT+CFUN=") {
            mode = number.parse().unwrap();
            return Some("+CSCON: 1\r\n+CEREG: 0\r\n+CSCON: 0\r\nOK\r\n".into());
        }
        match command {
            "AT+CFUN?" => Some(format!("+CFUN: {mode}\r\nOK\r\n").into()),
            _ => Some("+CME ERROR: 513\r\n".into()),
        }
    })
}

fn delete_offline(modem: &mut Modem<SerialTransport>) -> Result<(), Error> {
    let mut offline = modem.offline()?;
    offline.delete_credential(SecTag::NRF_CLOUD, CredentialType::RootCa)?;
    offline.restore()
}

#[test]
fn an_active_modem_comes_back() {
    for mode in [1, 2, 21, 44] {
        let kit = kit(mode);
        let mut modem = kit.open();
        let offline = modem.offline().unwrap();
        assert_eq!(offline.former_mode().unwrap().number(), mode);
        offline.restore().unwrap();
        assert_eq!(modem.functional_mode().unwrap().number(), mode);
        assert_eq!(
            kit.asked(),
            ["AT+CFUN?", "AT+CFUN?", "AT+CFUN=4", &format!("AT+CFUN={mode}"), "AT+CFUN?", "AT+CFUN?"]
        );
    }
}

#[test]
fn a_modem_that_is_offline_is_left_alone() {
    for mode in [0, 4] {
        let kit = kit(mode);
        let mut modem = kit.open();
        let offline = modem.offline().unwrap();
        assert_eq!(offline.former_mode(), None);
        offline.restore().unwrap();
        assert_eq!(kit.asked(), ["AT+CFUN?", "AT+CFUN?"]);
    }
}

#[test]
fn an_error_brings_it_back() {
    let kit = kit(1);
    let mut modem = kit.open();
    let error = delete_offline(&mut modem).unwrap_err();
    assert_eq!(error.to_string(), "the modem refused AT%CMNG=3,16842753,0: +CME ERROR: 513 (not found)");
    assert_eq!(kit.asked(), ["AT+CFUN?", "AT+CFUN?", "AT+CFUN=4", "AT%CMNG=3,16842753,0", "AT+CFUN=1"]);
    assert_eq!(modem.functional_mode().unwrap(), FunctionalMode::Full);
}

#[test]
fn a_panic_brings_it_back() {
    let kit = kit(1);
    let path = kit.path.clone();
    let panicked = std::thread::spawn(move || {
        let mut modem = Modem::open_path(&path, modem_at::Options::default()).unwrap();
        let _offline = modem.offline().unwrap();
        panic!("on purpose");
    })
    .join();
    assert!(panicked.is_err());
    assert_eq!(kit.asked(), ["AT+CFUN?", "AT+CFUN?", "AT+CFUN=4", "AT+CFUN=1"]);
    assert_eq!(kit.heard().last().unwrap(), "AT+CMEE=0");
}

#[test]
fn a_refused_flight_mode_is_undone_and_told() {
    let kit = Kit::new(|command| match command {
        "AT+CFUN?" => Some("+CFUN: 1\r\nOK\r\n".into()),
        "AT+CFUN=1" => Some("OK\r\n".into()),
        _ => None,
    });
    let error = kit.open().offline().map(drop).unwrap_err();
    assert_eq!(error.to_string(), "the modem refused AT+CFUN=4: ERROR");
    assert_eq!(kit.asked(), ["AT+CFUN?", "AT+CFUN?", "AT+CFUN=4", "AT+CFUN=1"]);
}

#[test]
fn an_unknown_mode_is_not_guessed() {
    let kit = Kit::new(|_| Some("+CFUN: 3\r\nOK\r\n".into()));
    let error = kit.open().offline().map(drop).unwrap_err();
    assert_eq!(error.to_string(), "the answer to AT+CFUN? is damaged: `+CFUN: 3` is not a functional mode");
}

#[test]
fn a_mode_that_cannot_come_back_is_told() {
    let mut count = 0;
    let kit = Kit::new(move |command| match command {
        "AT+CFUN?" => Some("+CFUN: 1\r\nOK\r\n".into()),
        _ => {
            count += 1;
            (count == 1).then(|| "OK\r\n".into())
        }
    });
    let mut modem = kit.open();
    let error = modem.offline().unwrap().restore().unwrap_err();
    assert_eq!(error.to_string(), "the modem refused AT+CFUN=1: ERROR");
}

/// A kit whose own program goes online after a restart, so that flight mode ends in the middle of the work.
#[test]
fn a_modem_that_left_flight_mode_is_taken_back() {
    let mut mode = 1;
    let mut left = false;
    let kit = Kit::new(move |command| {
        if let Some(number) = command.strip_prefix("AT+CFUN=") {
            mode = number.parse().unwrap();
            return Some("OK\r\n".into());
        }
        Some(match command {
            "AT+CFUN?" => format!("+CFUN: {mode}\r\nOK\r\n").into(),
            _ if !std::mem::replace(&mut left, true) => {
                mode = 1;
                "+CME ERROR: 518\r\n".into()
            }
            _ if mode == 4 => "OK\r\n".into(),
            _ => "+CME ERROR: 518\r\n".into(),
        })
    });
    let mut modem = kit.open();
    delete_offline(&mut modem).unwrap();
    let delete = "AT%CMNG=3,16842753,0";
    assert_eq!(kit.asked(), ["AT+CFUN?", "AT+CFUN?", "AT+CFUN=4", delete, "AT+CFUN=4", delete, "AT+CFUN=1"]);
    // Without a guard nobody has asked for flight mode.
    let error = modem.delete_credential(SecTag::NRF_CLOUD, CredentialType::RootCa).unwrap_err();
    assert_eq!(error.cme_code(), Some(modem_at::CmeCode::ACTIVE_STATE));
    assert_eq!(kit.asked()[7..], [delete]);
}

/// A modem that never goes offline is told so once, and not for ever.
#[test]
fn a_modem_that_does_not_go_offline_is_given_up() {
    let kit = Kit::new(|command| {
        Some(match command {
            "AT+CFUN?" => "+CFUN: 1\r\nOK\r\n".into(),
            command if command.starts_with("AT+CFUN=") => "OK\r\n".into(),
            _ => "+CME ERROR: 518\r\n".into(),
        })
    });
    let mut modem = kit.open();
    let error = delete_offline(&mut modem).unwrap_err();
    assert_eq!(error.cme_code(), Some(modem_at::CmeCode::ACTIVE_STATE));
    let delete = "AT%CMNG=3,16842753,0";
    assert_eq!(kit.asked(), ["AT+CFUN?", "AT+CFUN?", "AT+CFUN=4", delete, "AT+CFUN=4", delete, "AT+CFUN=1"]);
}
