//! Reads a CSV body, and says everything that is wrong with it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

use super::MAX_ROWS;
use super::lines::Lines;
use super::problem::{Place, Problem, Problems, Rule};
use super::row::{Fields, Row};
use super::scan::{Record, Scanner};
use crate::identifier::DeviceId;

/// What was found in a CSV body.
#[derive(Debug, Clone)]
pub struct Reading<'a, R> {
    source: &'a [u8],
    rows: Vec<Located<R>>,
    spans: Vec<Range<usize>>,
    problems: Vec<Problem>,
}

/// A good row and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Located<R> {
    /// The row.
    pub row: R,
    /// Its index among all rows, counted from 0 as nRF Cloud counts.
    pub index: usize,
    /// Where it begins.
    pub place: Place,
    /// Where its PEM text begins, for checks of what the PEM holds.
    pub pem_place: Place,
}

/// A run of rows that fits one upload, byte for byte as in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part<'a> {
    /// Index of its first row in the whole.
    pub first_row: usize,
    /// Number of its rows.
    pub row_count: usize,
    /// The rows.
    pub csv: &'a [u8],
}

/// Reads a CSV body of any number of rows; see [`Reading::limited_to_one_upload`].
///
/// `R` is the kind of row: [`OnboardRow`](super::OnboardRow) or [`PublicKeyRow`](super::PublicKeyRow). Line
/// breaks between rows may be LF, CR LF or CR, with or without one after the last row. What is wrong is in
/// [`problems`](Reading::problems); a row with a problem is not in [`rows`](Reading::rows).
#[must_use]
pub fn read<R: Row>(source: &[u8]) -> Reading<'_, R> {
    let lines = Lines::new(source);
    let mut reader = Reader::new(source, &lines);
    let start = reader.skip_mark();
    let mut scanner = Scanner::new(source, start);
    while let Some(record) = scanner.next_record() {
        let faults = std::mem::take(&mut scanner.problems);
        reader.take(&record, faults);
    }
    reader.finish()
}

impl<'a, R: Row> Reading<'a, R> {
    /// The good rows.
    #[must_use]
    pub fn rows(&self) -> &[Located<R>] {
        &self.rows
    }

    /// All that is wrong, in the order of the text.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Number of rows, good and bad; header and blank lines are none.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.spans.len()
    }

    /// Makes more than [`MAX_ROWS`] rows a problem, at the first row too many. For bodies that will not be
    /// split.
    #[must_use]
    pub fn limited_to_one_upload(mut self) -> Self {
        if let Some(span) = self.spans.get(MAX_ROWS) {
            let place = Lines::new(self.source).place(span.start);
            let rule = Rule::TooManyRows { found: self.spans.len() };
            self.problems.push(Problem { place, row: Some(MAX_ROWS), rule });
            self.problems.sort_by_key(|problem| problem.place);
        }
        self
    }

    /// The rows, if nothing is wrong.
    ///
    /// # Errors
    ///
    /// [`Problems`]: everything that is wrong.
    pub fn into_rows(self) -> Result<Vec<Located<R>>, Problems> {
        if self.problems.is_empty() { Ok(self.rows) } else { Err(Problems(self.problems)) }
    }

    /// The body in parts of at most [`MAX_ROWS`] rows, each byte for byte as in the source. Header, blank
    /// lines and byte order mark between two parts fall away; inside a part they stay, so look at the
    /// problems first.
    pub fn parts(&self) -> impl Iterator<Item = Part<'a>> {
        let source = self.source;
        self.spans.chunks(MAX_ROWS).enumerate().map(move |(index, spans)| {
            let (first, last) = (&spans[0], &spans[spans.len() - 1]);
            Part { first_row: index * MAX_ROWS, row_count: spans.len(), csv: &source[first.start..last.end] }
        })
    }
}

