//! `nrfcloud fota list`

use clap::Args;
use cloud_api::fota::{FotaJob, ListFotaJobs};
use serde::Serialize;

use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct List {
    /// As many as this, the newest
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Jobs {
    jobs: Vec<FotaJob>,
    more: bool,
}

impl List {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let limit = self.limit;
        let query = ListFotaJobs { page_limit: cloud::page_limit(limit), ..ListFotaJobs::default() };
        let (jobs, more) = cloud::block_on(cloud::newest(&client, query, limit))??;
        if more {
            context.out.note(format_args!("there are more than {limit}: --limit lists more"));
        }
        context.out.result("nrfcloud.fota.list", &Jobs { jobs, more }, |list| {
            list.jobs.iter().map(line).collect::<String>()
        });
        Ok(())
    }
}

/// ID, status, firmware type and version, time, name; separated by tabs.
fn line(job: &FotaJob) -> String {
    let firmware = job.firmware.as_ref();
    let kind = firmware.and_then(|firmware| firmware.firmware_type.as_deref());
    let version = firmware.and_then(|firmware| firmware.version.as_deref());
    format!(
        "{}\t{}\t{}\t{}\t{}\t{}\n",
        job.job_id,
        Shown(&job.status),
        Shown(kind.unwrap_or_default()),
        Shown(version.unwrap_or_default()),
        Shown(job.created_at.as_deref().unwrap_or_default()),
        Shown(job.name.as_deref().unwrap_or_default())
    )
}
