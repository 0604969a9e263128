//! Commands that a claimed device fetches and carries out. It can have 20 at a time.

use std::collections::BTreeMap;
use std::fmt;

use reqwest::Method;
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::identifier::Uuid;
use crate::json::{answer, open_enum};
use crate::parameter::InvalidParameter;

impl Client {
    /// CreateDeviceProvisioningCommand: `POST /claimed-devices/{uuid}/provisioning`. Gives the command with its
    /// ID. Never sent twice.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn create_device_provisioning_command(
        &self,
        uuid: &Uuid,
        command: &NewCommand,
    ) -> Result<ProvisioningCommand, Error> {
        let path = ["claimed-devices", uuid.as_str(), "provisioning"];
        Call::provisioning(self, "CreateDeviceProvisioningCommand", Method::POST, &path)
            .json(command)
            .success(&[200, 201])
            .send(self)
            .await?
            .json()
    }

    /// Reads a command: `GET /claimed-devices/{uuid}/provisioning/{commandId}`.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 404 for an unknown ID.
    pub async fn fetch_device_provisioning_command(
        &self,
        uuid: &Uuid,
        command_id: &Uuid,
    ) -> Result<ProvisioningCommand, Error> {
        let path = ["claimed-devices", uuid.as_str(), "provisioning", command_id.as_str()];
        Call::provisioning(self, "FetchDeviceProvisioningCommand", Method::GET, &path)
            .send(self)
            .await?
            .json()
    }
}

/// A command to make.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewCommand {
    /// What it is for, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the device is to do.
    pub request: CommandRequest,
}

impl NewCommand {
    /// A command without description.
    #[must_use]
    pub fn new(request: CommandRequest) -> Self {
        Self { description: None, request }
    }
}

/// Security tag: a place for credentials in the modem, 0 to 4294967293.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ProvisioningSecTag(u32);

impl ProvisioningSecTag {
    /// The one that nRF Cloud's firmware uses.
    pub const NRF_CLOUD: Self = Self(16_842_753);
}

impl TryFrom<u32> for ProvisioningSecTag {
    type Error = InvalidParameter;

    fn try_from(tag: u32) -> Result<Self, InvalidParameter> {
        InvalidParameter::check("secTag", tag, 0, u32::MAX - 2)?;
        Ok(Self(tag))
    }
}

/// What a device is to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum CommandRequest {
    /// Make a key pair, and answer with a CSR or the public key.
    ClientPrivateKeyGeneration {
        /// Where to keep it.
        #[serde(rename = "secTag")]
        sec_tag: ProvisioningSecTag,
    },
    /// Make a key pair, of which the public key is registered with nRF Cloud: the device is onboarded by it.
    CloudAccessKeyGeneration {
        /// Where to keep it.
        #[serde(rename = "secTag")]
        sec_tag: ProvisioningSecTag,
    },
    /// Make a key pair, and answer with a CSR.
    CertificateSigningRequest(CsrRequest),
    /// Keep a client certificate.
    ClientCertificate(PemContent),
    /// Keep the certificate of an authority.
    ServerCertificate(PemContent),
    /// Keep a private key.
    ClientPrivateKey(SecretPemContent),
    /// Keep settings, for example `provisioning/interval-sec`.
    Config(BTreeMap<String, String>),
    /// All is done: connect as usual.
    Finished {},
}

/// A key pair with a CSR.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CsrRequest {
    /// Where to keep the key.
    pub sec_tag: ProvisioningSecTag,
    /// Subject, for example `CN=…,O=…`.
    pub attributes: String,
    /// Bits of key usage, for example `101010000`.
    pub key_usage: String,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PemContent {
    /// Where to keep it.
    pub sec_tag: ProvisioningSecTag,
    /// PEM.
    pub content: String,
}

/// A private key. It is wiped on drop and never printed; it crosses the network and nRF Cloud. Better have the
/// device make its own.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretPemContent {
    sec_tag: ProvisioningSecTag,
    #[serde(serialize_with = "clear_text")]
    content: Zeroizing<String>,
}

impl SecretPemContent {
    /// A private key (PEM), and where to keep it.
    #[must_use]
    pub fn new(sec_tag: ProvisioningSecTag, pem: String) -> Self {
        Self { sec_tag, content: Zeroizing::new(pem) }
    }
}

impl fmt::Debug for SecretPemContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretPemContent").field("sec_tag", &self.sec_tag).finish_non_exhaustive()
    }
}

fn clear_text<S: serde::Serializer>(pem: &Zeroizing<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(pem)
}

answer! {
    /// A command.
    ProvisioningCommand {
        /// Its ID.
        id: Uuid,
    }
    may {
        /// How far it is.
        status: Option<CommandStatus>,
        /// What it is for, in words.
        description: Option<String>,
        /// What the device answered, by the kind of request.
        response: Option<Value>,
    }
}

impl ProvisioningCommand {
    /// The answer of `AT%KEYGEN` to a request for a CSR: the CSR, a full stop and the device's own statement,
    /// both base64url.
    #[must_use]
    pub fn csr(&self) -> Option<&str> {
        let answer = self.response.as_ref()?.get("certificateSigningRequest")?;
        // `message` in older answers.
        answer.get("csr").or_else(|| answer.get("message"))?.as_str()
    }

