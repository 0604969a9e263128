//! What is wrong with a CSV body, and where.

use std::fmt;

use super::MAX_ROWS;
use super::content::ContentProblem;
use super::pem::PemProblem;
use super::token::TokenError;
use crate::identifier::InvalidIdentifier;

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted in characters from 1.
    pub column: usize,
}

impl Place {
    /// Where a text begins.
    pub(super) const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// One thing wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {rule}")]
#[non_exhaustive]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// Index of the row, counted from 0 as nRF Cloud counts; `None` when it is not about one row.
    pub row: Option<usize>,
    /// Which rule is broken.
    pub rule: Rule,
}

/// A rule of the published form that is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// No row at all.
    #[error("there is no row")]
    NoRow,
    /// The file begins with a byte order mark.
    #[error("a byte order mark (BOM) stands before the first device ID")]
    ByteOrderMark,
    /// The file is UTF-16, as some spreadsheets save.
    #[error("the text is UTF-16; it must be plain ASCII")]
    Utf16,
    /// Bytes that are not UTF-8.
    #[error("the field is not UTF-8 text")]
    NotUtf8,
    /// A header row.
    #[error("a header row; the first row must be a device")]
    HeaderRow,
    /// A line with nothing in it.
    #[error("a blank line")]
    BlankLine,
    /// Too few or too many columns.
    #[error("{found} columns where {} belong ({})", .names.len(), .names.join(", "))]
    ColumnCount {
        /// Columns found.
        found: usize,
        /// Names of the columns that belong there.
        names: &'static [&'static str],
    },
    /// Device ID, sub-type, tag or firmware type against its rule.
    #[error(transparent)]
    Identifier(InvalidIdentifier),
    /// A firmware type that only OnboardDevice (JSON) knows.
    #[error("firmware type {0} is not known in CSV; it is in OnboardDevice's JSON")]
    FirmwareNotInCsv(crate::FirmwareType),
    /// The same device ID twice.
    #[error("device ID {device_id} is already in line {first_line}")]
    DuplicateDeviceId {
        /// The ID.
        device_id: crate::DeviceId,
        /// Where it stands first.
        first_line: usize,
    },
    /// The PEM text against its rule.
    #[error(transparent)]
    Pem(PemProblem),
    /// What the PEM text holds, where [`Contents`](super::Contents) asks for it.
    #[error(transparent)]
    Content(ContentProblem),
    /// The token against its rule.
    #[error(transparent)]
    Token(TokenError),
    /// A PEM text over several lines without quotes.
    #[error("the PEM text has line breaks and so must stand in double quotes")]
    UnquotedPem,
    /// A double quote in a field that does not begin with one.
    #[error("a double quote inside a field that is not quoted")]
    StrayQuote,
    /// Something between a closing quote and the next comma.
    #[error("text after the closing quote")]
    TextAfterQuote,
    /// A quote that is never closed.
    #[error("the double quote that opens here is never closed")]
    UnclosedQuote,
    /// A row so long that something else must be wrong. The text behind it is not looked at.
    #[error("the row is longer than {limit} bytes; is a double quote not closed?")]
    RowTooLong {
        /// [`LONGEST_ROW`](super::LONGEST_ROW).
        limit: usize,
    },
    /// More rows than one upload may have.
    #[error("{found} rows where one upload may have {MAX_ROWS}")]
    TooManyRows {
        /// Rows found.
        found: usize,
    },
}

/// All that is wrong with a CSV body, in the order of the text; at least one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub(super) Vec<Problem>);

impl Problems {
    /// The problems.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("no problem"),
            [only] => write!(f, "{only}"),
            [first, rest @ ..] => write!(f, "{first} (and {} more)", rest.len()),
        }
    }
}

impl std::error::Error for Problems {}
