//! What stands in a JSON text: strings with their escapes, and values.

use core::fmt;

/// A JSON string as it stands in the token, escapes and all.
///
/// Comparison and `Display` see the text that the escapes stand for.
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

    /// The text, if no escape stands in it: the case for every device ID.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        (!self.escaped).then_some(self.raw)
    }

    /// The characters, escapes decoded.
    pub fn chars(&self) -> impl Iterator<Item = char> + 'a {
        Unescape { rest: self.raw }
    }

    /// The rest behind the first `separator`, if there is one and no escape stands in the string.
    #[must_use]
    pub fn after_first(&self, separator: char) -> Option<&'a str> {
        Some(self.as_str()?.split_once(separator)?.1)
    }
}

impl PartialEq for JsonStr<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.as_str(), other.as_str()) {
            (Some(a), Some(b)) => a == b,
            _ => self.chars().eq(other.chars()),
        }
    }
}

impl Eq for JsonStr<'_> {}

impl PartialEq<str> for JsonStr<'_> {
    fn eq(&self, other: &str) -> bool {
        match self.as_str() {
            Some(text) => text == other,
            None => self.chars().eq(other.chars()),
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
        use fmt::Write;
        match self.as_str() {
            Some(text) => f.write_str(text),
            None => self.chars().try_for_each(|c| f.write_char(c)),
        }
    }
}

impl fmt::Debug for JsonStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.raw)
    }
}

struct Unescape<'a> {
    rest: &'a str,
}

impl Iterator for Unescape<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let first = chars.next()?;
        if first != '\\' {
            self.rest = chars.as_str();
            return Some(first);
        }
        let escape = chars.next()?;
        self.rest = chars.as_str();
        Some(match escape {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let high = self.hex4()?;
                if (0xd800..0xdc00).contains(&high) {
                    // The reader has checked that a low surrogate follows.
                    self.rest = self.rest.get(2..)?;
                    let low = self.hex4()?;
                    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff))?
                } else {
                    char::from_u32(high)?
                }
            }
            other => other,
        })
    }
}

impl Unescape<'_> {
    fn hex4(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        u32::from_str_radix(digits, 16).ok()
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