    /// The answer of `AT%KEYGEN` to any request for a key: as [`csr`](Self::csr), or with the public key in the place of the CSR.
    #[must_use]
    pub fn keygen(&self) -> Option<&str> {
        let public_key = || {
            let answers = ["clientPrivateKeyGeneration", "cloudAccessKeyGeneration"];
            let answer = answers.iter().find_map(|name| self.response.as_ref()?.get(name))?;
            answer.get("message")?.as_str()
        };
        self.csr().or_else(public_key)
    }
}

open_enum! {
    /// How far a command is. The words after the first two are not published.
    CommandStatus {
        /// Not fetched.
        Pending = "PENDING",
        /// Fetched.
        InProgress = "IN_PROGRESS",
        /// Done, by all likelihood.
        Succeeded = "SUCCEEDED",
        /// Not done, by all likelihood.
        Failed = "FAILED",
    }
}

impl CommandStatus {
    /// Whether nothing more is to come: any status but the first two, as Nordic's tool takes it.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Pending | Self::InProgress)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(request: CommandRequest) -> String {
        serde_json::to_string(&NewCommand::new(request)).unwrap()
    }

    #[test]
    fn each_kind_of_request() {
        let sec_tag = ProvisioningSecTag::NRF_CLOUD;
        let pem = PemContent { sec_tag, content: "-----BEGIN".to_owned() };
        let csr = CsrRequest { sec_tag, attributes: "CN=a".to_owned(), key_usage: "101010000".to_owned() };
        for (request, expected) in [
            (
                CommandRequest::ClientPrivateKeyGeneration { sec_tag },
                r#"{"request":{"clientPrivateKeyGeneration":{"secTag":16842753}}}"#,
            ),
            (
                CommandRequest::CloudAccessKeyGeneration { sec_tag },
                r#"{"request":{"cloudAccessKeyGeneration":{"secTag":16842753}}}"#,
            ),
            (
                CommandRequest::CertificateSigningRequest(csr),
                r#"{"request":{"certificateSigningRequest":{"secTag":16842753,"attributes":"CN=a","keyUsage":"101010000"}}}"#,
            ),
            (
                CommandRequest::ClientCertificate(pem.clone()),
                r#"{"request":{"clientCertificate":{"secTag":16842753,"content":"-----BEGIN"}}}"#,
            ),
            (
                CommandRequest::ServerCertificate(pem),
                r#"{"request":{"serverCertificate":{"secTag":16842753,"content":"-----BEGIN"}}}"#,
            ),
            (
                CommandRequest::ClientPrivateKey(SecretPemContent::new(sec_tag, "key".to_owned())),
                r#"{"request":{"clientPrivateKey":{"secTag":16842753,"content":"key"}}}"#,
            ),
            (
                CommandRequest::Config([("provisioning/interval-sec".to_owned(), "99".to_owned())].into()),
                r#"{"request":{"config":{"provisioning/interval-sec":"99"}}}"#,
            ),
            (CommandRequest::Finished {}, r#"{"request":{"finished":{}}}"#),
        ] {
            assert_eq!(json(request), expected);
        }
    }

    #[test]
    fn debug_tells_no_private_key() {
        let key = SecretPemContent::new(ProvisioningSecTag::NRF_CLOUD, "top secret".to_owned());
        assert_eq!(
            format!("{:?}", CommandRequest::ClientPrivateKey(key)),
            "ClientPrivateKey(SecretPemContent { sec_tag: ProvisioningSecTag(16842753), .. })"
        );
    }

    #[test]
    fn the_csr_of_both_forms_of_answer() {
        let id = "7b21b4bc-1cc9-41df-b05c-61b4605e5bb0";
        for key in ["csr", "message"] {
            let text = format!(
                r#"{{"id":"{id}","status":"SUCCEEDED","response":{{"certificateSigningRequest":{{"{key}":"MIIB.0oRD"}}}}}}"#
            );
            let command: ProvisioningCommand = serde_json::from_str(&text).unwrap();
            assert_eq!(command.csr(), Some("MIIB.0oRD"));
            assert!(command.status.unwrap().is_final());
        }
        for name in ["clientPrivateKeyGeneration", "cloudAccessKeyGeneration", "certificateSigningRequest"] {
            let text = format!(r#"{{"id":"{id}","response":{{"{name}":{{"message":"MFkw.0oRD"}}}}}}"#);
            let command: ProvisioningCommand = serde_json::from_str(&text).unwrap();
            assert_eq!(command.keygen(), Some("MFkw.0oRD"));
        }
        let fresh: ProvisioningCommand = serde_json::from_str(&format!(r#"{{"id":"{id}"}}"#)).unwrap();
        assert_eq!((fresh.csr(), fresh.keygen(), &fresh.status), (None, None, &None));
        assert!(!CommandStatus::InProgress.is_final());
    }

    #[test]
    fn the_two_highest_tags_are_not_for_credentials() {
        assert!(ProvisioningSecTag::try_from(4_294_967_293).is_ok());
        assert_eq!(
            ProvisioningSecTag::try_from(4_294_967_294).unwrap_err().to_string(),
            "secTag \"4294967294\" is not in 0 to 4294967293"
        );
    }
}
