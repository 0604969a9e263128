//! Is a modem there?

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use modem_at::{Error, FlowControl, Heard, Modem, Options, SerialTransport, Terminator, TransportError};

use crate::kit::{Answer, AtHost, Kit};

fn refused(path: &str, probe_timeout: Duration) -> Error {
    let options = Options { probe_timeout, ..Options::default() };
    Modem::open_path(path, options).map(drop).unwrap_err()
}

/// What is heard on a port without AT.
fn heard(kit: &Kit) -> Heard {
    match refused(&kit.path, Duration::from_millis(500)) {
        Error::NoAnswer { port, heard, .. } => {
            assert_eq!(port, kit.path);
            heard
        }
        error => panic!("{error}"),
    }
}

#[test]
fn every_terminator_is_found() {
    for terminator in Terminator::ALL {
        let kit = Kit::with_host(AtHost::new(terminator), |_| None);
        let modem = kit.open();
        assert_eq!(modem.terminator(), terminator);
        modem.close().unwrap();
    }
}

#[test]
fn a_late_ok_does_not_choose_the_wrong_terminator() {
    let mut host = AtHost::new(Terminator::Cr);
    let mut answered = 0;
    let kit = Kit::raw(move |byte| {
        let command = host.push(byte)?;
        answered += 1;
        // The first answer comes while another terminator is being tried.
        let time = Duration::from_millis(if answered == 1 { 250 } else { 0 });
        let text = if command == "AT+CMEE?" { "+CMEE: 1\r\nOK\r\n" } else { "OK\r\n" };
        Some((Some(command), Answer::Late(time, text.into())))
    });
    let modem = kit.open();
    // CRLF works, too: the AT host ends the command at CR, and the modem passes over the LF.
    assert!(matches!(modem.terminator(), Terminator::Cr | Terminator::CrLf), "{}", modem.terminator());
    modem.close().unwrap();
}

#[test]
fn a_quote_that_was_left_open_is_closed() {
    for terminator in Terminator::ALL {
        let mut host = AtHost::new(terminator);
        host.quoted = true;
        let kit = Kit::with_host(host, |command| {
            (command == "AT+CGSN").then(|| "352656106647673\r\nOK\r\n".into())
        });
        let mut modem = kit.open();
        assert_eq!(modem.imei().unwrap().to_string(), "352656106647673", "{terminator}");
    }
}

#[test]
fn a_probe_leaves_no_quote_open_behind() {
    let quotes = Arc::new(AtomicUsize::new(0));
    let count = quotes.clone();
    let kit = Kit::raw(move |byte| {
        count.fetch_add(usize::from(byte == b'"'), Ordering::SeqCst);
        None
    });
    refused(&kit.path, Duration::from_secs(1));
    kit.stop();
    let quotes = quotes.load(Ordering::SeqCst);
    assert!(quotes > 0 && quotes.is_multiple_of(2), "{quotes}");
}

#[test]
fn a_silent_port_is_given_up() {
    let kit = Kit::raw(|_| None);
    let error = refused(&kit.path, Duration::from_millis(300));
    let Error::NoAnswer { heard: Heard::Nothing, waited, .. } = &error else { panic!("{error}") };
    assert_eq!(
        error.to_string(),
        format!(
            "nothing on port `{}` answered AT within {} ms: the port is silent",
            kit.path,
            waited.as_millis()
        )
    );
}

#[test]
fn what_else_is_on_the_port_is_said() {
    let at = |text: &'static str| move |byte| (byte == b'\r').then(|| (None, text.into()));
    assert_eq!(heard(&Kit::raw(|byte| Some((None, Answer::Bytes(vec![byte]))))), Heard::Echo);
    assert_eq!(heard(&Kit::raw(at("AT: command not found\r\n\x1b[1;32muart:~$ \x1b[m"))), Heard::Shell);
    assert_eq!(heard(&Kit::raw(at("[00:00:01.000,000] <inf> app: hi\r\n"))), Heard::Log);
    assert_eq!(heard(&Kit::raw(at("$GPGGA,1\r\n"))), Heard::Unknown);
    assert_eq!(heard(&Kit::raw(at("ERROR\r\n"))), Heard::Nothing);
}

#[test]
fn a_kit_that_never_stops_talking_is_given_up() {
    let flood = "[00:00:01.000,000] <inf> app: hi\r\n".repeat(300);
    let kit = Kit::raw(move |_| Some((None, flood.clone().into())));
    assert_eq!(heard(&kit), Heard::Log);
}

#[test]
fn a_port_that_is_none_is_named() {
    let message = |path: &str| refused(path, Duration::from_millis(100)).to_string();
    assert_eq!(message("/dev/ttyACM-none"), "port `/dev/ttyACM-none` does not exist");
    assert_eq!(message("/dev/pts"), "port `/dev/pts` is a directory");
    assert_eq!(message("Cargo.toml"), "port `Cargo.toml` is not a serial port");
}

#[test]
fn a_port_in_use_is_named() {
    let kit = Kit::new(|_| None);
    let _first = kit.open();
    let error = refused(&kit.path, Duration::from_millis(100));
    assert!(matches!(error, Error::Transport(TransportError::Busy { .. })), "{error}");
    // It is this very program that has it.
    let holder = format!(" (process {})", std::process::id());
    let message = error.to_string();
    assert!(message.starts_with(&format!("port `{}` is in use by ", kit.path)), "{message}");
    assert!(cfg!(not(target_os = "linux")) || message.ends_with(&holder), "{message}");
}

#[test]
fn flow_control_is_given_up_where_there_are_no_lines() {
    let kit = Kit::new(|_| None);
    assert_eq!(Options::default().flow_control, FlowControl::RtsCts);
    let transport = SerialTransport::open(&kit.path, 115_200, FlowControl::RtsCts).unwrap();
    assert_eq!(transport.flow_control(), FlowControl::None);
    Modem::open(transport, Options::default()).unwrap();
}

#[test]
fn xon_and_xoff_need_no_lines() {
    let kit = Kit::new(|_| None);
    let transport = SerialTransport::open(&kit.path, 115_200, FlowControl::XonXoff).unwrap();
    assert_eq!(transport.flow_control(), FlowControl::XonXoff);
    Modem::open(transport, Options::default()).unwrap();
}

#[test]
fn error_numbers_are_turned_on_and_off_again() {
    let kit = Kit::new(|_| None);
    kit.open().close().unwrap();
    assert_eq!(kit.heard()[1..], ["AT+CMEE?", "AT+CMEE=1", "AT+CMEE=0"]);
    drop(kit.open());
    assert_eq!(kit.heard().last().unwrap(), "AT+CMEE=0");
}

#[test]
fn error_numbers_that_were_on_stay_on() {
    let kit = Kit::with_host(AtHost::new(Terminator::Cr).with_numeric_errors(), |_| None);
    kit.open().close().unwrap();
    assert_eq!(kit.heard()[1..], ["AT+CMEE?"]);
}
