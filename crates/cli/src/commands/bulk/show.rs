//! `nrfcloud bulk show`

use clap::Args;
use cloud_api::BulkOpId;
use cloud_api::bulk::BulkOpsRequest;

use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Table;

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// The bulkOpsRequestId
    #[arg(value_name = "ID")]
    id: BulkOpId,
    #[command(flatten)]
    api: ApiOptions,
}

impl Show {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let operation = cloud::block_on(client.fetch_bulk_ops_request(&self.id))??;
        context.out.result("nrfcloud.bulk.show", &operation, human);
        Ok(())
    }
}

fn human(operation: &BulkOpsRequest) -> Table {
    let mut table = Table::default();
    table.row("bulk operation", &operation.bulk_ops_request_id);
    table.row("status", &operation.status);
    table.row("kind", &operation.endpoint);
    table.row("requested", &operation.requested_at);
    let optional = [
        ("completed", &operation.completed_at),
        ("rows", &operation.uploaded_data_url),
        ("results", &operation.result_data_url),
        ("errors", &operation.error_summary_url),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            table.row(name, value);
        }
    }
    table
}
