//! One command, one answer.

use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::Modem;
use crate::cme::CmeCode;
use crate::command::Command;
use crate::engine::{Event, FinalResult, Line, Silence};
use crate::error::{Error, Refusal};
use crate::reply::{ErrorReporting, ReplyError};
use crate::transcript::Direction;
use crate::transport::Transport;

/// How often a command that changes nothing is sent before a damaged answer is an error.
const ATTEMPTS: usize = 3;

/// After this long without a byte the modem is taken to have said all it had to say.
const QUIET: Duration = Duration::from_millis(50);

/// More time than any command needs on the wire: 4 kB at 9600 baud.
const WRITE_TIME: Duration = Duration::from_secs(5);

/// How much of a line may be on its way to a shell and not yet echoed: less than its smallest receive buffer, which has 64 bytes
/// (`CONFIG_SHELL_BACKEND_SERIAL_RX_RING_BUFFER_SIZE`).
const SHELL_WINDOW: usize = 48;

/// A shell echoes in a few milliseconds.
const ECHO_TIME: Duration = Duration::from_millis(500);

/// A prompt follows an answer at once.
const PROMPT_TIME: Duration = Duration::from_millis(250);

/// How often a wait looks whether it was cancelled.
const CANCEL_TICK: Duration = Duration::from_millis(50);

/// Takes back what was typed into a shell.
pub(super) const CTRL_C: &[u8] = b"\x03";

/// What has come so far as the answer to a command.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) lines: Vec<Line>,
    pub(super) end: Option<FinalResult>,
    pub(super) echoed: bool,
    /// A prompt came after the echo: the shell is done with the command.
    pub(super) prompted: bool,
    torn: bool,
    restarted: bool,
}

impl<T: Transport> Modem<T> {
    /// Sends a command, and reads its answer with `parse`. A command that changes nothing is repeated if another
    /// message was written into its answer.
    pub(super) fn query<V>(
        &mut self,
        command: &Command,
        parse: impl Fn(&[Line]) -> Result<V, ReplyError>,
    ) -> Result<V, Error> {
        let mut attempt = 1;
        let mut taken_offline = false;
        loop {
            let error = match self.exchange(command) {
                Ok(lines) => match parse(&lines) {
                    Ok(value) => return Ok(value),
                    Err(source) => Error::Reply { command: command.label().to_string(), source },
                },
                Err(error) => error,
            };
            // A kit that restarted, or its own program, has ended the flight mode; the command was not carried out.
            if self.kept_offline && !taken_offline && error.cme_code() == Some(CmeCode::ACTIVE_STATE) {
                taken_offline = true;
                self.go_offline_again()?;
                continue;
            }
            let again = match error {
                Error::Reply { .. } => attempt < ATTEMPTS,
                // A final result can be torn, too; but a modem that is gone is not waited for thrice.
                Error::Timeout { .. } | Error::NoResult { .. } | Error::EchoLost { .. } => attempt < 2,
                _ => false,
            };
            if !again || !command.is_repeatable() {
                return Err(error);
            }
            attempt += 1;
        }
    }

    /// As [`query`](Self::query), for an answer in which a byte that was lost on the line, or came twice, would not be seen: it counts
    /// when it was given twice, as `same` tells.
    pub(super) fn query_twice<V>(
        &mut self,
        command: &Command,
        parse: impl Fn(&[Line]) -> Result<V, ReplyError>,
        same: impl Fn(&V, &V) -> bool,
    ) -> Result<V, Error> {
        let mut before = vec![self.query(command, &parse)?];
        while before.len() < ATTEMPTS {
            let value = self.query(command, &parse)?;
            if before.iter().any(|earlier| same(earlier, &value)) {
                return Ok(value);
            }
            before.push(value);
        }
        Err(Error::Reply { command: command.label().to_string(), source: ReplyError::Unsteady })
    }

    /// Sends a command whose information lines need no reading.
    pub(super) fn run(&mut self, command: &Command) -> Result<Vec<Line>, Error> {
        self.query(command, |lines| Ok(lines.to_vec()))
    }

    /// Sends a command and waits for its final result.
    pub(super) fn exchange(&mut self, command: &Command) -> Result<Vec<Line>, Error> {
        self.check_cancel()?;
        if self.out_of_step {
            self.get_in_step()?;
        }
        self.listen(Instant::now())?;
        let result = self.exchange_once(command, command.timeout().min(self.answer_timeout));
        self.out_of_step |= !matches!(
            result,
            Ok(_)
                | Err(Error::Refused { .. }
                    | Error::Reply { .. }
                    | Error::Command(_)
                    | Error::NoResult { .. })
        );
        result
    }

