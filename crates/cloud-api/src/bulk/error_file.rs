//! The error file of a failed bulk operation, in both forms that exist.
//!
//! Current (since December 2025): `{"errors":["[<row>]: <message>", …]}` with rows counted from 0. Before: a
//! sentence that ends in `(1-based)]: ` and an escaped JSON object of message to rows, counted from 1. Both
//! are known from Nordic's `nrfcloud-utils` only, so whatever does not fit is kept as text.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Deserializer, Value};

use super::cause::Cause;

/// The parsed error file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ErrorFile {
    /// Errors that name a row, in the order of the file.
    pub rows: Vec<RowError>,
    /// Whatever else the file says, as text.
    pub unparsed: Vec<String>,
}

/// An error of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RowError {
    /// Index of the row in the upload, counted from 0.
    pub row: usize,
    /// The service's words. May be empty: the service has sent such.
    pub message: String,
}

impl RowError {
    /// Which of the known reasons it is.
    #[must_use]
    pub fn cause(&self) -> Cause {
        Cause::of(&self.message)
    }
}

impl fmt::Display for RowError {
    /// The row is counted from 1 here, as people do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = if self.message.is_empty() { "no reason given" } else { &self.message };
        write!(f, "row {}: {message}", self.row + 1)
    }
}

/// What stands before the object in the old form.
const OLD_MARK: &str = "(1-based)]: ";

/// Longest unreadable text that is kept, in characters.
const LONGEST_TEXT: usize = 2000;

impl ErrorFile {
    /// Reads an error file. Never fails: what cannot be read is kept in [`unparsed`](Self::unparsed).
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        let mut file = Self::default();
        match serde_json::from_slice::<Value>(body) {
            Ok(Value::Object(object)) => {
                for (name, value) in &object {
                    match value {
                        Value::Array(entries) if name == "errors" => {
                            entries.iter().for_each(|entry| file.add_entry(entry));
                        }
                        other => file.add_other(other),
                    }
                }
            }
            Ok(Value::Array(entries)) => entries.iter().for_each(|entry| file.add_entry(entry)),
            Ok(other) => file.add_other(&other),
            Err(_) => file.add_raw(&String::from_utf8_lossy(body)),
        }
        file
    }

    /// An entry of the current form.
    fn add_entry(&mut self, entry: &Value) {
        match entry.as_str() {
            Some(text) => match row_and_message(text) {
                Some((row, message)) => self.rows.push(RowError { row, message: message.to_owned() }),
                None => self.add_sentence(text),
            },
            None => self.keep(&entry.to_string()),
        }
    }

    /// Anything else in a JSON file: texts may hold the old form.
    fn add_other(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add_sentence(text),
            Value::Null => {}
            other => self.keep(&other.to_string()),
        }
    }

    /// A text that may hold the old form, already un-escaped.
    fn add_sentence(&mut self, text: &str) {
        match text.split_once(OLD_MARK).and_then(|(_, object)| old_object(object)) {
            Some(entries) => entries.into_iter().for_each(|entry| self.add_old(entry)),
            None => self.keep(text),
        }
    }

    /// A file that is not JSON: the old form as it stands in a JSON text, with every quote escaped.
    fn add_raw(&mut self, text: &str) {
        let entries = text
            .split_once(OLD_MARK)
            .and_then(|(_, object)| old_object(object).or_else(|| old_object(&unescape(object))));
        match entries {
            Some(entries) => entries.into_iter().for_each(|entry| self.add_old(entry)),
            None => self.keep(text),
        }
    }

    fn add_old(&mut self, (message, rows): (String, Value)) {
        let numbers = match &rows {
            Value::Array(numbers) => numbers.as_slice(),
            single => std::slice::from_ref(single),
        };
        for number in numbers {
            let row = number.as_u64().and_then(|n| usize::try_from(n).ok()).and_then(|n| n.checked_sub(1));
            match row {
                Some(row) => self.rows.push(RowError { row, message: message.clone() }),
                None => self.keep(&format!("{message}: row {number}")),
            }
        }
    }

    fn keep(&mut self, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.unparsed.push(text.chars().take(LONGEST_TEXT).collect());
        }
    }
}

