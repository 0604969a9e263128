//! A strict, borrowing JSON reader.

use core::fmt;

use super::value::{JsonStr, JsonValue};

/// How deep arrays and objects may nest in a token's JSON.
pub const MAX_DEPTH: usize = 8;

/// How many members all objects of one JSON text may have together.
pub const MAX_MEMBERS: usize = 64;

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
    /// Nested deeper than [`MAX_DEPTH`].
    Depth,
    /// More members than [`MAX_MEMBERS`].
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

/// Checks that `bytes` are UTF-8 (RFC 8259 section 8.1).
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, JsonError> {
    core::str::from_utf8(bytes)
        .map_err(|error| JsonError { kind: JsonErrorKind::Utf8, offset: error.valid_up_to() })
}

/// Checks that `text` is one JSON object, and calls `member` for each member of its outermost level, in order.
pub(crate) fn object<'a, E: From<JsonError>>(
    text: &'a str,
    mut member: impl FnMut(JsonStr<'a>, JsonValue<'a>) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = Reader::new(text);
    reader.skip_space();
    if reader.peek() != Some(b'{') {
        return Err(reader.error(JsonErrorKind::NotAnObject).into());
    }
    reader.members(1, &mut member)?;
    reader.skip_space();
    if reader.peek().is_some() {
        return Err(reader.error(JsonErrorKind::Trailing).into());
    }
    Ok(())
}

/// Walks the members of `object`, a text that has passed [`object`], at the caller's pace.
pub(crate) struct Members<'a>(Reader<'a>);

impl<'a> Members<'a> {
    pub(crate) fn of(object: &'a str) -> Result<Self, JsonError> {
        let mut reader = Reader::new(object);
        reader.open(b'{', 1)?;
        Ok(Self(reader))
    }

    pub(crate) fn next(&mut self) -> Result<Option<(JsonStr<'a>, JsonValue<'a>)>, JsonError> {
        if self.0.goes_on(b'}')? { self.0.member(0, 1).map(Some) } else { Ok(None) }
    }
}

/// The same for the elements of an array.
pub(crate) struct Elements<'a>(Reader<'a>);

impl<'a> Elements<'a> {
    pub(crate) fn of(array: &'a str) -> Result<Self, JsonError> {
        let mut reader = Reader::new(array);
        reader.open(b'[', 1)?;
        Ok(Self(reader))
    }

    pub(crate) fn next(&mut self) -> Result<Option<JsonValue<'a>>, JsonError> {
        if self.0.goes_on(b']')? { self.0.value(1).map(Some) } else { Ok(None) }
    }
}

/// Calls `element` for each element of `array`, a [`JsonValue::Array`] that has passed [`object`].
pub(crate) fn elements<'a, E: From<JsonError>>(
    array: &'a str,
    mut element: impl FnMut(JsonValue<'a>) -> Result<(), E>,
) -> Result<(), E> {
    Reader::new(array).array(1, &mut element)
}

