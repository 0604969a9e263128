//! The filters of ListDevices.

use super::document;
use crate::{api_error::ApiError, query::Params, registry::Device};

/// An empty list lets every device pass.
pub(super) struct Filter {
    device_ids: Vec<String>,
    identifiers: Vec<String>,
    tags: Vec<String>,
    sub_types: Vec<String>,
    device_types: Vec<String>,
    firmware_support: Vec<String>,
    firmware_support_exclude: Vec<String>,
    name_part: Option<String>,
    /// What only devices behind a gateway have: there are none here.
    peripherals_only: bool,
}

impl Filter {
    pub(super) fn of(params: &mut Params) -> Result<Self, ApiError> {
        let gateway = params.one("gatewayId")?.is_some();
        let ble_firmware = params.flag("bleFirmwareSupport")?;
        let device_types = params.list("deviceTypes");
        if !device_types.iter().all(|kind| matches!(kind.as_str(), "Gateway" | "BLE" | "Generic")) {
            return Err(ApiError::validation("deviceTypes must be of Gateway, BLE and Generic."));
        }
        Ok(Self {
            device_ids: params.list("deviceIds"),
            identifiers: params.list("deviceIdentifiers"),
            tags: params.list("tags"),
            sub_types: params.list("subTypes"),
            device_types,
            firmware_support: params.list("firmwareSupport"),
            firmware_support_exclude: params.list("firmwareSupportExclude"),
            name_part: params.one("deviceNameFuzzy")?.map(|part| part.to_lowercase()),
            peripherals_only: gateway || ble_firmware,
        })
    }

    pub(super) fn matches(&self, device: &Device) -> bool {
        let one_of = |wanted: &[String], value: &str| wanted.is_empty() || wanted.iter().any(|w| w == value);
        let any_of = |wanted: &[String], values: &[String]| {
            wanted.is_empty() || wanted.iter().any(|w| values.contains(w))
        };
        let identifiers = &self.identifiers;
        !self.peripherals_only
            && one_of(&self.device_ids, &device.id)
            && (identifiers.is_empty() || identifiers.iter().any(|id| document::has_identifier(device, id)))
            && one_of(&self.sub_types, document::sub_type(device))
            && one_of(&self.device_types, document::kind(device))
            && any_of(&self.tags, &device.tags)
            && (self.firmware_support.is_empty() || any_of(&self.firmware_support, &device.supports()))
            && (self.firmware_support_exclude.is_empty()
                || !any_of(&self.firmware_support_exclude, &device.supports()))
            && self.name_part.as_ref().is_none_or(|part| device.name().to_lowercase().contains(part))
    }
}
