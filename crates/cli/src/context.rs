//! What every command is given beside its arguments.

use std::io::{self, IsTerminal};
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
    /// Whether there is a person to put a question to.
    pub(crate) fn can_ask(&self) -> bool {
        self.input.can_ask() && !self.out.is_quiet() && io::stderr().is_terminal()
    }

    /// When the command began, in seconds since 1970.
    pub(crate) fn unix_now(&self) -> u64 {
        clock::unix_seconds(self.now)
    }
}
