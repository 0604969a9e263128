//! Rows for one upload, and what became of them.

use std::fmt;

use crate::bulk::journal::{ContentDigest, PartKey};
use crate::bulk::{BulkOutcome, Cause, RowResult};
use crate::identifier::{BulkOpId, DeviceId};
use crate::onboarding::{Part, ReadPart, RowTexts};
use crate::uploads::UploadKind;

/// Rows for one upload.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadPart {
    first_row: usize,
    csv: Vec<u8>,
    texts: RowTexts,
}

impl UploadPart {
    /// Rows of which the first has the index `first_row` in the whole.
    #[must_use]
    pub fn new(first_row: usize, csv: impl Into<Vec<u8>>) -> Self {
        let csv = csv.into();
        Self { first_row, texts: RowTexts::of(&csv), csv }
    }

    /// Index of the first row in the whole.
    #[must_use]
    pub fn first_row(&self) -> usize {
        self.first_row
    }

    /// Number of rows.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.texts.len()
    }

    /// The rows.
    #[must_use]
    pub fn csv(&self) -> &[u8] {
        &self.csv
    }

    /// What the journal knows the part by.
    #[must_use]
    pub fn key(&self, kind: UploadKind) -> PartKey {
        PartKey { kind, digest: ContentDigest::of(&self.csv) }
    }

    pub(super) fn report(self, outcome: BulkOutcome) -> PartReport {
        let mut failed = Vec::new();
        let mut unknown_rows = Vec::new();
        for (index, result) in outcome.results(self.row_count()).into_iter().enumerate() {
            match result {
                RowResult::Failed { messages } => failed.push(FailedRow {
                    row: self.first_row + index,
                    device_id: self.texts.device_id(&self.csv, index),
                    causes: messages.iter().map(|message| Cause::of(message)).collect(),
                    messages,
                }),
                RowResult::Unknown => unknown_rows.push(self.first_row + index),
                RowResult::Succeeded => {}
            }
        }
        let rows: Vec<usize> = failed.iter().map(|failed| failed.row - self.first_row).collect();
        PartReport {
            first_row: self.first_row,
            row_count: self.row_count(),
            failed_csv: self.texts.select(&self.csv, |row| rows.binary_search(&row).is_ok()),
            failed,
            unknown_rows,
            outcome,
        }
    }
}

/// Without the text, which may hold tokens.
impl fmt::Debug for UploadPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadPart")
            .field("first_row", &self.first_row)
            .field("row_count", &self.row_count())
            .finish_non_exhaustive()
    }
}

impl<R> From<ReadPart<R>> for UploadPart {
    fn from(part: ReadPart<R>) -> Self {
        Self::new(part.first_row, part.csv)
    }
}

impl From<Part<'_>> for UploadPart {
    fn from(part: Part<'_>) -> Self {
        Self::new(part.first_row, part.csv)
    }
}

/// A part whose bulk operation has ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct PartReport {
    /// Index of its first row in the whole.
    pub first_row: usize,
    /// Number of its rows.
    pub row_count: usize,
    /// The rows that failed, in order.
    pub failed: Vec<FailedRow>,
    /// The rows that failed, byte for byte as they were sent: what to mend and send again.
    pub failed_csv: Vec<u8>,
    /// Indices, in the whole, of rows of which is not known what became of them; see
    /// [`BulkOutcome::results`].
    pub unknown_rows: Vec<usize>,
    /// How the operation ended. Rows are counted from the first of the part there.
    pub outcome: BulkOutcome,
}

impl PartReport {
    /// The bulk operation.
    #[must_use]
    pub fn id(&self) -> &BulkOpId {
        &self.outcome.request.bulk_ops_request_id
    }
}

/// A row that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedRow {
    /// Its index in the whole, from 0.
    pub row: usize,
    /// Whose row it is, where the first column is a device ID.
    pub device_id: Option<DeviceId>,
    /// The service's words; an empty one was sent as such.
    pub messages: Vec<String>,
    /// The known reason behind each.
    pub causes: Vec<Cause>,
}
