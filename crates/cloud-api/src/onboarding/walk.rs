//! From bytes to judged rows: what the slice form and the streaming form of the reader have in common.

use std::marker::PhantomData;

use super::content::Contents;
use super::fields::Fields;
use super::lines;
use super::problem::{Place, Problem, Rule};
use super::read::Located;
use super::row::Row;
use super::scan::{self, Dialect, Extent, Field};
use super::seen::SeenIds;
use crate::identifier::DeviceId;

/// Longest row that is read, in bytes. The longest certificate that a modem holds is a sixteenth of it.
pub const LONGEST_ROW: usize = 64 << 10;

/// Walks over a text, however it comes, and judges each row.
pub(super) struct Walk<R> {
    row_count: usize,
    /// Where the text that is not read yet begins.
    place: Place,
    seen: SeenIds,
    state: State,
    fields: Vec<Field>,
    faults: Vec<(usize, Rule)>,
    contents: Contents,
    kind: PhantomData<R>,
}

enum State {
    /// Nothing is read.
    Start,
    Rows,
    /// The rest of the text is not looked at.
    Stopped,
}

/// What [`Walk::step`] found at the beginning of the text it was given.
pub(super) enum Step<R> {
    /// More text is needed to tell.
    More,
    /// Something that is no row: so many bytes of it.
    Skip(usize),
    /// A row, which has no line break in it if it is good.
    Row { extent: Extent, row: Option<Located<R>> },
    /// Nothing more.
    End,
}

impl<R: Row> Walk<R> {
    pub(super) fn new(contents: Contents) -> Self {
        Self {
            row_count: 0,
            place: Place::START,
            seen: SeenIds::default(),
            state: State::Start,
            fields: Vec::new(),
            faults: Vec::new(),
            contents,
            kind: PhantomData,
        }
    }

    pub(super) fn look_into(&mut self, contents: Contents) {
        self.contents = contents;
    }

    /// Number of rows so far, good and bad.
    pub(super) fn row_count(&self) -> usize {
        self.row_count
    }

    /// Takes the next thing from `text`, which is all that is there if `is_rest`. Problems are added in the order of
    /// the text.
    ///
    /// `longest` is [`LONGEST_ROW`]; tests have shorter rows.
    pub(super) fn step(
        &mut self,
        text: &[u8],
        is_rest: bool,
        longest: usize,
        problems: &mut Vec<Problem>,
    ) -> Step<R> {
        match self.state {
            State::Start if text.len() < 3 && !is_rest => return Step::More,
            State::Start => {
                self.state = State::Rows;
                if let Some(step) = self.skip_mark(text, problems) {
                    return step;
                }
            }
            State::Rows => {}
            State::Stopped => return Step::End,
        }
        if text.is_empty() {
            if !is_rest {
                return Step::More;
            }
            self.state = State::Stopped;
            if self.row_count == 0 {
                problems.push(Problem { place: self.place, row: None, rule: Rule::NoRow });
            }
            return Step::End;
        }
        let window = window(text, longest);
        let is_whole = is_rest && window.len() == text.len();
        match scan::record(window, is_whole, Dialect::STRICT, &mut self.fields) {
            Some(extent) if extent.end <= longest => self.judge(window, extent, problems),
            None if window.len() < longest + 2 => Step::More,
            _ => {
                self.state = State::Stopped;
                let rule = Rule::RowTooLong { limit: longest };
                problems.push(Problem { place: self.place, row: None, rule });
                Step::End
            }
        }
    }

    /// A byte order mark is passed over. A UTF-16 text has no rows that this reader could find.
    fn skip_mark(&mut self, text: &[u8], problems: &mut Vec<Problem>) -> Option<Step<R>> {
        let (rule, step) = match text {
            [0xEF, 0xBB, 0xBF, ..] => (Rule::ByteOrderMark, Step::Skip(3)),
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => (Rule::Utf16, Step::End),
            _ => return None,
        };
        problems.push(Problem { place: self.place, row: None, rule });
        match step {
            Step::Skip(length) => self.place = lines::place(self.place, text, length),
            _ => self.state = State::Stopped,
        }
        Some(step)
    }

