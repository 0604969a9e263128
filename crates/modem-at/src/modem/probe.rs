//! Finding out whether a modem is there, what stands before it, and what ends its commands.

use std::time::{Duration, Instant};

use super::Modem;
use super::exchange::{Answer, CTRL_C};
use crate::command::{Command, Terminator};
use crate::dialect::Dialect;
use crate::engine::{Event, FinalResult, Line};
use crate::error::{Error, Heard};
use crate::transport::Transport;

/// A kit answers `AT` in a few milliseconds; a busy host may need longer to hear it. Four terminators, each with and without a quote
/// before it, take less than a second.
const WAIT: Duration = Duration::from_millis(110);

/// How long a kit that is starting is waited for after its last boot message.
const BOOT_TIME: Duration = Duration::from_secs(5);

/// What came of an `AT`.
enum Attention {
    Result(FinalResult),
    Shell,
    Silence,
}

/// What came of a terminator.
#[derive(PartialEq)]
enum Attempt {
    Found,
    Shell,
    Failed,
}

impl<T: Transport> Modem<T> {
    /// Sends `AT` with each terminator until one is answered, and once more with a quote before it, for an AT host in
    /// which an interrupted program left a quote open. Where a shell answers, its commands are tried. Keeps at it until the probe
    /// time-out has passed.
    pub(super) fn probe(&mut self) -> Result<(), Error> {
        let start = Instant::now();
        self.probe_end = start + self.probe_timeout;
        self.transport.drop_input()?;
        let mut heard = Heard::Nothing;
        loop {
            let found = if self.wanted.is_some_and(Dialect::is_shell) {
                self.find_shell(&mut heard)?
            } else {
                self.find_at_host(&mut heard)?
            };
            if found {
                return Ok(());
            }
            if Instant::now() >= self.probe_deadline() {
                return Err(Error::NoAnswer {
                    port: self.transport.name().to_string(),
                    waited: start.elapsed(),
                    heard,
                });
            }
        }
    }

    /// A kit that has just begun to start gets the time for it.
    fn probe_deadline(&self) -> Instant {
        self.booted.map_or(self.probe_end, |booted| self.probe_end.max(booted + BOOT_TIME))
    }

    /// The end of a wait that begins now, which is not beyond that of the probe.
    fn wait_end(&self, wait: Duration) -> Instant {
        self.probe_deadline().min(Instant::now() + wait)
    }

    /// One round of all terminators, without and with a quote before them.
    fn find_at_host(&mut self, heard: &mut Heard) -> Result<bool, Error> {
        self.engine.set_dialect(Dialect::AtHost);
        // The terminator that worked before is tried first.
        let known = self.engine.terminator();
        let mut terminators = Terminator::ALL.to_vec();
        terminators.sort_by_key(|&terminator| terminator != known);
        for quote in [false, true] {
            if quote {
                self.toggle_quote()?;
            }
            for &terminator in &terminators {
                let first = !quote && terminator == known;
                match self.answers(terminator, first, heard)? {
                    Attempt::Found => return Ok(true),
                    Attempt::Shell if self.wanted.is_none() && self.find_shell(heard)? => return Ok(true),
                    Attempt::Shell | Attempt::Failed => self.engine.set_dialect(Dialect::AtHost),
                }
                if Instant::now() >= self.probe_deadline() {
                    // Leave no quote open behind.
                    if quote {
                        self.toggle_quote()?;
                    }
                    return Ok(false);
                }
            }
        }
        self.toggle_quote()?;
        Ok(false)
    }

    /// Whether `AT` with this terminator is answered with `OK`. An `ERROR` first is the answer to what was left in
    /// the AT host's buffer by the attempts before. After the first attempt an `OK` may be the late answer to another
    /// terminator, so a second one must follow.
    fn answers(&mut self, terminator: Terminator, first: bool, heard: &mut Heard) -> Result<Attempt, Error> {
        let mut needed = if first { 1 } else { 2 };
        self.engine.set_terminator(terminator);
        for _ in 0..3 {
            let mut answer = Answer::default();
            match self.attention(&mut answer, heard)? {
                Attention::Result(FinalResult::Ok) => needed -= 1,
                Attention::Result(_) => {}
                Attention::Shell => return Ok(Attempt::Shell),
                Attention::Silence => return Ok(Attempt::Failed),
            }
            if needed == 0 {
                let dialect = match self.wanted {
                    Some(dialect) => dialect,
                    None => self.identify(answer.echoed)?,
                };
                self.engine.set_dialect(dialect);
                return Ok(Attempt::Found);
            }
            self.settle()?;
        }
        Ok(Attempt::Failed)
    }

