//! A session with one modem.

mod credentials;
mod exchange;
mod identity;
mod offline;
mod probe;

use std::fmt;
use std::time::Duration;

use crate::clock::ModemTime;
use crate::command::{Command, Terminator};
use crate::engine::Engine;
use crate::error::Error;
use crate::functional_mode::FunctionalMode;
use crate::network::ServingCell;
use crate::reply;
use crate::transcript::Transcript;
use crate::transport::Transport;
#[cfg(feature = "serial")]
use crate::transport::serial::{FlowControl, SerialTransport};

pub use offline::Offline;

/// How [`Modem::open_path`] opens a port.
#[cfg(feature = "serial")]
#[derive(Debug)]
pub struct Options {
    /// Speed in bits per second; nRF91 kits use 115200.
    pub baud: u32,
    /// Whether RTS/CTS is tried.
    pub flow_control: FlowControl,
    /// How long a silent port is tried before it is given up.
    pub probe_timeout: Duration,
    /// Who sees what goes over the wire.
    pub transcript: Option<Transcript>,
}

#[cfg(feature = "serial")]
impl Default for Options {
    /// 115200 baud, no flow control, 1.5 s, no transcript.
    fn default() -> Self {
        Self {
            baud: 115_200,
            flow_control: FlowControl::None,
            probe_timeout: Modem::<SerialTransport>::PROBE_TIMEOUT,
            transcript: None,
        }
    }
}

/// A modem that has answered `AT`, on a transport of its own.
///
/// Errors are reported by number (`+CMEE` = 1) as long as this value lives; the former setting is restored by
/// [`close`](Self::close), or when the value is dropped.
pub struct Modem<T: Transport> {
    transport: T,
    engine: Engine,
    terminator: Terminator,
    transcript: Option<Transcript>,
    /// The last exchange did not end as it should: a late answer may still come.
    out_of_step: bool,
    /// Set if `+CMEE` was 0 and is now 1.
    restore_error_reporting: bool,
}

#[cfg(feature = "serial")]
impl Modem<SerialTransport> {
    /// Opens a serial port and finds the modem on it.
    ///
    /// # Errors
    /// [`Error::Transport`] if the port cannot be opened, [`Error::NoAnswer`] if nobody answers `AT` there.
    pub fn open_path(path: &str, options: Options) -> Result<Self, Error> {
        let transport = SerialTransport::open(path, options.baud, options.flow_control)?;
        Self::open(transport, options.probe_timeout, options.transcript)
    }
}

impl<T: Transport> Modem<T> {
    /// How long a silent line is tried, unless told otherwise.
    pub const PROBE_TIMEOUT: Duration = Duration::from_millis(1500);

    /// Finds the modem on an open line: sends `AT` with each of the four terminators until one is answered, closes a
    /// quote that an interrupted program left open, and turns on error numbers.
    ///
    /// # Errors
    /// [`Error::NoAnswer`] if nobody answers within `probe_timeout`; otherwise what went wrong after that.
    pub fn open(
        transport: T,
        probe_timeout: Duration,
        transcript: Option<Transcript>,
    ) -> Result<Self, Error> {
        let mut modem = Self {
            transport,
            engine: Engine::new(),
            terminator: Terminator::Cr,
            transcript,
            out_of_step: false,
            restore_error_reporting: false,
        };
        modem.probe(probe_timeout)?;
        if !modem.query(&Command::error_reporting(), reply::error_reporting)? {
            modem.run(&Command::set_error_reporting(true))?;
            modem.restore_error_reporting = true;
        }
        Ok(modem)
    }

    /// What ends a command on this kit.
    #[must_use]
    pub const fn terminator(&self) -> Terminator {
        self.terminator
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
        self.query(&Command::functional_mode(), reply::functional_mode)
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

    /// The cell that the modem is camped on, or `None` without registration.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn serving_cell(&mut self) -> Result<Option<ServingCell>, Error> {
        self.query(&Command::serving_cell(), reply::serving_cell)
    }

    /// Restores what was changed on the modem's settings. Dropping the value does the same, without telling of errors.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn close(mut self) -> Result<(), Error> {
        self.restore_settings()
    }

    fn restore_settings(&mut self) -> Result<(), Error> {
        if std::mem::take(&mut self.restore_error_reporting) {
            self.run(&Command::set_error_reporting(false))?;
        }
        Ok(())
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
            .field("terminator", &self.terminator)
            .finish_non_exhaustive()
    }
}
