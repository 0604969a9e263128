//! Devices: onboard them, register their keys, read them.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::{Call, Client};
use crate::error::Error;
use crate::firmware_type::FirmwareType;
use crate::identifier::{BulkOpId, DeviceId, SubType, Tag};
use crate::json::null_as_default;
use crate::onboarding::{Credential, CsvBody};
use crate::page::{Page, PageLimit};

impl Client {
    /// OnboardDevices: `POST /devices` with up to 1000 CSV rows. Credentials: an API key.
    ///
    /// The rows are judged later: give the ID to [`bulk::wait`](crate::bulk::wait). Never sent twice; when an
    /// error says [`may_have_been_taken`](Error::may_have_been_taken), look in
    /// [`list_bulk_ops_requests`](Client::list_bulk_ops_requests) before sending again.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 422 when the whole upload is refused.
    pub async fn onboard_devices(&self, body: impl Into<CsvBody>) -> Result<BulkOpId, Error> {
        self.upload("OnboardDevices", &["devices"], body.into()).await
    }

    /// RegisterPublicKeys: `POST /devices/public-keys` with up to 1000 CSV rows. Credentials: an API key.
    ///
    /// One key per device: the last one wins. For the rest see [`onboard_devices`](Client::onboard_devices).
    ///
    /// # Errors
    ///
    /// [`Error`]; status 422 when the whole upload is refused.
    pub async fn register_public_keys(&self, body: impl Into<CsvBody>) -> Result<BulkOpId, Error> {
        self.upload("RegisterPublicKeys", &["devices", "public-keys"], body.into()).await
    }

    async fn upload(&self, operation: &'static str, path: &[&str], body: CsvBody) -> Result<BulkOpId, Error> {
        let content_type = body.content_type().as_str();
        let answer = Call::new(self, operation, Method::POST, path)
            .body(content_type, body.into_bytes())
            .success(&[202])
            .send(self)
            .await?;
        Ok(answer.json::<Accepted>()?.bulk_ops_request_id)
    }

    /// OnboardDevice: `POST /devices/{deviceId}`, one device, at once. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn onboard_device(&self, device_id: &DeviceId, device: &OnboardDevice) -> Result<(), Error> {
        Call::new(self, "OnboardDevice", Method::POST, &["devices", device_id.as_str()])
            .json(device)
            .success(&[200, 201, 202, 204])
            .send(self)
            .await?;
        Ok(())
    }

    /// FetchDevice: `GET /devices/{deviceId}`. Credentials: an API key, or the device's JWT.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 404 when there is no such device in the team.
    pub async fn fetch_device(&self, device_id: &DeviceId) -> Result<Device, Error> {
        Call::new(self, "FetchDevice", Method::GET, &["devices", device_id.as_str()]).send(self).await?.json()
    }

    /// ListDevices: `GET /devices`, one page. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_devices(&self, query: &ListDevices) -> Result<Page<Device>, Error> {
        Call::new(self, "ListDevices", Method::GET, &["devices"])
            .query(query.pairs())
            .send(self)
            .await?
            .json()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Accepted {
    bulk_ops_request_id: BulkOpId,
}

/// Body of OnboardDevice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnboardDevice {
    /// The certificate, or the public key of a device that uses JWTs only.
    pub certificate: Credential,
    /// Free device type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_type: Option<SubType>,
    /// Device groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// What can be updated over the air.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supported_firmware_types: Vec<FirmwareType>,
}

impl OnboardDevice {
    /// A device with this credential and nothing else.
    #[must_use]
    pub fn new(certificate: Credential) -> Self {
        Self { certificate, sub_type: None, tags: Vec::new(), supported_firmware_types: Vec::new() }
    }
}

/// Query of ListDevices. The default asks for the first page of all devices without their state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListDevices {
    /// Give the device shadow too.
    pub include_state: bool,
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
    /// Only these devices.
    pub device_ids: Vec<DeviceId>,
    /// Only devices with these tags.
    pub tags: Vec<Tag>,
    /// Only devices whose name is like this.
    pub name_like: Option<String>,
}

