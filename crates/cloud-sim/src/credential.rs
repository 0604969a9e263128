//! What a device is known by: a certificate or a bare public key. Only here is `pki` used.

use base64ct::{Base64, Encoding};
pub(crate) use pki::key::PublicKey;
use sha2::{Digest, Sha256};

use crate::{onboarding::row::PemText, registry::RowRefusal};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    Certificate(Certificate),
    PublicKey(PublicKey),
}

/// A device certificate. Its issuer and its dates are not looked at: any CA will do, and nRF Cloud checks none
/// (facts 1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// SHA-256 of the DER.
    pub(crate) digest: [u8; 32],
    pub(crate) public_key: PublicKey,
}

impl Credential {
    pub(crate) fn read(pem: &PemText) -> Result<Self, RowRefusal> {
        match pem {
            PemText::Certificate(text) => certificate(text).map(Self::Certificate),
            PemText::PublicKey(text) => public_key(text).map(Self::PublicKey),
        }
    }

    pub(crate) fn public_key(&self) -> &PublicKey {
        match self {
            Self::Certificate(certificate) => &certificate.public_key,
            Self::PublicKey(key) => key,
        }
    }

    pub(crate) fn certificate_digest(&self) -> Option<[u8; 32]> {
        match self {
            Self::Certificate(certificate) => Some(certificate.digest),
            Self::PublicKey(_) => None,
        }
    }
}

/// Reads a certificate whose PEM has passed the published pattern.
pub(crate) fn certificate(pem: &str) -> Result<Certificate, RowRefusal> {
    let refuse = |reason| RowRefusal::Credential { what: "device certificate", reason };
    let der = der(pem).map_err(refuse)?;
    let parsed = pki::certificate::Certificate::from_der(&der).map_err(|error| refuse(error.to_string()))?;
    let public_key = parsed.public_key().map_err(|error| refuse(error.to_string()))?;
    Ok(Certificate { digest: Sha256::digest(&der).into(), public_key })
}

/// Reads a public key whose PEM has passed the published pattern.
pub(crate) fn public_key(pem: &str) -> Result<PublicKey, RowRefusal> {
    let refuse = |reason| RowRefusal::Credential { what: "public key", reason };
    let der = der(pem).map_err(refuse)?;
    PublicKey::from_spki_der(&der).map_err(|error| refuse(error.to_string()))
}

/// What is between the first line and the last one. `pki` can read PEM as well, and repairs it; a judge must not.
fn der(pem: &str) -> Result<Vec<u8>, String> {
    let lines = pem.lines().flat_map(|line| line.split('\r'));
    let body: String = lines.filter(|line| !line.starts_with('-')).collect();
    Base64::decode_vec(&body).map_err(|error| error.to_string())
}