    /// What has answered `AT`. An AT host neither echoes nor sends blank lines, so it is asked nothing more.
    fn identify(&mut self, echoed: bool) -> Result<Dialect, Error> {
        let spaced = self.engine.is_spaced();
        if !echoed && !spaced {
            return Ok(Dialect::AtHost);
        }
        for command in [Command::serial_modem_version(), Command::serial_lte_modem_version()] {
            if self.ask(&command)?.is_some() {
                return Ok(Dialect::SerialModem);
            }
        }
        let model = self.ask(&Command::raw("AT+CGMM")?)?;
        if model.is_some_and(|lines| lines.iter().any(|line| line.as_str().contains("nRF93"))) {
            return Ok(Dialect::Nrf93);
        }
        // Two commands in one line, as only the AT command mode takes them.
        if echoed && self.ask(&Command::raw("AT|AT")?)?.is_some() {
            self.settle()?;
            return Ok(Dialect::AtCommandMode);
        }
        Ok(Dialect::AtHost)
    }

    /// Whether a shell is there, and which of its commands it has.
    fn find_shell(&mut self, heard: &mut Heard) -> Result<bool, Error> {
        self.transport.write_all(CTRL_C, Instant::now() + WAIT)?;
        self.listen_for_prompt(self.wait_end(WAIT / 4))?;
        // Short lines fit the receive buffer of any shell; whether it echoes is seen by them.
        self.shell_echoes = false;
        if self.wanted != Some(Dialect::CredentialShell) {
            self.engine.set_dialect(Dialect::AtShell);
            let mut answer = Answer::default();
            if let Attention::Result(FinalResult::Ok) = self.attention(&mut answer, heard)? {
                self.shell_echoes = answer.echoed;
                self.listen_for_prompt(self.wait_end(WAIT / 4))?;
                return Ok(true);
            }
        }
        if self.wanted != Some(Dialect::AtShell) {
            self.engine.set_dialect(Dialect::CredentialShell);
            let wait = self.wait_end(2 * WAIT).saturating_duration_since(Instant::now());
            let lines = self.ask_within(&Command::shell("cred list 0 CA")?, wait)?.unwrap_or_default();
            if lines.iter().any(|line| line.as_str().ends_with("credentials found.")) {
                self.shell_echoes = true;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The lines of an answer that ends well, within the time that a kit at rest needs.
    fn ask(&mut self, command: &Command) -> Result<Option<Vec<Line>>, Error> {
        self.ask_within(command, 2 * WAIT)
    }

    fn ask_within(&mut self, command: &Command, wait: Duration) -> Result<Option<Vec<Line>>, Error> {
        match self.exchange_once(command, wait) {
            Ok(lines) => Ok(Some(lines)),
            Err(error @ (Error::Transport(_) | Error::Cancelled)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Sends `AT` and returns the final result, if one comes in time. A boot message is no reason to give up here.
    fn attention(&mut self, answer: &mut Answer, heard: &mut Heard) -> Result<Attention, Error> {
        self.check_cancel()?;
        self.send(&Command::attention(), answer)?;
        let deadline = self.wait_end(WAIT);
        let mut buffer = [0; 256];
        loop {
            let count = self.read(&mut buffer, deadline, true)?;
            let mut prompted = false;
            for event in self.engine.receive(&buffer[..count]) {
                self.record(&event);
                match &event {
                    Event::Final(result) => return Ok(Attention::Result(*result)),
                    Event::Echo => answer.echoed = true,
                    Event::Boot(line) => self.booted = (line.as_str() != "Ready").then(Instant::now),
                    // In a shell, the prompt from before may still come.
                    Event::Prompt => prompted |= answer.echoed || !self.engine.dialect().is_shell(),
                    _ => {}
                }
                *heard = heard.and(&event);
            }
            if prompted {
                self.engine.abandon();
                return Ok(Attention::Shell);
            }
            if count == 0 || Instant::now() >= deadline {
                self.engine.abandon();
                return Ok(Attention::Silence);
            }
        }
    }

    fn toggle_quote(&mut self) -> Result<(), Error> {
        Ok(self.transport.write_all(b"\"", Instant::now() + WAIT)?)
    }
}

impl Heard {
    /// The better explanation: a shell tells more than a log, a log more than an echo.
    fn and(self, event: &Event) -> Self {
        let now = match event {
            Event::Boot(_) | Event::Log(_) => Self::Log,
            Event::Echo => Self::Echo,
            Event::Prompt => Self::Shell,
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
