//! `nrfcloud fota remove-bundle`

use clap::Args;
use cloud_api::BundleId;
use serde::Serialize;

use crate::cloud::{self, ApiOptions};
use crate::confirm::ConfirmOptions;
use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Args, Debug)]
pub(crate) struct RemoveBundle {
    /// Bundle ID
    #[arg(value_name = "ID")]
    bundle_id: BundleId,
    #[command(flatten)]
    confirm: ConfirmOptions,
    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Removed<'a> {
    bundle_id: &'a BundleId,
    dry_run: bool,
}

impl RemoveBundle {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let Self { bundle_id, dry_run, .. } = &self;
        if self.dry_run {
            context.out.note(format_args!("would delete bundle {bundle_id}"));
        } else {
            let client = self.api.client(context)?;
            self.confirm.check(context, format_args!("delete bundle {bundle_id}"))?;
            cloud::block_on(client.delete_firmware(bundle_id))??;
            context.out.note(format_args!("bundle {bundle_id} is deleted"));
        }
        let removed = Removed { bundle_id, dry_run: *dry_run };
        context.out.result("nrfcloud.fota.remove-bundle", &removed, |_| "");
        Ok(())
    }
}