struct Reader<'a, 'l, R> {
    source: &'a [u8],
    lines: &'l Lines<'a>,
    reading: Reading<'a, R>,
    seen: HashMap<DeviceId, usize>,
}

impl<'a, 'l, R: Row> Reader<'a, 'l, R> {
    fn new(source: &'a [u8], lines: &'l Lines<'a>) -> Self {
        let reading = Reading { source, rows: Vec::new(), spans: Vec::new(), problems: Vec::new() };
        Self { source, lines, reading, seen: HashMap::new() }
    }

    /// Where the rows begin. A UTF-16 text has none that this reader could find.
    fn skip_mark(&mut self) -> usize {
        match self.source {
            [0xEF, 0xBB, 0xBF, ..] => {
                self.problem(0, None, Rule::ByteOrderMark);
                3
            }
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
                self.problem(0, None, Rule::Utf16);
                self.source.len()
            }
            _ => 0,
        }
    }

    fn take(&mut self, record: &Record<'a>, faults: Vec<(usize, Rule)>) {
        if record.is_blank() {
            return self.problem(record.span.start, None, Rule::BlankLine);
        }
        if self.reading.spans.is_empty() && is_header(record) {
            return self.problem(record.span.start, None, Rule::HeaderRow);
        }
        let index = self.reading.spans.len();
        self.reading.spans.push(record.span.clone());
        let mut problems = faults;
        let row = match record.fields.len() {
            found if found == R::COLUMNS.len() => {
                R::parse(&mut Fields { fields: &record.fields, problems: &mut problems })
            }
            found => {
                let rule = Rule::ColumnCount { found, names: R::COLUMNS };
                problems.push((record.span.start, rule));
                None
            }
        };
        for (offset, rule) in problems {
            self.problem(offset, Some(index), rule);
        }
        let is_new = self.note_device_id(record, index);
        if let Some(row) = row.filter(|_| is_new) {
            let last = &record.fields[R::COLUMNS.len() - 1];
            self.reading.rows.push(Located {
                row,
                index,
                place: self.lines.place(record.span.start),
                pem_place: self.lines.place(last.start),
            });
        }
    }

    /// Whether the device ID has not been seen. Duplicates are found among all readable device IDs, also of
    /// rows that are bad for another reason.
    fn note_device_id(&mut self, record: &Record<'a>, index: usize) -> bool {
        let field = &record.fields[0];
        let Some(id) = std::str::from_utf8(&field.text).ok().and_then(|text| text.parse::<DeviceId>().ok())
        else {
            return true;
        };
        let line = self.lines.place(record.span.start).line;
        match self.seen.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(line);
                true
            }
            Entry::Occupied(entry) => {
                let rule =
                    Rule::DuplicateDeviceId { device_id: entry.key().clone(), first_line: *entry.get() };
                self.problem(field.start, Some(index), rule);
                false
            }
        }
    }

    fn problem(&mut self, offset: usize, row: Option<usize>, rule: Rule) {
        self.reading.problems.push(Problem { place: self.lines.place(offset), row, rule });
    }

    fn finish(mut self) -> Reading<'a, R> {
        if self.reading.spans.is_empty() && !self.reading.problems.iter().any(|p| p.rule == Rule::Utf16) {
            self.problem(self.source.len(), None, Rule::NoRow);
        }
        self.reading.problems.sort_by_key(|problem| problem.place);
        self.reading
    }
}

/// A first row that names columns. `deviceId` is a device ID by its rule, so the last column decides: it is
/// no PEM.
fn is_header(record: &Record<'_>) -> bool {
    const NAMES: [&str; 3] = ["deviceid", "device_id", "device id"];
    let (Some(first), Some(last)) = (record.fields.first(), record.fields.last()) else {
        return false;
    };
    let first = String::from_utf8_lossy(&first.text).trim().to_ascii_lowercase();
    NAMES.contains(&first.as_str()) && !last.text.starts_with(b"-----BEGIN")
}
