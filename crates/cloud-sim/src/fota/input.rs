//! The body of CreateFOTAJob.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    pub(super) bundle_id: String,
    #[serde(default = "yes", deserialize_with = "flag")]
    pub(super) auto_apply: bool,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default)]
    pub(super) device_ids: Vec<String>,
    #[serde(default)]
    pub(super) device_identifiers: Vec<String>,
    pub(super) firmware_type: Option<String>,
    #[serde(default)]
    pub(super) firmware_versions: Vec<String>,
    pub(super) schedule: Option<Schedule>,
    pub(super) target_list_type: Option<TargetListType>,
}

/// When it starts, and when the list of its devices is closed; told, not kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Schedule {
    #[serde(skip_serializing_if = "Option::is_none")]
    start_job_at_epoch_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock_target_list_at_epoch_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum TargetListType {
    Locked,
    Unlocked,
}

impl Input {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let longer =
            |text: &Option<String>, limit| text.as_ref().is_some_and(|text| text.chars().count() > limit);
        if longer(&self.name, 64) {
            return Err("name has at most 64 characters");
        }
        if longer(&self.description, 1024) {
            return Err("description has at most 1024 characters");
        }
        if [&self.tags, &self.device_ids, &self.device_identifiers].iter().any(|list| list.len() > 100) {
            return Err("tags, deviceIds and deviceIdentifiers have at most 100 items each");
        }
        if self.firmware_versions.len() > 5 {
            return Err("firmwareVersions has at most 5 items");
        }
        let kinds = ["APP", "MODEM", "BOOT", "SOFTDEVICE", "BOOTLOADER", "MDM_FULL", "SMP", "CUSTOM"];
        if self.firmware_type.as_deref().is_some_and(|kind| !kinds.contains(&kind)) {
            return Err("firmwareType is unknown");
        }
        if self.tags.is_empty()
            && self.device_ids.is_empty()
            && self.device_identifiers.is_empty()
            && self.firmware_versions.is_empty()
        {
            return Err(
                "tags, deviceIds, deviceIdentifiers or firmwareVersions must say which devices are meant",
            );
        }
        Ok(())
    }
}

fn yes() -> bool {
    true
}

/// true, false, or either as a string, which Nordic's tool sends (facts 7.4).
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Bool(flag) => Ok(flag),
        Value::String(text) if text == "true" => Ok(true),
        Value::String(text) if text == "false" => Ok(false),
        _ => Err(D::Error::custom("autoApply must be true or false")),
    }
}