impl ListDevices {
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if self.include_state {
            pairs.push(("includeState", "true".to_owned()));
        }
        pairs.extend(self.page_limit.map(|limit| ("pageLimit", limit.to_string())));
        pairs.extend(self.page_next_token.clone().map(|token| ("pageNextToken", token)));
        if !self.device_ids.is_empty() {
            pairs.push(("deviceIds", joined(&self.device_ids)));
        }
        if !self.tags.is_empty() {
            pairs.push(("tags", joined(&self.tags)));
        }
        pairs.extend(self.name_like.clone().map(|name| ("deviceNameFuzzy", name)));
        pairs
    }
}

/// A list in one parameter, by commas: neither device IDs nor tags can hold one.
fn joined<T: AsRef<str>>(items: &[T]) -> String {
    items.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(",")
}

/// A device as nRF Cloud shows it.
///
/// Only the ID is sure to be there: what comes depends on the kind of device and on the query.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Device {
    /// Device ID.
    pub id: DeviceId,
    /// Name, the device ID by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `Generic`, `Gateway` or `BLE`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub device_type: Option<String>,
    /// Free device type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_type: Option<String>,
    /// Device groups.
    #[serde(default, deserialize_with = "null_as_default")]
    pub tags: Vec<String>,
    /// The team's UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// When it was made and changed.
    #[serde(rename = "$meta", default, deserialize_with = "null_as_default")]
    pub meta: DeviceMeta,
    /// Firmware that nRF Cloud knows of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<DeviceFirmware>,
    /// Whether the certificate is active for MQTT; may stay false for five minutes after onboarding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_mqtt_enabled: Option<bool>,
    /// The device shadow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<DeviceState>,
    /// Fields that this crate has no name for.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Device {
    /// Whether the device is onboarded: its shadow says `pairing.state` is `paired`. `None` without a shadow.
    #[must_use]
    pub fn is_paired(&self) -> Option<bool> {
        let state = self.state.as_ref()?;
        Some(
            [&state.desired, &state.reported]
                .into_iter()
                .any(|part| part.as_ref().is_some_and(|part| part["pairing"]["state"] == "paired")),
        )
    }
}

/// Times of a device record, ISO 8601 UTC.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeviceMeta {
    /// When the device was onboarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When the record was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
}

/// What nRF Cloud knows of a device's firmware.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeviceFirmware {
    /// Firmware types that can be updated; words that this crate does not know included.
    #[serde(default, deserialize_with = "null_as_default")]
    pub supports: Vec<String>,
    /// Modem firmware version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modem: Option<String>,
    /// Further fields.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A device shadow. Its parts have no fixed shape.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeviceState {
    /// What the device said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Value>,
    /// What the cloud wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<Value>,
    /// Where the two differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<Value>,
    /// Times of change, Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
    /// Version, for conditional updates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_null_and_unknown_fields_do_not_break_a_device() {
        let device: Device =
            serde_json::from_str(r#"{"id":"nrf-1","tags":null,"$meta":null,"type":"Toaster","new":{"a":1}}"#)
                .unwrap();
        assert_eq!(device.device_type.as_deref(), Some("Toaster"));
        assert_eq!(device.extra["new"]["a"], 1);
        assert_eq!(device.is_paired(), None);
    }

    #[test]
    fn the_query_lists_only_what_was_asked_for() {
        assert!(ListDevices::default().pairs().is_empty());
        let query = ListDevices {
            include_state: true,
            page_limit: Some(PageLimit::try_from(10).unwrap()),
            page_next_token: Some("a/b+c%2F".to_owned()),
            device_ids: vec!["a".parse().unwrap(), "b".parse().unwrap()],
            tags: vec!["t".parse().unwrap()],
            name_like: None,
        };
        assert_eq!(
            query.pairs(),
            [
                ("includeState", "true".to_owned()),
                ("pageLimit", "10".to_owned()),
                ("pageNextToken", "a/b+c%2F".to_owned()),
                ("deviceIds", "a,b".to_owned()),
                ("tags", "t".to_owned()),
            ]
        );
    }
}
