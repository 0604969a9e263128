//! `nrfcloud fota cancel`

use clap::Args;

use super::one_job::{OneJob, Words};
use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Args, Debug)]
pub(crate) struct Cancel {
    #[command(flatten)]
    job: OneJob,
    /// Why, for whoever looks at the job
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Cancel {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let words = Words { would: "cancel", done: "is cancelled" };
        let reason = self.reason;
        self.job.change(context, "nrfcloud.fota.cancel", &words, |client, id| async move {
            client.cancel_fota_job(&id, reason.as_deref()).await
        })
    }
}
