//! A serial port behind a network: a plain TCP stream to a terminal server or a simulator.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use super::{Transport, TransportError};

/// A TCP stream that carries the bytes of a serial port and nothing else.
///
/// It has no secrecy: whoever is on the way reads and writes the same bytes.
#[derive(Debug)]
pub struct TcpTransport {
    stream: TcpStream,
    name: String,
}

impl TcpTransport {
    /// Connects to `host:port`.
    ///
    /// # Errors
    /// [`TransportError::Connect`] if the name is unknown, or nobody answers there within `timeout`.
    pub fn connect(address: &str, timeout: Duration) -> Result<Self, TransportError> {
        Self::connect_as(format!("tcp://{address}"), address, timeout)
    }

    pub(super) fn connect_as(name: String, address: &str, timeout: Duration) -> Result<Self, TransportError> {
        let failed = |source| TransportError::Connect { port: name.clone(), source };
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in address.to_socket_addrs().map_err(failed)? {
            match TcpStream::connect_timeout(&address, timeout) {
                Ok(stream) => {
                    stream.set_nodelay(true).map_err(failed)?;
                    return Ok(Self { stream, name });
                }
                Err(error) => last = error,
            }
        }
        Err(failed(last))
    }

    fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_nonblocking(true)?;
        let read = self.stream.read(buffer);
        self.stream.set_nonblocking(false)?;
        read
    }

    fn failed(&self, error: io::Error) -> TransportError {
        let port = self.name.clone();
        match error.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected => TransportError::Disconnected { port },
            _ => TransportError::Io { port, source: error },
        }
    }
}

impl Transport for TcpTransport {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, TransportError> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let read = if left.is_zero() {
                self.read_now(buffer)
            } else {
                self.stream.set_read_timeout(Some(left)).and_then(|()| self.stream.read(buffer))
            };
            match read {
                Ok(0) if buffer.is_empty() => return Ok(0),
                Ok(0) => return Err(TransportError::Disconnected { port: self.name.clone() }),
                Ok(count) => return Ok(count),
                Err(error) if is_timeout(&error) => {
                    if Instant::now() >= deadline {
                        return Ok(0);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            let written = self.stream.set_write_timeout(Some(left)).and_then(|()| self.stream.write(rest));
            match written {
                Ok(0) => return Err(TransportError::Disconnected { port: self.name.clone() }),
                Ok(count) => rest = &rest[count..],
                Err(error) if is_timeout(&error) => {
                    return Err(TransportError::WriteTimeout { port: self.name.clone() });
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(())
    }

    fn drop_input(&mut self) -> Result<(), TransportError> {
        let mut buffer = zeroize::Zeroizing::new([0; 1024]);
        // More than a terminal server keeps; one that never stops talking must not hold the host for ever.
        for _ in 0..64 {
            if self.read(&mut buffer[..], Instant::now())? == 0 {
                break;
            }
        }
        Ok(())
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// Systems differ in which of the two a passed deadline is.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
