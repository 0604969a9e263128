//! Writes rows in the published form.

use std::io;

use super::row::Row;
use crate::{DeviceId, FirmwareType};

/// A row could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A firmware type that the CSV form does not know.
    #[error("firmware type {firmware} of device {device_id} cannot be written to a CSV body")]
    FirmwareNotInCsv {
        /// The device.
        device_id: DeviceId,
        /// The firmware type.
        firmware: FirmwareType,
    },
    /// The output failed.
    #[error("the rows could not be written")]
    Io(#[from] io::Error),
}

/// Writes one row without a line break after it. Two rows have one line break (LF) between them.
///
/// # Errors
///
/// [`WriteError`]; nothing of the row is written when it is not an output error.
pub fn write_row<R: Row>(out: &mut impl io::Write, row: &R) -> Result<(), WriteError> {
    let middle = row.middle()?;
    // Neither a PEM text nor a token has a double quote, so there is none to double. A token needs none around it.
    let quote = if row.pem().is_some() { "\"" } else { "" };
    write!(out, "{},{middle}{quote}{}{quote}", row.device_id(), row.last())?;
    Ok(())
}

/// Writes rows as one body: LF between rows, none after the last, as in Nordic's guide. A header row comes first
/// where one [belongs](Row::HEADER).
///
/// # Errors
///
/// [`WriteError`]
pub fn write<'r, R: Row + 'r>(
    out: &mut impl io::Write,
    rows: impl IntoIterator<Item = &'r R>,
) -> Result<(), WriteError> {
    if R::HEADER {
        out.write_all(R::COLUMNS.join(",").as_bytes())?;
    }
    for (index, row) in rows.into_iter().enumerate() {
        if index > 0 || R::HEADER {
            out.write_all(b"\n")?;
        }
        write_row(out, row)?;
    }
    Ok(())
}
