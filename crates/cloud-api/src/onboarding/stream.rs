//! Reads a CSV of any size part by part. In memory are one part, and a few bytes for each row to tell duplicates by.

use std::fmt;
use std::io::{self, Read as _};

use super::MAX_ROWS;
use super::content::Contents;
use super::problem::Problem;
use super::read::Located;
use super::row::Row;
use super::walk::{LONGEST_ROW, Step, Walk};

/// How much is read at once, in bytes.
const CHUNK: usize = 4 * LONGEST_ROW;

/// Reads a CSV of any number of rows, and gives it in parts that fit one upload each.
///
/// What it finds is what [`read`](super::read) finds in the same bytes. Memory: one part, 256 KiB of text, and 19 to
/// 39 bytes for each row to tell duplicates by.
///
/// ```
/// use cloud_api::onboarding::{PartReader, PublicKeyRow};
///
/// let key = "-----BEGIN PUBLIC KEY-----\nMAMCAQE=\n-----END PUBLIC KEY-----\n";
/// let csv: String = (0..2500).map(|n| format!("nrf-{n},\"{key}\"\n")).collect();
/// let mut rows = Vec::new();
/// for part in PartReader::<PublicKeyRow, _>::new(csv.as_bytes()) {
///     let part = part?;
///     assert!(part.problems.is_empty());
///     rows.push(part.row_count);
/// }
/// assert_eq!(rows, [1000, 1000, 500]);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct PartReader<R, I> {
    text: Text<I>,
    walk: Walk<R>,
    problems: Vec<Problem>,
    problem_limit: usize,
    problem_count: usize,
    longest_row: usize,
    /// Of the part before: the next one will be about as long.
    part_length: usize,
    is_over: bool,
}

/// A part of a CSV: rows for one upload, and what is wrong in this stretch of the text.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadPart<R> {
    /// Index of its first row in the whole.
    pub first_row: usize,
    /// Number of its rows, good and bad. The last part of a file may have none, and only problems.
    pub row_count: usize,
    /// The rows, each with its line break byte for byte as in the source, the last without one.
    pub csv: Vec<u8>,
    /// The good rows.
    pub rows: Vec<Located<R>>,
    /// What is wrong, in the order of the text.
    pub problems: Vec<Problem>,
}

impl<R: Row, I: io::Read> PartReader<R, I> {
    /// Most problems that are kept unless told otherwise.
    pub const PROBLEM_LIMIT: usize = 10_000;

    /// Reads from a file or anything else. There is no need of a buffer around it.
    pub fn new(input: I) -> Self {
        Self::with_sizes(input, CHUNK, LONGEST_ROW)
    }

    fn with_sizes(input: I, chunk: usize, longest_row: usize) -> Self {
        Self {
            text: Text { input, buffer: Vec::new(), start: 0, chunk, is_whole: false },
            walk: Walk::new(Contents::Ignored),
            problems: Vec::new(),
            problem_limit: Self::PROBLEM_LIMIT,
            problem_count: 0,
            longest_row,
            part_length: 0,
            is_over: false,
        }
    }

    /// Looks into certificates and keys as well, as [`read_checking`](super::read_checking) does.
    #[must_use]
    pub fn checking(mut self, contents: Contents) -> Self {
        self.walk.look_into(contents);
        self
    }

    /// Keeps so many problems of the whole file; those beyond are only counted.
    #[must_use]
    pub fn with_problem_limit(mut self, limit: usize) -> Self {
        self.problem_limit = limit;
        self
    }

