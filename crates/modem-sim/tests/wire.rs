//! The kit on its pseudo-terminal, driven with nothing but files.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says what it left out"
)]

#[path = "support/vectors.rs"]
mod vectors;

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use modem_sim::{Fault, ModemSim, Terminator, UrcPlace, WhileBusy};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::termios::{InputModes, LocalModes, OutputModes, tcgetattr};
use serde_json::Value;

/// A host that opened the port as any program would.
struct Host(File);

impl Host {
    fn open(kit: &ModemSim) -> Self {
        Self(File::options().read(true).write(true).open(kit.path()).unwrap())
    }

    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).unwrap();
    }

    /// Reads exactly as much as is expected, so that a missing byte is a test that hangs and not one that passes.
    #[track_caller]
    fn expect(&mut self, expected: &str) {
        let mut got = vec![0; expected.len()];
        self.0.read_exact(&mut got).unwrap();
        assert_eq!(String::from_utf8_lossy(&got), expected);
    }

    /// Reads up to and with `end`.
    fn read_to(&mut self, end: &str) -> String {
        let mut got = Vec::new();
        while !got.ends_with(end.as_bytes()) {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            got.push(byte[0]);
        }
        String::from_utf8(got).unwrap()
    }
}

fn plain() -> modem_sim::Builder {
    ModemSim::builder().seed(1).response_prefix(false)
}

#[test]
fn the_port_is_raw_before_anyone_opens_it() {
    let kit = ModemSim::builder().start().unwrap();
    let settings = tcgetattr(&Host::open(&kit).0).unwrap();
    assert!(!settings.local_modes.intersects(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG));
    assert!(!settings.input_modes.intersects(InputModes::ICRNL | InputModes::IXON | InputModes::ISTRIP));
    assert!(!settings.output_modes.contains(OutputModes::OPOST));
    assert_eq!(settings.output_speed(), 115_200);
}

#[test]
fn every_terminator_has_its_own_frame() {
    for (terminator, end, frame) in [
        (Terminator::Cr, "\r", "\nOK\r\n"),
        (Terminator::Cr, "\r\n", "\nOK\r\n"),
        (Terminator::Lf, "\n", "\rOK\r\n"),
        (Terminator::Lf, "\r\n", "\rOK\r\n"),
        (Terminator::CrLf, "\r\n", "OK\r\n"),
        (Terminator::Null, "\0", "OK\r\n"),
    ] {
        let kit = ModemSim::builder().terminator(terminator).start().unwrap();
        let mut host = Host::open(&kit);
        for _ in 0..3 {
            host.send(format!("AT{end}"));
            host.expect(frame);
        }
    }
}

#[test]
fn notifications_have_their_own_frame() {
    let kit = ModemSim::builder().start().unwrap();
    let mut host = Host::open(&kit);
    host.send("AT+CEREG=1\r");
    host.expect("\nOK\r\n");
    host.send("AT+CFUN=1\r");
    host.expect("\nOK\r\n\n+CEREG: 5\r\n");
    host.send("AT+CFUN=4\r");
    host.expect("\n+CEREG: 0\r\n\nOK\r\n");
}

#[test]
fn a_host_may_come_and_go() {
    let kit = plain().start().unwrap();
    for _ in 0..3 {
        let mut host = Host::open(&kit);
        host.send("\r\nAT+CGSN\r\n");
        host.expect(&format!("{}\r\nOK\r\n", kit.imei()));
    }
}

#[test]
fn commands_that_come_early_wait_or_are_lost() {
    let kit = plain().start().unwrap();
    let mut host = Host::open(&kit);
    host.send("AT+CGMM\rAT+CGMR\rAT\r");
    host.expect("nRF9151-LACA\r\nOK\r\nmfw_nrf91x1_2.0.2\r\nOK\r\nOK\r\n");

    let kit = plain().while_busy(WhileBusy::Drop).start().unwrap();
    let mut host = Host::open(&kit);
    host.send("AT+CGMM\rAT+CGMR\rAT\r");
    host.expect("nRF9151-LACA\r\nOK\r\n");
    host.send("AT+CGMI\r");
    host.expect("Nordic Semiconductor ASA\r\nOK\r\n");
}

