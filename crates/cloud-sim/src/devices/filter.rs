//! The filters of ListDevices that are simulated.

use super::document;
use crate::{api_error::ApiError, query::Params, registry::Device};

/// An empty list lets every device pass.
pub(super) struct Filter {
    device_ids: Vec<String>,
    tags: Vec<String>,
    sub_types: Vec<String>,
    device_types: Vec<String>,
    firmware_support: Vec<String>,
    name_part: Option<String>,
    pub(super) descending: bool,
}

impl Filter {
    pub(super) fn of(params: &mut Params) -> Result<Self, ApiError> {
        let descending = match params.one("pageSort")?.as_deref() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(ApiError::validation("pageSort must be asc or desc.")),
        };
        Ok(Self {
            device_ids: params.list("deviceIds"),
            tags: params.list("tags"),
            sub_types: params.list("subTypes"),
            device_types: params.list("deviceTypes"),
            firmware_support: params.list("firmwareSupport"),
            name_part: params.one("deviceNameFuzzy")?,
            descending,
        })
    }

    pub(super) fn matches(&self, device: &Device) -> bool {
        let one_of = |wanted: &[String], value: &str| wanted.is_empty() || wanted.iter().any(|w| w == value);
        let any_of = |wanted: &[String], values: &[String]| {
            wanted.is_empty() || wanted.iter().any(|w| values.contains(w))
        };
        one_of(&self.device_ids, &device.id)
            && one_of(&self.sub_types, document::sub_type(device))
            && one_of(&self.device_types, document::kind(device))
            && any_of(&self.tags, &device.tags)
            && any_of(&self.firmware_support, &device.firmware_types)
            && self.name_part.as_deref().is_none_or(|part| device.id.contains(part))
    }
}
