//! Which rows failed, and where they are.

use cloud_api::BulkOpId;
use cloud_api::bulk::{BulkOutcome, RowResult};
use cloud_api::onboarding::{self, Reading, Row};

use crate::commands::device::upload::device_id;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::journal::operations::KnownOperation;

/// All that is still known of a bulk operation.
pub(super) struct Past {
    pub(super) id: BulkOpId,
    pub(super) outcome: BulkOutcome,
    /// The CSV as nRF Cloud keeps it, if it still does.
    pub(super) uploaded: Result<Vec<u8>, Diagnostic>,
    /// What the ledger of this machine knows.
    pub(super) known: Option<KnownOperation>,
}

impl Past {
    /// The rows that failed, byte for byte: those of a CSV that is given, or as they were uploaded.
    pub(super) fn failed_rows<R: Row>(self, given: Option<(&Source, &[u8])>) -> Result<Vec<u8>, Diagnostic> {
        let uploaded = self.uploaded.as_deref().ok().map(onboarding::read::<R>);
        match (given, uploaded) {
            (None, Some(uploaded)) => {
                let failed = self.failed(uploaded.row_count())?;
                Ok(selected(&uploaded, &failed))
            }
            (Some((source, csv)), Some(uploaded)) => {
                let failed = self.failed(uploaded.row_count())?;
                let given = onboarding::read::<R>(csv);
                let places = failed.iter().map(|row| self.by_device(source, &given, &uploaded, *row));
                Ok(selected(&given, &places.collect::<Result<Vec<_>, _>>()?))
            }
            (Some((source, csv)), None) => self.by_place(source, &onboarding::read::<R>(csv)),
            (None, None) => match self.uploaded {
                Err(error) => Err(diagnostic::no_uploaded_rows(&self.id, error)),
                Ok(_) => Err(diagnostic::unexpected("rows are there and are not")),
            },
        }
    }

    /// The rows that failed, by their index in the upload. What the ledger kept counts where nRF Cloud tells no more.
    fn failed(&self, row_count: usize) -> Result<Vec<usize>, Diagnostic> {
        let kept = self.known.as_ref().and_then(|known| known.outcome.as_ref());
        for outcome in std::iter::once(&self.outcome).chain(kept) {
            let results = outcome.results(row_count);
            if !results.contains(&RowResult::Unknown) {
                let failed = results.iter().enumerate();
                let failed = failed.filter(|(_, result)| matches!(result, RowResult::Failed { .. }));
                return Ok(failed.map(|(row, _)| row).collect());
            }
        }
        Err(diagnostic::rows_unknown(&self.id))
    }

    /// Where the device of an uploaded row stands in a CSV that is given.
    fn by_device<R: Row>(
        &self,
        source: &Source,
        given: &Reading<'_, R>,
        uploaded: &Reading<'_, R>,
        row: usize,
    ) -> Result<usize, Diagnostic> {
        let Some(id) = device_id(uploaded, row) else {
            let why = format!("row {} of the upload names no device", row + 1);
            return Err(diagnostic::rows_not_told(&self.id, &why));
        };
        let place = given.rows().iter().find(|there| *there.row.device_id() == id);
        place.map(|there| there.index).ok_or_else(|| {
            diagnostic::rows_not_told(&self.id, &format_args!("{source} has no good row of device {id}"))
        })
    }

    /// The failed rows by their places, where only the ledger tells which part of the CSV was uploaded.
    fn by_place<R: Row>(&self, source: &Source, given: &Reading<'_, R>) -> Result<Vec<u8>, Diagnostic> {
        let Some(KnownOperation { first_row, row_count, total, .. }) = self.known else {
            let why = "neither nRF Cloud nor the ledger of this machine has the rows";
            return Err(diagnostic::rows_not_told(&self.id, &why));
        };
        if given.row_count() != total {
            let why =
                format!("{source} has {} rows, and the CSV that was sent had {total}", given.row_count());
            return Err(diagnostic::rows_not_told(&self.id, &why));
        }
        let failed = self.failed(row_count)?;
        Ok(selected(given, &failed.iter().map(|row| first_row + row).collect::<Vec<_>>()))
    }
}

fn selected<R: Row>(reading: &Reading<'_, R>, rows: &[usize]) -> Vec<u8> {
    reading.select(|row| rows.contains(&row)).into_owned()
}

#[cfg(test)]
mod tests {
    use cloud_api::onboarding::PublicKeyRow;

    use super::*;

    const KEY: &str = include_str!("../../../../../../fixtures/cloud-sim/device-1.public-key.pem");

    fn csv(ids: &[&str]) -> String {
        ids.iter().map(|id| format!("{id},\"{KEY}\"\n")).collect()
    }

    /// An operation of which these rows failed.
    fn past(failed: &[usize], uploaded: &[u8]) -> Past {
        let request = serde_json::json!({
            "bulkOpsRequestId": "01EZZJVDQJPWT7V4FWNVDHNMM5", "endpoint": "REGISTER_PUBLIC_KEYS", "status": "FAILED",
            "requestedAt": "2022-11-29T00:56:40.337Z", "errorSummaryUrl": "https://example.com/x.json",
        });
        let rows = failed.iter().map(|row| serde_json::json!({ "row": row, "message": "no" }));
        let rows = rows.map(|row| serde_json::from_value(row).unwrap()).collect();
        let request: cloud_api::bulk::BulkOpsRequest = serde_json::from_value(request).unwrap();
        Past {
            id: request.bulk_ops_request_id.clone(),
            outcome: BulkOutcome::again(request, rows, Vec::new()),
            uploaded: Ok(uploaded.to_vec()),
            known: None,
        }
    }

    fn retried(past: Past, given: Option<&str>) -> Result<String, String> {
        let source = Source::Stdin;
        let given = given.map(|csv| (&source, csv.as_bytes()));
        let rows = past.failed_rows::<PublicKeyRow>(given).map_err(|error| error.message().to_owned())?;
        Ok(String::from_utf8(rows).unwrap().trim_end().to_owned())
    }

    #[test]
    fn rows_are_found_in_what_was_uploaded() {
        let uploaded = csv(&["a", "b", "c"]);
        let expected = csv(&["a", "c"]).trim_end().to_owned();
        assert_eq!(retried(past(&[0, 2], uploaded.as_bytes()), None), Ok(expected));
    }

    #[test]
    fn rows_that_are_given_are_found_by_their_devices_or_not_at_all() {
        let uploaded = csv(&["a", "b", "c"]);
        let given = csv(&["x", "c", "a"]);
        let expected = csv(&["c"]).trim_end().to_owned();
        assert_eq!(retried(past(&[2], uploaded.as_bytes()), Some(&given)), Ok(expected));
        let error = retried(past(&[1], uploaded.as_bytes()), Some(&given)).unwrap_err();
        assert!(error.contains("standard input has no good row of device b"), "{error}");
        let broken = uploaded.replacen("a,", "a a,", 1);
        let error = retried(past(&[0], broken.as_bytes()), Some(&given)).unwrap_err();
        assert!(error.contains("row 1 of the upload names no device"), "{error}");
    }

    #[test]
    fn an_error_file_that_names_other_rows_is_not_believed() {
        let error = retried(past(&[3], csv(&["a", "b", "c"]).as_bytes()), None).unwrap_err();
        assert!(error.contains("does not tell which rows did"), "{error}");
    }
}
