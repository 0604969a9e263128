//! Devices: read them, change them, delete them. To onboard them see [`uploads`](crate::uploads).

mod change;
mod list;

use reqwest::Method;
use serde_json::Value;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::identifier::DeviceId;
use crate::json::{answer, null_as_default, open_enum};

pub use change::{DeviceImage, DeviceName, InvalidDeviceName, StateChange};
pub use list::{ListDeviceTags, ListDevices, Transformed};

impl Client {
    /// FetchDevice: `GET /devices/{deviceId}`. Credentials: an API key, or the device's JWT.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 404 when there is no such device in the team.
    pub async fn fetch_device(&self, device_id: &DeviceId) -> Result<Device, Error> {
        Call::new(self, "FetchDevice", Method::GET, &["devices", device_id.as_str()]).send(self).await?.json()
    }

    /// FetchDevice with `transform`: the service gives what this JSONata expression makes of the device, for
    /// example of `state.desired`. `None` when it makes nothing.
    ///
    /// # Errors
    ///
    /// As [`fetch_device`](Client::fetch_device).
    pub async fn fetch_device_transformed(
        &self,
        device_id: &DeviceId,
        jsonata: &str,
    ) -> Result<Option<Value>, Error> {
        Call::new(self, "FetchDevice", Method::GET, &["devices", device_id.as_str()])
            .query([("transform", jsonata)])
            .send(self)
            .await?
            .json_if_any()
    }

    /// DeleteDevice: `DELETE /devices/{deviceId}`. Credentials: an API key.
    ///
    /// The device is told to disconnect. It stays claimed in the provisioning service. `ownership_code` (PIN
    /// or HWID of the label) is needed for a Nordic product that was onboarded but never added to a team.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 404 when there is no such device in the team, which after a retry may mean that it was
    /// deleted.
    pub async fn delete_device(
        &self,
        device_id: &DeviceId,
        ownership_code: Option<&str>,
    ) -> Result<(), Error> {
        let mut call = Call::new(self, "DeleteDevice", Method::DELETE, &["devices", device_id.as_str()]);
        if let Some(code) = ownership_code {
            call = call.body("text/plain", code.as_bytes().to_vec());
        }
        call.done(self).await
    }
}

answer! {
    /// A device as nRF Cloud shows it.
    ///
    /// Only the ID is sure to be there: what comes depends on the kind of device and on the query.
    Device {
        /// Device ID.
        id: DeviceId,
        /// Device groups.
        #[serde(default, deserialize_with = "null_as_default")]
        tags: Vec<String>,
        /// When it was made and changed.
        #[serde(rename = "$meta", default, deserialize_with = "null_as_default")]
        meta: DeviceMeta,
    }
    may {
        /// Name, the device ID by default.
        name: Option<String>,
        /// Kind of device; see [`DeviceType`].
        #[serde(rename = "type")]
        device_type: Option<String>,
        /// Free device type.
        sub_type: Option<String>,
        /// The team's UUID.
        tenant_id: Option<String>,
        /// Firmware that nRF Cloud knows of.
        firmware: Option<DeviceFirmware>,
        /// Whether the certificate is active for MQTT; may stay false for five minutes after onboarding.
        cloud_mqtt_enabled: Option<bool>,
        /// Address of its picture.
        image: Option<String>,
        /// The device shadow.
        state: Option<DeviceState>,
    }
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

open_enum! {
    /// Kind of device.
    DeviceType {
        /// With an IP address of its own.
        Generic = "Generic",
        /// A gateway, by its sub-type.
        Gateway = "Gateway",
        /// A Bluetooth LE device behind a gateway.
        Ble = "BLE",
    }
}

answer! {
    /// Times of a device record, ISO 8601 UTC.
    #[derive(Default)]
    DeviceMeta {}
    may {
        /// When the device was onboarded.
        created_at: Option<String>,
        /// When the record was last changed.
        updated_at: Option<String>,
    }
}

answer! {
    /// What nRF Cloud knows of a device's firmware.
    DeviceFirmware {
        /// Firmware types that can be updated; words that this crate does not know included.
        #[serde(default, deserialize_with = "null_as_default")]
        supports: Vec<String>,
    }
    may {
        /// The application.
        app: Option<AppFirmware>,
        /// Version of the boot loader.
        boot: Option<String>,
        /// Version of the modem firmware.
        modem: Option<String>,
        /// Whether it can update Bluetooth LE devices.
        ble_support: Option<bool>,
        /// Version of the application on the processor behind SMP.
        smp_device_app_ver: Option<String>,
    }
}

answer! {
    /// The application on a device.
    AppFirmware {}
    may {
        /// Its name.
        name: Option<String>,
        /// Its version.
        version: Option<String>,
    }
}

answer! {
    /// A device shadow. Its parts have no fixed shape.
    DeviceState {}
    may {
        /// What the device said.
        reported: Option<Value>,
        /// What the cloud wants.
        desired: Option<Value>,
        /// Where the two differ.
        delta: Option<Value>,
        /// Times of change, Unix seconds.
        metadata: Option<Value>,
        /// Version, for conditional updates.
        version: Option<u64>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_null_and_unknown_fields_do_not_break_a_device() {
        let device: Device = serde_json::from_str(
            r#"{"id":"nrf-1","tags":null,"$meta":null,"state":null,"type":"Toaster","new":{"a":1}}"#,
        )
        .unwrap();
        assert_eq!(device.device_type, Some("Toaster".to_owned()));
        assert_eq!(device.extra["new"]["a"], 1);
        assert_eq!(device.is_paired(), None);
    }
}
