//! A modem, and how it is asked.

use modem_sim::{Builder, Device};

pub(crate) const CA: &str = include_str!("../../../../fixtures/modem-sim/ca-cert.pem");

/// 2023-11-14 22:13:20 UTC.
pub(crate) const NOW: u64 = 1_700_000_000;

/// A modem that gives the numbers of its errors.
pub(crate) fn numeric(builder: Builder) -> Device {
    let mut modem = builder.build_device().unwrap();
    says(&mut modem, "AT+CMEE=1", "OK\n");
    modem
}

#[track_caller]
pub(crate) fn says(modem: &mut Device, command: &str, expected: &str) {
    let response = String::from_utf8(modem.execute(command.as_bytes(), NOW).response()).unwrap();
    assert_eq!(response, expected.replace('\n', "\r\n"), "{command}");
}

#[track_caller]
pub(crate) fn refuses(modem: &mut Device, command: &str, code: u16) {
    says(modem, command, &format!("+CME ERROR: {code}\n"));
}
