//! Onboarding CSV files on this machine: rows added, kinds told apart, secrets found.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use cloud_api::DeviceId;
use cloud_api::onboarding::{self, Base64Error, CertificateRow, OnboardRow, PublicKeyRow, Row, Rule};
use serde::Serialize;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::file::{SharedFile, WriteOptions};

/// The kinds of CSV that nRF Cloud takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// deviceId,subType,tags,fwTypes,"PEM"
    Onboard,
    /// deviceId,"PEM" of a public key
    PublicKeys,
    /// deviceId,"PEM" of a certificate
    Certificates,
}

/// Opens and locks a CSV, and gives its content with `row` added. A file that is not there counts as empty.
pub(crate) fn with_row(
    context: &Context,
    path: &Path,
    row: &OnboardRow,
    options: WriteOptions,
) -> Result<(SharedFile, Vec<u8>), Diagnostic> {
    let file = SharedFile::open(path, options, &context.out)?;
    let content = extended(path, file.content().to_vec(), row)?;
    Ok((file, content))
}

/// As [`with_row`], but gives nothing if the very row is there already. Where `replace` says so, the row of the same device gives way.
pub(crate) fn with_row_once(
    context: &Context,
    path: &Path,
    row: &OnboardRow,
    replace: bool,
    options: WriteOptions,
) -> Result<Option<(SharedFile, Vec<u8>)>, Diagnostic> {
    let file = SharedFile::open(path, options, &context.out)?;
    let reading = onboarding::read::<OnboardRow>(file.content());
    let rows = || reading.rows().iter().map(|located| &located.row);
    let others = match rows().find(|other| other.device_id == row.device_id) {
        Some(there) if there == row => return Ok(None),
        Some(_) if replace && reading.problems().is_empty() => {
            let others: Vec<&OnboardRow> = rows().filter(|other| other.device_id != row.device_id).collect();
            if others.is_empty() { Vec::new() } else { content(others)? }
        }
        _ => file.content().to_vec(),
    };
    let content = extended(path, others, row)?;
    Ok(Some((file, content)))
}

/// Finds out whether a row for this device can be added later; where `new` says so, there must be none of it yet.
pub(crate) fn check_room(context: &Context, path: &Path, id: &DeviceId, new: bool) -> Result<(), Diagnostic> {
    let file = SharedFile::open(path, WriteOptions { dry_run: true, force: false }, &context.out)?;
    if file.content().trim_ascii().is_empty() {
        return Ok(());
    }
    let reading = onboarding::read::<OnboardRow>(file.content());
    if let Some(problem) = reading.problems().first() {
        return Err(diagnostic::csv_not_extended(&path.display(), problem));
    }
    if new && reading.rows().iter().any(|other| other.row.device_id == *id) {
        return Err(diagnostic::device_in_csv(&path.display(), id));
    }
    Ok(())
}

/// Opens and locks a CSV to which many rows are added, and gives its content, made ready for a further row, and the devices in it.
pub(crate) fn for_rows(
    context: &Context,
    path: &Path,
    options: WriteOptions,
) -> Result<(SharedFile, Vec<u8>, HashSet<DeviceId>), Diagnostic> {
    let file = SharedFile::open(path, options, &context.out)?;
    let (content, devices) = ready_for_row(path, file.content().to_vec())?;
    Ok((file, content, devices))
}

fn extended(path: &Path, content: Vec<u8>, row: &OnboardRow) -> Result<Vec<u8>, Diagnostic> {
    let (mut content, devices) = ready_for_row(path, content)?;
    if devices.contains(&row.device_id) {
        return Err(diagnostic::device_in_csv(&path.display(), &row.device_id));
    }
    content.extend(line(row)?);
    Ok(content)
}

/// A row with its line break.
pub(crate) fn line(row: &OnboardRow) -> Result<Vec<u8>, Diagnostic> {
    let mut line = Vec::new();
    onboarding::write_row(&mut line, row).map_err(|error| diagnostic::bad_value(&error))?;
    line.push(b'\n');
    Ok(line)
}

/// The content with a line break at its end, and the devices in it.
fn ready_for_row(path: &Path, mut content: Vec<u8>) -> Result<(Vec<u8>, HashSet<DeviceId>), Diagnostic> {
    if content.trim_ascii().is_empty() {
        return Ok((Vec::new(), HashSet::new()));
    }
    let reading = onboarding::read::<OnboardRow>(&content);
    if let Some(problem) = reading.problems().first() {
        return Err(diagnostic::csv_not_extended(&path.display(), problem));
    }
    let devices = reading.rows().iter().map(|located| located.row.device_id.clone()).collect();
    if !ends_with_line_break(&content) {
        content.push(b'\n');
    }
    Ok((content, devices))
}

