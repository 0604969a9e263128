//! `nrfcloud device show`

use clap::Args;
use cloud_api::DeviceId;
use cloud_api::devices::Device;

use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Table;

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// Device ID
    #[arg(value_name = "ID")]
    device_id: DeviceId,
    #[command(flatten)]
    api: ApiOptions,
}

impl Show {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let device = cloud::block_on(client.fetch_device(&self.device_id))??;
        context.out.result("nrfcloud.device.show", &device, human);
        Ok(())
    }
}

fn human(device: &Device) -> Table {
    let mut table = Table::default();
    table.row("device ID", &device.id);
    let optional = [
        ("name", device.name.as_deref()),
        ("type", device.device_type.as_deref()),
        ("sub-type", device.sub_type.as_deref()),
        ("onboarded", device.meta.created_at.as_deref()),
        ("changed", device.meta.updated_at.as_deref()),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            table.row(name, value);
        }
    }
    if !device.tags.is_empty() {
        table.row("tags", device.tags.join("|"));
    }
    if let Some(firmware) = &device.firmware {
        table.row("firmware types", firmware.supports.join("|"));
    }
    if let Some(enabled) = device.cloud_mqtt_enabled {
        table.row("MQTT", if enabled { "enabled" } else { "not yet enabled" });
    }
    table
}
