//! `nrfcloud bulk list`

use clap::Args;
use cloud_api::bulk::{BulkOpsRequest, ListBulkOpsRequests};
use serde::Serialize;

use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct List {
    /// All of them, not only the newest page
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Operations {
    operations: Vec<BulkOpsRequest>,
    more: bool,
}

impl List {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let list = cloud::block_on(async {
            let mut query = ListBulkOpsRequests::default();
            let mut operations = Vec::new();
            loop {
                let page = client.list_bulk_ops_requests(&query).await?;
                operations.extend(page.items);
                match page.page_next_token {
                    Some(token) if self.all => query.page_next_token = Some(token),
                    rest => return Ok::<_, Diagnostic>(Operations { operations, more: rest.is_some() }),
                }
            }
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
