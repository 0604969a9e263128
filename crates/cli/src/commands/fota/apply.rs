//! `nrfcloud fota apply`

use clap::Args;

use super::one_job::{OneJob, Words};
use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Args, Debug)]
pub(crate) struct Apply {
    #[command(flatten)]
    job: OneJob,
}

impl Apply {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let words = Words { would: "begin", done: "has begun" };
        self.job.change(context, "nrfcloud.fota.apply", &words, |client, id| async move {
            client.apply_fota_job(&id).await
        })
    }
}
