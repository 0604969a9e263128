//! One value after another in a JSON text, without what makes arrays and objects of them.

use super::error::JsonErrorKind;
use super::value::{JsonStr, JsonValue};

/// A place in a text.
///
/// A fault is where the cursor then stands. It is one octet, so that it comes back in a register: errors are made of it outside.
pub(super) struct Cursor<'a> {
    text: &'a str,
    pub(super) pos: usize,
}

/// What a value is.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Null,
    True,
    False,
    Number,
    /// A string without escapes.
    Plain,
    /// A string with escapes.
    Escaped,
    Array,
    Object,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, pos: 0 }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.pos).copied()
    }

    /// A fault at `pos`.
    fn fault<T>(&mut self, pos: usize, kind: JsonErrorKind) -> Result<T, JsonErrorKind> {
        self.pos = pos;
        Err(kind)
    }

    /// What stands here cannot.
    #[cold]
    pub(super) fn unexpected(&self) -> JsonErrorKind {
        if self.peek().is_some() { JsonErrorKind::Unexpected } else { JsonErrorKind::End }
    }

    pub(super) fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.pos += 1;
        }
    }

    pub(super) fn expect(&mut self, byte: u8) -> Result<(), JsonErrorKind> {
        if self.peek() != Some(byte) {
            return Err(self.unexpected());
        }
        self.pos += 1;
        Ok(())
    }

    /// The text between two places, both at ASCII characters, so that it exists.
    pub(super) fn text(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The string whose quotes stand at `start` and just before this place.
    pub(super) fn string_from(&self, start: usize, escaped: bool) -> JsonStr<'a> {
        JsonStr::new(self.text(start + 1, self.pos - 1), escaped)
    }

    /// The value from `start` up to this place.
    pub(super) fn value_from(&self, start: usize, kind: Kind) -> JsonValue<'a> {
        let quote = usize::from(matches!(kind, Kind::Plain | Kind::Escaped));
        let text = self.text(start + quote, self.pos - quote);
        match kind {
            Kind::Null => JsonValue::Null,
            Kind::True => JsonValue::Bool(true),
            Kind::False => JsonValue::Bool(false),
            Kind::Number => JsonValue::Number(text),
            Kind::Plain => JsonValue::String(JsonStr::new(text, false)),
            Kind::Escaped => JsonValue::String(JsonStr::new(text, true)),
            Kind::Array => JsonValue::Array(text),
            Kind::Object => JsonValue::Object(text),
        }
    }

    /// Passes over a value that is neither an array nor an object.
    pub(super) fn scalar(&mut self) -> Result<Kind, JsonErrorKind> {
        match self.peek() {
            Some(b'"') => Ok(if self.string()? { Kind::Escaped } else { Kind::Plain }),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true", Kind::True),
            Some(b'f') => self.word(b"false", Kind::False),
            Some(b'n') => self.word(b"null", Kind::Null),
            _ => Err(self.unexpected()),
        }
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Result<Kind, JsonErrorKind> {
        word.iter().try_for_each(|byte| self.expect(*byte))?;
        Ok(kind)
    }

    /// Passes over a string: whether it has escapes.
    pub(super) fn string(&mut self) -> Result<bool, JsonErrorKind> {
        self.expect(b'"')?;
        let mut escaped = false;
        loop {
            self.pos += plain_len(self.text.as_bytes().get(self.pos..).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.pos += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(JsonErrorKind::Control),
                None => return Err(JsonErrorKind::End),
            }
        }
    }

    fn escape(&mut self) -> Result<(), JsonErrorKind> {
        let start = self.pos;
        self.pos += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.pos += 1,
            Some(b'u') => {
                self.pos += 1;
                let right = match self.hex4() {
                    None | Some(0xdc00..=0xdfff) => false,
                    Some(0xd800..=0xdbff) => {
                        self.expect(b'\\').is_ok()
                            && self.expect(b'u').is_ok()
                            && matches!(self.hex4(), Some(0xdc00..=0xdfff))
                    }
                    Some(_) => true,
                };
                if !right {
                    return self.fault(start, JsonErrorKind::Escape);
                }
            }
            Some(_) => return self.fault(start, JsonErrorKind::Escape),
            None => return Err(JsonErrorKind::End),
        }
        Ok(())
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.pos..self.pos + 4)?;
        let unit =
            digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?))?;
        self.pos += 4;
        Some(unit)
    }

    fn number(&mut self) -> Result<Kind, JsonErrorKind> {
        let start = self.pos;
        if self.peek() == Some(b'-') {
            self.pos += 1;
        }
        let mut right = true;
        if self.peek() == Some(b'0') {
            self.pos += 1;
        } else {
            right = self.digits();
        }
        if self.peek() == Some(b'.') {
            self.pos += 1;
            right &= self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.pos += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.pos += 1;
            }
            right &= self.digits();
        }
        // A digit that follows stands behind a zero.
        if right && !matches!(self.peek(), Some(b'0'..=b'9')) {
            Ok(Kind::Number)
        } else {
            self.fault(start, JsonErrorKind::Number)
        }
    }

    /// Passes over digits: whether there is one.
    fn digits(&mut self) -> bool {
        let rest = self.text.as_bytes().get(self.pos..).unwrap_or_default();
        let digits = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
        self.pos += digits;
        digits > 0
    }
}

/// How many octets there are before the first quote, backslash or control character, by whole machine words where there are any.
fn plain_len(text: &[u8]) -> usize {
    const WORD: usize = size_of::<usize>();
    const ONES: usize = usize::MAX / 255;
    // The lowest octet of `word` that is below `limit` has its high bit set in the result, and none below it has.
    let below = |word: usize, limit: usize| word.wrapping_sub(ONES * limit) & !word & (ONES << 7);
    let (words, _) = text.as_chunks::<WORD>();
    for (at, word) in words.iter().enumerate() {
        let word = usize::from_le_bytes(*word);
        let special = below(word, 0x20) | below(word ^ (ONES * 0x22), 1) | below(word ^ (ONES * 0x5c), 1);
        if special != 0 {
            return at * WORD + special.trailing_zeros() as usize / 8;
        }
    }
    let start = words.len() * WORD;
    let special = text[start..].iter().position(|octet| matches!(octet, b'"' | b'\\' | 0..=0x1f));
    special.map_or(text.len(), |at| start + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "too many texts")]
    fn plain_text_ends_where_a_look_at_each_octet_says() {
        for place in 0..40 {
            for octet in 0..=u8::MAX {
                for around in [b'a', b' ', b'!', b'[', b'#', 0x7f, 0x80, 0xff] {
                    let mut text = [around; 40];
                    text[place] = octet;
                    let expected = text.iter().position(|octet| matches!(octet, b'"' | b'\\' | 0..=0x1f));
                    assert_eq!(
                        plain_len(&text[..]),
                        expected.unwrap_or(40),
                        "{octet:02x} at {place} in {around:02x}"
                    );
                }
            }
        }
    }
}
