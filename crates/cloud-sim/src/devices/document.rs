//! A device as the API shows it. What is not known is absent, never null.

use serde_json::{Value, json};

use crate::{clock::iso8601, registry::Device};

/// What the API says of a device that came without a sub-type.
pub(super) const NO_SUB_TYPE: &str = "unknown";

/// The shape of a device that was onboarded and has not connected yet (facts 7.1).
pub(super) fn device(device: &Device, tenant_id: &str, include_state: bool) -> Value {
    let mut document = json!({
        "id": device.id,
        "name": device.id,
        "type": kind(device),
        "subType": sub_type(device),
        "tags": device.tags,
        "tenantId": tenant_id,
        "$meta": { "createdAt": iso8601(device.created_at) },
    });
    if let Some(updated_at) = device.updated_at {
        document["$meta"]["updatedAt"] = iso8601(updated_at).into();
    }
    if !device.firmware_types.is_empty() {
        document["firmware"] = json!({ "supports": device.firmware_types });
    }
    if include_state {
        document["state"] = state(&device.id, tenant_id);
    }
    document
}

/// "If it contains the word `gateway` the device becomes type `Gateway`" (facts 1.1).
pub(super) fn kind(device: &Device) -> &'static str {
    if sub_type(device).contains("gateway") { "Gateway" } else { "Generic" }
}

pub(super) fn sub_type(device: &Device) -> &str {
    device.sub_type.as_deref().unwrap_or(NO_SUB_TYPE)
}

fn state(id: &str, tenant_id: &str) -> Value {
    let prefix = format!("prod/{tenant_id}/");
    json!({
        "desired": {
            "pairing": {
                "state": "paired",
                "topics": { "d2c": format!("{prefix}m/d/{id}/d2c"), "c2d": format!("{prefix}m/d/{id}/+/r") },
            },
            "nrfcloud_mqtt_topic_prefix": prefix,
        },
        "metadata": {},
        "version": 1,
    })
}
