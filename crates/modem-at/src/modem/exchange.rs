//! One command, one answer.

use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::Modem;
use crate::command::{Command, Terminator};
use crate::engine::{Event, FinalResult, Line};
use crate::error::{Error, Refusal};
use crate::reply::ReplyError;
use crate::transcript::Direction;
use crate::transport::{Transport, TransportError};

/// How often a command that changes nothing is sent before a damaged answer is an error.
const ATTEMPTS: usize = 3;

/// After this long without a byte the modem is taken to have said all it had to say.
const QUIET: Duration = Duration::from_millis(50);

/// More time than any command needs on the wire: 4 kB at 9600 baud.
const WRITE_TIME: Duration = Duration::from_secs(5);

impl<T: Transport> Modem<T> {
    /// Sends a command, and reads its answer with `parse`. A command that changes nothing is repeated if another
    /// message was written into its answer.
    pub(super) fn query<V>(
        &mut self,
        command: &Command,
        parse: impl Fn(&[Line]) -> Result<V, ReplyError>,
    ) -> Result<V, Error> {
        let mut attempt = 1;
        loop {
            let error = match self.exchange(command) {
                Ok(lines) => match parse(&lines) {
                    Ok(value) => return Ok(value),
                    Err(source) => Error::Reply { command: command.label().to_string(), source },
                },
                Err(error) => error,
            };
            let again = match error {
                Error::Reply { .. } => attempt < ATTEMPTS,
                // A final result can be torn, too; but a modem that is gone is not waited for thrice.
                Error::Timeout { .. } => attempt < 2,
                _ => false,
            };
            if !again || !command.is_repeatable() {
                return Err(error);
            }
            attempt += 1;
        }
    }

    /// Sends a command whose information lines need no reading.
    pub(super) fn run(&mut self, command: &Command) -> Result<Vec<Line>, Error> {
        self.query(command, |lines| Ok(lines.to_vec()))
    }

    /// Sends a command and waits for its final result.
    pub(super) fn exchange(&mut self, command: &Command) -> Result<Vec<Line>, Error> {
        if self.out_of_step {
            self.get_in_step()?;
        }
        self.listen(Instant::now())?;
        let result = self.exchange_once(command, self.terminator);
        self.out_of_step |= !matches!(result, Ok(_) | Err(Error::Refused { .. } | Error::Reply { .. }));
        result
    }

    /// One attempt, whatever came before it.
    pub(super) fn exchange_once(
        &mut self,
        command: &Command,
        terminator: Terminator,
    ) -> Result<Vec<Line>, Error> {
        self.send(command, terminator)?;
        let deadline = Instant::now() + command.timeout();
        let mut lines = Vec::new();
        let mut torn = false;
        let mut buffer = Zeroizing::new([0; 1024]);
        loop {
            let count = self.transport.read(&mut buffer[..], deadline)?;
            let mut end = None;
            let mut restarted = false;
            for event in self.engine.receive(&buffer[..count]) {
                self.record(&event);
                match event {
                    Event::Information(line) => lines.push(line),
                    Event::Torn => torn = true,
                    Event::Boot(_) => restarted = true,
                    Event::Final(result) => end = Some(result),
                    _ => {}
                }
            }
            let label = || command.label().to_string();
            let refused = |refusal| Err(Error::Refused { command: label(), refusal });
            match end {
                None if restarted => {
                    self.engine.abandon();
                    return Err(Error::Restarted { command: label() });
                }
                // A kit that never stops talking has no answer either.
                None if count == 0 || Instant::now() >= deadline => {
                    let (waited, silence) = (command.timeout(), self.engine.abandon());
                    return Err(Error::Timeout { command: label(), waited, silence });
                }
                None => {}
                Some(FinalResult::Ok) if torn => {
                    return Err(Error::Reply { command: label(), source: ReplyError::Torn });
                }
                Some(FinalResult::Ok) => return Ok(lines),
                Some(FinalResult::Error) => return refused(Refusal::Error),
                Some(FinalResult::CmeError(code)) => return refused(Refusal::Cme(code)),
                Some(FinalResult::CmsError(code)) => return refused(Refusal::Cms(code)),
            }
        }
    }

    /// Writes a command and tells the engine and the transcript.
    pub(super) fn send(&mut self, command: &Command, terminator: Terminator) -> Result<(), TransportError> {
        if let Some(transcript) = &mut self.transcript {
            transcript.record(Direction::ToModem, command.label());
        }
        let end = terminator.as_bytes();
        let mut bytes = Zeroizing::new(Vec::with_capacity(command.text().len() + end.len()));
        bytes.extend_from_slice(command.text().as_bytes());
        bytes.extend_from_slice(end);
        self.engine.begin(command);
        self.transport.write_all(&bytes, Instant::now() + WRITE_TIME)
    }

    /// Reads what comes without being asked for, until the deadline; returns whether anything came.
    pub(super) fn listen(&mut self, deadline: Instant) -> Result<bool, TransportError> {
        let mut buffer = Zeroizing::new([0; 1024]);
        let mut heard = false;
        // More than any driver keeps; a kit that never stops talking must not hold the host for ever.
        for _ in 0..64 {
            let count = self.transport.read(&mut buffer[..], deadline)?;
            if count == 0 {
                return Ok(heard);
            }
            heard = true;
            for event in self.engine.receive(&buffer[..count]) {
                self.record(&event);
            }
        }
        Ok(heard)
    }

    /// Listens until nothing has come for a moment.
    pub(super) fn settle(&mut self) -> Result<(), TransportError> {
        for _ in 0..20 {
            if !self.listen(Instant::now() + QUIET)? {
                break;
            }
        }
        Ok(())
    }

    /// After an exchange that did not end: lets the late answer pass, so that it is not taken for the next one.
    fn get_in_step(&mut self) -> Result<(), Error> {
        self.settle()?;
        self.probe(Self::PROBE_TIMEOUT)?;
        self.settle()?;
        // A kit that restarted has forgotten the setting.
        self.exchange_once(&Command::set_error_reporting(true), self.terminator)?;
        self.out_of_step = false;
        Ok(())
    }

    pub(super) fn record(&mut self, event: &Event) {
        let Some(transcript) = &mut self.transcript else {
            return;
        };
        let text = match event {
            Event::Information(line)
            | Event::Notification(line)
            | Event::Log(line)
            | Event::Boot(line)
            | Event::Noise(line) => line.redacted(),
            Event::Final(result) | Event::LateResult(result) => match result {
                FinalResult::Ok => "OK".into(),
                FinalResult::Error => "ERROR".into(),
                FinalResult::CmeError(code) => code.to_string(),
                FinalResult::CmsError(code) => format!("+CMS ERROR: {code}"),
            },
            Event::Echo | Event::Torn => return,
        };
        transcript.record(Direction::FromModem, &text);
    }
}