#[test]
fn a_flood_of_commands_is_answered_whole() {
    let kit = plain().start().unwrap();
    let mut host = Host::open(&kit);
    // Far more than a pseudo-terminal holds, in either direction.
    let rounds = 20_000;
    let mut reader = Host(host.0.try_clone().unwrap());
    let writer = std::thread::spawn(move || (0..rounds).for_each(|_| host.send("AT+CGMM\r")));
    for _ in 0..rounds {
        reader.expect("nRF9151-LACA\r\nOK\r\n");
    }
    writer.join().unwrap();
}

#[test]
fn stopping_closes_the_port() {
    let kit = plain().start().unwrap();
    let mut host = Host::open(&kit);
    host.send("AT\r");
    host.expect("OK\r\n");
    kit.stop().unwrap();
    let end = host.0.read(&mut [0; 16]);
    assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
}

#[test]
fn a_kit_tells_who_it_is() {
    let kit = plain().start().unwrap();
    let mut host = Host::open(&kit);
    host.send("AT%DEVICEUUID\r");
    host.expect(&format!("%DEVICEUUID: {}\r\nOK\r\n", kit.device_uuid()));
    let same = plain().build_device().unwrap();
    assert_eq!(kit.identity_public_key().sec1_point(), same.identity_public_key().sec1_point());
    assert_eq!(kit.imei(), same.imei());
    let shown = format!("{kit:?}");
    assert!(shown.contains(kit.imei().as_str()) && !shown.contains("ModemKey"), "{shown}");
}

/// The answer to the last of `commands` comes after nothing else, so the silence of the others is a fact.
#[test]
fn faults_do_what_they_say() {
    let kit = plain().fault(Fault::SilentAt(2)).start().unwrap();
    let mut host = Host::open(&kit);
    host.send("AT\r");
    host.expect("OK\r\n");
    host.send("AT+CMEE=1\r\r\nAT+CMEE?\r");
    host.expect("+CMEE: 1\r\nOK\r\n");

    let ca = include_str!("../../../fixtures/modem-sim/ca-cert.pem");
    let kit = plain().fault(Fault::FailWrite(2)).start().unwrap();
    let mut host = Host::open(&kit);
    for (tag, expected) in [(1, "OK\r\n"), (2, "ERROR\r\n"), (3, "OK\r\n")] {
        host.send(format!("AT%CMNG=0,{tag},0,\"{ca}\"\r"));
        host.expect(expected);
        host.send(format!("AT%CMNG=1,{tag}\r"));
        assert_eq!(host.read_to("OK\r\n").contains("%CMNG: "), tag != 2);
    }

    for (place, expected) in [
        (UrcPlace::Before, "\n+CEREG: 2\r\n\nnRF9151-LACA\r\nOK\r\n"),
        (UrcPlace::BeforeResult, "\nnRF9151-LACA\r\n+CEREG: 2\r\nOK\r\n"),
        (UrcPlace::After, "\nnRF9151-LACA\r\nOK\r\n\n+CEREG: 2\r\n"),
    ] {
        let fault = Fault::Urc { command: "AT+CGMM".to_owned(), place, text: "+CEREG: 2".to_owned() };
        let kit = ModemSim::builder().fault(fault).start().unwrap();
        let mut host = Host::open(&kit);
        host.send("AT\r");
        host.expect("\nOK\r\n");
        host.send("at+cgmm\r");
        host.expect(expected);
    }
}

#[test]
fn a_mute_kit_says_nothing() {
    let (served, bursts) = std::sync::mpsc::channel();
    let clock = move || served.send(()).map_or(0, |()| 0);
    let kit = plain().mute(true).clock(clock).start().unwrap();
    let mut host = Host::open(&kit);
    // The kit asks for the time once for each burst, and takes no burst before the answer to the last one is out.
    for command in ["AT\r", "AT+CGSN\r"] {
        host.send(command);
        bursts.recv().unwrap();
    }
    fcntl_setfl(&host.0, OFlags::RDWR | OFlags::NONBLOCK).unwrap();
    assert_eq!(host.0.read(&mut [0; 16]).unwrap_err().kind(), ErrorKind::WouldBlock);
    kit.stop().unwrap();

    let kit = plain().mute(true).mute(false).start().unwrap();
    let mut host = Host::open(&kit);
    host.send("AT\r");
    host.expect("OK\r\n");
}

