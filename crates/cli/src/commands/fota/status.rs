//! `nrfcloud fota status`

use clap::Args;
use cloud_api::DeviceId;
use cloud_api::fota::{FotaJobExecution, ListFotaJobExecutionsForDevice};
use serde::Serialize;

use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct Status {
    /// Device ID
    #[arg(value_name = "ID")]
    device_id: DeviceId,
    /// As many as this, the newest
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Executions {
    executions: Vec<FotaJobExecution>,
    more: bool,
}

impl Status {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let limit = self.limit;
        let query = ListFotaJobExecutionsForDevice {
            page_limit: cloud::page_limit(limit),
            ..ListFotaJobExecutionsForDevice::of(self.device_id)
        };
        let (executions, more) = cloud::block_on(cloud::newest(&client, query, limit))??;
        if more {
            context.out.note(format_args!("there are more than {limit}: --limit lists more"));
        }
        context.out.result("nrfcloud.fota.status", &Executions { executions, more }, |list| {
            list.executions.iter().map(line).collect::<String>()
        });
        Ok(())
    }
}

/// Job, status, firmware type and version, when it was changed, detail; separated by tabs.
fn line(execution: &FotaJobExecution) -> String {
    let document = &execution.job_document;
    format!(
        "{}\t{}\t{}\t{}\t{}\t{}\n",
        execution.job_id,
        Shown(&execution.status),
        Shown(document.firmware_type.as_deref().unwrap_or_default()),
        Shown(document.version.as_deref().unwrap_or_default()),
        Shown(execution.last_updated_at.as_deref().unwrap_or_default()),
        Shown(execution.status_detail.as_deref().unwrap_or_default())
    )
}
