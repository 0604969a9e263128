//! The end of a command line.

use core::fmt;

/// What ends a command line; firmware is built for one of these (`CONFIG_AT_HOST_TERMINATION`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Terminator {
    /// Carriage return, the default of the AT host library.
    Cr,
    /// Line feed.
    Lf,
    /// Carriage return and line feed.
    CrLf,
    /// A zero byte.
    Nul,
}

impl Terminator {
    /// Every terminator, the likeliest first.
    pub const ALL: [Self; 4] = [Self::Cr, Self::Lf, Self::CrLf, Self::Nul];

    /// The bytes on the line.
    #[must_use]
    pub const fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Cr => b"\r",
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
            Self::Nul => b"\0",
        }
    }
}

impl fmt::Display for Terminator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cr => "CR",
            Self::Lf => "LF",
            Self::CrLf => "CRLF",
            Self::Nul => "NUL",
        })
    }
}