    /// Number of rows so far, good and bad; header and blank lines are none.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.walk.row_count()
    }

    /// Number of problems so far, also of those that were not kept.
    #[must_use]
    pub fn problem_count(&self) -> usize {
        self.problem_count
    }

    /// The next part; `None` after the last.
    ///
    /// # Errors
    ///
    /// An error of the input. What was read of the part under way is lost, so give up then.
    pub fn next_part(&mut self) -> io::Result<Option<ReadPart<R>>> {
        if self.is_over {
            return Ok(None);
        }
        let mut part = ReadPart {
            first_row: self.walk.row_count(),
            row_count: 0,
            csv: Vec::with_capacity(self.part_length),
            rows: Vec::new(),
            problems: Vec::new(),
        };
        // The line break of a row belongs to the part only if another row follows.
        let mut line_break: (usize, [u8; 2]) = (0, [0; 2]);
        while part.row_count < MAX_ROWS {
            let step =
                self.walk.step(self.text.unread(), self.text.is_whole, self.longest_row, &mut self.problems);
            self.keep(&mut part.problems);
            match step {
                Step::More => self.text.read_more()?,
                Step::Skip(length) => self.text.start += length,
                Step::Row { extent, row } => {
                    let text = self.text.unread();
                    part.csv.extend_from_slice(&line_break.1[..line_break.0]);
                    part.csv.extend_from_slice(&text[..extent.end]);
                    let after = &text[extent.end..extent.next];
                    line_break.0 = after.len();
                    line_break.1[..after.len()].copy_from_slice(after);
                    part.row_count += 1;
                    part.rows.extend(row);
                    self.text.start += extent.next;
                }
                Step::End => {
                    self.is_over = true;
                    let is_empty = part.row_count == 0 && part.problems.is_empty();
                    return Ok((!is_empty).then_some(part));
                }
            }
        }
        self.part_length = part.csv.len();
        Ok(Some(part))
    }

    fn keep(&mut self, kept: &mut Vec<Problem>) {
        let room = self.problem_limit.saturating_sub(self.problem_count);
        self.problem_count += self.problems.len();
        kept.extend(self.problems.drain(..).take(room));
    }
}

impl<R: Row, I: io::Read> Iterator for PartReader<R, I> {
    type Item = io::Result<ReadPart<R>>;

    /// As [`next_part`](PartReader::next_part). Nothing comes after an error.
    fn next(&mut self) -> Option<Self::Item> {
        let part = self.next_part();
        self.is_over |= part.is_err();
        part.transpose()
    }
}

/// Without the text, which may hold tokens.
impl<R: fmt::Debug> fmt::Debug for ReadPart<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadPart")
            .field("first_row", &self.first_row)
            .field("row_count", &self.row_count)
            .field("rows", &self.rows)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

/// The part of the input that is in memory.
struct Text<I> {
    input: I,
    buffer: Vec<u8>,
    /// What lies before is read.
    start: usize,
    chunk: usize,
    /// Whether there is nothing behind the buffer.
    is_whole: bool,
}

impl<I: io::Read> Text<I> {
    fn unread(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Adds a chunk, or all that is left.
    fn read_more(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let wanted = self.chunk;
        let limit = u64::try_from(wanted).unwrap_or(u64::MAX);
        // `read_to_end` asks again after an interruption, and until the chunk is full.
        let read = self.input.by_ref().take(limit).read_to_end(&mut self.buffer)?;
        self.is_whole = read < wanted;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::super::{OnboardRow, PublicKeyRow, read};
    use super::*;

    /// Gives its pieces one by one, and fails after the last if told so.
    struct Pieces(VecDeque<Vec<u8>>, bool);

    impl io::Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(mut piece) = self.0.pop_front() else {
                return if self.1 { Err(io::Error::other("the disk is gone")) } else { Ok(0) };
            };
            let length = piece.len().min(buffer.len());
            buffer[..length].copy_from_slice(&piece[..length]);
            let rest = piece.split_off(length);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
            Ok(length)
        }
    }

    const KEY: &str = "-----BEGIN PUBLIC KEY-----\nMAMCAQE=\n-----END PUBLIC KEY-----\n";

