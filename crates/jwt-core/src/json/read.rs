//! A strict, borrowing JSON reader.

use super::error::{JsonError, JsonErrorKind};
use super::scan::{Cursor, Kind};
use super::value::{JsonStr, JsonValue};

/// How deep arrays and objects may nest in a token's JSON.
pub const MAX_DEPTH: usize = 8;

/// How many members all objects of one JSON text may have together.
pub const MAX_MEMBERS: usize = 64;

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
    reader.cursor.skip_space();
    if reader.cursor.peek() != Some(b'{') {
        return Err(reader.error(JsonErrorKind::NotAnObject).into());
    }
    reader.open(b'{', 1).map_err(|fault| reader.error(fault))?;
    while reader.goes_on(b'}').map_err(|fault| reader.error(fault))? {
        let start = reader.cursor.pos;
        let escaped = reader.key(0).map_err(|fault| reader.error(fault))?;
        let key = reader.cursor.string_from(start, escaped);
        reader.colon().map_err(|fault| reader.error(fault))?;
        let start = reader.cursor.pos;
        let kind = reader.value(1).map_err(|fault| reader.error(fault))?;
        member(key, reader.cursor.value_from(start, kind))?;
    }
    reader.cursor.skip_space();
    if reader.cursor.peek().is_some() {
        return Err(reader.error(JsonErrorKind::Trailing).into());
    }
    Ok(())
}

/// Walks the members of `object`, a text that has passed [`object`], at the caller's pace.
pub(crate) struct Members<'a>(Reader<'a>);

impl<'a> Members<'a> {
    pub(crate) fn of(object: &'a str) -> Result<Self, JsonError> {
        Reader::opened(object, b'{').map(Self)
    }

    pub(crate) fn next(&mut self) -> Result<Option<(JsonStr<'a>, JsonValue<'a>)>, JsonError> {
        let member = match self.0.goes_on(b'}') {
            Ok(true) => self.0.member().map(Some),
            Ok(false) => Ok(None),
            Err(fault) => Err(fault),
        };
        member.map_err(|fault| self.0.error(fault))
    }
}

/// The same for the elements of an array.
pub(crate) struct Elements<'a>(Reader<'a>);

impl<'a> Elements<'a> {
    pub(crate) fn of(array: &'a str) -> Result<Self, JsonError> {
        Reader::opened(array, b'[').map(Self)
    }

