//! MQTT clients that speak for a whole team.

use std::fmt;

use reqwest::Method;
use serde::Deserialize;

use crate::client::{Call, Client, DONE};
use crate::credentials::SecretText;
use crate::error::Error;
use crate::identifier::DeviceId;

impl Client {
    /// CreateTeamDevice: `POST /devices/mqtt-team`. Credentials: an API key. Never sent twice.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn create_team_device(&self) -> Result<DeviceCertificate, Error> {
        Call::new(self, "CreateTeamDevice", Method::POST, &["devices", "mqtt-team"])
            .success(DONE)
            .send(self)
            .await?
            .json()
    }

    /// GetTeamDeviceCertificate: `GET /devices/mqtt-team/{deviceId}`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn get_team_device_certificate(
        &self,
        device_id: &DeviceId,
    ) -> Result<DeviceCertificate, Error> {
        let path = ["devices", "mqtt-team", device_id.as_str()];
        Call::new(self, "GetTeamDeviceCertificate", Method::GET, &path).send(self).await?.json()
    }

    /// RotateTeamDeviceCertificate: `PATCH /devices/mqtt-team/{deviceId}`, a new certificate. Credentials: an
    /// API key. Never sent twice.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn rotate_team_device_certificate(
        &self,
        device_id: &DeviceId,
    ) -> Result<DeviceCertificate, Error> {
        let path = ["devices", "mqtt-team", device_id.as_str()];
        Call::new(self, "RotateTeamDeviceCertificate", Method::PATCH, &path)
            .once()
            .success(DONE)
            .send(self)
            .await?
            .json()
    }

    /// DeleteTeamDevice: `DELETE /devices/mqtt-team/{deviceId}`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn delete_team_device(&self, device_id: &DeviceId) -> Result<(), Error> {
        let path = ["devices", "mqtt-team", device_id.as_str()];
        Call::new(self, "DeleteTeamDevice", Method::DELETE, &path).done(self).await
    }
}

/// What an MQTT client needs to connect.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeviceCertificate {
    /// MQTT client ID.
    pub client_id: DeviceId,
    /// Certificate of the broker's authority, PEM.
    pub ca_cert: String,
    /// Certificate of the client, PEM.
    pub client_cert: String,
    /// Its private key, PEM, where the service tells it.
    pub private_key: Option<SecretText>,
}

impl fmt::Debug for DeviceCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCertificate")
            .field("client_id", &self.client_id)
            .field("private_key", &self.private_key)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_no_key() {
        let certificate: DeviceCertificate =
            serde_json::from_str(r#"{"clientId":"team-1","caCert":"a","clientCert":"b","privateKey":"c"}"#)
                .unwrap();
        assert_eq!(
            format!("{certificate:?}"),
            "DeviceCertificate { client_id: DeviceId(\"team-1\"), \
             private_key: Some(SecretText([redacted])), .. }"
        );
    }
}
