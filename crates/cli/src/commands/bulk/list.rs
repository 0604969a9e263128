//! `nrfcloud bulk list`

use clap::{Args, ValueEnum};
use cloud_api::bulk::{BulkOpsRequest, BulkStatus, ListBulkOpsRequests};
use serde::Serialize;

use crate::clock::Moment;
use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only operations with this status
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// Only operations requested at this time or later: seconds since 1970 or RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// Only operations requested up to this time
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// All of them, not only the newest page
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Status {
    /// Not begun
    Pending,
    /// Rows are being judged
    InProgress,
    /// Ended, and at least one row failed
    Failed,
    /// Ended, every row succeeded
    Succeeded,
}

impl From<Status> for BulkStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::InProgress => Self::InProgress,
            Status::Failed => Self::Failed,
            Status::Succeeded => Self::Succeeded,
        }
    }
}

#[derive(Serialize)]
struct Operations {
    operations: Vec<BulkOpsRequest>,
    more: bool,
}

impl List {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let query = ListBulkOpsRequests {
            status: self.status.map(BulkStatus::from),
            start_requested_at: self.since.map(|since| since.to_string()),
            end_requested_at: self.until.map(|until| until.to_string()),
            ..ListBulkOpsRequests::default()
        };
        let list = cloud::block_on(async {
            let mut pages = client.pages(query);
            let mut operations = Vec::new();
            while let Some(page) = pages.next().await {
                operations.extend(page?.items);
                if !self.all {
                    break;
                }
            }
            Ok::<_, Diagnostic>(Operations { operations, more: pages.next_token().is_some() })
        })??;
        if list.more {
            context.out.note("there are more: --all lists them");
        }
        context
            .out
            .result("nrfcloud.bulk.list", &list, |list| list.operations.iter().map(line).collect::<String>());
        Ok(())
    }
}

/// ID, status, kind, time; separated by tabs.
fn line(operation: &BulkOpsRequest) -> String {
    format!(
        "{}\t{}\t{}\t{}\n",
        operation.bulk_ops_request_id,
        Shown(&operation.status),
        Shown(&operation.endpoint),
        Shown(&operation.requested_at)
    )
}
