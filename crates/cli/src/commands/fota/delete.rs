//! `nrfcloud fota delete`

use clap::Args;

use super::one_job::{OneJob, Words};
use crate::confirm::ConfirmOptions;
use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Args, Debug)]
pub(crate) struct Delete {
    #[command(flatten)]
    job: OneJob,
    #[command(flatten)]
    confirm: ConfirmOptions,
}

impl Delete {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        if !self.job.is_dry_run() {
            self.confirm.check(context, format_args!("delete FOTA job {}", self.job.id()))?;
        }
        let words = Words { would: "delete", done: "is being deleted" };
        self.job.change(context, "nrfcloud.fota.delete", &words, |client, id| async move {
            client.delete_fota_job(&id).await
        })
    }
}
