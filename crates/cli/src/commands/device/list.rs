//! `nrfcloud device list`

use clap::{Args, ValueEnum};
use cloud_api::devices::{Device, DeviceType, ListDevices};
use cloud_api::{DeviceId, FirmwareType, SubType, Tag};
use serde::Serialize;

use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only devices with any of these tags, as a|b
    #[arg(long, value_delimiter = '|')]
    tags: Vec<Tag>,
    /// Only devices whose name is like this
    #[arg(long)]
    name: Option<String>,
    /// Only these devices, as a|b
    #[arg(long, value_name = "IDS", value_delimiter = '|')]
    ids: Vec<DeviceId>,
    /// Only devices with this device ID, IMEI, ICCID or IMSI; may be given several times
    #[arg(long, value_name = "TEXT")]
    identifier: Vec<String>,
    /// Only devices of this sub-type; may be given several times
    #[arg(long, value_name = "SUB_TYPE")]
    sub_type: Vec<SubType>,
    /// Only devices of this kind; may be given several times
    #[arg(long = "type", value_name = "KIND", value_enum)]
    device_type: Vec<Kind>,
    /// Only devices that can be updated with any of these, as APP|MODEM
    #[arg(long, value_delimiter = '|')]
    fw_types: Vec<FirmwareType>,
    /// Only devices that can be updated with none of these, as APP|MODEM
    #[arg(long, value_name = "FW_TYPES", value_delimiter = '|')]
    without_fw_types: Vec<FirmwareType>,
    /// Give the shadow of each device too, in a JSON document
    #[arg(long)]
    state: bool,
    #[command(flatten)]
    api: ApiOptions,
}

/// What a device is to nRF Cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// With an IP address of its own
    Generic,
    /// A gateway, by its sub-type
    Gateway,
    /// A Bluetooth LE device behind a gateway
    Ble,
}

impl From<Kind> for DeviceType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Generic => Self::Generic,
            Kind::Gateway => Self::Gateway,
            Kind::Ble => Self::Ble,
        }
    }
}

#[derive(Serialize)]
struct Devices {
    devices: Vec<Device>,
}

impl List {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let devices = cloud::block_on(cloud::all(&client, self.query()))??;
        context.out.result("nrfcloud.device.list", &Devices { devices }, |list| {
            list.devices.iter().map(line).collect::<String>()
        });
        Ok(())
    }

    fn query(self) -> ListDevices {
        ListDevices {
            tags: self.tags,
            name_like: self.name,
            device_ids: self.ids,
            device_identifiers: self.identifier,
            sub_types: self.sub_type,
            device_types: self.device_type.into_iter().map(DeviceType::from).collect(),
            firmware_support: self.fw_types,
            firmware_support_exclude: self.without_fw_types,
            include_state: self.state,
            include_state_meta: self.state,
            ..ListDevices::default()
        }
    }
}

/// ID, type, tags; separated by tabs.
fn line(device: &Device) -> String {
    let kind = device.sub_type.as_deref().or(device.device_type.as_deref()).unwrap_or_default();
    format!("{}\t{}\t{}\n", device.id, Shown(kind), Shown(device.tags.join("|")))
}
