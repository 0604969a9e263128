//! A session with one modem.

mod credentials;
mod exchange;
mod identity;
mod network;
mod offline;
mod probe;
mod shell;

use std::fmt;
use std::time::{Duration, Instant};

use crate::cancel::Cancel;
use crate::clock::ModemTime;
use crate::command::{Command, Terminator};
use crate::dialect::Dialect;
use crate::engine::Engine;
use crate::error::Error;
use crate::functional_mode::FunctionalMode;
use crate::options::Options;
#[cfg(feature = "serial")]
use crate::ports::{PortLister, PortSelector};
use crate::reply::{self, ErrorReporting};
use crate::transcript::Transcript;
use crate::transport::Transport;
#[cfg(feature = "serial")]
use crate::transport::serial::SerialTransport;

pub use offline::Offline;

/// A modem that has answered `AT`, on a transport of its own; or a shell that keeps credentials without a modem.
///
/// Errors are reported by number (`+CMEE` = 1) as long as this value lives; the former setting is restored by
/// [`close`](Self::close), or when the value is dropped.
pub struct Modem<T: Transport> {
    transport: T,
    engine: Engine,
    transcript: Option<Transcript>,
    cancel: Option<Cancel>,
    /// What the caller or an earlier probe says is there.
    wanted: Option<Dialect>,
    /// A shell sends back what it gets.
    shell_echoes: bool,
    /// When the kit printed a boot message that was not the last one.
    booted: Option<Instant>,
    /// How long a kit is looked for, and until when just now.
    probe_timeout: Duration,
    probe_end: Instant,
    /// The longest wait for an answer.
    answer_timeout: Duration,
    /// The last exchange did not end as it should: a late answer may still come.
    out_of_step: bool,
    /// The former `+CMEE`, if it was changed.
    error_reporting: Option<ErrorReporting>,
    /// Settings are being restored, which no cancelling ends.
    putting_back: bool,
    /// An [`Offline`] guard lives, so a modem that is active again is taken offline again.
    kept_offline: bool,
}

#[cfg(feature = "serial")]
impl Modem<SerialTransport> {
    /// Opens a serial port and finds the modem on it.
    ///
    /// # Errors
    /// [`Error::Transport`] if the port cannot be opened, [`Error::NoAnswer`] if nobody answers `AT` there.
    pub fn open_path(path: &str, options: Options) -> Result<Self, Error> {
        let transport = SerialTransport::open(path, options.baud, options.flow_control)?;
        Self::open(transport, options)
    }
}

#[cfg(feature = "serial")]
impl Modem<Box<dyn Transport + Send>> {
    /// Opens the port that is meant, among those that `lister` knows, and finds the modem on it.
    ///
    /// # Errors
    /// [`Error::Select`] if it is not exactly one, [`Error::Transport`] if it cannot be opened, [`Error::NoAnswer`] if nobody answers
    /// there.
    pub fn open_port(
        selector: &PortSelector,
        lister: &impl PortLister,
        options: Options,
    ) -> Result<Self, Error> {
        let transport = selector.resolve(lister)?.open(&options)?;
        Self::open(transport, options)
    }
}

impl<T: Transport> Modem<T> {
    /// Finds the modem on an open line: sends `AT` with each of the four terminators until one is answered, closes a
    /// quote that an interrupted program left open, tries the commands of a shell where one is there, and turns on error numbers.
    ///
    /// # Errors
    /// [`Error::NoAnswer`] if nobody answers within the probe time-out; otherwise what went wrong after that.
    pub fn open(transport: T, options: Options) -> Result<Self, Error> {
        let mut modem = Self {
            transport,
            engine: Engine::new(),
            transcript: options.transcript,
            cancel: options.cancel,
            wanted: options.dialect,
            shell_echoes: false,
            booted: None,
            probe_timeout: options.probe_timeout,
            probe_end: Instant::now(),
            answer_timeout: options.answer_timeout.unwrap_or(Duration::MAX),
            out_of_step: false,
            error_reporting: None,
            putting_back: false,
            kept_offline: false,
        };
        modem.probe()?;
        modem.wanted = Some(modem.engine.dialect());
        if modem.has_at() {
            let former = modem.query(&Command::error_reporting(), reply::error_reporting)?;
            if former != ErrorReporting::Numeric {
                modem.run(&Command::set_error_reporting(ErrorReporting::Numeric))?;
                modem.error_reporting = Some(former);
            }
        }
        Ok(modem)
    }

    /// What stands between the port and the modem.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.engine.dialect()
    }

    /// What ends a command on this kit.
    #[must_use]
    pub const fn terminator(&self) -> Terminator {
        self.engine.terminator()
    }

    /// The line that the modem is on.
    #[must_use]
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// Sends any command and returns the information lines of its answer.
    ///
    /// # Errors
    /// [`Error::Command`] if `text` cannot be an AT command, [`Error::Refused`] if the modem says no.
    pub fn command(&mut self, text: &str) -> Result<Vec<String>, Error> {
        let lines = self.run(&Command::raw(text)?)?;
        Ok(lines.iter().map(|line| line.as_str().to_string()).collect())
    }

    /// `AT+CFUN?`.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn functional_mode(&mut self) -> Result<FunctionalMode, Error> {
        self.query_twice(&Command::functional_mode(), reply::functional_mode, PartialEq::eq)
    }

    /// `AT+CFUN=<mode>`.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn set_functional_mode(&mut self, mode: FunctionalMode) -> Result<(), Error> {
        self.run(&Command::set_functional_mode(mode)).map(drop)
    }

    /// The modem's clock, or `None` if it refuses to tell, as it does without a valid time.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn clock(&mut self) -> Result<Option<ModemTime>, Error> {
        match self.query(&Command::clock(), reply::clock) {
            Ok(time) => Ok(Some(time)),
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sets the modem's clock, which stamps its tokens.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn set_clock(&mut self, time: ModemTime) -> Result<(), Error> {
        self.run(&Command::set_clock(time)).map(drop)
    }

    /// Restores what was changed on the modem's settings. Dropping the value does the same, without telling of errors.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn close(mut self) -> Result<(), Error> {
        self.restore_settings()
    }

    fn has_at(&self) -> bool {
        self.dialect() != Dialect::CredentialShell
    }

    fn restore_settings(&mut self) -> Result<(), Error> {
        let Some(former) = self.error_reporting.take() else { return Ok(()) };
        self.while_putting_back(|modem| modem.run(&Command::set_error_reporting(former)).map(drop))
    }

    /// Does something that no cancelling ends.
    fn while_putting_back<V>(&mut self, work: impl FnOnce(&mut Self) -> V) -> V {
        let before = std::mem::replace(&mut self.putting_back, true);
        let done = work(self);
        self.putting_back = before;
        done
    }
}

impl<T: Transport> Drop for Modem<T> {
    fn drop(&mut self) {
        // Nobody is left to tell; `close` is there for those who want to know.
        let _ = self.restore_settings();
    }
}

impl<T: Transport> fmt::Debug for Modem<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Modem")
            .field("port", &self.transport.name())
            .field("dialect", &self.dialect())
            .field("terminator", &self.terminator())
            .finish_non_exhaustive()
    }
}
