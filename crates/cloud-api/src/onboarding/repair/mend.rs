//! Mends one row.

use std::borrow::Cow;

use super::change::Repair;
use crate::onboarding::fields::Fields;
use crate::onboarding::lines;
use crate::onboarding::problem::{Place, Rule};
use crate::onboarding::row::Row;
use crate::onboarding::scan::{self, Dialect, Fault, Field};

/// A row that could be mended.
pub(super) struct Mended<R> {
    pub(super) row: R,
    pub(super) pem_place: Place,
    pub(super) repairs: Vec<(Place, Repair)>,
}

/// The row, if nothing is wrong with it.
pub(super) fn good<R: Row>(window: &[u8], fields: &[Field]) -> Option<R> {
    if fields.len() != R::COLUMNS.len() || fields.iter().any(|field| field.fault.is_some()) {
        return None;
    }
    R::parse(&mut Fields { window, fields, problems: &mut Vec::new() })
}

/// Mends the row that has these fields and begins at `origin`, or says what is wrong that cannot be mended.
pub(super) fn row<R: Row>(
    window: &[u8],
    fields: &[Field],
    dialect: Dialect,
    origin: Place,
) -> Result<Mended<R>, Vec<(Place, Rule)>> {
    let mut columns = match unwrapped::<R>(window, fields, dialect) {
        Some(inner) => inner,
        None => Column::all(window, fields),
    };
    let is_unwrapped = columns.first().is_some_and(|column| column.is_inner);
    let place = |offset| lines::place(origin, window, offset);
    let mut repairs = Vec::new();
    if is_unwrapped {
        repairs.push((origin, Repair::WholeRowQuoted));
    }
    let count = columns.len().saturating_sub(R::COLUMNS.len());
    let spare = columns.iter().rev().take(count).take_while(|column| column.is_empty()).count();
    if spare > 0 {
        columns.truncate(columns.len() - spare);
        repairs.push((origin, Repair::EmptyColumns { count: spare }));
    }
    let names = R::COLUMNS;
    if columns.len() != names.len() {
        let mut problems: Vec<_> = fields.iter().filter_map(Field::problem).collect();
        problems.push((0, Rule::ColumnCount { found: columns.len(), names }));
        problems.sort_by_key(|(offset, _)| *offset);
        return Err(problems.into_iter().map(|(offset, rule)| (place(offset), rule)).collect());
    }
    let last = columns.len() - 1;
    for (index, column) in columns.iter_mut().enumerate() {
        let had_quotes = column.trim_quotes(index == last);
        let had_spaces = column.trim(index == last);
        let at = place(column.start);
        repairs.extend(had_quotes.then_some((at, Repair::DoubledQuotes)));
        repairs.extend(had_spaces.then_some((at, Repair::Spaces)));
    }
    let start = place(columns[last].start);
    let (row, of_pem) = finished::<R>(&mut columns).map_err(|problems| {
        let of =
            |(column, offset, rule): (usize, usize, Rule)| (place(columns[column].origin_of(offset)), rule);
        problems.into_iter().map(of).collect::<Vec<_>>()
    })?;
    repairs.extend(of_pem.into_iter().map(|repair| (start, repair)));
    Ok(Mended { row, pem_place: start, repairs })
}

/// One column on its way.
struct Column<'w> {
    /// Where it stands in the row.
    start: usize,
    text: Cow<'w, str>,
    fault: Option<Fault>,
    /// What stands between the closing quote and the separator.
    after: Cow<'w, str>,
    /// Whether it was found inside another field.
    is_inner: bool,
    /// Whether the text is the one that stands at `start`.
    is_original: bool,
}

impl<'w> Column<'w> {
    fn all(window: &'w [u8], fields: &[Field]) -> Vec<Self> {
        fields
            .iter()
            .map(|field| {
                let after = match field.fault {
                    Some(Fault::TextAfterQuote(from, to)) => String::from_utf8_lossy(&window[from..to]),
                    _ => Cow::Borrowed(""),
                };
                let text = match field.text(window) {
                    Cow::Borrowed(text) => String::from_utf8_lossy(text),
                    Cow::Owned(text) => Cow::Owned(String::from_utf8_lossy(&text).into_owned()),
                };
                let is_original = matches!(text, Cow::Borrowed(_));
                Self { start: field.start, text, fault: field.fault, after, is_inner: false, is_original }
            })
            .collect()
    }

    fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
            && self.after.trim().is_empty()
            && self.fault != Some(Fault::UnclosedQuote)
    }

    fn set(&mut self, text: String) {
        self.text = Cow::Owned(text);
        self.is_original = false;
    }

    /// Quotes that are part of the text of a PEM, and a fault that only they were.
    fn trim_quotes(&mut self, is_pem: bool) -> bool {
        let bare = self.text.trim().trim_matches('"');
        if !is_pem || bare.len() == self.text.trim().len() {
            return false;
        }
        if matches!(self.fault, Some(Fault::StrayQuote(_))) && !bare.contains('"') {
            self.fault = None;
        }
        let bare = bare.to_owned();
        self.set(bare);
        true
    }

    /// Spaces around the value, in a list around each item; white space after a closing quote. Those of a PEM text are
    /// told by what else is done with it.
    fn trim(&mut self, is_last: bool) -> bool {
        let mut had = false;
        if matches!(self.fault, Some(Fault::TextAfterQuote(..))) && self.after.trim().is_empty() {
            self.fault = None;
            had = true;
        }
        if !is_last {
            let trimmed = self.text.split('|').map(str::trim).collect::<Vec<_>>().join("|");
            if trimmed != self.text {
                self.set(trimmed);
                had = true;
            }
        }
        had
    }

    /// The offset in the row of a place in the text: exact where the text is as it was.
    fn origin_of(&self, offset: usize) -> usize {
        self.start + if self.is_original { offset } else { 0 }
    }
}

