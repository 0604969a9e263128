//! What the verbs that change one job have in common.

use std::future::Future;

use clap::Args;
use cloud_api::{Client, Error, Uuid};
use serde::Serialize;

use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Args, Debug)]
pub(super) struct OneJob {
    /// Job ID
    #[arg(value_name = "JOB")]
    job_id: Uuid,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Changed<'a> {
    job_id: &'a Uuid,
    dry_run: bool,
}

/// A change in words: "would … it", "… it".
pub(super) struct Words {
    pub(super) would: &'static str,
    pub(super) done: &'static str,
}

impl OneJob {
    /// The job.
    pub(super) const fn id(&self) -> &Uuid {
        &self.job_id
    }

    /// Whether nothing is to be done.
    pub(super) const fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Changes it, and says so.
    pub(super) fn change<F: Future<Output = Result<(), Error>>>(
        &self,
        context: &Context,
        schema: &str,
        words: &Words,
        call: impl FnOnce(Client, Uuid) -> F,
    ) -> Result<(), Diagnostic> {
        let job_id = &self.job_id;
        if self.dry_run {
            context.out.note(format_args!("would {} FOTA job {job_id}", words.would));
        } else {
            let client = self.api.client(context)?;
            cloud::block_on(call(client, job_id.clone()))??;
            context.out.note(format_args!("FOTA job {job_id} {}", words.done));
        }
        context.out.result(schema, &Changed { job_id, dry_run: self.dry_run }, |_| "");
        Ok(())
    }
}
