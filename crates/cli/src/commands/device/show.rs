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
        ("team", device.tenant_id.as_deref()),
        ("picture", device.image.as_deref()),
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
        if let Some(app) = &firmware.app {
            let words = [app.name.as_deref(), app.version.as_deref()];
            table.row("application", words.into_iter().flatten().collect::<Vec<_>>().join(" "));
        }
        let versions = [
            ("modem firmware", firmware.modem.as_deref()),
            ("boot loader", firmware.boot.as_deref()),
            ("application behind SMP", firmware.smp_device_app_ver.as_deref()),
        ];
        for (name, value) in versions {
            if let Some(value) = value {
                table.row(name, value);
            }
        }
    }
    if let Some(enabled) = device.cloud_mqtt_enabled {
        table.row("MQTT", if enabled { "enabled" } else { "not yet enabled" });
    }
    if let Some(paired) = device.is_paired() {
        table.row("paired", if paired { "yes" } else { "no" });
    }
    if let Some(version) = device.state.as_ref().and_then(|state| state.version) {
        table.row("version of its state", version);
    }
    table
}
