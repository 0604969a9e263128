//! `nrfcloud fota wait`

use std::time::Duration;

use clap::Args;
use cloud_api::Uuid;
use cloud_api::bulk::WaitPolicy;
use cloud_api::fota::{
    self, ExecutionState, ExecutionStatus, FotaJob, FotaJobStatus, ListFotaJobExecutionStatuses, Progress,
};
use serde::Serialize;

use super::show;
use crate::clock::Seconds;
use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::progress;
use crate::text::Shown;

/// A device fetches its images in minutes: there is no hurry to hear of it.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

#[derive(Args, Debug)]
pub(crate) struct Wait {
    /// Job ID
    #[arg(value_name = "JOB")]
    job_id: Uuid,
    /// How long to wait
    #[arg(long, value_name = "TIME", default_value = "1h")]
    timeout: Seconds,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Ended {
    job_id: Uuid,
    status: FotaJobStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_detail: Option<String>,
    executions: Vec<ExecutionState>,
}

impl Wait {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let policy = WaitPolicy {
            deadline: self.timeout.duration(),
            longest_delay: LONGEST_DELAY,
            ..WaitPolicy::default()
        };
        let report = report(context);
        let ended = cloud::block_on(async {
            let job = fota::wait(&client, &self.job_id, policy, report).await?;
            let executions = cloud::all(&client, ListFotaJobExecutionStatuses::of(self.job_id)).await?;
            Ok::<_, Diagnostic>(Ended {
                job_id: job.job_id,
                status: job.status,
                status_detail: job.status_detail,
                executions,
            })
        })??;
        context.out.result("nrfcloud.fota.wait", &ended, human);
        verdict(&ended)
    }
}

fn verdict(ended: &Ended) -> Result<(), Diagnostic> {
    let total = ended.executions.len();
    let done = ended.executions.iter().filter(|execution| execution.status == ExecutionStatus::Succeeded);
    let failed = total - done.count();
    match ended.status {
        FotaJobStatus::Completed if total == 0 => Err(diagnostic::fota_job_for_nobody(&ended.job_id)),
        FotaJobStatus::Completed if failed == 0 => Ok(()),
        FotaJobStatus::Completed => Err(diagnostic::devices_not_updated(&ended.job_id, failed, total)),
        _ => Err(diagnostic::fota_job_ended(&ended.job_id, &ended.status, total - failed)),
    }
}

/// Tells on a terminal and with `-v` how the job goes on, once that it has not begun, and always that a poll failed.
fn report(context: &Context) -> impl FnMut(Progress<'_>) {
    let line = context.out.progress();
    let mut was_warned = false;
    move |progress| match progress {
        Progress::Polled { job, elapsed } => {
            let told = told(job);
            context.out.trace(format_args!("{told} after {:.1} s", elapsed.as_secs_f32()));
            line.set(0, format_args!("FOTA job {}: {told}", job.job_id));
            if job.status == FotaJobStatus::Created && job.schedule.is_none() && !was_warned {
                was_warned = true;
                context.out.warn(format_args!("it has not begun: nrfcloud fota apply {}", job.job_id));
            }
        }
        Progress::Interrupted { error, .. } => context.out.warn(format_args!("{error}; asking again")),
        _ => {}
    }
}

fn told(job: &FotaJob) -> String {
    let Some(stats) = &job.execution_stats else { return job.status.to_string() };
    let bar = progress::bar(stats.completed_executions, stats.executions);
    format!("{bar} {}, {} of {} devices", job.status, stats.completed_executions, stats.executions)
}

fn human(ended: &Ended) -> String {
    let detail =
        ended.status_detail.as_deref().map_or_else(String::new, |detail| format!("\t{}", Shown(detail)));
    let mut text = format!("{}{detail}\n", Shown(&ended.status));
    for execution in &ended.executions {
        text.push_str(&show::line(execution));
    }
    text
}
