//! What cannot be sent.

use alloc::string::String;
use core::time::Duration;

use super::{MAX_COMMAND_LEN, MAX_SHELL_LINE};
use crate::dialect::Dialect;

/// Why a command line cannot be sent. None of these shows the content of a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The text does not begin with `AT`.
    #[error("the command does not start with `AT`")]
    NotAt,
    /// A string argument that holds `"`.
    #[error("{field} holds a double quote at byte {position}, and AT strings cannot hold one")]
    Quote {
        /// Which argument.
        field: &'static str,
        /// Its byte offset there.
        position: usize,
    },
    /// A byte that the AT host would treat as editing or as an end of the line, or that is not ASCII.
    #[error("{field} holds the byte 0x{byte:02x} at {position}, which an AT command cannot carry")]
    Byte {
        /// Which argument, or `command` for a raw command.
        field: &'static str,
        /// The byte.
        byte: u8,
        /// Its offset there.
        position: usize,
    },
    /// An argument that must not be empty.
    #[error("{field} is empty")]
    Empty {
        /// Which argument.
        field: &'static str,
    },
    /// A quote that is not closed; the AT host would wait for the other one for ever.
    #[error("a double quote is not closed")]
    OpenQuote,
    /// More than the AT host's buffer holds.
    #[error(
        "{command} is {length} bytes long; the AT host takes {MAX_COMMAND_LEN} and drops the rest silently"
    )]
    TooLong {
        /// The command without contents.
        command: String,
        /// Its length in bytes.
        length: usize,
    },
    /// More than the smallest shell takes.
    #[error("{command} is {length} bytes long; a shell takes {MAX_SHELL_LINE} and drops the rest silently")]
    TooLongForShell {
        /// The command without contents.
        command: String,
        /// Its length in bytes.
        length: usize,
    },
    /// More than the firmware of this kit takes.
    #[error("{command} is {length} bytes long, and {dialect} takes {}", dialect.max_line())]
    TooLongForDialect {
        /// The command without contents.
        command: String,
        /// Its length on the line, in bytes.
        length: usize,
        /// What the kit speaks.
        dialect: Dialect,
    },
    /// A byte that does something else in the dialect of this kit than to stand for itself.
    #[error(
        "the byte 0x{byte:02x} at {position} has a meaning of its own in {dialect}, and cannot be sent there"
    )]
    Meaning {
        /// The byte.
        byte: u8,
        /// Its offset in the command.
        position: usize,
        /// What the kit speaks.
        dialect: Dialect,
    },
    /// An AT command for a shell that knows none, or a command of such a shell for an AT host.
    #[error("{command} cannot be said to {dialect}")]
    Unspoken {
        /// The command without contents.
        command: String,
        /// What the kit speaks.
        dialect: Dialect,
    },
    /// A token lifetime that `AT%JWT` cannot express.
    #[error("a token lifetime of {value:?} is not a whole number of seconds from 1 to 4294967295")]
    Lifetime {
        /// What was asked for.
        value: Duration,
    },
}