    pub(crate) fn next(&mut self) -> Result<Option<JsonValue<'a>>, JsonError> {
        let element = match self.0.goes_on(b']') {
            Ok(true) => {
                let start = self.0.cursor.pos;
                self.0.value(1).map(|kind| Some(self.0.cursor.value_from(start, kind)))
            }
            Ok(false) => Ok(None),
            Err(fault) => Err(fault),
        };
        element.map_err(|fault| self.0.error(fault))
    }
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    /// Where the keys of every object that is open here stand; each object looks only at its own tail.
    keys: [(u16, u16); MAX_MEMBERS],
    open_keys: usize,
    /// Whether any key so far has escapes, so that two texts may be one name.
    escaped_keys: bool,
    seen: usize,
    /// Whether the array or object just opened has shown no element yet.
    first: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            cursor: Cursor::new(text),
            keys: [(0, 0); MAX_MEMBERS],
            open_keys: 0,
            escaped_keys: false,
            seen: 0,
            first: false,
        }
    }

    /// Inside the array or object that `text` begins with.
    fn opened(text: &'a str, bracket: u8) -> Result<Self, JsonError> {
        let mut reader = Self::new(text);
        match reader.open(bracket, 1) {
            Ok(()) => Ok(reader),
            Err(fault) => Err(reader.error(fault)),
        }
    }

    #[cold]
    fn error(&self, kind: JsonErrorKind) -> JsonError {
        JsonError { kind, offset: self.cursor.pos }
    }

    /// Passes over a value.
    fn value(&mut self, depth: usize) -> Result<Kind, JsonErrorKind> {
        match self.cursor.peek() {
            Some(b'{') => self.pass_object(depth + 1),
            Some(b'[') => self.pass_array(depth + 1),
            _ => self.cursor.scalar(),
        }
    }

    fn pass_object(&mut self, depth: usize) -> Result<Kind, JsonErrorKind> {
        let own_keys = self.open_keys;
        self.open(b'{', depth)?;
        while self.goes_on(b'}')? {
            self.key(own_keys)?;
            self.colon()?;
            self.value(depth)?;
        }
        self.open_keys = own_keys;
        Ok(Kind::Object)
    }

    fn pass_array(&mut self, depth: usize) -> Result<Kind, JsonErrorKind> {
        self.open(b'[', depth)?;
        while self.goes_on(b']')? {
            self.value(depth)?;
        }
        Ok(Kind::Array)
    }

    fn open(&mut self, bracket: u8, depth: usize) -> Result<(), JsonErrorKind> {
        if depth > MAX_DEPTH {
            return Err(JsonErrorKind::Depth);
        }
        self.cursor.expect(bracket)?;
        self.first = true;
        Ok(())
    }

    /// Passes over a comma or the closing bracket: whether another element follows.
    fn goes_on(&mut self, close: u8) -> Result<bool, JsonErrorKind> {
        let first = core::mem::replace(&mut self.first, false);
        self.cursor.skip_space();
        match self.cursor.peek() {
            Some(byte) if byte == close => {
                self.cursor.pos += 1;
                return Ok(false);
            }
            _ if first => return Ok(true),
            Some(b',') => self.cursor.pos += 1,
            _ => return Err(self.cursor.unexpected()),
        }
        self.cursor.skip_space();
        Ok(true)
    }

    fn member(&mut self) -> Result<(JsonStr<'a>, JsonValue<'a>), JsonErrorKind> {
        let start = self.cursor.pos;
        let escaped = self.key(0)?;
        let key = self.cursor.string_from(start, escaped);
        self.colon()?;
        let start = self.cursor.pos;
        let kind = self.value(1)?;
        Ok((key, self.cursor.value_from(start, kind)))
    }

    fn colon(&mut self) -> Result<(), JsonErrorKind> {
        self.cursor.skip_space();
        self.cursor.expect(b':')?;
        self.cursor.skip_space();
        Ok(())
    }

    /// Reads a key and compares it with those that the same object had before: whether it has escapes.
    fn key(&mut self, own_keys: usize) -> Result<bool, JsonErrorKind> {
        let start = self.cursor.pos;
        let escaped = self.cursor.string()?;
        match self.remember(start, escaped, own_keys) {
            Ok(()) => Ok(escaped),
            Err(fault) => {
                self.cursor.pos = start;
                Err(fault)
            }
        }
    }

    fn remember(&mut self, start: usize, escaped: bool, own_keys: usize) -> Result<(), JsonErrorKind> {
        let key = self.cursor.string_from(start, escaped);
        self.escaped_keys |= escaped;
        for &(start, end) in &self.keys[own_keys..self.open_keys] {
            let earlier = self.cursor.text(start.into(), end.into());
            if key.raw() == earlier || self.escaped_keys && key == JsonStr::from_checked(earlier) {
                return Err(JsonErrorKind::Duplicate);
            }
        }
        // A token is shorter than 64 KiB, and so is what is in it; a longer text than that has no place for its keys.
        let place = u16::try_from(start + 1).ok().zip(u16::try_from(self.cursor.pos - 1).ok());
        let (Some(slot), Some(place)) = (self.keys.get_mut(self.open_keys), place) else {
            return Err(JsonErrorKind::Members);
        };
        if self.seen == MAX_MEMBERS {
            return Err(JsonErrorKind::Members);
        }
        *slot = place;
        self.open_keys += 1;
        self.seen += 1;
        Ok(())
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
