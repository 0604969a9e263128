//! `nrfcloud bulk wait`

use std::collections::BTreeSet;

use clap::Args;
use cloud_api::bulk::{self, BulkOutcome, WaitPolicy};
use cloud_api::{BulkOpId, Client, DeviceId};
use serde::Serialize;

use super::uploaded;
use crate::clock::Seconds;
use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::journal::JournalOptions;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct Wait {
    /// The bulkOpsRequestId [default: that of the last upload of this machine]
    #[arg(value_name = "ID")]
    id: Option<BulkOpId>,
    /// How long to wait
    #[arg(long, value_name = "TIME", default_value = "10m")]
    timeout: Seconds,
    #[command(flatten)]
    journal: JournalOptions,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Ended {
    bulk_ops_request_id: BulkOpId,
    #[serde(skip)]
    succeeded: bool,
    status: String,
    failed_rows: Vec<FailedRow>,
    other_errors: Vec<String>,
}

#[derive(Serialize)]
struct FailedRow {
    /// Counted from 1, as people do.
    row: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<DeviceId>,
    message: String,
}

impl Wait {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let policy = WaitPolicy { deadline: self.timeout.duration(), ..WaitPolicy::default() };
        let report = cloud::report_progress(context);
        let ended = cloud::block_on(async {
            let id = match self.id {
                Some(id) => id,
                None => last(context, &self.journal, &client).await?,
            };
            let outcome = bulk::wait(&client, &id, policy, report).await?;
            Ok::<_, Diagnostic>(Ended::new(context, &client, id, outcome).await)
        })??;
        context.out.result("nrfcloud.bulk.wait", &ended, human);
        if ended.succeeded {
            return Ok(());
        }
        let rows: BTreeSet<usize> = ended.failed_rows.iter().map(|failed| failed.row).collect();
        Err(diagnostic::rows_failed(&ended.bulk_ops_request_id, rows.len(), None, None))
    }
}

/// The bulk operation that this machine began last.
async fn last(context: &Context, journal: &JournalOptions, client: &Client) -> Result<BulkOpId, Diagnostic> {
    let last = journal.open(context).await?.last_operation(client.base_url()).await?;
    let id = last.ok_or_else(diagnostic::no_operation)?;
    context.out.note(format_args!("waiting for bulk operation {id}"));
    Ok(id)
}

impl Ended {
    /// Rows get the names of their devices, if nRF Cloud still has what was uploaded.
    async fn new(context: &Context, client: &Client, id: BulkOpId, outcome: BulkOutcome) -> Self {
        let rows: Vec<usize> = outcome.rows.iter().map(|error| error.row).collect();
        let mut devices = Vec::new();
        if !rows.is_empty() {
            match client.download_uploaded_rows(&outcome.request).await {
                Ok(csv) => {
                    devices = uploaded::devices(&outcome.request.endpoint, &uploaded::csv(csv), &rows);
                }
                Err(error) => context.out.trace(format_args!("no device of a row is known: {error}")),
            }
        }
        let devices = devices.into_iter().chain(std::iter::repeat(None));
        let failed_rows = outcome.rows.iter().zip(devices).map(|(error, device_id)| FailedRow {
            row: error.row + 1,
            device_id,
            message: error.message.clone(),
        });
        Self {
            bulk_ops_request_id: id,
            succeeded: outcome.succeeded(),
            status: outcome.request.status.to_string(),
            failed_rows: failed_rows.collect(),
            other_errors: outcome.unparsed,
        }
    }
}

fn human(ended: &Ended) -> String {
    let mut text = format!("{}\n", Shown(&ended.status));
    for failed in &ended.failed_rows {
        let message = if failed.message.is_empty() { "no reason given" } else { &failed.message };
        let device = failed.device_id.as_ref().map_or_else(String::new, |id| format!(" ({id})"));
        text.push_str(&format!("row {}{device}\tfailed\t{}\n", failed.row, Shown(message)));
    }
    for error in &ended.other_errors {
        text.push_str(&format!("{}\n", Shown(error)));
    }
    text
}
