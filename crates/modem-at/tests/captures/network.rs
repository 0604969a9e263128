//! Notifications, and answers about the network.

use std::fs;

use modem_at::{Command, Registration, ReplyError, reply};

use crate::{answer, vectors};

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
fn answers_about_the_network() {
    let Some(folder) = vectors() else { return };
    let text = fs::read_to_string(folder.join("network.txt")).unwrap();
    let mut registrations = Vec::new();
    let mut notices = 0;
    let mut others = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')).map(|line| &line[2..]) {
        let bytes = format!("{line}\r\nOK\r\n");
        let lines = |command: &Command| answer(command, bytes.as_bytes());
        if line.starts_with("+CEREG") {
            match reply::registration(&lines(&Command::registration())) {
                Ok(found) => registrations.push((found.registration, found.tac, found.eci)),
                // A notification is no answer.
                Err(error) => {
                    assert_eq!(error, ReplyError::Missing { expected: "a registration" }, "{line}");
                    notices += 1;
                }
            }
        } else if line.starts_with("+COPS") {
            let operator = reply::operator(&lines(&Command::operator())).unwrap().unwrap();
            assert_eq!((operator.mcc.as_str(), operator.mnc.as_str()), ("262", "01"));
            others += 1;
        } else if line.starts_with("%CCLK") {
            let (time, daylight) = reply::network_clock(&lines(&Command::network_clock())).unwrap();
            // 21:29:34 seven hours west of UTC.
            assert_eq!((time.unix_seconds(), daylight), (1_720_067_374, 1));
            others += 1;
        }
    }
    assert_eq!(
        registrations,
        [(Registration::Unknown, None, None), (Registration::Searching, Some(0x0901), Some(0x0202_4720))]
    );
    assert_eq!((notices, others), (10, 2));
}
