//! Changes to a device: state, name, tags, picture.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64, Encoding as _};
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;
use url::Url;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::identifier::{DeviceId, Tag};

impl Client {
    /// UpdateDeviceState: `PATCH /devices/{deviceId}/state`. Credentials: an API key, or the device's JWT.
    ///
    /// The change is merged into the shadow; `null` deletes a member. With `if_version` the service changes
    /// nothing when the shadow has another version.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn update_device_state(
        &self,
        device_id: &DeviceId,
        change: &StateChange,
        if_version: Option<u64>,
    ) -> Result<(), Error> {
        Call::new(self, "UpdateDeviceState", Method::PATCH, &["devices", device_id.as_str(), "state"])
            .if_match(if_version)
            .json(change)
            .done(self)
            .await
    }

    /// UpdateDeviceName: `PUT /devices/{deviceId}/name`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn update_device_name(&self, device_id: &DeviceId, name: &DeviceName) -> Result<(), Error> {
        Call::new(self, "UpdateDeviceName", Method::PUT, &["devices", device_id.as_str(), "name"])
            .json(name)
            .done(self)
            .await
    }

    /// UpdateDeviceTags: `PUT /devices/{deviceId}/tags`. Credentials: an API key. **Replaces all tags** of the
    /// device.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn update_device_tags(&self, device_id: &DeviceId, tags: &[Tag]) -> Result<(), Error> {
        Call::new(self, "UpdateDeviceTags", Method::PUT, &["devices", device_id.as_str(), "tags"])
            .json(tags)
            .done(self)
            .await
    }

    /// UpdateDeviceImage: `PUT /devices/{deviceId}/image`, the picture that the portal shows. Credentials: an
    /// API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn update_device_image(&self, device_id: &DeviceId, image: &DeviceImage) -> Result<(), Error> {
        let call =
            Call::new(self, "UpdateDeviceImage", Method::PUT, &["devices", device_id.as_str(), "image"]);
        match image {
            DeviceImage::At(url) => call.query([("sourceUrl", url.as_str())]),
            DeviceImage::Bytes(bytes) => call.json(&Base64::encode_string(bytes)),
        }
        .done(self)
        .await
    }

    /// DeleteDeviceImage: `DELETE /devices/{deviceId}/image`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn delete_device_image(&self, device_id: &DeviceId) -> Result<(), Error> {
        Call::new(self, "DeleteDeviceImage", Method::DELETE, &["devices", device_id.as_str(), "image"])
            .done(self)
            .await
    }
}

/// What to merge into a device's shadow. `None` leaves the part as it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct StateChange {
    /// What the device says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported: Option<Value>,
    /// What the cloud wants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired: Option<Value>,
}

impl StateChange {
    /// A change of what the cloud wants.
    #[must_use]
    pub fn desired(desired: Value) -> Self {
        Self { reported: None, desired: Some(desired) }
    }

    /// A change of what the device says.
    #[must_use]
    pub fn reported(reported: Value) -> Self {
        Self { reported: Some(reported), desired: None }
    }
}

/// A picture for a device.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceImage {
    /// One that is on the Web.
    At(Url),
    /// JPEG or PNG, up to about 1 MB. Sent as a JSON text in base64: the API reference says "JSON" and
    /// "1,333,333 characters", and no more of its form.
    Bytes(Vec<u8>),
}

impl fmt::Debug for DeviceImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(url) => f.debug_tuple("At").field(&url.as_str()).finish(),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

/// Name of a device: 1 to 128 characters, `^(.){1,128}$`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct DeviceName(String);

/// A text cannot be the name of a device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("device name {0:?}: the rule is 1 to 128 characters in one line")]
#[non_exhaustive]
pub struct InvalidDeviceName(pub String);

impl DeviceName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DeviceName {
    type Err = InvalidDeviceName;

    fn from_str(name: &str) -> Result<Self, InvalidDeviceName> {
        // A regular expression counts as JavaScript does: in UTF-16 units, and no line ends.
        let length = name.encode_utf16().count();
        let line_end = |c| matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}');
        if (1..=128).contains(&length) && !name.contains(line_end) {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidDeviceName(name.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_1_to_128_characters_in_one_line() {
        assert_eq!("Kjøkken 1".parse::<DeviceName>().unwrap().as_str(), "Kjøkken 1");
        assert!("é".repeat(128).parse::<DeviceName>().is_ok());
        assert_eq!(
            "a\nb".parse::<DeviceName>().unwrap_err().to_string(),
            "device name \"a\\nb\": the rule is 1 to 128 characters in one line"
        );
        for bad in [String::new(), "x".repeat(129), "😀".repeat(65)] {
            assert!(bad.parse::<DeviceName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_of_a_picture_is_short() {
        assert_eq!(format!("{:?}", DeviceImage::Bytes(vec![0; 9])), "Bytes(9 bytes)");
    }
}
