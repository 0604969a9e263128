//! The kit on its pseudo-terminal, driven with nothing but files.

use std::io::{ErrorKind, Read};
use std::path::Path;

use modem_sim::{Mode, ModemSim, Terminator, WhileBusy};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::termios::{InputModes, LocalModes, OutputModes, tcgetattr};
use serde_json::Value;

use crate::host::Host;

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

#[test]
fn a_mute_kit_says_nothing() {
    let (served, bursts) = std::sync::mpsc::channel();
    let clock = move || served.send(()).map_or(0, |()| 0);
    let kit = plain().mute(true).clock(clock).start().unwrap();
    let mut host = Host::open(&kit);
    // The kit asks for the time once for each command, and answers it before it takes the next.
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
    let Some(folder) = crate::vectors::folder() else { return };
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

/// The same run against a shell, of which the host's half was recorded: every command comes through it whole, and gets the answer
/// that the AT host gave.
#[test]
fn the_recorded_installer_gets_the_same_answers_from_a_shell() {
    let Some(folder) = crate::vectors::folder() else { return };
    let kit =
        plain().mode(Mode::AtShell).colours(false).imei("352656100441776".parse().unwrap()).start().unwrap();
    let mut host = Host::open(&kit);
    let mut rows = Vec::new();
    let mut compared = 0;
    for (_, packet) in recording(&folder, "wire/installer-3.3.1-shell-mode-host-bytes.txt") {
        host.send(&packet);
        let line = packet.trim_end();
        if line.is_empty() {
            host.expect("\r\nuart:~$ ");
            continue;
        }
        host.expect(&echo(line));
        let answer =
            host.read_to("uart:~$ ").replace("\r\r\n", "\n").replace("\r\n", "").replace("uart:~$ ", "");
        let command = line.split_once("AT").unwrap().1.trim_end_matches('\'');
        let expected = match command {
            "+CGSN" => "352656100441776\nOK\n",
            "+CGMR" => "mfw_nrf91x1_2.0.2\nOK\n",
            _ if command.starts_with("%CMNG=3") => "ERROR\n",
            _ if command.starts_with("%CMNG=1") || command.starts_with("%KEYGEN") => {
                rows.push(answer);
                continue;
            }
            _ => "OK\n",
        };
        assert_eq!(answer, expected, "{command}");
        compared += 1;
    }
    assert_eq!(compared, 9);
    assert!(rows[0].starts_with("%KEYGEN: \"MII"), "{}", rows[0]);
    // The digest of the CA certificates with CR LF, the one in the recording of the AT host.
    assert_eq!(
        rows[1],
        "%CMNG: 16842753,0,\"D5E6F46EA69A3F0EF8EDB209AF0316693A88447B97FD0A4FAE6DE3335AC5816E\"\nOK\n"
    );
    assert_eq!(rows.len(), 4);
}

/// A line as a terminal of 80 columns shows it behind the prompt, and the line end that Enter makes.
fn echo(line: &str) -> String {
    let mut shown = String::new();
    for (column, letter) in (9..).zip(line.chars()) {
        shown.push(letter);
        if column % 80 == 0 {
            shown.push_str("\r\n");
        }
    }
    if !shown.ends_with("\r\n") {
        shown.push_str("\r\n");
    }
    shown
}

/// The run in which Nordic's tools take a notification for the IMEI.
#[test]
fn the_recorded_bad_notification_comes_out_again() {
    let Some(folder) = crate::vectors::folder() else { return };
    let kit = plain()
        .imei("352656100441776".parse().unwrap())
        .fault("urc between +CEREG: 2 on AT+CGSN".parse().unwrap())
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
    let Some(folder) = crate::vectors::folder() else { return };
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