struct Reader<'a> {
    text: &'a str,
    pos: usize,
    /// Where the keys of every object that is open at `pos` stand; each object looks only at its own tail.
    keys: [(u16, u16); MAX_MEMBERS],
    open_keys: usize,
    seen: usize,
    /// Whether the array or object just opened has shown no element yet.
    first: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, pos: 0, keys: [(0, 0); MAX_MEMBERS], open_keys: 0, seen: 0, first: false }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.pos).copied()
    }

    fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError { kind, offset: self.pos }
    }

    fn unexpected(&self) -> JsonError {
        self.error(if self.peek().is_some() { JsonErrorKind::Unexpected } else { JsonErrorKind::End })
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.pos += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.peek() != Some(byte) {
            return Err(self.unexpected());
        }
        self.pos += 1;
        Ok(())
    }

    /// The text from `start` up to here. Both stand at ASCII bytes, so the slice exists.
    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.pos).unwrap_or_default()
    }

    fn value(&mut self, depth: usize) -> Result<JsonValue<'a>, JsonError> {
        let start = self.pos;
        match self.peek() {
            Some(b'"') => Ok(JsonValue::String(self.string()?)),
            Some(b'{') => {
                self.members(depth + 1, &mut |_, _| Ok::<(), JsonError>(()))?;
                Ok(JsonValue::Object(self.since(start)))
            }
            Some(b'[') => {
                self.array(depth + 1, &mut |_| Ok::<(), JsonError>(()))?;
                Ok(JsonValue::Array(self.since(start)))
            }
            Some(b't') => self.word("true", JsonValue::Bool(true)),
            Some(b'f') => self.word("false", JsonValue::Bool(false)),
            Some(b'n') => self.word("null", JsonValue::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected()),
        }
    }

    fn word(&mut self, word: &str, value: JsonValue<'a>) -> Result<JsonValue<'a>, JsonError> {
        word.bytes().try_for_each(|byte| self.expect(byte))?;
        Ok(value)
    }

    fn members<E: From<JsonError>>(
        &mut self,
        depth: usize,
        member: &mut dyn FnMut(JsonStr<'a>, JsonValue<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        let own_keys = self.open_keys;
        self.open(b'{', depth)?;
        while self.goes_on(b'}')? {
            let (key, value) = self.member(own_keys, depth)?;
            member(key, value)?;
        }
        self.open_keys = own_keys;
        Ok(())
    }

    fn array<E: From<JsonError>>(
        &mut self,
        depth: usize,
        element: &mut dyn FnMut(JsonValue<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.open(b'[', depth)?;
        while self.goes_on(b']')? {
            let value = self.value(depth)?;
            element(value)?;
        }
        Ok(())
    }

    fn open(&mut self, bracket: u8, depth: usize) -> Result<(), JsonError> {
        if depth > MAX_DEPTH {
            return Err(self.error(JsonErrorKind::Depth));
        }
        self.expect(bracket)?;
        self.first = true;
        Ok(())
    }

    /// Passes over a comma or the closing bracket: whether another element follows.
    fn goes_on(&mut self, close: u8) -> Result<bool, JsonError> {
        let first = core::mem::replace(&mut self.first, false);
        self.skip_space();
        match self.peek() {
            Some(byte) if byte == close => {
                self.pos += 1;
                return Ok(false);
            }
            _ if first => return Ok(true),
            Some(b',') => self.pos += 1,
            _ => return Err(self.unexpected()),
        }
        self.skip_space();
        Ok(true)
    }

    fn member(&mut self, own_keys: usize, depth: usize) -> Result<(JsonStr<'a>, JsonValue<'a>), JsonError> {
        let key = self.key(own_keys)?;
        self.skip_space();
        self.expect(b':')?;
        self.skip_space();
        Ok((key, self.value(depth)?))
    }

    /// Reads a key and compares it with those that the same object had before.
    fn key(&mut self, own_keys: usize) -> Result<JsonStr<'a>, JsonError> {
        let at = self.error(JsonErrorKind::Duplicate);
        let key = self.string()?;
        for &(start, end) in &self.keys[own_keys..self.open_keys] {
            let earlier = self.text.get(usize::from(start)..usize::from(end)).unwrap_or_default();
            if key == JsonStr::from_checked(earlier) {
                return Err(at);
            }
        }
        // A token is shorter than 64 KiB, and so is what is in it; a longer text than that has no place for its keys.
        let place = u16::try_from(at.offset + 1).ok().zip(u16::try_from(self.pos - 1).ok());
        let (Some(slot), Some(place)) = (self.keys.get_mut(self.open_keys), place) else {
            return Err(JsonError { kind: JsonErrorKind::Members, ..at });
        };
        if self.seen == MAX_MEMBERS {
            return Err(JsonError { kind: JsonErrorKind::Members, ..at });
        }
        *slot = place;
        self.open_keys += 1;
        self.seen += 1;
        Ok(key)
    }

    fn string(&mut self) -> Result<JsonStr<'a>, JsonError> {
        self.expect(b'"')?;
        let start = self.pos;
        let mut escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.pos..).unwrap_or_default();
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            self.pos += plain.unwrap_or(rest.len());
            match self.peek() {
                Some(b'"') => {
                    let raw = self.since(start);
                    self.pos += 1;
                    return Ok(JsonStr::new(raw, escaped));
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.error(JsonErrorKind::Control)),
                None => return Err(self.error(JsonErrorKind::End)),
            }
        }
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        let malformed = self.error(JsonErrorKind::Escape);
        self.pos += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.pos += 1,
            Some(b'u') => {
                self.pos += 1;
                let unit = self.hex4().ok_or(malformed)?;
                match unit {
                    0xdc00..=0xdfff => return Err(malformed),
                    0xd800..=0xdbff => {
                        self.expect(b'\\').map_err(|_| malformed)?;
                        self.expect(b'u').map_err(|_| malformed)?;
                        if !matches!(self.hex4(), Some(0xdc00..=0xdfff)) {
                            return Err(malformed);
                        }
                    }
                    _ => {}
                }
            }
            Some(_) => return Err(malformed),
            None => return Err(self.error(JsonErrorKind::End)),
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

    fn number(&mut self) -> Result<JsonValue<'a>, JsonError> {
        let start = self.pos;
        let malformed = self.error(JsonErrorKind::Number);
        if self.peek() == Some(b'-') {
            self.pos += 1;
        }
        if self.peek() == Some(b'0') {
            self.pos += 1;
        } else if self.digits() == 0 {
            return Err(malformed);
        }
        if self.peek() == Some(b'.') {
            self.pos += 1;
            if self.digits() == 0 {
                return Err(malformed);
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.pos += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.pos += 1;
            }
            if self.digits() == 0 {
                return Err(malformed);
            }
        }
        if matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(malformed);
        }
        Ok(JsonValue::Number(self.since(start)))
    }

    fn digits(&mut self) -> usize {
        let start = self.pos;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.pos += 1;
        }
        self.pos - start
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::{String, ToString};

    fn check(text: &[u8]) -> Result<(), JsonError> {
        object(utf8(text)?, |_, _| Ok::<(), JsonError>(()))
    }

    fn refused(text: &[u8]) -> String {
        check(text).unwrap_err().to_string()
    }

    #[test]
    fn every_refusal_names_its_place() {
        assert_eq!(refused(b""), "not an object at byte 0");
        assert_eq!(refused(b"[]"), "not an object at byte 0");
        assert_eq!(refused(b"{"), "ends too early at byte 1");
        assert_eq!(refused(b"{\"a\""), "ends too early at byte 4");
        assert_eq!(refused(b"{\"a\":1,}"), "unexpected character at byte 7");
        assert_eq!(refused(b"{\"a\":1}x"), "text behind the object at byte 7");
        assert_eq!(refused(b"{\"a\":01}"), "malformed number at byte 5");
        assert_eq!(refused(b"{\"a\":-}"), "malformed number at byte 5");
        assert_eq!(refused(b"{\"a\":1.}"), "malformed number at byte 5");
        assert_eq!(refused(b"{\"a\":1e}"), "malformed number at byte 5");
        assert_eq!(refused(b"{\"a\":NaN}"), "unexpected character at byte 5");
        assert_eq!(refused(b"{\"a\":.5}"), "unexpected character at byte 5");
        assert_eq!(refused(b"{\"a\":\"\\x\"}"), "malformed escape at byte 6");
        assert_eq!(refused(b"{\"a\":\"\\ud800\"}"), "malformed escape at byte 6");
        assert_eq!(refused(b"{\"a\":\"\\udc00\"}"), "malformed escape at byte 6");
        assert_eq!(refused(b"{\"a\":\"\n\"}"), "control character in a string at byte 6");
        assert_eq!(refused(b"{\"a\":\"\xff\"}"), "not UTF-8 at byte 6");
        assert_eq!(refused(b"{\"a\":1,\"a\":2}"), "duplicate member at byte 7");
        assert_eq!(refused(b"{\"sub\":1,\"s\\u0075b\":2}"), "duplicate member at byte 9");
        assert_eq!(refused(b"{\"o\":{\"a\":1,\"a\":2}}"), "duplicate member at byte 12");
        assert_eq!(refused(b"{\"a\":truth}"), "unexpected character at byte 8");
    }

    #[test]
    fn nesting_and_members_have_limits() {
        let nested =
            |depth: usize| std::format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        check(nested(MAX_DEPTH).as_bytes()).unwrap();
        assert_eq!(refused(nested(MAX_DEPTH + 1).as_bytes()), "nested too deeply at byte 12");
        let many = |count: usize| {
            let members: std::vec::Vec<_> = (0..count).map(|i| std::format!("\"{i}\":0")).collect();
            std::format!("{{{}}}", members.join(","))
        };
        check(many(MAX_MEMBERS).as_bytes()).unwrap();
        assert!(refused(many(MAX_MEMBERS + 1).as_bytes()).starts_with("too many members at byte"));
    }

    #[test]
    fn the_same_key_may_stand_in_different_objects() {
        check(br#"{"a":{"x":1},"b":{"x":1},"x":[{"x":1},{"x":2}]}"#).unwrap();
    }

    #[test]
    fn strings_compare_and_print_decoded() {
        let mut found = None;
        object(r#"{"k":"a\u00e9\n\ud83d\ude00\/\"é"}"#, |_, value| {
            found = Some(value);
            Ok::<(), JsonError>(())
        })
        .unwrap();
        let Some(JsonValue::String(text)) = found else { panic!("not a string") };
        assert_eq!(text, "aé\n😀/\"é");
        assert_eq!(text.to_string(), "aé\n😀/\"é");
        assert_eq!(text.as_str(), None);
    }

    #[test]
    fn white_space_may_surround_everything_and_trail() {
        check(b" { \"a\" : [ 1 , -0.5e+3 , null , true ] , \"b\" : { } }  \r\n\t").unwrap();
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_serde_json_on_what_is_an_object(text in "[ {}\\[\\]\":,a-c0-9.eE+tfn\\\\u-]{0,24}") {
            let theirs = serde_json::from_str::<std::collections::BTreeMap<String, serde_json::Value>>(&text);
            match check(text.as_bytes()) {
                Ok(()) => proptest::prop_assert!(theirs.is_ok() || theirs.unwrap_err().to_string().contains("out of range")),
                Err(error) if error.kind == JsonErrorKind::Duplicate => {}
                Err(error) => proptest::prop_assert!(theirs.is_err(), "{error}"),
            }
        }

        #[test]
        fn any_bytes_return(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            let _ = check(&bytes);
        }
    }
}
