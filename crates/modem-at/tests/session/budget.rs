//! How long finding a kit may take, counted by the waits and not by a clock: time passes at once where nothing is to be read.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use modem_at::{Dialect, Error, Modem, Options, Terminator, Transport, TransportError};

use crate::kit::AtHost;
use crate::zephyr::{Zephyr, at_shell};

/// What was waited for in vain, and when the last wait that was begun would have ended.
#[derive(Default)]
struct Waits {
    begun: Option<Instant>,
    total: Duration,
    last: Option<Instant>,
}

/// A line to something that answers at once or never; `is_dead` lets the time of a wait pass.
struct Line<F> {
    react: F,
    unread: VecDeque<u8>,
    waits: Arc<Mutex<Waits>>,
    is_dead: bool,
}

impl<F: FnMut(u8) -> Vec<u8>> Transport for Line<F> {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, TransportError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut waits = self.waits.lock().unwrap();
        waits.last = waits.last.max(Some(deadline));
        if self.unread.is_empty() {
            waits.total += left;
            if self.is_dead {
                std::thread::sleep(left);
            }
        }
        let count = buffer.len().min(self.unread.len());
        for (place, byte) in buffer.iter_mut().zip(self.unread.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    fn write_all(&mut self, bytes: &[u8], _deadline: Instant) -> Result<(), TransportError> {
        for &byte in bytes {
            self.unread.extend((self.react)(byte));
        }
        Ok(())
    }

    fn drop_input(&mut self) -> Result<(), TransportError> {
        self.waits.lock().unwrap().begun.get_or_insert_with(Instant::now);
        self.unread.clear();
        Ok(())
    }

    fn name(&self) -> &str {
        "line"
    }
}

/// What is found on a line, and the waits that it took.
fn open(react: impl FnMut(u8) -> Vec<u8>, is_dead: bool) -> (Result<(Dialect, Terminator), Error>, Waits) {
    let waits = Arc::new(Mutex::new(Waits::default()));
    let line = Line { react, unread: VecDeque::new(), waits: waits.clone(), is_dead };
    let found = Modem::open(line, Options::default()).map(|modem| (modem.dialect(), modem.terminator()));
    let waits = std::mem::take(&mut *waits.lock().unwrap());
    (found, waits)
}

/// The answers that are asked for when a kit is found.
fn answer(command: &str, known: &[&str]) -> String {
    match command {
        "AT" | "AT+CMEE=1" | "AT+CMEE=0" => "OK".into(),
        "AT+CMEE?" => "+CMEE: 0\r\nOK".into(),
        "AT+CGMM" => format!("{}\r\nOK", if known.contains(&"nRF93") { "nRF93M1" } else { "nRF9151-LACA" }),
        command if known.contains(&command) => "OK".into(),
        _ => "ERROR".into(),
    }
}

/// An AT host, with an echo or with blank lines around its answers.
fn host(
    terminator: Terminator,
    quoted: bool,
    echo: bool,
    blank: bool,
    known: &'static [&'static str],
) -> impl FnMut(u8) -> Vec<u8> {
    let mut host = AtHost::new(terminator);
    host.quoted = quoted;
    move |byte| {
        let mut text = if echo { vec![byte] } else { Vec::new() };
        if let Some(command) = host.push(byte) {
            let said = answer(&command, known);
            text.extend(match blank {
                true => format!("\r\n{}\r\n", said.replace("\r\n", "\r\n\r\n")).into_bytes(),
                false => format!("{said}\r\n").into_bytes(),
            });
        }
        text
    }
}

#[test]
fn a_live_kit_is_found_in_less_than_a_second() {
    let limit = Duration::from_secs(1);
    for terminator in Terminator::ALL {
        for quoted in [false, true] {
            let (found, waits) = open(host(terminator, quoted, false, false, &[]), false);
            // A host that ends at CR takes CR LF as well.
            let (dialect, found) = found.unwrap();
            assert_eq!(dialect, Dialect::AtHost);
            assert!(quoted || found == terminator, "{found}");
            assert!(waits.total < limit, "{terminator}, {quoted}: {:?}", waits.total);
        }
    }
    let kits: [(bool, bool, &[&str], Dialect); 5] = [
        (true, false, &[], Dialect::AtHost),
        (false, true, &["AT#XSMVER"], Dialect::SerialModem),
        (false, true, &["AT#XSLMVER"], Dialect::SerialModem),
        (true, true, &["nRF93"], Dialect::Nrf93),
        (true, false, &["AT|AT"], Dialect::AtCommandMode),
    ];
    for (echo, blank, known, dialect) in kits {
        for quoted in [false, true] {
            let (found, waits) = open(host(Terminator::Cr, quoted, echo, blank, known), false);
            assert_eq!(found.unwrap().0, dialect);
            assert!(waits.total < limit, "{dialect}, {quoted}: {:?}", waits.total);
        }
    }
    let mut shell = at_shell("uart:~$ ", |command| format!("{}\r\n", answer(command, &[])));
    let (found, waits) = open(move |byte| shell.push(byte).1.into_bytes(), false);
    assert_eq!(found.unwrap().0, Dialect::AtShell);
    assert!(waits.total < limit, "{:?}", waits.total);
    let mut shell = Zephyr::new("uart:~$ ", |line| match line {
        "cred list 0 CA" => "0 credentials found.\n".into(),
        _ => "command not found\n".into(),
    });
    let (found, waits) = open(move |byte| shell.push(byte).1.into_bytes(), false);
    assert_eq!(found.unwrap().0, Dialect::CredentialShell);
    assert!(waits.total < limit, "{:?}", waits.total);
}

/// No wait goes beyond 1.5 s, on a dead port and on one where something else is: an echo, a log, a shell without AT.
#[test]
fn a_dead_port_is_given_up_within_its_time() {
    let mut shell = Zephyr::new("uart:~$ ", |_| "command not found\n".into());
    let lines: [Box<dyn FnMut(u8) -> Vec<u8> + Send>; 4] = [
        Box::new(|_| Vec::new()),
        Box::new(|byte| vec![byte]),
        Box::new(|byte| if byte == b'\r' { b"<inf> app: tick\r\n".to_vec() } else { Vec::new() }),
        Box::new(move |byte| shell.push(byte).1.into_bytes()),
    ];
    let threads = lines.map(|react| {
        std::thread::spawn(move || {
            let (found, waits) = open(react, true);
            assert!(matches!(found, Err(Error::NoAnswer { .. })));
            let last = waits.last.unwrap() - waits.begun.unwrap();
            assert!(last < Duration::from_millis(1500), "{last:?}");
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
}
