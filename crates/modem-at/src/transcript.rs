//! What went over the wire, without secrets, for whoever wants to watch.

use std::fmt;

/// A callback that sees each line that is sent or received, with credentials and tokens left out.
pub struct Transcript(Box<Callback>);

type Callback = dyn FnMut(Direction, &str) + Send;

impl Transcript {
    /// Wraps the callback.
    #[must_use]
    pub fn new(callback: impl FnMut(Direction, &str) + Send + 'static) -> Self {
        Self(Box::new(callback))
    }

    pub(crate) fn record(&mut self, direction: Direction, line: &str) {
        (self.0)(direction, line);
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transcript")
    }
}

/// Which way a line went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From this host to the modem.
    ToModem,
    /// From the modem to this host.
    FromModem,
}
