//! Rows by their place in a text, whatever they hold.

use std::borrow::Cow;

use super::scan::{self, Dialect};
use super::walk::{self, LONGEST_ROW};
use crate::identifier::DeviceId;

/// Where the rows of a body begin and end. Blank lines are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RowTexts(Vec<RowText>);

/// Where one row stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowText {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Behind its line break.
    pub(super) next: usize,
}

impl RowTexts {
    pub(crate) fn of(csv: &[u8]) -> Self {
        let mut rows = Vec::new();
        let mut fields = Vec::new();
        let mut start = 0;
        while start < csv.len() {
            let window = walk::window(&csv[start..], LONGEST_ROW);
            let is_rest = start + window.len() == csv.len();
            let Some(extent) = scan::record(window, is_rest, Dialect::STRICT, &mut fields) else {
                // No row that the service would read either; it counts as one, so that it is not lost.
                rows.push(RowText { start, end: csv.len(), next: csv.len() });
                break;
            };
            if !scan::is_blank(window, &fields) {
                rows.push(RowText { start, end: start + extent.end, next: start + extent.next });
            }
            start += extent.next;
        }
        Self(rows)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The device ID of a row, if its first column is one.
    pub(crate) fn device_id(&self, csv: &[u8], row: usize) -> Option<DeviceId> {
        let RowText { start, end, .. } = self.0.get(row)?;
        let row = csv.get(*start..*end)?;
        let mut fields = Vec::new();
        scan::record(row, true, Dialect::STRICT, &mut fields)?;
        std::str::from_utf8(&fields.first()?.text(row)).ok()?.parse().ok()
    }

    /// These rows alone; see [`joined`].
    pub(crate) fn select(&self, csv: &[u8], is_wanted: impl Fn(usize) -> bool) -> Vec<u8> {
        joined(csv, &selected(&self.0, is_wanted)).into_owned()
    }
}

pub(super) fn selected(rows: &[RowText], is_wanted: impl Fn(usize) -> bool) -> Vec<RowText> {
    rows.iter().enumerate().filter(|(row, _)| is_wanted(*row)).map(|(_, text)| *text).collect()
}

/// Rows byte for byte with their line breaks, the last without; borrowed if nothing stands between them.
pub(super) fn joined<'a>(source: &'a [u8], rows: &[RowText]) -> Cow<'a, [u8]> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Cow::Borrowed(&[]) };
    if rows.windows(2).all(|pair| pair[0].next == pair[1].start) {
        return Cow::Borrowed(&source[first.start..last.end]);
    }
    let mut csv = Vec::new();
    let mut line_break: &[u8] = b"";
    for row in rows {
        csv.extend_from_slice(line_break);
        csv.extend_from_slice(&source[row.start..row.end]);
        line_break = &source[row.end..row.next];
    }
    Cow::Owned(csv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_selected_and_named() {
        let csv = b"a,\"x\ny\"\r\n\r\n b,z\n\"c\"\"\",z\nd";
        let rows = RowTexts::of(csv);
        assert_eq!(rows.len(), 4);
        assert_eq!(rows.device_id(csv, 0).unwrap().as_str(), "a");
        assert_eq!((rows.device_id(csv, 1), rows.device_id(csv, 2)), (None, None));
        assert_eq!(rows.select(csv, |row| row != 1), b"a,\"x\ny\"\r\n\"c\"\"\",z\nd");
        assert_eq!(rows.select(csv, |row| row == 3), b"d");
        assert_eq!(rows.select(csv, |_| false), b"");
        assert_eq!(RowTexts::of(b""), RowTexts::default());
    }

    #[test]
    fn rows_behind_one_of_the_greatest_length_are_found() {
        for line_break in ["\n", "\r\n"] {
            let csv = format!("a,{}{line_break}b,z{line_break}", "x".repeat(LONGEST_ROW - 2));
            let rows = RowTexts::of(csv.as_bytes());
            assert_eq!(rows.len(), 2);
            assert_eq!(rows.device_id(csv.as_bytes(), 1).unwrap().as_str(), "b");
        }
    }
}
