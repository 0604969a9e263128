//! The wire: something that carries bytes to a modem and back.

pub mod replay;
pub mod rfc2217;
#[cfg(feature = "serial")]
pub mod serial;
pub mod tcp;
mod telnet;

use std::io;
use std::time::Instant;

/// What holds back data while the other side cannot take more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum FlowControl {
    /// No flow control.
    None,
    /// RTS/CTS if the port has these lines and the other side says that it is ready; else none.
    #[default]
    RtsCts,
    /// XON/XOFF (octets 17 and 19, which stand in no command and no answer) in both directions, whether the other side knows them or
    /// not.
    XonXoff,
}

/// A byte stream to a modem, read and written by one thread with deadlines.
pub trait Transport {
    /// Reads what has arrived into `buffer`, waiting until `deadline` for the first byte.
    ///
    /// Returns how many bytes were read; 0 means that the deadline has passed. A deadline in the past reads what is
    /// there and does not wait.
    ///
    /// # Errors
    /// [`TransportError`] when the line is gone.
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, TransportError>;

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// [`TransportError::WriteTimeout`] if they could not be written before `deadline`, others when the line is gone.
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError>;

    /// Throws away what has arrived and was not read.
    ///
    /// # Errors
    /// [`TransportError`] when the line is gone.
    fn drop_input(&mut self) -> Result<(), TransportError>;

    /// What errors call this line, such as `/dev/ttyACM0`.
    fn name(&self) -> &str;
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, TransportError> {
        (**self).read(buffer, deadline)
    }

    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError> {
        (**self).write_all(bytes, deadline)
    }

    fn drop_input(&mut self) -> Result<(), TransportError> {
        (**self).drop_input()
    }

    fn name(&self) -> &str {
        (**self).name()
    }
}

/// Why there is no line, or no longer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No such path or port name.
    #[error("port `{port}` does not exist")]
    NotFound {
        /// The port.
        port: String,
    },
    /// The path leads to a directory.
    #[error("port `{port}` is a directory")]
    Directory {
        /// The port.
        port: String,
    },
    /// The path leads to something that is no terminal device.
    #[error("port `{port}` is not a serial port")]
    NotATerminal {
        /// The port.
        port: String,
    },
    /// The user may not open it.
    #[error("port `{port}` may not be opened by this user{}", match group {
        Some(group) => format!(", only by members of the group `{group}`"),
        None => String::new(),
    })]
    PermissionDenied {
        /// The port.
        port: String,
        /// The group that owns the device file, where there is one.
        group: Option<String>,
    },
    /// Another program has it open.
    #[error("port `{port}` is in use by {}", match holder {
        Some(holder) => holder.to_string(),
        None => "another program".into(),
    })]
    Busy {
        /// The port.
        port: String,
        /// Who has it open, where that can be seen.
        holder: Option<Holder>,
    },
    /// Nobody answers at a network address.
    #[error("cannot connect to `{port}`: {source}")]
    Connect {
        /// The address.
        port: String,
        /// What the system said.
        source: io::Error,
    },
    /// A server that does not know RFC 2217.
    #[error("the server at `{port}` does not take the settings of a serial port (RFC 2217)")]
    NoComPort {
        /// The address.
        port: String,
    },
    /// The port cannot do this speed.
    #[error("port `{port}` does not take {baud} baud")]
    Baud {
        /// The port.
        port: String,
        /// The speed that was asked for.
        baud: u32,
    },
    /// The other side went away: the cable was pulled, or the kit was reset.
    #[error("port `{port}` was disconnected")]
    Disconnected {
        /// The port.
        port: String,
    },
    /// The other side takes no bytes: hardware flow control without a partner, or a port that hangs.
    #[error("port `{port}` takes no data")]
    WriteTimeout {
        /// The port.
        port: String,
    },
    /// A command that does not come next in the transcript that is replayed.
    #[error("the transcript goes on with {}, not with `{sent}`", match expected {
        Some(expected) => format!("`{expected}`"),
        None => "nothing".into(),
    })]
    Replay {
        /// The command without secrets.
        sent: String,
        /// The line that comes next.
        expected: Option<String>,
    },
    /// Any other failure of the operating system.
    #[error("port `{port}` failed: {source}")]
    Io {
        /// The port.
        port: String,
        /// What the system said.
        source: io::Error,
    },
}

/// A program that has a port open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The program's name, as the system keeps it.
    pub name: String,
    /// Its process ID.
    pub pid: u32,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` (process {})", self.name, self.pid)
    }
}
