//! Onboarding CSV files on this machine: rows added, rows picked out.

use std::path::Path;

use cloud_api::onboarding::{self, OnboardRow, Row, Rule};

use crate::diagnostic::{self, Diagnostic};
use crate::file::{SharedFile, WriteOptions};

/// Opens and locks a CSV, and gives its content with `row` added. A file that is not there counts as empty.
pub(crate) fn with_row(
    path: &Path,
    row: &OnboardRow,
    options: WriteOptions,
) -> Result<(SharedFile, Vec<u8>), Diagnostic> {
    let file = SharedFile::open(path, options)?;
    let mut content = file.content().to_vec();
    if !content.trim_ascii().is_empty() {
        let reading = onboarding::read::<OnboardRow>(&content);
        if let Some(problem) = reading.problems().first() {
            return Err(diagnostic::csv_not_extended(&path.display(), problem));
        }
        if reading.rows().iter().any(|other| other.row.device_id == row.device_id) {
            return Err(diagnostic::device_in_csv(&path.display(), &row.device_id));
        }
        if !content.ends_with(b"\n") {
            content.push(b'\n');
        }
    } else {
        content.clear();
    }
    onboarding::write_row(&mut content, row).map_err(|error| diagnostic::bad_value(&error))?;
    Ok((file, content))
}

/// Whether onboarding and registering do well without what this rule names: it stands before the first row and is not sent.
pub(crate) fn falls_away(rule: &Rule) -> bool {
    matches!(rule, Rule::ByteOrderMark | Rule::HeaderRow)
}

/// The kind of rows of a CSV, by its first good row: a public key alone, or everything for onboarding.
pub(crate) fn looks_like_public_keys(csv: &[u8]) -> bool {
    let keys = onboarding::read::<onboarding::PublicKeyRow>(csv).rows().len();
    let all = onboarding::read::<OnboardRow>(csv).rows().len();
    if keys != all {
        return keys > all;
    }
    // No row is good: the commas before the first PEM decide, or the names of the columns.
    let line = csv.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let begin = line.windows(BEGIN.len()).position(|window| window == BEGIN);
    match begin {
        Some(end) => line[..end].iter().filter(|byte| **byte == b',').count() == 1,
        None => contains_key_column(line),
    }
}

const BEGIN: &[u8] = b"-----BEGIN";

fn contains_key_column(line: &[u8]) -> bool {
    <onboarding::PublicKeyRow as Row>::COLUMNS
        .iter()
        .all(|name| line.windows(name.len()).any(|window| window.eq_ignore_ascii_case(name.as_bytes())))
}
