//! `nrfcloud device delete`

use clap::Args;
use cloud_api::DeviceId;

use super::each::{self, NoDetail};
use crate::cloud::ApiOptions;
use crate::confirm::ConfirmOptions;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::input::Source;

#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// Device IDs
    #[arg(value_name = "ID", required = true)]
    device_ids: Vec<DeviceId>,
    /// File with the ownership code (PIN or hardware ID of the label), for a Nordic product that no team has added yet
    #[arg(long, value_name = "FILE")]
    ownership_code_file: Option<Source>,
    #[command(flatten)]
    confirm: ConfirmOptions,
    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: ApiOptions,
}

const SCHEMA: &str = "nrfcloud.device.delete";

impl Delete {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let ids = each::once(self.device_ids);
        if self.ownership_code_file.is_some() && ids.len() > 1 {
            return Err(Diagnostic::usage("an ownership code is that of one device", "give one ID"));
        }
        let code = self.ownership_code_file.map(|source| context.input.text(&source)).transpose()?;
        if self.dry_run {
            for id in &ids {
                context.out.note(format_args!("would delete {id}"));
            }
            each::give_dry_run(context, SCHEMA, ids.into_iter().map(|id| (id, NoDetail {})));
            return Ok(());
        }
        let client = self.api.client(context)?;
        self.confirm.check(context, format_args!("delete {} from nRF Cloud", named(&ids)))?;
        let devices = ids.into_iter().map(|id| (id, NoDetail {})).collect();
        each::run(context, SCHEMA, devices, |id, done| {
            let (client, code) = (client.clone(), code.clone());
            async move {
                client.delete_device(&id, code.as_ref().map(|code| code.trim())).await?;
                Ok(done)
            }
        })
    }
}

/// The devices in a question: a few by name, more by their number.
fn named(ids: &[DeviceId]) -> String {
    const FEW: usize = 5;
    let names: Vec<&str> = ids.iter().map(DeviceId::as_str).collect();
    match ids.len() {
        0..=FEW => names.join(", "),
        count => format!("{}, … ({count} devices)", names[..FEW].join(", ")),
    }
}
