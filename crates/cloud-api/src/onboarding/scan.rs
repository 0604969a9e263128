//! RFC 4180 rows and fields, with the place of each.

use std::borrow::Cow;
use std::ops::Range;

use super::problem::Rule;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// A row as it stands in the text.
pub(super) struct Record<'a> {
    /// From the first byte to the last, without the line break after it.
    pub(super) span: Range<usize>,
    pub(super) fields: Vec<Field<'a>>,
}

/// A field of a row.
pub(super) struct Field<'a> {
    /// Where the content begins: after the opening quote, if there is one.
    pub(super) start: usize,
    /// The content; doubled quotes are single.
    pub(super) text: Cow<'a, [u8]>,
    /// Whether the scanner has already found fault with this field.
    pub(super) faulty: bool,
}

impl Record<'_> {
    /// A line with nothing, or only white space, in it.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.fields.as_slice(), [only] if only.text.trim_ascii().is_empty() && !only.faulty)
    }
}

/// Cuts a text into rows. Never fails: what is wrong goes to `problems`, by offset.
pub(super) struct Scanner<'a> {
    source: &'a [u8],
    position: usize,
    pub(super) problems: Vec<(usize, Rule)>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: &'a [u8], start: usize) -> Self {
        Self { source, position: start, problems: Vec::new() }
    }

    pub(super) fn next_record(&mut self) -> Option<Record<'a>> {
        if self.position >= self.source.len() {
            return None;
        }
        let start = self.position;
        let mut fields = vec![self.field()];
        while self.peek() == Some(b',') {
            self.position += 1;
            fields.push(self.field());
        }
        let span = start..self.position;
        self.skip_line_break();
        Some(Record { span, fields })
    }

    fn field(&mut self) -> Field<'a> {
        if self.peek() == Some(b'"') { self.quoted() } else { self.unquoted() }
    }

    fn quoted(&mut self) -> Field<'a> {
        let opening = self.position;
        let start = opening + 1;
        let mut text = Cow::Borrowed(&self.source[start..start]);
        let mut piece = start;
        loop {
            let Some(length) = self.source[piece..].iter().position(|byte| *byte == b'"') else {
                self.problems.push((opening, Rule::UnclosedQuote));
                append(&mut text, &self.source[piece..]);
                self.position = self.source.len();
                return Field { start, text, faulty: true };
            };
            append(&mut text, &self.source[piece..piece + length]);
            let quote = piece + length;
            if self.source.get(quote + 1) != Some(&b'"') {
                self.position = quote + 1;
                break;
            }
            append(&mut text, b"\"");
            piece = quote + 2;
        }
        let after = self.position;
        self.skip_to_end_of_field();
        let faulty = self.position > after;
        if faulty {
            self.problems.push((after, Rule::TextAfterQuote));
        }
        Field { start, text, faulty }
    }

    fn unquoted(&mut self) -> Field<'a> {
        let start = self.position;
        self.skip_to_end_of_field();
        let line = &self.source[start..self.position];
        let mut faulty = false;
        if line.starts_with(BEGIN) && !contains(line, END) {
            // A PEM text without quotes: its lines are one field that lost its quotes, not rows of their own.
            self.problems.push((start, Rule::UnquotedPem));
            faulty = true;
            if let Some(end) = self.end_of_block() {
                self.position = end;
            }
        } else if let Some(quote) = line.iter().position(|byte| *byte == b'"') {
            self.problems.push((start + quote, Rule::StrayQuote));
            faulty = true;
        }
        Field { start, text: Cow::Borrowed(&self.source[start..self.position]), faulty }
    }

    /// From inside a PEM block: the end of its END line, if there is one before the next block or row of a
    /// device.
    fn end_of_block(&self) -> Option<usize> {
        let mut at = self.position;
        while at < self.source.len() {
            if matches!(self.source[at], b'\n' | b'\r') {
                at += 1;
                continue;
            }
            let length = self.source[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let end = length.map_or(self.source.len(), |length| at + length);
            let line = &self.source[at..end];
            if line.starts_with(END) {
                // What follows a comma, if anything, are further fields.
                return Some(line.iter().position(|byte| *byte == b',').map_or(end, |comma| at + comma));
            }
            if contains(line, BEGIN) || line.contains(&b',') {
                return None;
            }
            at = end;
        }
        None
    }

    fn peek(&self) -> Option<u8> {
        self.source.get(self.position).copied()
    }

    fn skip_to_end_of_field(&mut self) {
        while let Some(byte) = self.peek() {
            if matches!(byte, b',' | b'\n' | b'\r') {
                break;
            }
            self.position += 1;
        }
    }

    fn skip_line_break(&mut self) {
        match self.peek() {
            Some(b'\r') if self.source.get(self.position + 1) == Some(&b'\n') => self.position += 2,
            Some(b'\r' | b'\n') => self.position += 1,
            _ => {}
        }
    }
}

/// Appends, and stays borrowed while there is nothing to join.
fn append<'a>(text: &mut Cow<'a, [u8]>, piece: &'a [u8]) {
    if text.is_empty() {
        *text = Cow::Borrowed(piece);
    } else if !piece.is_empty() {
        text.to_mut().extend_from_slice(piece);
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
