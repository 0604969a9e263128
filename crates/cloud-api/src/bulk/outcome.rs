//! How a bulk operation ended, row by row.

use std::collections::BTreeMap;

use super::error_file::{ErrorFile, RowError};
use super::{BulkOpsRequest, BulkStatus};
use crate::error::Error;

/// A bulk operation that has ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct BulkOutcome {
    /// The operation as it was last seen.
    pub request: BulkOpsRequest,
    /// Rows with an error, by row. Several errors of one row are several entries.
    pub rows: Vec<RowError>,
    /// What the error file says beside that, as text: entries that name no row.
    pub unparsed: Vec<String>,
    /// What became of the error file.
    pub summary: Summary,
}

/// What became of the error file.
#[derive(Debug)]
#[non_exhaustive]
pub enum Summary {
    /// Every row succeeded.
    NotNeeded,
    /// The operation did not succeed, and names no error file.
    NotOffered,
    /// Read. Its contents are in [`BulkOutcome::rows`] and [`BulkOutcome::unparsed`] too.
    Read(ErrorFile),
    /// It could not be fetched.
    Unavailable(Error),
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowResult {
    /// Done.
    Succeeded,
    /// Not done, for these reasons.
    Failed {
        /// The service's words; an empty one was sent as such.
        messages: Vec<String>,
    },
    /// The operation did not succeed, and what is known does not say whether this row did.
    Unknown,
}

impl BulkOutcome {
    pub(super) fn new(request: BulkOpsRequest, summary: Summary) -> Self {
        let (mut rows, unparsed) = match &summary {
            Summary::Read(file) => (file.rows.clone(), file.unparsed.clone()),
            Summary::NotNeeded | Summary::NotOffered | Summary::Unavailable(_) => (Vec::new(), Vec::new()),
        };
        rows.sort_by_key(|error| error.row);
        Self { request, rows, unparsed, summary }
    }

    /// Whether every row succeeded.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.request.status == BulkStatus::Succeeded
    }

    /// What became of the operation, from what was kept of it: [`Event::Finished`](super::Event::Finished).
    #[must_use]
    pub fn again(request: BulkOpsRequest, rows: Vec<RowError>, unparsed: Vec<String>) -> Self {
        let summary = if request.status == BulkStatus::Succeeded {
            Summary::NotNeeded
        } else if request.error_summary_url.is_some() {
            Summary::Read(ErrorFile { rows, unparsed })
        } else {
            Summary::NotOffered
        };
        Self::new(request, summary)
    }

    /// What became of each of the `row_count` rows that were uploaded, in their order.
    ///
    /// A FAILED operation keeps its good rows: a row without an entry in the error file succeeded. That holds
    /// only if the file accounts for the failure. If it is missing, names no row, has an entry that cannot be
    /// read, or names a row that was not uploaded, then the rows without an entry are [`RowResult::Unknown`].
    #[must_use]
    pub fn results(&self, row_count: usize) -> Vec<RowResult> {
        let without_entry = if self.succeeded() || self.accounts_for_failure(row_count) {
            RowResult::Succeeded
        } else {
            RowResult::Unknown
        };
        let mut messages: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for error in &self.rows {
            messages.entry(error.row).or_default().push(error.message.clone());
        }
        (0..row_count)
            .map(|row| match messages.remove(&row) {
                Some(messages) => RowResult::Failed { messages },
                None => without_entry.clone(),
            })
            .collect()
    }

    fn accounts_for_failure(&self, row_count: usize) -> bool {
        self.request.status == BulkStatus::Failed
            && !self.rows.is_empty()
            && self.unparsed.is_empty()
            && self.rows.iter().all(|error| error.row < row_count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: &str, file: Option<&str>) -> BulkOutcome {
        let request = serde_json::from_value(serde_json::json!({
            "bulkOpsRequestId": "01EZZJVDQJPWT7V4FWNVDHNMM5", "endpoint": "ONBOARD_DEVICES",
            "status": status, "requestedAt": "2022-11-29T00:56:40.337Z",
        }))
        .unwrap();
        let summary = match file {
            Some(text) => Summary::Read(ErrorFile::parse(text.as_bytes())),
            None => Summary::NotOffered,
        };
        BulkOutcome::new(request, summary)
    }

    fn failed(message: &str) -> RowResult {
        RowResult::Failed { messages: vec![message.to_owned()] }
    }

    #[test]
    fn rows_without_an_entry_succeeded_when_the_file_accounts_for_the_failure() {
        let outcome = outcome("FAILED", Some(r#"{"errors":["[2]: b","[0]: a","[2]: c"]}"#));
        assert!(!outcome.succeeded());
        assert_eq!(
            outcome.results(4),
            [
                failed("a"),
                RowResult::Succeeded,
                RowResult::Failed { messages: vec!["b".to_owned(), "c".to_owned()] },
                RowResult::Succeeded,
            ]
        );
    }

    #[test]
    fn no_row_is_called_good_on_a_file_that_does_not_account_for_the_failure() {
        use RowResult::Unknown;
        assert_eq!(outcome("FAILED", None).results(2), [Unknown, Unknown]);
        assert_eq!(outcome("FAILED", Some("{}")).results(1), [Unknown]);
        assert_eq!(
            outcome("FAILED", Some(r#"{"errors":["[0]: a","all is lost"]}"#)).results(2),
            [failed("a"), Unknown]
        );
        // Row 2 of two: the numbering is not the one we know.
        assert_eq!(
            outcome("FAILED", Some(r#"{"errors":["[1]: a","[2]: b"]}"#)).results(2),
            [Unknown, failed("a")]
        );
        assert_eq!(outcome("RESTING", Some(r#"{"errors":["[0]: a"]}"#)).results(2), [failed("a"), Unknown]);
    }

    #[test]
    fn success_needs_no_file() {
        assert_eq!(outcome("SUCCEEDED", None).results(2), [RowResult::Succeeded, RowResult::Succeeded]);
    }
}
