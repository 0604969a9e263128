//! A serial port of the host, real or pseudo.

mod holder;

use std::io::{self, Read as _, Write as _};
use std::time::{Duration, Instant};

use serialport::{ClearBuffer, SerialPort};

use super::{FlowControl, Transport, TransportError};

/// A write of this many bytes fits the free buffer of every common driver that says it can take data, so that a
/// blocking write does not wait past its deadline.
const WRITE_PIECE: usize = 64;

/// A serial port, opened for this process alone, 8 data bits, no parity, 1 stop bit, DTR asserted.
pub struct SerialTransport {
    port: Box<dyn SerialPort>,
    name: String,
    flow_control: FlowControl,
}

impl SerialTransport {
    /// Opens `path` (`/dev/ttyACM0`, `/dev/pts/3`, `COM5`) at `baud` bits per second.
    ///
    /// # Errors
    /// [`TransportError`] that says which of the usual reasons it was.
    pub fn open(path: &str, baud: u32, flow_control: FlowControl) -> Result<Self, TransportError> {
        look(path)?;
        let port = serialport::new(path, baud)
            .flow_control(serialport::FlowControl::None)
            .dtr_on_open(true)
            .timeout(Duration::from_millis(100))
            .open()
            .map_err(|error| explain(path, baud, error))?;
        let mut transport = Self { port, name: path.to_string(), flow_control: FlowControl::None };
        match flow_control {
            FlowControl::None => {}
            FlowControl::RtsCts => transport.try_rts_cts(),
            FlowControl::XonXoff => {
                let set = transport.port.set_flow_control(serialport::FlowControl::Software);
                set.map_err(|error| explain(path, baud, error))?;
                transport.flow_control = FlowControl::XonXoff;
            }
        }
        Ok(transport)
    }

    /// The flow control that is in use, which is none where RTS/CTS was asked for and the other side's CTS is dead.
    #[must_use]
    pub const fn flow_control(&self) -> FlowControl {
        self.flow_control
    }

    /// Turns RTS/CTS on if CTS can be read and is asserted. A pseudo-terminal has no such lines.
    fn try_rts_cts(&mut self) {
        let _ = self.port.write_request_to_send(true);
        let ready = matches!(self.port.read_clear_to_send(), Ok(true));
        if ready && self.port.set_flow_control(serialport::FlowControl::Hardware).is_ok() {
            self.flow_control = FlowControl::RtsCts;
        }
    }

    fn failed(&self, error: io::Error) -> TransportError {
        let port = self.name.clone();
        match error.kind() {
            // A pseudo-terminal whose other end is closed, or a USB device that was pulled.
            io::ErrorKind::BrokenPipe | io::ErrorKind::NotFound | io::ErrorKind::Other => {
                TransportError::Disconnected { port }
            }
            _ => TransportError::Io { port, source: error },
        }
    }

    fn set_timeout(&mut self, deadline: Instant) -> Result<(), TransportError> {
        let left = deadline.saturating_duration_since(Instant::now());
        self.port.set_timeout(left).map_err(|error| self.failed(error.into()))
    }
}

impl Transport for SerialTransport {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, TransportError> {
        loop {
            self.set_timeout(deadline)?;
            match self.port.read(buffer) {
                Ok(0) => {
                    return Err(TransportError::Disconnected { port: self.name.clone() });
                }
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(0),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            self.set_timeout(deadline)?;
            match self.port.write(&rest[..rest.len().min(WRITE_PIECE)]) {
                Ok(0) => {
                    return Err(TransportError::Disconnected { port: self.name.clone() });
                }
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Err(TransportError::WriteTimeout { port: self.name.clone() });
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(())
    }

    fn drop_input(&mut self) -> Result<(), TransportError> {
        self.port.clear(ClearBuffer::Input).map_err(|error| self.failed(error.into()))
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Debug for SerialTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SerialTransport")
            .field("name", &self.name)
            .field("flow_control", &self.flow_control)
            .finish_non_exhaustive()
    }
}

/// Finds the mistakes that opening would report as something else. Port names of Windows are no paths.
#[cfg(unix)]
fn look(path: &str) -> Result<(), TransportError> {
    use std::os::unix::fs::FileTypeExt as _;

    let port = path.to_string();
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(TransportError::Directory { port }),
        Ok(metadata) if !metadata.file_type().is_char_device() => Err(TransportError::NotATerminal { port }),
        Ok(_) => Ok(()),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Err(TransportError::NotFound { port }),
            io::ErrorKind::PermissionDenied => Err(TransportError::PermissionDenied { port, group: None }),
            _ => Err(TransportError::Io { port, source: error }),
        },
    }
}

#[cfg(not(unix))]
fn look(_path: &str) -> Result<(), TransportError> {
    Ok(())
}

fn explain(path: &str, baud: u32, error: serialport::Error) -> TransportError {
    use serialport::ErrorKind;

    let port = path.to_string();
    match error.kind() {
        ErrorKind::NoDevice => TransportError::Busy { holder: holder::of(path), port },
        ErrorKind::InvalidInput => TransportError::Baud { port, baud },
        ErrorKind::Io(io::ErrorKind::NotFound) => TransportError::NotFound { port },
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => {
            TransportError::PermissionDenied { port, group: owning_group(path) }
        }
        // ENOTTY has no kind of its own in serialport.
        ErrorKind::Unknown if error.description == "Not a typewriter" => {
            TransportError::NotATerminal { port }
        }
        _ => TransportError::Io { port, source: error.into() },
    }
}

/// The name of the group of a device file, by `/etc/group`; usually `dialout` or `uucp`.
#[cfg(unix)]
fn owning_group(path: &str) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    let gid = std::fs::metadata(path).ok()?.gid().to_string();
    let groups = std::fs::read_to_string("/etc/group").ok()?;
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _password, number) = (fields.next()?, fields.next()?, fields.next()?);
        (number == gid).then(|| name.to_string())
    })
}

#[cfg(not(unix))]
fn owning_group(_path: &str) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_own_words() {
        let open = |path| SerialTransport::open(path, 115_200, FlowControl::None).unwrap_err().to_string();
        assert_eq!(open("/dev/ttyACM-not-there"), "port `/dev/ttyACM-not-there` does not exist");
        assert_eq!(open("/dev"), "port `/dev` is a directory");
        assert_eq!(open("/etc/hostname/x"), "port `/etc/hostname/x` does not exist");
        assert_eq!(open("Cargo.toml"), "port `Cargo.toml` is not a serial port");
        assert_eq!(open("/dev/null"), "port `/dev/null` is not a serial port");
    }

    #[test]
    fn what_the_system_says_is_translated() {
        let explain = |kind| explain("COM5", 115_200, serialport::Error::new(kind, "x")).to_string();
        assert_eq!(explain(serialport::ErrorKind::NoDevice), "port `COM5` is in use by another program");
        assert_eq!(explain(serialport::ErrorKind::InvalidInput), "port `COM5` does not take 115200 baud");
        assert_eq!(
            explain(serialport::ErrorKind::Io(io::ErrorKind::PermissionDenied)),
            "port `COM5` may not be opened by this user"
        );
        let denied =
            TransportError::PermissionDenied { port: "/dev/ttyACM0".into(), group: Some("dialout".into()) };
        assert_eq!(
            denied.to_string(),
            "port `/dev/ttyACM0` may not be opened by this user, only by members of the group `dialout`"
        );
    }
}
