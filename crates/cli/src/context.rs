//! What every command is given beside its arguments.

use std::time::SystemTime;

use crate::clock;
use crate::input::Inputs;
use crate::output::Printer;

/// The terminal, standard input and the clock.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) out: Printer,
    pub(crate) input: Inputs,
    /// When the command began.
    pub(crate) now: SystemTime,
}

impl Context {
    /// When the command began, in seconds since 1970.
    pub(crate) fn unix_now(&self) -> u64 {
        clock::unix_seconds(self.now)
    }
}
