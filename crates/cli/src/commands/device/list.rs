//! `nrfcloud device list`

use clap::Args;
use cloud_api::Tag;
use cloud_api::devices::{Device, ListDevices};
use serde::Serialize;

use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only devices with these tags, as a|b
    #[arg(long, value_delimiter = '|')]
    tags: Vec<Tag>,
    /// Only devices whose name is like this
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Devices {
    devices: Vec<Device>,
}

impl List {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let mut query = ListDevices { tags: self.tags, name_like: self.name, ..ListDevices::default() };
        let devices = cloud::block_on(async {
            let mut devices = Vec::new();
            loop {
                let page = client.list_devices(&query).await?;
                devices.extend(page.items);
                match page.page_next_token {
                    Some(token) => query.page_next_token = Some(token),
                    None => return Ok::<_, Diagnostic>(devices),
                }
            }
        })??;
        context.out.result("nrfcloud.device.list", &Devices { devices }, |list| {
            list.devices.iter().map(line).collect::<String>()
        });
        Ok(())
    }
}

/// ID, type, tags; separated by tabs.
fn line(device: &Device) -> String {
    let kind = device.sub_type.as_deref().or(device.device_type.as_deref()).unwrap_or_default();
    format!("{}\t{}\t{}\n", device.id, Shown(kind), Shown(device.tags.join("|")))
}