/// The columns inside a row that is quoted as a whole.
fn unwrapped<R: Row>(window: &[u8], fields: &[Field], dialect: Dialect) -> Option<Vec<Column<'static>>> {
    let [only] = fields else { return None };
    if matches!(only.fault, Some(Fault::UnquotedPem | Fault::StrayQuote(_))) {
        return None;
    }
    let text = only.text(window);
    let mut inner = Vec::new();
    let extent = scan::record(&text, true, dialect, &mut inner)?;
    if inner.len() < R::COLUMNS.len() || !text[extent.next..].trim_ascii().is_empty() {
        return None;
    }
    let columns = Column::all(&text, &inner).into_iter().map(|column| Column {
        start: only.start,
        text: Cow::Owned(column.text.into_owned()),
        after: Cow::Owned(column.after.into_owned()),
        fault: column.fault,
        is_inner: true,
        is_original: false,
    });
    Some(columns.collect())
}

type RowAndRepairs<R> = (R, Vec<Repair>);

/// What is wrong: in which column, where in its text, what.
type Wrong = Vec<(usize, usize, Rule)>;

/// Mends the last column and makes the row.
fn finished<R: Row>(columns: &mut [Column<'_>]) -> Result<RowAndRepairs<R>, Wrong> {
    let last = columns.len() - 1;
    let column = &mut columns[last];
    let as_it_is = column.text.clone().into_owned();
    let fault = column.fault;
    let mut tries = vec![(as_it_is.clone(), Vec::new())];
    if as_it_is.contains("-----BEGIN") {
        tries.extend(mended_pems(&as_it_is));
    } else if as_it_is.trim() != as_it_is {
        tries.push((as_it_is.trim().to_owned(), vec![Repair::Spaces]));
    }
    let mut wrong = Vec::new();
    for (text, mut repairs) in tries {
        let mended = match fault {
            Some(Fault::UnquotedPem) => Some(Repair::UnquotedPem),
            Some(Fault::UnclosedQuote) => Some(Repair::UnclosedQuote),
            _ => None,
        };
        let is_original = text == as_it_is && columns[last].is_original;
        columns[last].text = Cow::Owned(text);
        columns[last].is_original = is_original;
        if mended.is_some() {
            columns[last].fault = None;
        }
        match parsed::<R>(columns) {
            Ok(row) => {
                repairs.extend(mended);
                return Ok((row, repairs));
            }
            // The last try tells: as much as possible is mended there.
            Err(of_this_try) => wrong = of_this_try,
        }
    }
    Err(wrong)
}

/// A PEM text mended less and more.
fn mended_pems(text: &str) -> Vec<(String, Vec<Repair>)> {
    let mut tries = Vec::new();
    let block = text.trim();
    let lines = block.replace("\r\n", "\n").replace('\r', "\n");
    let behind = &text[text.trim_end().len()..];
    let has_no_spaces = text.trim_start() == text && matches!(behind, "" | "\n" | "\r\n" | "\r");
    let mut repairs = Vec::new();
    repairs.extend((!has_no_spaces).then_some(Repair::Spaces));
    repairs.extend(behind.is_empty().then_some(Repair::FinalLineBreak));
    tries.push((format!("{lines}\n"), repairs));
    tries.extend(rewrapped(&lines).map(|text| (text, vec![Repair::PemLineBreaks])));
    tries
}

/// The one block of a PEM text with new line breaks, which may have been lost, or written as `\n`.
fn rewrapped(text: &str) -> Option<String> {
    let text = text.replace("\\r", "").replace("\\n", "\n");
    let (label, rest) = text.trim().strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let body = rest.strip_suffix("-----")?.strip_suffix(label)?.strip_suffix("-----END ")?;
    let base64: Vec<char> = body.chars().filter(|c| !c.is_whitespace()).collect();
    let lines: Vec<String> = base64.chunks(64).map(|line| line.iter().collect()).collect();
    Some(format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n")))
}

/// Reads columns as a row that was written well.
fn parsed<R: Row>(columns: &[Column<'_>]) -> Result<R, Wrong> {
    let mut wrong: Wrong = columns
        .iter()
        .enumerate()
        .filter_map(|(index, column)| Some((index, 0, fault_rule(column.fault?))))
        .collect();
    let mut text = String::new();
    let mut starts = Vec::new();
    for column in columns {
        if !starts.is_empty() {
            text.push(',');
        }
        starts.push(text.len() + 1);
        // Quotes in a value break its rule all the same, and would only confuse this.
        text.push('"');
        text.push_str(&column.text.replace('"', "\"\""));
        text.push('"');
    }
    let mut fields = Vec::new();
    let mut problems = Vec::new();
    let row = scan::record(text.as_bytes(), true, Dialect::STRICT, &mut fields)
        .filter(|_| fields.len() == columns.len())
        .and_then(|_| {
            R::parse(&mut Fields { window: text.as_bytes(), fields: &fields, problems: &mut problems })
        });
    wrong.extend(problems.into_iter().map(|(offset, rule)| {
        let column = starts.partition_point(|start| *start <= offset).saturating_sub(1);
        (column, offset - starts[column].min(offset), rule)
    }));
    wrong.sort_by_key(|(column, offset, _)| (*column, *offset));
    row.filter(|_| wrong.is_empty()).ok_or(wrong)
}

fn fault_rule(fault: Fault) -> Rule {
    match fault {
        Fault::UnquotedPem => Rule::UnquotedPem,
        Fault::StrayQuote(_) => Rule::StrayQuote,
        Fault::TextAfterQuote(..) => Rule::TextAfterQuote,
        Fault::UnclosedQuote => Rule::UnclosedQuote,
    }
}
