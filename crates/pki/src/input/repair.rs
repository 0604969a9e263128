//! What was put right while a file was read.

use std::fmt::{self, Display, Formatter};

/// Something that was put right. Writing the thing again ([`Certificate::to_pem`](crate::certificate::Certificate::to_pem)
/// and the like) gives a clean file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Repair {
    /// UTF-8 with a byte order mark.
    ByteOrderMark,
    /// UTF-16, as PowerShell's `>` writes it.
    Utf16,
    /// Octets that are not UTF-8, outside of what was read.
    NotUtf8,
    /// Line ends of CR and LF, or CR alone.
    CarriageReturns,
    /// Text outside of the blocks.
    TextOutside {
        /// The first line of it, from 1.
        line: usize,
    },
    /// A block on one line.
    LineBreaksLost {
        /// Which block, from 1.
        block: usize,
    },
    /// The two characters `\n` instead of line breaks.
    EscapedLineBreaks {
        /// Which block, from 1.
        block: usize,
    },
    /// Lines that are not 64 characters wide.
    LineWidth {
        /// Which block, from 1.
        block: usize,
        /// The width of the first line.
        width: usize,
    },
    /// Spaces, tabs or empty lines inside a block.
    WhiteSpace {
        /// Which block, from 1.
        block: usize,
    },
    /// Quotes around or inside a block, as in a C string or a shell variable.
    Quotes {
        /// Which block, from 1.
        block: usize,
    },
    /// A label that does not say what the block is.
    Label {
        /// Which block, from 1.
        block: usize,
        /// The label there.
        said: String,
        /// The label that belongs there.
        belongs: &'static str,
    },
    /// Base64 without the lines BEGIN and END.
    NoArmour,
    /// No line break behind the last END line.
    FinalLineBreak,
}

impl Display for Repair {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByteOrderMark => f.write_str("the file begins with a byte order mark"),
            Self::Utf16 => f.write_str("the file is UTF-16, as PowerShell writes it"),
            Self::NotUtf8 => f.write_str("the file has octets that are not UTF-8"),
            Self::CarriageReturns => f.write_str("the line ends are CR LF instead of LF"),
            Self::TextOutside { line } => write!(f, "the text from line {line} on is outside of the blocks"),
            Self::LineBreaksLost { block } => write!(f, "block {block} has lost its line breaks"),
            Self::EscapedLineBreaks { block } => {
                write!(f, "block {block} has the characters \\n instead of line breaks")
            }
            Self::LineWidth { block, width } => {
                write!(f, "block {block} has lines of {width} characters instead of 64")
            }
            Self::WhiteSpace { block } => write!(f, "block {block} has white space or empty lines inside"),
            Self::Quotes { block } => write!(f, "block {block} has quotes around its lines"),
            Self::Label { block, said, belongs } => {
                write!(f, "block {block} is labelled {said} but is {belongs}")
            }
            Self::NoArmour => f.write_str("the lines BEGIN and END are missing"),
            Self::FinalLineBreak => {
                f.write_str("the final line break, which is part of the format, is missing")
            }
        }
    }
}
