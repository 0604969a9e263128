//! `nrfcloud fota bundles`

use clap::Args;
use cloud_api::firmware::{Firmware, ListFirmware};
use serde::Serialize;

use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct Bundles {
    /// Only modem firmware, which Nordic provides
    #[arg(long)]
    modem: bool,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct List {
    bundles: Vec<Firmware>,
}

impl Bundles {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let query = ListFirmware { modem_only: self.modem, ..ListFirmware::default() };
        let bundles = cloud::block_on(cloud::all(&client, query))??;
        context.out.result("nrfcloud.fota.bundles", &List { bundles }, |list| {
            list.bundles.iter().map(line).collect::<String>()
        });
        Ok(())
    }
}

/// ID, firmware type, version, bytes, name; separated by tabs.
fn line(bundle: &Firmware) -> String {
    format!(
        "{}\t{}\t{}\t{}\t{}\n",
        Shown(&bundle.bundle_id),
        Shown(bundle.firmware_type.as_deref().unwrap_or_default()),
        Shown(&bundle.version),
        bundle.size,
        Shown(bundle.name.as_deref().unwrap_or_default())
    )
}
