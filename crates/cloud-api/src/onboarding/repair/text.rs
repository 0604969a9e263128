//! The text as a whole: its encoding, its line breaks, what separates its columns.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2, memmem};

use super::change::{Change, Repair};
use crate::onboarding::lines;
use crate::onboarding::problem::Place;
use crate::onboarding::row::Row;
use crate::onboarding::scan::Dialect;

/// A text in UTF-8 without mark, with line breaks of one kind.
pub(super) struct Text<'s> {
    pub(super) bytes: Cow<'s, [u8]>,
    pub(super) line_break: &'static [u8],
    separator: u8,
}

impl<'s> Text<'s> {
    pub(super) fn read<R: Row>(source: &'s [u8], changes: &mut Vec<Change>) -> Self {
        let mut change = |place, repair| changes.push(Change { place, row: None, repair });
        let mut bytes = match source {
            [0xEF, 0xBB, 0xBF, text @ ..] => {
                change(Place::START, Repair::ByteOrderMark);
                Cow::Borrowed(text)
            }
            [0xFF, 0xFE, text @ ..] => {
                change(Place::START, Repair::Utf16);
                Cow::Owned(from_utf16(text, u16::from_le_bytes))
            }
            [0xFE, 0xFF, text @ ..] => {
                change(Place::START, Repair::Utf16);
                Cow::Owned(from_utf16(text, u16::from_be_bytes))
            }
            text => Cow::Borrowed(text),
        };
        let line_break = match line_break(&bytes) {
            Ok(line_break) => line_break,
            Err(second_kind) => {
                change(lines::place(Place::START, &bytes, second_kind), Repair::MixedLineBreaks);
                bytes = Cow::Owned(with_plain_line_breaks(&bytes));
                b"\n"
            }
        };
        let separator = separator(&bytes, R::COLUMNS.len() - 1);
        if separator != b',' {
            change(Place::START, Repair::Separator(char::from(separator)));
        }
        Self { bytes, line_break, separator }
    }

    pub(super) fn dialect(&self) -> Dialect {
        Dialect { separator: self.separator, spaces_before_quotes: true }
    }

    /// A row that was written with LF, as this text has its line breaks.
    pub(super) fn with_its_line_breaks(&self, csv: Vec<u8>) -> Vec<u8> {
        if self.line_break == b"\n" {
            return csv;
        }
        csv.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(self.line_break)
    }
}

fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units: Vec<u16> = bytes.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16_lossy(&units).into_bytes()
}

/// The one kind of line break, or where the first of a second kind stands.
fn line_break(text: &[u8]) -> Result<&'static [u8], usize> {
    let mut found: Option<&'static [u8]> = None;
    let mut at = 0;
    while let Some(length) = memchr2(b'\n', b'\r', &text[at..]) {
        at += length;
        let kind: &[u8] = match &text[at..] {
            [b'\r', b'\n', ..] => b"\r\n",
            [b'\r', ..] => b"\r",
            _ => b"\n",
        };
        if found.get_or_insert(kind) != &kind {
            return Err(at);
        }
        at += kind.len();
    }
    Ok(found.unwrap_or(b"\n"))
}

/// The text with LF for CR LF and CR.
pub(super) fn with_plain_line_breaks(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'\r', rest) {
        plain.extend_from_slice(&rest[..at]);
        plain.push(b'\n');
        rest = &rest[at + 1..];
        rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    }
    plain.extend_from_slice(rest);
    plain
}

/// What stands between columns: semicolons or tabs if there are just enough of them before the first PEM text (or, where
/// there is none, in the first line with something in it) and no comma, else commas.
fn separator(text: &[u8], count: usize) -> u8 {
    let sample = match memmem::find(text, b"-----BEGIN") {
        Some(begin) => text[..begin].rsplit(|byte| matches!(byte, b'\n' | b'\r')).next(),
        None => text.split(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.trim_ascii().is_empty()),
    }
    .unwrap_or_default();
    if memchr(b',', sample).is_some() {
        return b',';
    }
    let is_it = |separator: &u8| memchr_iter(*separator, sample).count() == count;
    [b';', b'\t'].into_iter().find(is_it).unwrap_or(b',')
}