    fn judge(&mut self, window: &[u8], extent: Extent, problems: &mut Vec<Problem>) -> Step<R> {
        let origin = self.place;
        self.place = lines::place(origin, window, extent.next);
        let is_header = self.row_count == 0 && is_header(window, &self.fields);
        if is_header || scan::is_blank(window, &self.fields) {
            let rule = if is_header { Rule::HeaderRow } else { Rule::BlankLine };
            if !(is_header && R::HEADER) {
                problems.push(Problem { place: origin, row: None, rule });
            }
            return Step::Skip(extent.next);
        }
        let index = self.row_count;
        self.row_count += 1;
        self.faults.clear();
        self.faults.extend(self.fields.iter().filter_map(Field::problem));
        let row = self.parse(window).filter(|row| self.check_contents(row));
        let is_new = self.note_device_id(window, row.as_ref(), origin.line);
        // Two faults at one place stay in the order in which they were found.
        self.faults.sort_by_key(|(offset, _)| *offset);
        problems.extend(self.faults.drain(..).map(|(offset, rule)| Problem {
            place: lines::place(origin, window, offset),
            row: Some(index),
            rule,
        }));
        let pem = self.fields.last().map_or(0, |field| field.start);
        let row = row.filter(|_| is_new).map(|row| Located {
            row,
            index,
            place: origin,
            pem_place: lines::place(origin, window, pem),
        });
        Step::Row { extent, row }
    }

    fn parse(&mut self, window: &[u8]) -> Option<R> {
        if self.fields.len() == R::COLUMNS.len() {
            return R::parse(&mut Fields { window, fields: &self.fields, problems: &mut self.faults });
        }
        self.faults.push((0, Rule::ColumnCount { found: self.fields.len(), names: R::COLUMNS }));
        None
    }

    fn check_contents(&mut self, row: &R) -> bool {
        let checked = self.contents.check(row);
        let pem = self.fields.last().map_or(0, |field| field.start);
        checked.map_err(|problem| self.faults.push((pem, Rule::Content(problem)))).is_ok()
    }

    /// Whether the device ID has not been seen. Duplicates are found among all readable device IDs, also of
    /// rows that are bad for another reason.
    fn note_device_id(&mut self, window: &[u8], row: Option<&R>, line: usize) -> bool {
        let Some(field) = self.fields.first() else { return true };
        let text = field.text(window);
        let Ok(text) = std::str::from_utf8(&text) else { return true };
        // A row has a device ID that keeps the rule.
        if row.is_none() && text.parse::<DeviceId>().is_err() {
            return true;
        }
        let Some(first_line) = self.seen.note(text, line) else { return true };
        if let Ok(device_id) = text.parse() {
            self.faults.push((field.start, Rule::DuplicateDeviceId { device_id, first_line }));
        }
        false
    }
}

/// As much of a text as its first row can take: the longest, and the line break after it, by which its end is seen.
pub(super) fn window(text: &[u8], longest: usize) -> &[u8] {
    &text[..text.len().min(longest + 2)]
}

/// A first row that names columns. `deviceId` is a device ID by its rule, so the last column decides: it holds
/// neither a PEM text nor a token.
pub(super) fn is_header(window: &[u8], fields: &[Field]) -> bool {
    const NAMES: [&str; 3] = ["deviceid", "device_id", "device id"];
    let (Some(first), Some(last)) = (fields.first(), fields.last()) else {
        return false;
    };
    let first = String::from_utf8_lossy(&first.text(window)).trim().to_ascii_lowercase();
    let last = last.text(window);
    NAMES.contains(&first.as_str()) && !last.starts_with(b"-----BEGIN") && !last.contains(&b'.')
}
