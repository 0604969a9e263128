//! Uploads that nobody waits for, in the ledger: so that `bulk wait` and `bulk retry` know of them later.

use std::time::{Duration, SystemTime};

use cloud_api::bulk::{Event, Journal as _, UploadPart};
use cloud_api::{BulkOpId, Client};
use ledger::Outcome;

use super::{Operation, UploadOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::journal::CampaignJournal;
use crate::journal::operations::{self, CsvFile, Kept};

/// Nobody else works on an upload that was just taken.
const LEASE: Duration = Duration::from_secs(60);

/// An upload that was taken.
pub(super) struct Sent<'s> {
    pub(super) client: &'s Client,
    pub(super) operation: Operation,
    pub(super) part: &'s UploadPart,
    pub(super) id: &'s BulkOpId,
    /// Rows of the whole.
    pub(super) total: usize,
}

impl UploadOptions {
    /// Writes down an upload as a campaign does.
    pub(super) async fn write_down(&self, context: &Context, sent: &Sent<'_>) -> Result<(), Diagnostic> {
        let Sent { client, operation, part, id, total } = sent;
        let journal = self.journal.open(context).await?;
        let subject = operations::subject(Kept::Sent, operation.schema(), client.base_url(), id)?;
        let run = journal.claim(&subject, LEASE).await?;
        let file = CsvFile { name: String::new(), rows: *total };
        run.append(SystemTime::now(), CsvFile::ENTRY, &file).await?;
        let key = part.key(operation.kind());
        let events = CampaignJournal::new(&run, None);
        let (first_row, row_count) = (part.first_row(), part.row_count());
        events.record(&Event::Submitting { part: key, first_row, row_count }).await?;
        events.record(&Event::Submitted { part: key, id: (*id).clone() }).await?;
        run.finish(SystemTime::now(), Outcome::Done).await?;
        Ok(())
    }
}