/// Rows as the content of a file: as uploaded, and with a line break behind the last one, so that files can be joined.
pub(crate) fn content<'r, R: Row + 'r>(rows: impl IntoIterator<Item = &'r R>) -> Result<Vec<u8>, Diagnostic> {
    let mut content = Vec::new();
    onboarding::write(&mut content, rows).map_err(diagnostic::unexpected)?;
    content.push(b'\n');
    Ok(content)
}

/// Whether another file can be put behind this one.
pub(crate) fn ends_with_line_break(csv: &[u8]) -> bool {
    csv.ends_with(b"\n") || csv.ends_with(b"\r")
}

/// The CSV inside, if the file is one text of base64 and so has none of the characters that every CSV has.
pub(crate) fn unwrap_base64(bytes: &[u8]) -> Result<Option<Vec<u8>>, Base64Error> {
    let is_base64 = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=') || byte.is_ascii_whitespace()
    };
    if bytes.iter().all(is_base64) { onboarding::decode_base64(bytes).map(Some) } else { Ok(None) }
}

/// The line at which a private key stands in a CSV, or in the base64 of one.
pub(crate) fn line_of_private_key(csv: &[u8]) -> Option<usize> {
    const SECRET: &[u8] = b"PRIVATE KEY";
    let csv = match unwrap_base64(csv) {
        Ok(Some(inner)) => Cow::Owned(inner),
        _ => Cow::Borrowed(csv),
    };
    let offset = csv.windows(SECRET.len()).position(|window| window.eq_ignore_ascii_case(SECRET))?;
    Some(1 + csv[..offset].iter().filter(|byte| **byte == b'\n').count())
}

/// Whether onboarding and registering do well without what this rule names: it stands before the first row and is not sent.
pub(crate) fn falls_away(rule: &Rule) -> bool {
    matches!(rule, Rule::ByteOrderMark | Rule::HeaderRow)
}

/// The kind of rows of a CSV, by the commas before its first PEM and by that; where there is none, by the names of its columns.
pub(crate) fn kind_of(csv: &[u8]) -> Kind {
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let first = csv.split(is_break).find_map(|line| {
        let begin = line.windows(BEGIN.len()).position(|window| window == BEGIN)?;
        Some(line.split_at(begin))
    });
    match first {
        Some((before, _)) if before.iter().filter(|byte| **byte == b',').count() != 1 => Kind::Onboard,
        Some((_, pem)) if pem.starts_with(CERTIFICATE) => Kind::Certificates,
        Some(_) => Kind::PublicKeys,
        None => kind_of_header(csv.split(is_break).next().unwrap_or_default()),
    }
}

const BEGIN: &[u8] = b"-----BEGIN";
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE";

fn kind_of_header(line: &[u8]) -> Kind {
    let has_columns = |names: &[&str]| {
        names
            .iter()
            .all(|name| line.windows(name.len()).any(|window| window.eq_ignore_ascii_case(name.as_bytes())))
    };
    // The columns of certificates are among those of onboarding.
    if has_columns(OnboardRow::COLUMNS) {
        Kind::Onboard
    } else if has_columns(PublicKeyRow::COLUMNS) {
        Kind::PublicKeys
    } else if has_columns(CertificateRow::COLUMNS) {
        Kind::Certificates
    } else {
        Kind::Onboard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_pem_tells_the_kind() {
        let kind = |csv: &str| kind_of(csv.as_bytes());
        assert_eq!(kind("\na,\"-----BEGIN PUBLIC KEY-----\n"), Kind::PublicKeys);
        assert_eq!(kind("a,,,,\"-----BEGIN CERTIFICATE-----\n"), Kind::Onboard);
        assert_eq!(kind("a,b\nc,,,,\"-----BEGIN CERTIFICATE-----\n"), Kind::Onboard);
        assert_eq!(kind("a,\"-----BEGIN CERTIFICATE-----\n"), Kind::Certificates);
        assert_eq!(kind("deviceId,keyPem\n"), Kind::PublicKeys);
        assert_eq!(kind("deviceId,certPem\n"), Kind::Certificates);
        assert_eq!(kind("deviceId,subType,tags,fwTypes,certPem\n"), Kind::Onboard);
        assert_eq!(kind(""), Kind::Onboard);
    }

    #[test]
    fn a_private_key_is_found_also_in_base64() {
        assert_eq!(line_of_private_key(b"a,,,,\"\n-----BEGIN EC PRIVATE KEY-----"), Some(2));
        assert_eq!(line_of_private_key(b"YSxQUklWQVRFIEtFWQ=="), Some(1));
        assert_eq!(line_of_private_key(b"a,,,,\"-----BEGIN PUBLIC KEY-----"), None);
    }
}
