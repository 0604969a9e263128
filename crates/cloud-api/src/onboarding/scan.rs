//! RFC 4180 rows and fields, with the place of each.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3, memmem};

use super::problem::Rule;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// How a text is read. Only [`Dialect::STRICT`] is the published form; others serve to repair.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    pub(super) separator: u8,
    /// Whether spaces may stand before an opening quote.
    pub(super) spaces_before_quotes: bool,
}

impl Dialect {
    pub(super) const STRICT: Self = Self { separator: b',', spaces_before_quotes: false };
}

/// A row, by offsets into the window it was found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Behind its last byte.
    pub(super) end: usize,
    /// Behind the line break after it, if there is one.
    pub(super) next: usize,
}

/// A field of a row, by offsets into the same window.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Where the content begins: after the opening quote, if there is one.
    pub(super) start: usize,
    /// Where it ends: before the closing quote, if there is one.
    pub(super) end: usize,
    /// What is wrong with its form.
    pub(super) fault: Option<Fault>,
    /// Whether quotes in it are doubled.
    doubled: bool,
}

/// What is wrong with the form of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    UnquotedPem,
    /// Where the quote is.
    StrayQuote(usize),
    /// From where to where.
    TextAfterQuote(usize, usize),
    UnclosedQuote,
}

impl Field {
    /// The content; doubled quotes are single.
    pub(super) fn text<'w>(&self, window: &'w [u8]) -> Cow<'w, [u8]> {
        let raw = &window[self.start..self.end];
        if !self.doubled {
            return Cow::Borrowed(raw);
        }
        let mut text = Vec::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(quote) = memchr(b'"', rest) {
            text.extend_from_slice(&rest[..=quote]);
            // Inside a quoted field every quote is one of a pair.
            rest = rest.get(quote + 2..).unwrap_or_default();
        }
        text.extend_from_slice(rest);
        Cow::Owned(text)
    }

    /// What is wrong with its form, and where.
    pub(super) fn problem(&self) -> Option<(usize, Rule)> {
        Some(match self.fault? {
            Fault::UnquotedPem => (self.start, Rule::UnquotedPem),
            Fault::StrayQuote(at) => (at, Rule::StrayQuote),
            Fault::TextAfterQuote(from, _) => (from, Rule::TextAfterQuote),
            Fault::UnclosedQuote => (self.start - 1, Rule::UnclosedQuote),
        })
    }
}

/// Finds the row with which `window` begins. `None` when the window ends too early to tell, which cannot be when it
/// `is_rest`: then its end is that of the text.
///
/// What is found does not depend on where the window ends.
pub(super) fn record(
    window: &[u8],
    is_rest: bool,
    dialect: Dialect,
    fields: &mut Vec<Field>,
) -> Option<Extent> {
    fields.clear();
    let mut scanner = Scanner { window, is_rest, dialect, position: 0 };
    fields.push(scanner.field()?);
    while scanner.peek() == Some(dialect.separator) {
        scanner.position += 1;
        fields.push(scanner.field()?);
    }
    let end = scanner.position;
    scanner.skip_line_break()?;
    Some(Extent { end, next: scanner.position })
}

/// Whether a row is a line with nothing, or only white space, in it.
pub(super) fn is_blank(window: &[u8], fields: &[Field]) -> bool {
    match fields {
        [only] => only.fault.is_none() && only.text(window).trim_ascii().is_empty(),
        _ => false,
    }
}

struct Scanner<'w> {
    window: &'w [u8],
    is_rest: bool,
    dialect: Dialect,
    position: usize,
}

