//! `nrfcloud fota upload`

use clap::Args;
use cloud_api::BundleId;
use serde::Serialize;

use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;

#[derive(Args, Debug)]
pub(crate) struct Upload {
    /// Zip archive with manifest.json and the images that it names, as the build writes dfu_application.zip; `-` is standard input
    #[arg(value_name = "ZIP")]
    zip: Source,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Uploaded {
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle_id: Option<BundleId>,
    uris: Vec<String>,
    bytes: usize,
    dry_run: bool,
}

const SCHEMA: &str = "nrfcloud.fota.upload";

/// What a zip archive with a file in it begins with.
const MARK: &[u8] = b"PK\x03\x04";

impl Upload {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let zip = context.input.bytes(&self.zip)?;
        if !zip.starts_with(MARK) {
            return Err(diagnostic::no_archive(&self.zip));
        }
        let bytes = zip.len();
        if self.dry_run {
            context.out.note(format_args!("would upload {}, {bytes} bytes", self.zip));
            let uploaded = Uploaded { bundle_id: None, uris: Vec::new(), bytes, dry_run: true };
            context.out.result(SCHEMA, &uploaded, |_| "");
            return Ok(());
        }
        let client = self.api.client(context)?;
        let answer =
            cloud::block_on(client.upload_firmware(zip.to_vec()))?.map_err(diagnostic::bundle_lost)?;
        let bundle_id = answer.bundle_id();
        if bundle_id.is_none() {
            context.out.warn("the answer names no bundle: look for it with `nrfcloud fota bundles`");
        }
        let uploaded = Uploaded { bundle_id, uris: answer.uris, bytes, dry_run: false };
        context.out.result(SCHEMA, &uploaded, |uploaded| {
            uploaded.bundle_id.as_ref().map_or_else(String::new, |id| format!("{id}\n"))
        });
        Ok(())
    }
}
