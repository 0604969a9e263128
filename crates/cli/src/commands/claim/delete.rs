//! `nrfcloud claim delete`

use clap::Args;
use cloud_api::{DeviceId, Uuid};

use super::token;
use crate::cloud::ProvisioningOptions;
use crate::commands::device::each::{self, NoDetail};
use crate::confirm::ConfirmOptions;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};

#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// UUIDs of claimed devices
    #[arg(value_name = "UUID", required = true)]
    uuids: Vec<Uuid>,
    #[command(flatten)]
    confirm: ConfirmOptions,
    /// Say what would be given up, and give nothing up
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: ProvisioningOptions,
}

const SCHEMA: &str = "nrfcloud.claim.delete";

impl Delete {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let ids = self.uuids.iter().map(token::device_id).collect::<Result<_, _>>()?;
        let ids = each::once(ids);
        if self.dry_run {
            for id in &ids {
                context.out.note(format_args!("would give up {id}"));
            }
            each::give_dry_run(context, SCHEMA, ids.into_iter().map(|id| (id, NoDetail {})));
            return Ok(());
        }
        let client = self.api.client(context)?;
        let names: Vec<&str> = ids.iter().map(DeviceId::as_str).collect();
        self.confirm.check(
            context,
            format_args!("give up {}, which takes it from the devices of the team as well", names.join(", ")),
        )?;
        let devices = ids.into_iter().map(|id| (id, NoDetail {})).collect();
        each::run(context, SCHEMA, devices, |id, done| {
            let client = client.clone();
            async move {
                let uuid: Uuid = id.as_str().parse().map_err(diagnostic::unexpected)?;
                client.unclaim_device(&uuid).await?;
                Ok(done)
            }
        })
    }
}