    /// One attempt, whatever came before it.
    pub(super) fn exchange_once(&mut self, command: &Command, timeout: Duration) -> Result<Vec<Line>, Error> {
        let mut answer = Answer::default();
        let may_cancel = command.is_repeatable();
        self.send(command, &mut answer)?;
        let deadline = Instant::now() + timeout;
        let mut buffer = Zeroizing::new([0; 1024]);
        while answer.end.is_none() {
            let label = || command.label().to_string();
            if answer.restarted {
                self.engine.abandon();
                return Err(Error::Restarted { command: label() });
            }
            if answer.prompted {
                self.engine.abandon();
                return Err(Error::NoResult { command: label() });
            }
            let count = self.read(&mut buffer[..], deadline, may_cancel)?;
            self.take(&buffer[..count], &mut answer);
            // A kit that never stops talking has no answer either.
            if answer.end.is_none() && !answer.restarted && (count == 0 || Instant::now() >= deadline) {
                let silence = self.engine.abandon();
                return Err(Error::Timeout { command: label(), waited: timeout, silence });
            }
        }
        self.await_prompt(command, &mut answer)?;
        if answer.restarted {
            // What was done is forgotten.
            return Err(Error::Restarted { command: command.label().to_string() });
        }
        self.judge(command, answer, timeout)
    }

    fn judge(&self, command: &Command, answer: Answer, waited: Duration) -> Result<Vec<Line>, Error> {
        let label = || command.label().to_string();
        let refused = |refusal| Err(Error::Refused { command: label(), refusal });
        match answer.end {
            None => Err(Error::Timeout { command: label(), waited, silence: Silence::OtherTraffic }),
            Some(FinalResult::Ok) if answer.torn => {
                Err(Error::Reply { command: label(), source: ReplyError::Torn })
            }
            Some(FinalResult::Ok) => Ok(answer.lines),
            Some(FinalResult::Error) => refused(Refusal::Error),
            Some(FinalResult::CmeError(code)) => refused(Refusal::Cme(code)),
            Some(FinalResult::CmsError(code)) => refused(Refusal::Cms(code)),
        }
    }

    /// Writes a command and tells the engine and the transcript. To a shell no more is sent than it has room for, and the end of the
    /// line only when all of it has come back: a shell drops what it has no room for without a word.
    pub(super) fn send(&mut self, command: &Command, answer: &mut Answer) -> Result<(), Error> {
        let bytes = self.engine.begin(command)?;
        if let Some(transcript) = &mut self.transcript {
            transcript.record(Direction::ToModem, command.label());
        }
        if !self.engine.dialect().is_shell() || !self.shell_echoes {
            return Ok(self.transport.write_all(&bytes, Instant::now() + WRITE_TIME)?);
        }
        let end = bytes.len() - self.engine.terminator().as_bytes().len();
        let mut buffer = Zeroizing::new([0; 1024]);
        let (mut sent, mut visible) = (0, 0);
        let mut patience = Instant::now() + ECHO_TIME;
        loop {
            let echoed = self.engine.echoed();
            let start = sent;
            while sent < end && visible < echoed + SHELL_WINDOW {
                visible += usize::from(!bytes[sent].is_ascii_whitespace());
                sent += 1;
            }
            if sent > start {
                self.transport.write_all(&bytes[start..sent], Instant::now() + WRITE_TIME)?;
            }
            if sent == end && echoed >= visible {
                return Ok(self.transport.write_all(&bytes[end..], Instant::now() + WRITE_TIME)?);
            }
            let count = self.read(&mut buffer[..], patience, false)?;
            self.take(&buffer[..count], answer);
            if self.engine.echoed() > echoed {
                patience = Instant::now() + ECHO_TIME;
            } else if count == 0 || Instant::now() >= patience {
                self.engine.abandon();
                self.transport.write_all(CTRL_C, Instant::now() + WRITE_TIME)?;
                self.settle()?;
                return Err(Error::EchoLost {
                    command: command.label().to_string(),
                    echoed,
                    length: visible,
                });
            }
        }
    }

