//! Why a JSON text was refused.

use core::fmt;

/// Why a JSON text was refused, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// Byte offset in the JSON text.
    pub offset: usize,
}

/// What is wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// The text is not UTF-8 (RFC 8259 section 8.1).
    Utf8,
    /// The text ends inside a value.
    End,
    /// A character that cannot stand here.
    Unexpected,
    /// The text is not an object; a JOSE header and a claims set are (RFC 7515 section 4, RFC 7519 section 3).
    NotAnObject,
    /// Text behind the object.
    Trailing,
    /// A number that RFC 8259 section 6 does not allow, such as `01`, `.5` or `NaN`.
    Number,
    /// An escape that RFC 8259 section 7 does not allow, or half of a surrogate pair.
    Escape,
    /// A control character in a string (RFC 8259 section 7).
    Control,
    /// The same member twice (RFC 7515 section 4 and RFC 7519 section 4 let a recipient refuse it).
    Duplicate,
    /// Nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    Depth,
    /// More members than [`MAX_MEMBERS`](crate::MAX_MEMBERS).
    Members,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            JsonErrorKind::Utf8 => "not UTF-8",
            JsonErrorKind::End => "ends too early",
            JsonErrorKind::Unexpected => "unexpected character",
            JsonErrorKind::NotAnObject => "not an object",
            JsonErrorKind::Trailing => "text behind the object",
            JsonErrorKind::Number => "malformed number",
            JsonErrorKind::Escape => "malformed escape",
            JsonErrorKind::Control => "control character in a string",
            JsonErrorKind::Duplicate => "duplicate member",
            JsonErrorKind::Depth => "nested too deeply",
            JsonErrorKind::Members => "too many members",
        };
        write!(f, "{what} at byte {}", self.offset)
    }
}

impl core::error::Error for JsonError {}
