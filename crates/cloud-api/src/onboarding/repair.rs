//! Makes a clean CSV of a damaged one, and says what was changed and what could not be.

mod change;
mod mend;
mod text;

use std::collections::HashMap;
use std::fmt;

use super::lines;
use super::problem::{Place, Rule};
use super::read::Located;
use super::row::Row;
use super::scan::{self, Dialect, Field};
use super::walk::{self, LONGEST_ROW};
use super::write::write_row;

pub use change::{Change, LeftOut, Reason, Repair};
use mend::Mended;
use text::Text;

/// What was made of a damaged CSV.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Repaired<F> {
    /// The clean rows, with a line break after each, as a file has. Rows that needed no repair are as they were,
    /// byte for byte. Empty if no row is left.
    pub csv: Vec<u8>,
    /// Number of its rows.
    pub row_count: usize,
    /// What was changed, in the order of the text.
    pub changes: Vec<Change>,
    /// Rows that are not in [`csv`](Self::csv), and why, in the order of the text.
    pub left_out: Vec<LeftOut<F>>,
}

/// Without the text, which may hold tokens.
impl<F: fmt::Debug> fmt::Debug for Repaired<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repaired")
            .field("row_count", &self.row_count)
            .field("changes", &self.changes)
            .field("left_out", &self.left_out)
            .finish_non_exhaustive()
    }
}

/// Repairs a CSV: byte order mark, UTF-16, semicolons or tabs for commas, header, blank lines, mixed line breaks, rows
/// quoted as a whole, spaces, empty columns at the end, and lost quotes and line breaks of PEM texts.
///
/// What is not repaired is left out and named: values against their rule, damaged PEM contents, and device IDs that
/// stand twice with different contents (then all of them: which one is right is not told by the file).
///
/// `judge` sees each row that keeps the form, and may refuse it for what its PEM holds:
/// `|located| Contents::Keys.check(&located.row).err()` (see [`Contents`](super::Contents)), or with a judgement of
/// its own. `|_| None::<String>` takes all.
#[must_use]
pub fn repair<R: Row, F>(source: &[u8], mut judge: impl FnMut(&Located<R>) -> Option<F>) -> Repaired<F> {
    let mut changes = Vec::new();
    let text = Text::read::<R>(source, &mut changes);
    let mut run = Run { text: &text, changes, left_out: Vec::new(), rows: Vec::new(), row_count: 0 };
    run.rows();
    let left_out = &mut run.left_out;
    run.rows.retain(|kept| match judge(&kept.located) {
        None => true,
        Some(flaw) => {
            let Located { index, pem_place, .. } = kept.located;
            left_out.push(LeftOut { place: pem_place, row: Some(index), reason: Reason::Content(flaw) });
            false
        }
    });
    run.drop_repeated();
    run.finish()
}

struct Run<'t, R, F> {
    text: &'t Text<'t>,
    changes: Vec<Change>,
    left_out: Vec<LeftOut<F>>,
    rows: Vec<Kept<R>>,
    row_count: usize,
}

/// A good row and its text.
struct Kept<R> {
    located: Located<R>,
    csv: Vec<u8>,
}