    /// Hands what has arrived to the engine, and keeps what belongs to the answer.
    pub(super) fn take(&mut self, bytes: &[u8], answer: &mut Answer) {
        for event in self.engine.receive(bytes) {
            self.record(&event);
            match event {
                Event::Information(line) => answer.lines.push(line),
                Event::Torn => answer.torn = true,
                Event::Boot(line) => {
                    answer.restarted = true;
                    self.booted = (line.as_str() != "Ready").then(Instant::now);
                }
                Event::Echo => answer.echoed = true,
                Event::Prompt => answer.prompted |= answer.echoed || answer.end.is_some(),
                Event::Final(result) => answer.end = Some(result),
                _ => {}
            }
        }
    }

    /// A shell takes the next command only when it has printed its prompt.
    fn await_prompt(&mut self, command: &Command, answer: &mut Answer) -> Result<(), Error> {
        if !self.engine.dialect().is_shell() || command.is_for_a_shell() {
            return Ok(());
        }
        self.until_prompt(Instant::now() + PROMPT_TIME, answer)
    }

    /// Listens until a shell has printed a prompt, whatever for, or until the deadline.
    pub(super) fn listen_for_prompt(&mut self, deadline: Instant) -> Result<(), Error> {
        self.until_prompt(deadline, &mut Answer { echoed: true, ..Answer::default() })
    }

    fn until_prompt(&mut self, deadline: Instant, answer: &mut Answer) -> Result<(), Error> {
        let mut buffer = [0; 256];
        while !answer.prompted {
            let count = self.read(&mut buffer, deadline, false)?;
            self.take(&buffer[..count], answer);
            if count == 0 || Instant::now() >= deadline {
                break;
            }
        }
        Ok(())
    }

    /// Reads what comes without being asked for, until the deadline; returns whether anything came.
    pub(super) fn listen(&mut self, deadline: Instant) -> Result<bool, Error> {
        let mut buffer = Zeroizing::new([0; 1024]);
        let mut heard = false;
        let mut unasked = Answer::default();
        // More than any driver keeps; a kit that never stops talking must not hold the host for ever.
        for _ in 0..64 {
            let count = self.read(&mut buffer[..], deadline, false)?;
            if count == 0 {
                return Ok(heard);
            }
            heard = true;
            self.take(&buffer[..count], &mut unasked);
        }
        Ok(heard)
    }

    /// Listens until nothing has come for a moment.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        for _ in 0..20 {
            if !self.listen(Instant::now() + QUIET)? {
                break;
            }
        }
        Ok(())
    }

    /// Reads from the port. A wait that may be cancelled ends with [`Error::Cancelled`].
    pub(super) fn read(
        &mut self,
        buffer: &mut [u8],
        deadline: Instant,
        may_cancel: bool,
    ) -> Result<usize, Error> {
        if self.cancel.is_none() || !may_cancel {
            return Ok(self.transport.read(buffer, deadline)?);
        }
        loop {
            // Also while the kit talks of other things without end.
            if let Err(cancelled) = self.check_cancel() {
                self.engine.abandon();
                return Err(cancelled);
            }
            let tick = deadline.min(Instant::now() + CANCEL_TICK);
            let count = self.transport.read(buffer, tick)?;
            if count > 0 || Instant::now() >= deadline {
                return Ok(count);
            }
        }
    }

    /// Whether to go on. What has to be put back is put back all the same.
    pub(super) fn check_cancel(&self) -> Result<(), Error> {
        let cancelled = self.cancel.as_ref().is_some_and(crate::cancel::Cancel::is_set);
        if cancelled && !self.putting_back { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// After an exchange that did not end: lets the late answer pass, so that it is not taken for the next one.
    fn get_in_step(&mut self) -> Result<(), Error> {
        self.settle()?;
        self.probe()?;
        self.settle()?;
        if self.has_at() {
            // A kit that restarted has forgotten the setting.
            let command = Command::set_error_reporting(ErrorReporting::Numeric);
            self.exchange_once(&command, command.timeout().min(self.answer_timeout))?;
        }
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
                // A prompt is no line.
                FinalResult::Ok if self.engine.dialect() == crate::Dialect::CredentialShell => return,
                FinalResult::Ok => "OK".into(),
                FinalResult::Error => "ERROR".into(),
                FinalResult::CmeError(code) => format!("+CME ERROR: {}", code.number()),
                FinalResult::CmsError(code) => format!("+CMS ERROR: {code}"),
            },
            Event::Echo | Event::Prompt | Event::Torn => return,
        };
        transcript.record(Direction::FromModem, &text);
    }
}