impl Scanner<'_> {
    fn field(&mut self) -> Option<Field> {
        let spaces = if self.dialect.spaces_before_quotes {
            let rest = &self.window[self.position..];
            let count = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            if rest.get(count) == Some(&b'"') { count } else { 0 }
        } else {
            0
        };
        match self.window.get(self.position + spaces) {
            Some(b'"') => {
                self.position += spaces;
                self.quoted()
            }
            None if !self.is_rest => None,
            _ => self.unquoted(),
        }
    }

    fn quoted(&mut self) -> Option<Field> {
        let start = self.position + 1;
        let mut doubled = false;
        let mut piece = start;
        let end = loop {
            let Some(length) = memchr(b'"', &self.window[piece..]) else {
                self.position = self.window.len();
                let unclosed =
                    Field { start, end: self.position, fault: Some(Fault::UnclosedQuote), doubled };
                return self.is_rest.then_some(unclosed);
            };
            let quote = piece + length;
            match self.window.get(quote + 1) {
                Some(b'"') => {
                    doubled = true;
                    piece = quote + 2;
                }
                None if !self.is_rest => return None,
                _ => break quote,
            }
        };
        let after = end + 1;
        self.position = after;
        self.skip_to_end_of_field()?;
        let fault = (self.position > after).then_some(Fault::TextAfterQuote(after, self.position));
        Some(Field { start, end, fault, doubled })
    }

    fn unquoted(&mut self) -> Option<Field> {
        let start = self.position;
        self.skip_to_end_of_field()?;
        let line = &self.window[start..self.position];
        let mut fault = None;
        if line.starts_with(BEGIN) && memmem::find(line, END).is_none() {
            // A PEM text without quotes: its lines are one field that lost its quotes, not rows of their own.
            fault = Some(Fault::UnquotedPem);
            if let Some(end) = self.end_of_block()? {
                self.position = end;
            }
        } else if let Some(quote) = memchr(b'"', line) {
            fault = Some(Fault::StrayQuote(start + quote));
        }
        Some(Field { start, end: self.position, fault, doubled: false })
    }

    /// From inside a PEM block: the end of its END line, if there is one before the next block or row of a device.
    fn end_of_block(&self) -> Option<Option<usize>> {
        let mut at = self.position;
        while at < self.window.len() {
            if matches!(self.window[at], b'\n' | b'\r') {
                at += 1;
                continue;
            }
            let end = match memchr2(b'\n', b'\r', &self.window[at..]) {
                Some(length) => at + length,
                None if self.is_rest => self.window.len(),
                None => return None,
            };
            let line = &self.window[at..end];
            let separator = memchr(self.dialect.separator, line);
            if line.starts_with(END) {
                // What follows a separator, if anything, are further fields.
                return Some(Some(separator.map_or(end, |length| at + length)));
            }
            if separator.is_some() || memmem::find(line, BEGIN).is_some() {
                return Some(None);
            }
            at = end;
        }
        self.is_rest.then_some(None)
    }

    fn peek(&self) -> Option<u8> {
        self.window.get(self.position).copied()
    }

    fn skip_to_end_of_field(&mut self) -> Option<()> {
        let rest = &self.window[self.position..];
        self.position = match memchr3(self.dialect.separator, b'\n', b'\r', rest) {
            Some(length) => self.position + length,
            None if self.is_rest => self.window.len(),
            None => return None,
        };
        Some(())
    }

    fn skip_line_break(&mut self) -> Option<()> {
        match (self.peek(), self.window.get(self.position + 1)) {
            (Some(b'\r'), Some(b'\n')) => self.position += 2,
            (Some(b'\r'), None) if !self.is_rest => return None,
            (Some(b'\r' | b'\n'), _) => self.position += 1,
            _ => {}
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scanned(window: &[u8], is_rest: bool) -> Option<(Extent, String)> {
        let mut fields = Vec::new();
        let extent = record(window, is_rest, Dialect::STRICT, &mut fields)?;
        Some((extent, format!("{fields:?}")))
    }

    #[test]
    fn doubled_quotes_become_single() {
        let text = br#""a""b""","""",x"#;
        let mut fields = Vec::new();
        record(text, true, Dialect::STRICT, &mut fields).unwrap();
        let texts: Vec<_> = fields.iter().map(|field| field.text(text).into_owned()).collect();
        assert_eq!(texts, [&b"a\"b\""[..], b"\"", b"x"]);
    }

    proptest! {
        /// A window that is too short is told so, or gives just what the whole text gives.
        #[test]
        fn the_end_of_a_window_changes_nothing(
            pieces in proptest::collection::vec(prop::sample::select(vec![
                "a", ",", "\"", "\"\"", "\n", "\r\n", "\r", " ", "-----BEGIN PUBLIC KEY-----",
                "-----END PUBLIC KEY-----", "-----BEGIN PUBLIC KEY-----\nMAMCAQE=\n-----END PUBLIC KEY-----",
            ]), 1..20)
        ) {
            let text = pieces.concat();
            let whole = scanned(text.as_bytes(), true);
            prop_assert!(whole.is_some());
            for length in 0..=text.len() {
                let part = scanned(&text.as_bytes()[..length], false);
                prop_assert!(part.is_none() || part == whole, "{} bytes of {:?}", length, text);
            }
        }
    }
}
