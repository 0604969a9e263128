//! Uploads: onboard devices, register their keys and certificates.

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::bulk::BulkEndpoint;
use crate::client::{Call, Client};
use crate::error::Error;
use crate::firmware_type::FirmwareType;
use crate::identifier::{BulkOpId, DeviceId, SubType, Tag};
use crate::onboarding::{Credential, CsvBody, OnboardingToken};

impl Client {
    /// OnboardDevices: `POST /devices` with up to 1000 CSV rows. Credentials: an API key.
    ///
    /// The rows are judged later: give the ID to [`bulk::wait`](crate::bulk::wait). Never sent twice; when an
    /// error says [`may_have_been_taken`](Error::may_have_been_taken), look in
    /// [`list_bulk_ops_requests`](Client::list_bulk_ops_requests) before sending again, or leave all of that
    /// to a [`Campaign`](crate::bulk::Campaign).
    ///
    /// # Errors
    ///
    /// [`Error`]; status 422 when the whole upload is refused.
    pub async fn onboard_devices(&self, body: impl Into<CsvBody>) -> Result<BulkOpId, Error> {
        self.upload(UploadKind::OnboardDevices, body).await
    }

    /// RegisterPublicKeys: `POST /devices/public-keys` with up to 1000 CSV rows. Credentials: an API key.
    ///
    /// One key per device: the last one wins. For the rest see [`onboard_devices`](Client::onboard_devices).
    ///
    /// # Errors
    ///
    /// [`Error`]; status 422 when the whole upload is refused.
    pub async fn register_public_keys(&self, body: impl Into<CsvBody>) -> Result<BulkOpId, Error> {
        self.upload(UploadKind::RegisterPublicKeys, body).await
    }

    /// RegisterCertificates: `POST /devices/certificates` with up to 1000 CSV rows. Credentials: an API key.
    ///
    /// The old certificate of an onboarded device is deleted and replaced. For the rest see
    /// [`onboard_devices`](Client::onboard_devices).
    ///
    /// # Errors
    ///
    /// [`Error`]; status 422 when the whole upload is refused.
    pub async fn register_certificates(&self, body: impl Into<CsvBody>) -> Result<BulkOpId, Error> {
        self.upload(UploadKind::RegisterCertificates, body).await
    }

    /// One of the three operations above, chosen by a value.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 422 when the whole upload is refused.
    pub async fn upload(&self, kind: UploadKind, body: impl Into<CsvBody>) -> Result<BulkOpId, Error> {
        let body = body.into();
        let content_type = body.content_type().as_str();
        let answer = Call::new(self, kind.operation(), Method::POST, kind.path())
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
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Accepted {
    bulk_ops_request_id: BulkOpId,
}

/// An operation that takes CSV rows and starts a bulk operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum UploadKind {
    /// `POST /devices`, rows [`OnboardRow`](crate::onboarding::OnboardRow).
    OnboardDevices,
    /// `POST /devices/public-keys`, rows [`PublicKeyRow`](crate::onboarding::PublicKeyRow).
    RegisterPublicKeys,
    /// `POST /devices/certificates`, rows [`CertificateRow`](crate::onboarding::CertificateRow).
    RegisterCertificates,
}

impl UploadKind {
    /// The name of the operation in nRF Cloud's API reference.
    #[must_use]
    pub fn operation(self) -> &'static str {
        match self {
            Self::OnboardDevices => "OnboardDevices",
            Self::RegisterPublicKeys => "RegisterPublicKeys",
            Self::RegisterCertificates => "RegisterCertificates",
        }
    }

    /// Whether a bulk operation of this endpoint may come from such an upload. OnboardDevices has two names:
    /// older answers say `PROVISION_DEVICES`.
    #[must_use]
    pub fn is_endpoint(self, endpoint: &BulkEndpoint) -> bool {
        match self {
            Self::OnboardDevices => {
                matches!(endpoint, BulkEndpoint::OnboardDevices | BulkEndpoint::ProvisionDevices)
            }
            Self::RegisterPublicKeys => *endpoint == BulkEndpoint::RegisterPublicKeys,
            Self::RegisterCertificates => *endpoint == BulkEndpoint::RegisterCertificates,
        }
    }

    fn path(self) -> &'static [&'static str] {
        match self {
            Self::OnboardDevices => &["devices"],
            Self::RegisterPublicKeys => &["devices", "public-keys"],
            Self::RegisterCertificates => &["devices", "certificates"],
        }
    }
}

/// Body of OnboardDevice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnboardDevice {
    /// What nRF Cloud will know the device by.
    #[serde(flatten)]
    pub identity: Identity,
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

/// What OnboardDevice makes a device known by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Identity {
    /// The certificate, or the public key of a device that uses JWTs only.
    Certificate(Credential),
    /// The registration token of an nRF93M1, from `AT%REGJWT`. The device ID in the path is then the device's
    /// UUID (`AT%DEVICEUUID`).
    OnboardingToken(OnboardingToken),
}

impl OnboardDevice {
    /// A device with this credential or onboarding token, and nothing else.
    #[must_use]
    pub fn new(identity: impl Into<Identity>) -> Self {
        Self {
            identity: identity.into(),
            sub_type: None,
            tags: Vec::new(),
            supported_firmware_types: Vec::new(),
        }
    }
}

impl From<Credential> for Identity {
    fn from(credential: Credential) -> Self {
        Self::Certificate(credential)
    }
}

impl From<OnboardingToken> for Identity {
    fn from(token: OnboardingToken) -> Self {
        Self::OnboardingToken(token)
    }
}