    /// The streaming form against the slice form.
    fn compare<R: Row + Clone + PartialEq + fmt::Debug>(
        csv: &[u8],
        pieces: Vec<Vec<u8>>,
        chunk: usize,
    ) -> Result<(), TestCaseError> {
        let whole = read::<R>(csv);
        let mut reader = PartReader::<R, _>::with_sizes(Pieces(pieces.into(), false), chunk, LONGEST_ROW);
        let (mut rows, mut problems, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(part) = reader.next_part()? {
            rows.extend(part.rows);
            problems.extend(part.problems);
            if part.row_count > 0 {
                parts.push((part.first_row, part.row_count, part.csv));
            }
        }
        prop_assert_eq!(&problems, whole.problems());
        prop_assert_eq!(reader.problem_count(), problems.len());
        prop_assert_eq!(&rows, whole.rows());
        prop_assert_eq!(reader.row_count(), whole.row_count());
        let expected: Vec<_> =
            whole.parts().map(|part| (part.first_row, part.row_count, part.csv.into_owned())).collect();
        prop_assert_eq!(parts, expected);
        Ok(())
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            "a",
            "b,",
            ",",
            "\"",
            "\"\"",
            "\n",
            "\r\n",
            "\r",
            " ",
            "é",
            "deviceId",
            "\u{feff}",
            "APP|MODEM",
            "-----BEGIN PUBLIC KEY-----",
            "-----END PUBLIC KEY-----",
            "MAMCAQE=",
            "a,\"",
            "\"\n",
            "-----BEGIN PUBLIC KEY-----\nMAMCAQE=\n-----END PUBLIC KEY-----\n",
        ]);
        let mark = prop::sample::select(vec![&b""[..], b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xEF"]);
        (mark, proptest::collection::vec(piece, 0..30))
            .prop_map(|(mark, pieces)| [mark, pieces.concat().as_bytes()].concat())
    }

    proptest! {
        #[test]
        fn every_split_gives_what_the_whole_gives(
            csv in text(),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
            chunk in 1..40usize,
        ) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(csv.len() + 1)).collect();
            cuts.extend([0, csv.len()]);
            cuts.sort_unstable();
            let pieces: Vec<Vec<u8>> = cuts.windows(2)
                .map(|pair| csv[pair[0]..pair[1]].to_vec()).filter(|piece| !piece.is_empty()).collect();
            compare::<PublicKeyRow>(&csv, pieces.clone(), chunk)?;
            compare::<OnboardRow>(&csv, pieces, chunk)?;
        }
    }

    #[test]
    fn problems_beyond_the_limit_are_counted() {
        let csv = "\n".repeat(50) + &format!("a,\"{KEY}\"\n") + &"\n".repeat(7);
        let mut reader = PartReader::<PublicKeyRow, _>::new(csv.as_bytes()).with_problem_limit(3);
        let part = reader.next_part().unwrap().unwrap();
        assert_eq!((part.row_count, part.problems.len(), part.rows.len()), (1, 3, 1));
        assert_eq!(part.rows[0].place.line, 51);
        assert_eq!(reader.next_part().unwrap(), None);
        assert_eq!(reader.problem_count(), 57);
    }

    #[test]
    fn a_row_that_never_ends_ends_the_reading_in_both_forms() {
        let row = format!("a,\"{KEY}\"\n");
        for (fill, good) in [(LONGEST_ROW - 2, 2), (LONGEST_ROW - 1, 1)] {
            let csv = format!("{row}b,{}\n{}", "x".repeat(fill), row.replace('a', "c"));
            let whole = read::<PublicKeyRow>(csv.as_bytes());
            let part = PartReader::<PublicKeyRow, _>::new(csv.as_bytes()).next_part().unwrap().unwrap();
            assert_eq!(part.problems, whole.problems());
            assert_eq!(part.rows.len(), good);
        }
        let csv = format!("{row}b,\"{}", KEY.repeat(LONGEST_ROW / KEY.len() + 1));
        let whole = read::<PublicKeyRow>(csv.as_bytes());
        assert_eq!(
            whole.problems()[0].to_string(),
            "line 5, column 1: the row is longer than 65536 bytes; is a double quote not closed?"
        );
        assert_eq!((whole.problems().len(), whole.row_count()), (1, 1));
    }

    #[test]
    fn an_error_of_the_input_ends_the_parts() {
        let input = Pieces([b"a,\"-----BEG".to_vec()].into(), true);
        let mut reader = PartReader::<PublicKeyRow, _>::new(input);
        assert_eq!(reader.next().unwrap().unwrap_err().to_string(), "the disk is gone");
        assert!(reader.next().is_none());
    }
}
