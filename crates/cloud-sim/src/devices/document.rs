//! A device as the API shows it. What is not known is absent, never null.

use serde_json::{Value, json};

use crate::{clock::iso8601, registry::Device};

/// What the API says of a device that came without a sub-type.
const NO_SUB_TYPE: &str = "unknown";

/// How much of the shadow is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Without,
    Plain,
    WithMetadata,
}

/// The members of GenericDevice (facts 7.1 and appendix A).
pub(crate) fn device(device: &Device, state: State) -> Value {
    let mut document = json!({
        "id": device.id,
        "name": device.name(),
        "type": kind(device),
        "subType": sub_type(device),
        "tags": device.tags,
        "tenantId": *device.tenant_id,
        "$meta": { "createdAt": device.created() },
    });
    if let Some(updated_at) = device.updated_at {
        document["$meta"]["updatedAt"] = iso8601(updated_at).into();
    }
    if let Some(image) = &device.image {
        document["image"] = image.url().into();
    }
    if let Some(firmware) = firmware(device) {
        document["firmware"] = firmware;
    }
    match state {
        State::Without => {}
        State::Plain => document["state"] = device.shadow.document(false),
        State::WithMetadata => document["state"] = device.shadow.document(true),
    }
    document
}

/// What updates the device takes, and what it said that it runs.
fn firmware(device: &Device) -> Option<Value> {
    let mut firmware = json!({});
    let supports = device.supports();
    if !supports.is_empty() {
        firmware["supports"] = supports.into();
    }
    if let Some(modem) = modem_version(device) {
        firmware["modem"] = modem.into();
    }
    for (of_app, name) in [("version", "appVersion"), ("name", "appName")] {
        if let Some(said) = device_info(device, name) {
            firmware["app"][of_app] = said.into();
        }
    }
    Some(firmware).filter(|firmware| *firmware != json!({}))
}

/// The version of one kind of firmware, as the device reported it.
pub(crate) fn version<'a>(device: &'a Device, firmware_type: &str) -> Option<&'a str> {
    match firmware_type {
        "MODEM" | "MDM_FULL" => modem_version(device),
        "APP" => device_info(device, "appVersion"),
        _ => None,
    }
}

fn modem_version(device: &Device) -> Option<&str> {
    device_info(device, "modemFirmware")
}

fn device_info<'a>(device: &'a Device, name: &str) -> Option<&'a str> {
    device.shadow.reported_at(&["device", "deviceInfo", name])?.as_str()
}

/// "If it contains the word `gateway` the device becomes type `Gateway`" (facts 1.1).
pub(crate) fn kind(device: &Device) -> &'static str {
    if sub_type(device).contains("gateway") { "Gateway" } else { "Generic" }
}

pub(crate) fn sub_type(device: &Device) -> &str {
    device.sub_type.as_deref().unwrap_or(NO_SUB_TYPE)
}

/// Whether a device answers to that identifier: its ID, or the IMEI, ICCID or IMSI that it reported.
pub(crate) fn has_identifier(device: &Device, identifier: &str) -> bool {
    let reported =
        [["device", "deviceInfo", "imei"], ["device", "simInfo", "iccid"], ["device", "simInfo", "imsi"]];
    let said = |path: &[&str]| device.shadow.reported_at(path).and_then(Value::as_str) == Some(identifier);
    device.id == identifier || reported.iter().any(|path| said(path))
}
