//! A port whose bytes are counted.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use modem_at::{FlowControl, SerialTransport, Transport, TransportError};

/// Bits per second; a byte has ten.
pub(crate) const BAUD: u32 = 115_200;

/// How many bytes took time on a wire.
#[derive(Clone, Default)]
pub(crate) struct Wire(Rc<Cell<u64>>);

impl Wire {
    pub(crate) fn time(&self) -> Duration {
        Duration::from_nanos(self.0.get() * 10 * 1_000_000_000 / u64::from(BAUD))
    }

    fn add(&self, bytes: usize) {
        self.0.set(self.0.get() + u64::try_from(bytes).unwrap());
    }
}

/// A serial port that counts the bytes of both directions. A byte that a shell sends back while the next one is under way takes no time of
/// its own; what is not sent back does, such as the end of a line.
pub(crate) struct Counted {
    port: SerialTransport,
    wire: Wire,
    echoes: bool,
}

impl Counted {
    pub(crate) fn open(path: &str, echoes: bool) -> (Self, Wire) {
        let port = SerialTransport::open(path, BAUD, FlowControl::None).unwrap();
        let wire = Wire::default();
        (Self { port, wire: wire.clone(), echoes }, wire)
    }
}

impl Transport for Counted {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, TransportError> {
        let count = self.port.read(buffer, deadline)?;
        self.wire.add(count);
        Ok(count)
    }

    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError> {
        let counts = |byte: &&u8| !self.echoes || byte.is_ascii_control();
        self.wire.add(bytes.iter().filter(counts).count());
        self.port.write_all(bytes, deadline)
    }

    fn drop_input(&mut self) -> Result<(), TransportError> {
        self.port.drop_input()
    }

    fn name(&self) -> &str {
        self.port.name()
    }
}
