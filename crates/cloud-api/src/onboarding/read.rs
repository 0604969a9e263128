//! Reads a CSV body, and says everything that is wrong with it.

use std::borrow::Cow;
use std::fmt;

use super::MAX_ROWS;
use super::content::Contents;
use super::lines;
use super::problem::{Place, Problem, Problems, Rule};
use super::row::Row;
use super::texts::{self, RowText};
use super::walk::{LONGEST_ROW, Step, Walk};

/// What was found in a CSV body.
#[derive(Clone)]
pub struct Reading<'a, R> {
    source: &'a [u8],
    rows: Vec<Located<R>>,
    texts: Vec<RowText>,
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
    /// Where its PEM text (or token, the last column) begins, for checks of what that holds.
    pub pem_place: Place,
}

/// A run of rows that fits one upload.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part<'a> {
    /// Index of its first row in the whole.
    pub first_row: usize,
    /// Number of its rows.
    pub row_count: usize,
    /// The rows, each with its line break byte for byte as in the source, the last without one.
    pub csv: Cow<'a, [u8]>,
}

/// Reads a CSV body of any number of rows; see [`Reading::limited_to_one_upload`]. For files that are larger than
/// one wants to hold in memory there is [`PartReader`](super::PartReader).
///
/// `R` is the kind of [`Row`]. Line breaks between rows may be LF, CR LF or CR, with or without one after the last
/// row. What is wrong is in [`problems`](Reading::problems); a row with a problem is not in
/// [`rows`](Reading::rows). A row longer than [`LONGEST_ROW`] ends the reading.
///
/// What the PEM texts hold is looked into by [`read_checking`].
#[must_use]
pub fn read<R: Row>(source: &[u8]) -> Reading<'_, R> {
    read_checking(source, Contents::Ignored)
}

/// As [`read`], and looks into certificates and keys as well: a wrong curve, or a common name that is not the device ID,
/// is a [`Rule::Content`] at the place of the PEM text.
///
/// ```
/// use cloud_api::onboarding::{Contents, PublicKeyRow, read_checking};
///
/// let csv = "nrf-1,\"-----BEGIN PUBLIC KEY-----\n\
///     MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n\"";
/// let reading = read_checking::<PublicKeyRow>(csv.as_bytes(), Contents::Keys);
/// assert_eq!(
///     reading.problems()[0].to_string(),
///     "line 1, column 8: the key is Ed25519; only P-256 can be used for ES256"
/// );
/// ```
#[must_use]
pub fn read_checking<R: Row>(source: &[u8], contents: Contents) -> Reading<'_, R> {
    let mut walk = Walk::new(contents);
    let mut reading = Reading { source, rows: Vec::new(), texts: Vec::new(), problems: Vec::new() };
    let mut position = 0;
    loop {
        match walk.step(&source[position..], true, LONGEST_ROW, &mut reading.problems) {
            Step::Skip(length) => position += length,
            Step::Row { extent, row } => {
                let (end, next) = (position + extent.end, position + extent.next);
                reading.texts.push(RowText { start: position, end, next });
                reading.rows.extend(row);
                position = next;
            }
            // All of the text was given, so no more can be asked for.
            Step::More | Step::End => return reading,
        }
    }
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
        self.texts.len()
    }

    /// Makes more than [`MAX_ROWS`] rows a problem, at the first row too many. For bodies that will not be
    /// split.
    #[must_use]
    pub fn limited_to_one_upload(mut self) -> Self {
        if let Some(text) = self.texts.get(MAX_ROWS) {
            let place = lines::place(Place::START, self.source, text.start);
            let rule = Rule::TooManyRows { found: self.texts.len() };
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

    /// The body in parts of at most [`MAX_ROWS`] rows, good and bad. Header, blank lines and byte order mark fall
    /// away.
    pub fn parts(&self) -> impl Iterator<Item = Part<'a>> {
        let source = self.source;
        self.texts.chunks(MAX_ROWS).enumerate().map(move |(index, texts)| Part {
            first_row: index * MAX_ROWS,
            row_count: texts.len(),
            csv: texts::joined(source, texts),
        })
    }

    /// These rows alone, byte for byte, in the order of the source: what is to be sent again after a failure. Rows
    /// are named by their index.
    #[must_use]
    pub fn select(&self, is_wanted: impl Fn(usize) -> bool) -> Cow<'a, [u8]> {
        texts::joined(self.source, &texts::selected(&self.texts, is_wanted))
    }
}

// The text may hold tokens, so it is in no `Debug`.

impl<R: fmt::Debug> fmt::Debug for Reading<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading")
            .field("rows", &self.rows)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("first_row", &self.first_row)
            .field("row_count", &self.row_count)
            .finish_non_exhaustive()
    }
}
