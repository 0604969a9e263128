//! `nrfcloud device state`

use std::fmt::{self, Display, Formatter};

use clap::{ArgGroup, Args};
use cloud_api::DeviceId;
use cloud_api::devices::{DeviceState, StateChange};
use serde::Serialize;
use serde_json::Value;

use super::{each, rows};
use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::json_argument::JsonArgument;
use crate::text::Shown;

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("what").required(true).args(["device_id", "devinfo"]))]
pub(crate) struct State {
    /// Device ID
    #[arg(value_name = "ID")]
    device_id: Option<DeviceId>,
    /// Merge this object into what the cloud wants: JSON, @FILE, or `-` for standard input; null deletes a member
    #[arg(long, value_name = "JSON")]
    desired: Option<JsonArgument>,
    /// Merge this object into what the device reported, as --desired does
    #[arg(long, value_name = "JSON")]
    reported: Option<JsonArgument>,
    /// Change it only if it still has this version
    #[arg(long, value_name = "NUMBER")]
    if_version: Option<u64>,
    /// CSV of Nordic's tools, deviceId,mfwVersion,imei: each device is said to have reported that modem firmware
    #[arg(long, value_name = "FILE", conflicts_with_all = ["desired", "reported", "if_version"])]
    devinfo: Option<Source>,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: ApiOptions,
}

/// The document of a verb without a change.
#[derive(Serialize)]
struct DeviceShadow {
    device_id: DeviceId,
    state: Option<DeviceState>,
}

/// The document of a change.
#[derive(Serialize)]
struct Changed {
    device_id: DeviceId,
    #[serde(flatten)]
    change: StateChange,
    #[serde(skip_serializing_if = "Option::is_none")]
    if_version: Option<u64>,
    dry_run: bool,
}

const SCHEMA: &str = "nrfcloud.device.state";

impl State {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        if let Some(source) = &self.devinfo {
            return self.report_firmware(context, source);
        }
        let Some(device_id) = self.device_id.clone() else {
            return Err(Diagnostic::usage("no device", "give its ID, or --devinfo"));
        };
        let part = |name, argument: &Option<JsonArgument>| {
            argument.as_ref().map(|argument| object(context, name, argument)).transpose()
        };
        let change = StateChange {
            desired: part("--desired", &self.desired)?,
            reported: part("--reported", &self.reported)?,
        };
        if change == StateChange::default() {
            return self.show(context, device_id);
        }
        let changed = Changed { device_id, change, if_version: self.if_version, dry_run: self.dry_run };
        if changed.dry_run {
            context.out.note(&changed);
        } else {
            let client = self.api.client(context)?;
            let Changed { device_id, change, if_version, .. } = &changed;
            cloud::block_on(client.update_device_state(device_id, change, *if_version))??;
        }
        if context.out.is_json() {
            context.out.result(SCHEMA, &changed, |_| "");
        }
        Ok(())
    }

    fn show(self, context: &Context, device_id: DeviceId) -> Result<(), Diagnostic> {
        if self.dry_run || self.if_version.is_some() {
            return Err(Diagnostic::usage("nothing to change", "give --desired or --reported"));
        }
        let client = self.api.client(context)?;
        let device = cloud::block_on(client.fetch_device(&device_id))??;
        let shadow = DeviceShadow { device_id, state: device.state };
        if shadow.state.is_none() {
            context.out.note(format_args!("nRF Cloud tells no state of {}", shadow.device_id));
        }
        context.out.result(SCHEMA, &shadow, |shadow| shadow.state.as_ref().map_or_else(String::new, human));
        Ok(())
    }

    /// As if each device had said what its modem runs (facts 1.4).
    fn report_firmware(&self, context: &Context, source: &Source) -> Result<(), Diagnostic> {
        let devices = rows::device_infos(context, source)?.into_iter().map(|(id, info)| {
            let firmware = serde_json::json!({ "modemFirmware": info.modem_firmware });
            (id, StateChange::reported(serde_json::json!({ "device": { "deviceInfo": firmware } })))
        });
        let devices: Vec<_> = devices.collect();
        if self.dry_run {
            for (device_id, change) in &devices {
                let (device_id, change) = (device_id.clone(), change.clone());
                context.out.note(Changed { device_id, change, if_version: None, dry_run: true });
            }
            each::give_dry_run(context, SCHEMA, devices);
            return Ok(());
        }
        let client = self.api.client(context)?;
        each::run(context, SCHEMA, devices, |id, change| {
            let client = client.clone();
            async move {
                client.update_device_state(&id, &change, None).await?;
                Ok(change)
            }
        })
    }
}

impl Display for Changed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "would change the state of {}", self.device_id)?;
        if let Some(version) = self.if_version {
            write!(f, ", if it still has version {version}")?;
        }
        for (name, part) in [("desired", &self.change.desired), ("reported", &self.change.reported)] {
            if let Some(part) = part {
                write!(f, "; {name}: {part}")?;
            }
        }
        Ok(())
    }
}

fn object(context: &Context, name: &str, argument: &JsonArgument) -> Result<Value, Diagnostic> {
    let value = argument.load(context)?;
    if value.is_object() { Ok(value) } else { Err(diagnostic::no_object(name)) }
}

/// The state as JSON for people: without the times of change, which a JSON document has.
fn human(state: &DeviceState) -> String {
    let mut state = state.clone();
    state.metadata = None;
    let text = serde_json::to_string_pretty(&state).unwrap_or_default();
    text.lines().map(|line| format!("{}\n", Shown(line))).collect()
}
