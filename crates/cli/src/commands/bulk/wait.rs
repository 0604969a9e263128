//! `nrfcloud bulk wait`

use std::collections::BTreeSet;

use clap::Args;
use cloud_api::BulkOpId;
use cloud_api::bulk::{self, BulkOutcome, WaitPolicy};
use serde::Serialize;

use crate::clock::Seconds;
use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct Wait {
    /// The bulkOpsRequestId
    #[arg(value_name = "ID")]
    id: BulkOpId,
    /// How long to wait
    #[arg(long, value_name = "TIME", default_value = "10m")]
    timeout: Seconds,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Ended {
    bulk_ops_request_id: BulkOpId,
    status: String,
    failed_rows: Vec<FailedRow>,
    other_errors: Vec<String>,
}

#[derive(Serialize)]
struct FailedRow {
    /// Counted from 1, as people do.
    row: usize,
    message: String,
}

impl Wait {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let policy = WaitPolicy { deadline: self.timeout.duration(), ..WaitPolicy::default() };
        let report = cloud::report_progress(context);
        let outcome = cloud::block_on(bulk::wait(&client, &self.id, policy, report))??;
        let succeeded = outcome.succeeded();
        let ended = Ended::new(self.id, outcome);
        context.out.result("nrfcloud.bulk.wait", &ended, human);
        if succeeded {
            return Ok(());
        }
        let rows: BTreeSet<usize> = ended.failed_rows.iter().map(|failed| failed.row).collect();
        Err(diagnostic::rows_failed(&ended.bulk_ops_request_id, rows.len(), None, None))
    }
}

impl Ended {
    fn new(id: BulkOpId, outcome: BulkOutcome) -> Self {
        let failed_rows = outcome
            .rows
            .into_iter()
            .map(|error| FailedRow { row: error.row + 1, message: error.message })
            .collect();
        Self {
            bulk_ops_request_id: id,
            status: outcome.request.status.to_string(),
            failed_rows,
            other_errors: outcome.unparsed,
        }
    }
}

fn human(ended: &Ended) -> String {
    let mut text = format!("{}\n", Shown(&ended.status));
    for failed in &ended.failed_rows {
        let message = if failed.message.is_empty() { "no reason given" } else { &failed.message };
        text.push_str(&format!("row {}\tfailed\t{}\n", failed.row, Shown(message)));
    }
    for error in &ended.other_errors {
        text.push_str(&format!("{}\n", Shown(error)));
    }
    text
}
