//! What a device is known by: a certificate or a bare public key. Only here are `pki`'s readers used.

use std::sync::Arc;

use base64ct::{Base64, Encoding};
use jwt_core::key::aws_lc::VerifyingKey;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};

use jwt_core::UntrustedToken;

use crate::{onboarding::row::CredentialText, registry::RowRefusal};

/// A public key that is ready to verify; a copy costs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicKey(Arc<VerifyingKey>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Credential {
    Certificate(Certificate),
    PublicKey(PublicKey),
    /// Onboarded with a token that the device signed with a key that only Nordic knows.
    OnboardingToken,
}

/// A device certificate. Its issuer and its dates are not looked at: any CA will do, and nRF Cloud checks none
/// (facts 1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Certificate {
    /// SHA-256 of the DER.
    pub(crate) digest: Fingerprint,
    pub(crate) public_key: PublicKey,
}

/// What certificates are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint([u8; 32]);

impl PublicKey {
    pub(crate) fn from_point(point: &[u8]) -> Option<Self> {
        VerifyingKey::from_sec1_point(point).ok().map(|key| Self(Arc::new(key)))
    }

    pub(crate) fn verifier(&self) -> &VerifyingKey {
        &self.0
    }
}

impl Credential {
    /// Reads what is to become the credential of that device in that team.
    pub(crate) fn read(text: &CredentialText, device_id: &str, tenant_id: &str) -> Result<Self, RowRefusal> {
        match text {
            CredentialText::Certificate(text) => certificate(text).map(Self::Certificate),
            CredentialText::PublicKey(text) => public_key(text).map(Self::PublicKey),
            CredentialText::OnboardingToken(token) => {
                check_onboarding_token(token, device_id, tenant_id)?;
                Ok(Self::OnboardingToken)
            }
        }
    }

    pub(crate) fn public_key(&self) -> Option<&PublicKey> {
        match self {
            Self::Certificate(certificate) => Some(&certificate.public_key),
            Self::PublicKey(key) => Some(key),
            Self::OnboardingToken => None,
        }
    }

    pub(crate) fn certificate_digest(&self) -> Option<Fingerprint> {
        match self {
            Self::Certificate(certificate) => Some(certificate.digest),
            Self::PublicKey(_) | Self::OnboardingToken => None,
        }
    }
}

/// The registration token of an nRF93M1 names the device in `sub` and the team in `id` (facts 1.2). Its key is known to
/// Nordic alone, so the signature cannot be judged here.
fn check_onboarding_token(token: &str, device_id: &str, tenant_id: &str) -> Result<(), RowRefusal> {
    #[derive(Deserialize)]
    struct Registration<'a> {
        id: Option<&'a str>,
    }
    let refuse = |reason: String| RowRefusal::Credential { what: "onboarding token".into(), reason };
    let token = UntrustedToken::parse(token).map_err(|error| refuse(error.to_string()))?;
    let mut buffer = vec![0; token.payload_len()];
    let claims = token.claims_unverified(&mut buffer).map_err(|error| refuse(error.to_string()))?;
    if claims.sub().is_none_or(|sub| sub != *device_id) {
        return Err(refuse("its `sub` is not the device ID".into()));
    }
    let registration: Registration<'_> = claims.custom().map_err(|error| refuse(error.to_string()))?;
    if registration.id != Some(tenant_id) {
        return Err(refuse("its `id` is not the ID of this team".into()));
    }
    Ok(())
}

/// Reads a certificate whose PEM has passed the published pattern.
pub(crate) fn certificate(pem: &str) -> Result<Certificate, RowRefusal> {
    let refuse = |reason| RowRefusal::Credential { what: "device certificate".into(), reason };
    let der = der(pem).map_err(refuse)?;
    let parsed = pki::certificate::Certificate::from_der(&der).map_err(|error| refuse(error.to_string()))?;
    let public_key = parsed.public_key().map_err(|error| refuse(error.to_string()))?;
    Ok(Certificate {
        digest: Fingerprint(Sha256::digest(&der).into()),
        public_key: verifying(&public_key).map_err(refuse)?,
    })
}

/// Reads a public key whose PEM has passed the published pattern.
pub(crate) fn public_key(pem: &str) -> Result<PublicKey, RowRefusal> {
    let refuse = |reason| RowRefusal::Credential { what: "public key".into(), reason };
    let der = der(pem).map_err(refuse)?;
    let key = pki::key::PublicKey::from_spki_der(&der).map_err(|error| refuse(error.to_string()))?;
    verifying(&key).map_err(refuse)
}

fn verifying(key: &pki::key::PublicKey) -> Result<PublicKey, String> {
    PublicKey::from_point(key.sec1_point()).ok_or_else(|| "the point is not on the curve".into())
}

/// What is between the first line and the last one. `pki` can read PEM as well, and repairs it; a judge must not.
fn der(pem: &str) -> Result<Vec<u8>, String> {
    let lines = pem.lines().flat_map(|line| line.split('\r'));
    let body: String = lines.filter(|line| !line.starts_with('-')).collect();
    Base64::decode_vec(&body).map_err(|error| error.to_string())
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Base64::encode_string(&self.0.to_sec1_point()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let point = octets(deserializer)?;
        Self::from_point(&point).ok_or_else(|| D::Error::custom("not a point of P-256"))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Base64::encode_string(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digest = octets(deserializer)?.try_into();
        digest.map(Self).map_err(|_wrong_length| D::Error::custom("not 32 octets"))
    }
}

fn octets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    Base64::decode_vec(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}
