//! A modem that says what it said when a transcript was made.

use std::collections::VecDeque;
use std::time::Instant;

use zeroize::Zeroizing;

use super::{Transport, TransportError};
use crate::redact;
use crate::transcript::{Direction, Entry, EntryError};

/// Replays a transcript: takes the commands that were sent, in their order, and gives what came after each of them.
///
/// It is an AT host whose commands end with CR. Time passes at once where nothing is to be read. A transcript holds no secrets, so
/// answers that are secrets do not come back whole.
///
/// ```
/// use modem_at::{Modem, Options, Replay};
///
/// let replay: Replay = r#"
///     {"time":0.000,"direction":">","text":"AT"}
///     {"time":0.002,"direction":"<","text":"OK"}
///     {"time":0.003,"direction":">","text":"AT+CMEE?"}
///     {"time":0.005,"direction":"<","text":"+CMEE: 1"}
///     {"time":0.005,"direction":"<","text":"OK"}
///     {"time":0.006,"direction":">","text":"AT+CGSN"}
///     {"time":0.008,"direction":"<","text":"352656106647673"}
///     {"time":0.008,"direction":"<","text":"OK"}
/// "#.parse()?;
/// let mut modem = Modem::open(replay, Options::default())?;
/// assert_eq!(modem.imei()?.to_string(), "352656106647673");
/// assert!(modem.transport().is_finished());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Replay {
    entries: VecDeque<Entry>,
    written: Zeroizing<Vec<u8>>,
    unread: VecDeque<u8>,
}

impl Replay {
    /// Replays these lines.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut replay =
            Self { entries: entries.into(), written: Zeroizing::default(), unread: VecDeque::new() };
        replay.speak();
        replay
    }

    /// Whether every line was sent and read.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.entries.is_empty() && self.unread.is_empty()
    }

    /// What comes before the next command.
    fn speak(&mut self) {
        while let Some(entry) = self.entries.pop_front_if(|entry| entry.direction == Direction::FromModem) {
            self.unread.extend(entry.text.into_bytes());
            self.unread.extend(b"\r\n");
        }
    }

    fn answer(&mut self, command: &str) -> Result<(), TransportError> {
        let sent = redact::command(command);
        let expected = self.entries.pop_front_if(|entry| entry.text == sent);
        if expected.is_none() {
            return Err(TransportError::Replay {
                sent,
                expected: self.entries.front().map(|entry| entry.text.clone()),
            });
        }
        self.speak();
        Ok(())
    }
}

impl std::str::FromStr for Replay {
    type Err = EntryError;

    /// Reads lines of JSON; blank lines do not count.
    fn from_str(text: &str) -> Result<Self, EntryError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        Ok(Self::new(lines.map(str::parse).collect::<Result<_, _>>()?))
    }
}

impl Transport for Replay {
    fn read(&mut self, buffer: &mut [u8], _deadline: Instant) -> Result<usize, TransportError> {
        let count = buffer.len().min(self.unread.len());
        for (place, byte) in buffer.iter_mut().zip(self.unread.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    fn write_all(&mut self, bytes: &[u8], _deadline: Instant) -> Result<(), TransportError> {
        for &byte in bytes {
            let quoted = self.written.iter().filter(|&&byte| byte == b'"').count() % 2 == 1;
            if quoted || byte != b'\r' {
                self.written.push(byte);
                continue;
            }
            let command = std::mem::take(&mut self.written);
            self.answer(&Zeroizing::new(String::from_utf8_lossy(&command).into_owned()))?;
        }
        Ok(())
    }

    /// Nothing: what was said before a command is part of the transcript.
    fn drop_input(&mut self) -> Result<(), TransportError> {
        Ok(())
    }

    fn name(&self) -> &str {
        "replay"
    }
}
