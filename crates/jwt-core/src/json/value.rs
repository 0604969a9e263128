//! What stands in a JSON text: strings with their escapes, and values.

use core::fmt::{self, Write};

use super::printable::Printable;

/// A JSON string as it stands in the token, escapes and all.
///
/// Comparison and `Display` see the text that the escapes stand for. `Display` gives it as it is, to be used as a key say;
/// [`printable`](Self::printable) is for a terminal.
#[derive(Clone, Copy)]
pub struct JsonStr<'a> {
    /// What stands between the quotes; validated, so decoding cannot fail.
    raw: &'a str,
    escaped: bool,
}

impl<'a> JsonStr<'a> {
    /// The text between two quotes that the reader has checked; `escaped` says whether it has escapes.
    pub(super) fn new(raw: &'a str, escaped: bool) -> Self {
        Self { raw, escaped }
    }

    /// A part of a text that the reader has accepted as a string before.
    pub(crate) fn from_checked(raw: &'a str) -> Self {
        Self { raw, escaped: raw.contains('\\') }
    }

    /// The text between the quotes, escapes not decoded.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// The text, if no escape stands in it: the case for every device ID that a modem writes.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        (!self.escaped).then_some(self.raw)
    }

    /// Whether it has no character.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// The characters, escapes decoded.
    pub fn chars(&self) -> impl Iterator<Item = char> + Clone + use<'a> {
        Unescape(self.raw.chars())
    }

    /// What stands before and behind the first `separator`, which may be written as an escape.
    #[must_use]
    pub fn split_once(&self, separator: char) -> Option<(Self, Self)> {
        let mut chars = Unescape(self.raw.chars());
        loop {
            let rest = chars.0.as_str();
            if chars.next()? == separator {
                let before = &self.raw[..self.raw.len() - rest.len()];
                return Some((Self::from_checked(before), Self::from_checked(chars.0.as_str())));
            }
        }
    }

    // Apart, because this is much code that few tokens need.

    #[cold]
    #[inline(never)]
    fn same_decoded(self, other: JsonStr<'_>) -> bool {
        self.chars().eq(other.chars())
    }

    #[cold]
    #[inline(never)]
    fn same_decoded_text(self, other: &str) -> bool {
        self.chars().eq(other.chars())
    }

    /// For a terminal: what it would obey, what turns the direction of writing and what cannot be seen is shown as an escape of
    /// Rust's, `\u{202e}` say.
    #[must_use]
    pub fn printable(&self) -> impl fmt::Display + use<'a> {
        Printable(self.chars())
    }
}

impl PartialEq for JsonStr<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.as_str(), other.as_str()) {
            (Some(a), Some(b)) => a == b,
            _ => self.same_decoded(*other),
        }
    }
}

impl Eq for JsonStr<'_> {}

impl PartialEq<str> for JsonStr<'_> {
    fn eq(&self, other: &str) -> bool {
        match self.as_str() {
            Some(text) => text == other,
            None => self.same_decoded_text(other),
        }
    }
}

impl PartialEq<&str> for JsonStr<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Display for JsonStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            Some(text) => f.write_str(text),
            None => self.chars().try_for_each(|c| f.write_char(c)),
        }
    }
}

impl fmt::Debug for JsonStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.printable())
    }
}

/// Decodes the escapes in the characters of a string that the reader has checked.
#[derive(Clone)]
pub(crate) struct Unescape<I>(pub(crate) I);

impl<I: Iterator<Item = char>> Iterator for Unescape<I> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self.0.next()? {
            '\\' => self.escape(),
            plain => Some(plain),
        }
    }
}

impl<I: Iterator<Item = char>> Unescape<I> {
    /// What stands behind a backslash.
    fn escape(&mut self) -> Option<char> {
        Some(match self.0.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let high = self.hex4()?;
                if (0xd800..0xdc00).contains(&high) {
                    // The reader has checked that a low surrogate follows: `\u` and four digits.
                    self.0.nth(1)?;
                    let low = self.hex4()?;
                    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff))?
                } else {
                    char::from_u32(high)?
                }
            }
            other => other,
        })
    }

    fn hex4(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |unit, _| Some(unit << 4 | self.0.next()?.to_digit(16)?))
    }
}

/// A member's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonValue<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as written.
    Number(&'a str),
    /// A string.
    String(JsonStr<'a>),
    /// An array, as written, brackets and all.
    Array(&'a str),
    /// An object, as written, braces and all.
    Object(&'a str),
}

impl JsonValue<'_> {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            JsonValue::Null => "null",
            JsonValue::Bool(_) => "a boolean",
            JsonValue::Number(_) => "a number",
            JsonValue::String(_) => "a string",
            JsonValue::Array(_) => "an array",
            JsonValue::Object(_) => "an object",
        }
    }
}
