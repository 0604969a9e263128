//! What was changed, and what was left out.

use crate::identifier::DeviceId;
use crate::onboarding::problem::{Place, Rule};

/// A repair that was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {repair}")]
#[non_exhaustive]
pub struct Change {
    /// Where in the damaged text.
    pub place: Place,
    /// Index of the row there, from 0; `None` when it is not about one row.
    pub row: Option<usize>,
    /// What was done.
    pub repair: Repair,
}

/// Kind of a repair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Repair {
    /// U+FEFF taken away.
    #[error("the byte order mark is taken away")]
    ByteOrderMark,
    /// Rewritten from UTF-16.
    #[error("rewritten from UTF-16")]
    Utf16,
    /// Line breaks of more than one kind made one.
    #[error("line breaks of several kinds are all LF")]
    MixedLineBreaks,
    /// Commas put for another separator.
    #[error("columns separated by {0:?} are separated by commas")]
    Separator(char),
    /// A header row taken away.
    #[error("the header row is taken away")]
    HeaderRow,
    /// A blank line taken away.
    #[error("a blank line is taken away")]
    BlankLine,
    /// A row that was quoted as if it were one field.
    #[error("the quotes around the whole row are taken away")]
    WholeRowQuoted,
    /// Quotes too many around a PEM text.
    #[error("double quotes inside the field are taken away")]
    DoubledQuotes,
    /// Empty columns at the end taken away.
    #[error("{count} empty columns at the end are taken away")]
    EmptyColumns {
        /// How many.
        count: usize,
    },
    /// Spaces around a value taken away.
    #[error("spaces around the value are taken away")]
    Spaces,
    /// Quotes put around a PEM text.
    #[error("the PEM text is put in double quotes")]
    UnquotedPem,
    /// The closing quote set.
    #[error("the closing double quote is set")]
    UnclosedQuote,
    /// The line breaks of a PEM text set anew, every 64 characters.
    #[error("the line breaks of the PEM text are set anew")]
    PemLineBreaks,
    /// The line break after the END line set.
    #[error("the line break after the END line is set")]
    FinalLineBreak,
    /// A row that stands twice, left out the second time.
    #[error("a repetition of line {first_line} is taken away")]
    RepeatedRow {
        /// Where it stands first.
        first_line: usize,
    },
}

/// A row that could not be repaired; one entry for each reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut<F> {
    /// Where in the damaged text.
    pub place: Place,
    /// Index of the row there, from 0; `None` when no row could be told.
    pub row: Option<usize>,
    /// Why.
    pub reason: Reason<F>,
}

/// Why a row was left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason<F> {
    /// It breaks a rule of the form, and the file does not tell what was meant.
    #[error("{0}")]
    Rule(Rule),
    /// The caller's judge has refused it.
    #[error("{0}")]
    Content(F),
    /// Its device ID stands in several rows that differ.
    #[error("device ID {device_id} stands in lines {} with different contents", listed(.lines))]
    Conflict {
        /// The device ID.
        device_id: DeviceId,
        /// Where.
        lines: Vec<usize>,
    },
}

fn listed(lines: &[usize]) -> String {
    lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
