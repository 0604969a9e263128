//! Finding out whether a modem is there, and what ends its commands.

use std::time::{Duration, Instant};

use super::Modem;
use crate::command::{Command, Terminator};
use crate::engine::{Event, FinalResult};
use crate::error::{Error, Heard};
use crate::transport::Transport;

/// A kit answers `AT` in a few milliseconds; a busy host may need longer to hear it.
const SHORTEST_WAIT: Duration = Duration::from_millis(60);

impl<T: Transport> Modem<T> {
    /// Sends `AT` with each terminator until one is answered, and once more with a quote before it, for an AT host in
    /// which an interrupted program left a quote open. Keeps at it until `timeout` has passed.
    pub(super) fn probe(&mut self, timeout: Duration) -> Result<(), Error> {
        let start = Instant::now();
        let deadline = start + timeout;
        self.transport.drop_input()?;
        let wait = (timeout / 8).max(SHORTEST_WAIT);
        let mut heard = Heard::Nothing;
        let mut first = true;
        // The terminator that worked before is tried first.
        let mut terminators = Terminator::ALL.to_vec();
        terminators.sort_by_key(|&terminator| terminator != self.terminator);
        loop {
            for quote in [false, true] {
                if quote {
                    self.toggle_quote()?;
                }
                for &terminator in &terminators {
                    if self.answers(terminator, wait, std::mem::take(&mut first), &mut heard)? {
                        self.terminator = terminator;
                        return Ok(());
                    }
                    if Instant::now() >= deadline {
                        // Leave no quote open behind.
                        if quote {
                            self.toggle_quote()?;
                        }
                        return Err(Error::NoAnswer {
                            port: self.transport.name().to_string(),
                            waited: start.elapsed(),
                            heard,
                        });
                    }
                }
            }
            self.toggle_quote()?;
        }
    }

    /// Whether `AT` with this terminator is answered with `OK`. An `ERROR` first is the answer to what was left in
    /// the AT host's buffer by the attempts before. After the first attempt an `OK` may be the late answer to another
    /// terminator, so a second one must follow.
    fn answers(
        &mut self,
        terminator: Terminator,
        wait: Duration,
        first: bool,
        heard: &mut Heard,
    ) -> Result<bool, Error> {
        let mut needed = if first { 1 } else { 2 };
        for _ in 0..3 {
            match self.attention(terminator, wait, heard)? {
                Some(FinalResult::Ok) => needed -= 1,
                Some(_) => {}
                None => return Ok(false),
            }
            if needed == 0 {
                return Ok(true);
            }
            self.settle()?;
        }
        Ok(false)
    }

    /// Sends `AT` and returns the final result, if one comes in time. A boot message is no reason to give up here.
    fn attention(
        &mut self,
        terminator: Terminator,
        wait: Duration,
        heard: &mut Heard,
    ) -> Result<Option<FinalResult>, Error> {
        self.send(&Command::attention(), terminator)?;
        let deadline = Instant::now() + wait;
        let mut buffer = [0; 256];
        loop {
            let count = self.transport.read(&mut buffer, deadline)?;
            for event in self.engine.receive(&buffer[..count]) {
                self.record(&event);
                match event {
                    Event::Final(result) => return Ok(Some(result)),
                    event => *heard = heard.and(&event),
                }
            }
            if count == 0 || Instant::now() >= deadline {
                if self.engine.pending().windows(3).any(|bytes| bytes == b":~$") {
                    *heard = Heard::Shell;
                }
                self.engine.abandon();
                return Ok(None);
            }
        }
    }

    fn toggle_quote(&mut self) -> Result<(), Error> {
        Ok(self.transport.write_all(b"\"", Instant::now() + SHORTEST_WAIT)?)
    }
}

impl Heard {
    /// The better explanation: a shell tells more than a log, a log more than an echo.
    fn and(self, event: &Event) -> Self {
        let now = match event {
            Event::Boot(_) | Event::Log(_) => Self::Log,
            Event::Echo => Self::Echo,
            Event::Noise(line) if line.as_str().contains(":~$") => Self::Shell,
            // What was sent before, sent back in one piece.
            Event::Noise(line) if line.as_str().trim_matches(['A', 'T', '"']).is_empty() => Self::Echo,
            _ => Self::Unknown,
        };
        let rank = |heard| match heard {
            Self::Nothing => 0,
            Self::Echo => 1,
            Self::Unknown => 2,
            Self::Log => 3,
            Self::Shell => 4,
        };
        if rank(now) > rank(self) { now } else { self }
    }
}
