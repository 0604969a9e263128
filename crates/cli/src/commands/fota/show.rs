//! `nrfcloud fota show`

use clap::Args;
use cloud_api::fota::{ExecutionState, ExecutionStats, FotaJob, ListFotaJobExecutionStatuses};
use cloud_api::{Error, Uuid};
use serde::Serialize;

use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::{Shown, Table};

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// Job ID
    #[arg(value_name = "JOB")]
    job_id: Uuid,
    #[command(flatten)]
    api: ApiOptions,
}

/// A job, and how far it is on each device.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    job: FotaJob,
    executions: Vec<ExecutionState>,
}

impl Show {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let whole = cloud::block_on(async {
            let job = client.fetch_fota_job(&self.job_id).await?;
            let executions = cloud::all(&client, ListFotaJobExecutionStatuses::of(self.job_id)).await?;
            Ok::<_, Error>(Whole { job, executions })
        })??;
        context.out.result("nrfcloud.fota.show", &whole, human);
        Ok(())
    }
}

fn human(whole: &Whole) -> String {
    let Whole { job, executions } = whole;
    let mut table = Table::default();
    table.row("job ID", &job.job_id);
    let mut optional = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            table.row(name, value);
        }
    };
    optional("name", job.name.as_deref());
    optional("description", job.description.as_deref());
    optional("status", Some(job.status.as_str()));
    optional("status in words", job.status_detail.as_deref());
    if let Some(firmware) = &job.firmware {
        optional("bundle", Some(firmware.bundle_id.as_str()));
        optional("firmware type", firmware.firmware_type.as_deref());
        optional("version", firmware.version.as_deref());
        optional("bytes", firmware.file_size.map(|size| size.to_string()).as_deref());
    }
    if let Some(target) = &job.target {
        optional("for devices", Some(&target.device_ids.join(" ")));
        optional("for tags", Some(&target.tags.join("|")));
        optional("for devices with", target.firmware_type.as_deref());
        optional("in version", Some(&target.firmware_versions.join(" ")));
    }
    optional("made", job.created_at.as_deref());
    optional("changed", job.last_updated_at.as_deref());
    optional("ended", job.completed_at.as_deref());
    if let Some(stats) = &job.execution_stats {
        optional("devices", Some(&counted(stats)));
    }
    let mut text = table.to_string();
    for execution in executions {
        text.push_str(&line(execution));
    }
    text
}

/// `3: 1 succeeded, 2 queued`
fn counted(stats: &ExecutionStats) -> String {
    let counts = [
        (stats.succeeded, "succeeded"),
        (stats.failed, "failed"),
        (stats.timed_out, "timed out"),
        (stats.rejected, "rejected"),
        (stats.cancelled, "cancelled"),
        (stats.removed, "removed"),
        (stats.downloading, "downloading"),
        (stats.in_progress, "in progress"),
        (stats.queued, "queued"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    let devices = stats.devices.max(stats.executions);
    if counts.is_empty() { devices.to_string() } else { format!("{devices}: {}", counts.join(", ")) }
}

/// Device, status, detail; separated by tabs.
pub(super) fn line(execution: &ExecutionState) -> String {
    format!(
        "{}\t{}\t{}\n",
        execution.device_id,
        Shown(&execution.status),
        Shown(execution.status_detail.as_deref().unwrap_or_default())
    )
}