/// `[12]: message`
fn row_and_message(entry: &str) -> Option<(usize, &str)> {
    let (row, message) = entry.trim_start().strip_prefix('[')?.split_once(']')?;
    Some((row.parse().ok()?, message.strip_prefix(':')?.trim()))
}

/// `{"<message>":[1,3], …}` with anything after it. Messages that occur twice are both kept.
fn old_object(text: &str) -> Option<Vec<(String, Value)>> {
    struct Entries;

    impl<'de> Visitor<'de> for Entries {
        type Value = Vec<(String, Value)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of messages and rows")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = Vec::new();
            while let Some(entry) = map.next_entry()? {
                entries.push(entry);
            }
            Ok(entries)
        }
    }

    Deserializer::from_str(text).deserialize_map(Entries).ok()
}

/// Takes one level of backslashes away.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(file: &ErrorFile) -> Vec<(usize, &str)> {
        file.rows.iter().map(|error| (error.row, error.message.as_str())).collect()
    }

    #[test]
    fn current_form() {
        let file =
            ErrorFile::parse(br#"{"errors":["[0]: Already registered.","[12]: Thing x exists: yes"]}"#);
        assert_eq!(rows(&file), [(0, "Already registered."), (12, "Thing x exists: yes")]);
        assert!(file.unparsed.is_empty());
    }

    #[test]
    fn old_form_inside_json_and_as_bare_text() {
        let inside =
            br#"{"error":"There were 3 errors [message: rows (1-based)]: {\"In use.\":[1,3],\"\":[2]}."}"#;
        let file = ErrorFile::parse(inside);
        assert_eq!(rows(&file), [(0, "In use."), (2, "In use."), (1, "")]);
        assert!(file.unparsed.is_empty());

        let bare = br#"3 errors [message: rows (1-based)]: {\"Thing \\\"a\\\" exists\":[1,3],\"\":[2]}."}"#;
        let file = ErrorFile::parse(bare);
        assert_eq!(rows(&file), [(0, "Thing \"a\" exists"), (2, "Thing \"a\" exists"), (1, "")]);

        let plain = br#"1 error [message: rows (1-based)]: {"In use.":[7],"In use.":[8]}."#;
        assert_eq!(rows(&ErrorFile::parse(plain)), [(6, "In use."), (7, "In use.")]);
    }

    #[test]
    fn what_names_no_row_is_kept_as_text() {
        let file = ErrorFile::parse(
            br#"{"errors":["[1]: a","Service is tired",{"row":3},"[x]: y","[-1]: z"],"note":"n"}"#,
        );
        assert_eq!(rows(&file), [(1, "a")]);
        assert_eq!(file.unparsed, ["Service is tired", "{\"row\":3}", "[x]: y", "[-1]: z", "n"]);

        let zero = ErrorFile::parse(br#"{"e":"rows (1-based)]: {\"a\":[0,2],\"b\":\"all\"}."}"#);
        assert_eq!(rows(&zero), [(1, "a")]);
        assert_eq!(zero.unparsed, ["a: row 0", "b: row \"all\""]);

        assert_eq!(ErrorFile::parse(b"<html>gone</html>").unparsed, ["<html>gone</html>"]);
        assert_eq!(ErrorFile::parse(b"rows (1-based)]: {broken").unparsed, ["rows (1-based)]: {broken"]);
        assert_eq!(ErrorFile::parse(b""), ErrorFile::default());
    }

    #[test]
    fn people_count_from_one() {
        let file = ErrorFile::parse(br#"{"errors":["[0]:"]}"#);
        assert_eq!(file.rows[0].to_string(), "row 1: no reason given");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let file = ErrorFile::parse(&body);
            prop_assert!(file.rows.len() <= body.len());
        }

        #[test]
        fn any_list_of_texts_is_kept_whole(texts in proptest::collection::vec("[ -~]{1,40}", 0..8)) {
            let body = serde_json::to_vec(&serde_json::json!({ "errors": texts })).unwrap();
            let file = ErrorFile::parse(&body);
            let blank = texts.iter().filter(|text| text.trim().is_empty()).count();
            prop_assert_eq!(file.rows.len() + file.unparsed.len(), texts.len() - blank);
        }
    }
}