/// The packets of a recording: whether the host sent it, and its bytes.
fn recording(folder: &Path, name: &str) -> Vec<(bool, String)> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    let packets = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut columns = line.trim_start().splitn(3, ' ');
        let (_, direction, packet) = (columns.next(), columns.next().unwrap(), columns.next().unwrap());
        let Value::String(packet) = serde_json::from_str(packet).unwrap() else { panic!("{line}") };
        (direction == ">", packet)
    });
    packets.collect()
}

/// Nordic's installer as it was recorded. What depends on keys: the KEYGEN answer and the digest of the private key.
#[test]
fn the_recorded_installer_gets_the_recorded_answers() {
    let Some(folder) = vectors::folder() else { return };
    let kit = plain()
        .imei("352656100441776".parse().unwrap())
        .device_uuid("50503041-3539-47eb-807b-102dbb423b9a".parse().unwrap())
        .start()
        .unwrap();
    let mut host = Host::open(&kit);
    let mut compared = 0;
    for (to_kit, packet) in recording(&folder, "wire/installer-3.3.1-at-mode.txt") {
        if to_kit {
            host.send(packet);
        } else if packet.starts_with("%KEYGEN") || packet.starts_with("%CMNG: 16842753,2,") {
            let answer = host.read_to("\r\nOK\r\n");
            assert_eq!(answer[..12], packet[..12]);
            assert!(answer.len().abs_diff(packet.len()) <= 6);
        } else {
            host.expect(&packet);
            compared += 1;
        }
    }
    assert_eq!(compared, 14);
}

/// The run in which Nordic's tools take a notification for the IMEI.
#[test]
fn the_recorded_bad_notification_comes_out_again() {
    let Some(folder) = vectors::folder() else { return };
    let kit = plain()
        .imei("352656100441776".parse().unwrap())
        .fault(Fault::Urc {
            command: "AT+CGSN".to_owned(),
            place: UrcPlace::BeforeResult,
            text: "+CEREG: 2".to_owned(),
        })
        .start()
        .unwrap();
    let mut host = Host::open(&kit);
    let mut compared = 0;
    for (to_kit, packet) in recording(&folder, "wire/nrfcredstore-2.1.0-imei-and-gather-with-bad-urc.txt") {
        if to_kit {
            host.send(packet);
        } else if packet.starts_with("%ATTESTTOKEN") {
            assert_eq!(host.read_to("\r\nOK\r\n").len(), 196 + "\r\nOK\r\n".len());
        } else {
            host.expect(&packet);
            compared += 1;
        }
    }
    assert_eq!(compared, 13);
}

/// A real modem's trace, as far as this modem has the commands.
#[test]
fn the_trace_of_a_real_modem_comes_out_again() {
    let Some(folder) = vectors::folder() else { return };
    let mut modem = ModemSim::builder()
        .model("nRF9160-SICA".parse().unwrap())
        .firmware("mfw_nrf9160_1.3.2".parse().unwrap())
        .imei("352656106647673".parse().unwrap())
        .build_device()
        .unwrap();
    let known =
        ["%XSYSTEMMODE", "+CGSN", "+CEREG=", "+CFUN", "+CGMI", "+CGMM", "+CGMR", "+CMEE", "%XMONITOR"];
    let packets = recording(&folder, "trace/nrf9160-mfw1.3.2-lib-level.txt");
    let mut compared = 0;
    for pair in packets.windows(2) {
        let [(true, command), (false, answer)] = pair else {
            continue;
        };
        let body = command.strip_prefix("AT").unwrap();
        // While it was off, the real modem also said `+CEREG: 5,4`; later it was still searching, as this one never is.
        let off = body == "+CEREG?" && answer.starts_with("+CEREG: 5,4");
        if off || known.iter().any(|name| body.starts_with(name)) {
            let response = modem.execute(command.as_bytes(), 0).response();
            assert_eq!(&String::from_utf8(response).unwrap(), answer, "{command}");
            compared += 1;
        }
    }
    assert_eq!(compared, 17);
}