impl<R: Row, F> Run<'_, R, F> {
    fn rows(&mut self) {
        let (mut rest, mut place) = (self.text.bytes.as_ref(), Place::START);
        let mut fields = Vec::new();
        while !rest.is_empty() {
            let window = walk::window(rest, LONGEST_ROW);
            let is_rest = window.len() == rest.len();
            // First as the rules have it, so that a good row is never read in another way.
            let strict = scan::record(window, is_rest, Dialect::STRICT, &mut fields)
                .filter(|extent| extent.end <= LONGEST_ROW);
            let next = match strict
                .and_then(|extent| mend::good::<R>(window, &fields).map(|row| (extent, row)))
            {
                Some((extent, row)) => {
                    let pem = fields.last().map_or(0, |field| field.start);
                    self.keep(row, place, lines::place(place, window, pem), window[..extent.end].to_vec());
                    extent.next
                }
                None => match scan::record(window, is_rest, self.text.dialect(), &mut fields) {
                    Some(extent) => {
                        self.damaged(window, &fields, place);
                        extent.next
                    }
                    None => {
                        let reason = Reason::Rule(Rule::RowTooLong { limit: LONGEST_ROW });
                        self.left_out.push(LeftOut { place, row: None, reason });
                        return;
                    }
                },
            };
            place = lines::place(place, window, next);
            rest = &rest[next..];
        }
    }

    fn damaged(&mut self, window: &[u8], fields: &[Field], place: Place) {
        let is_header = self.row_count == 0 && walk::is_header(window, fields);
        if is_header || scan::is_blank(window, fields) {
            let repair = if is_header { Repair::HeaderRow } else { Repair::BlankLine };
            if !(is_header && R::HEADER) {
                self.changes.push(Change { place, row: None, repair });
            }
            return;
        }
        let row = Some(self.row_count);
        match mend::row::<R>(window, fields, self.text.dialect(), place) {
            Ok(Mended { row: mended, pem_place, repairs }) => {
                self.changes.extend(repairs.into_iter().map(|(place, repair)| Change { place, row, repair }));
                let mut csv = Vec::new();
                let is_written = write_row(&mut csv, &mended).is_ok();
                let csv = self.text.with_its_line_breaks(csv);
                if is_written && csv.len() <= LONGEST_ROW {
                    self.keep(mended, place, pem_place, csv);
                } else {
                    let reason = Reason::Rule(Rule::RowTooLong { limit: LONGEST_ROW });
                    self.left_out.push(LeftOut { place, row, reason });
                    self.row_count += 1;
                }
            }
            Err(problems) => {
                self.left_out.extend(problems.into_iter().map(|(place, rule)| LeftOut {
                    place,
                    row,
                    reason: Reason::Rule(rule),
                }));
                self.row_count += 1;
            }
        }
    }

    fn keep(&mut self, row: R, place: Place, pem_place: Place, csv: Vec<u8>) {
        self.rows.push(Kept { located: Located { row, index: self.row_count, place, pem_place }, csv });
        self.row_count += 1;
    }

    /// Of rows with one device ID and the same content the first is kept, of rows with different contents none.
    fn drop_repeated(&mut self) {
        let mut lines: HashMap<String, Vec<usize>> = HashMap::new();
        let mut contents: HashMap<String, Option<Vec<u8>>> = HashMap::new();
        for Kept { located, csv } in &self.rows {
            let id = located.row.device_id().as_str();
            let plain = text::with_plain_line_breaks(csv);
            lines.entry(id.to_owned()).or_default().push(located.place.line);
            let content = contents.entry(id.to_owned()).or_insert_with(|| Some(plain.clone()));
            if content.as_ref().is_some_and(|content| *content != plain) {
                *content = None;
            }
        }
        let (changes, left_out) = (&mut self.changes, &mut self.left_out);
        self.rows.retain(|Kept { located, .. }| {
            let id = located.row.device_id().as_str();
            let (lines, place, row) = (&lines[id], located.place, Some(located.index));
            if contents[id].is_none() {
                let reason =
                    Reason::Conflict { device_id: located.row.device_id().clone(), lines: lines.clone() };
                left_out.push(LeftOut { place, row, reason });
                return false;
            }
            let is_first = lines[0] == place.line;
            if !is_first {
                changes.push(Change { place, row, repair: Repair::RepeatedRow { first_line: lines[0] } });
            }
            is_first
        });
    }

    fn finish(mut self) -> Repaired<F> {
        self.changes.sort_by_key(|change| change.place);
        self.left_out.sort_by_key(|left| left.place);
        let mut csv = Vec::new();
        if R::HEADER && !self.rows.is_empty() {
            csv.extend_from_slice(R::COLUMNS.join(",").as_bytes());
            csv.extend_from_slice(self.text.line_break);
        }
        for row in &self.rows {
            csv.extend_from_slice(&row.csv);
            csv.extend_from_slice(self.text.line_break);
        }
        Repaired { csv, row_count: self.rows.len(), changes: self.changes, left_out: self.left_out }
    }
}
