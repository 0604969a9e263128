//! What a modem has made, checked as far as that goes without its identity key.

use base64ct::{Base64UrlUnpadded, Encoding};
use pki::certificate::{Certificate, CertificateError, Violation};
use pki::csr::{CertificateRequest, CsrError};
use pki::key::{KeyError, PublicKey};
use pki::keygen::{KeygenError, KeygenMessage};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Made {
    #[serde(skip_serializing_if = "Option::is_none")]
    device_uuid: Option<String>,
    /// SubjectPublicKeyInfo, PEM.
    pub(super) public_key: String,
    /// The request, PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) csr: Option<String>,
    /// The certificate that the key has signed itself, PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
}

impl Made {
    /// No more than a key.
    pub(super) fn of_key(key: &PublicKey) -> Self {
        Self { device_uuid: None, public_key: key.to_spki_pem(), csr: None, certificate: None }
    }

    /// A request or a public key.
    pub(super) fn message(blob: &str) -> Result<Self, MadeError> {
        let message = KeygenMessage::decode(blob)?;
        message.check()?;
        Ok(Self {
            device_uuid: Some(message.device_uuid().to_string()),
            csr: message.certificate_request().map(CertificateRequest::to_pem),
            ..Self::of_key(&message.public_key())
        })
    }

    /// A request by itself. Whoever asks for a certificate must hold the key.
    pub(super) fn request(der: &[u8]) -> Result<Self, MadeError> {
        let csr = CertificateRequest::from_der(der)?;
        csr.verify()?;
        Ok(Self { csr: Some(csr.to_pem()), ..Self::of_key(&csr.public_key()) })
    }

    /// A certificate. The form of the device's own statement behind it is not published, so that part is passed on as it is.
    pub(super) fn certificate(blob: &str) -> Result<Self, MadeError> {
        let body = blob.split_once('.').map(|(body, _)| body).ok_or(MadeError::Form)?;
        let der = Base64UrlUnpadded::decode_vec(body).map_err(|_| MadeError::Form)?;
        let certificate = Certificate::from_der(&der)?;
        let key = certificate.public_key()?;
        certificate.verify_signed_by(&key)?;
        Ok(Self { certificate: Some(certificate.to_pem()), ..Self::of_key(&key) })
    }
}

/// Why a key that a kit has made is not to be trusted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MadeError {
    /// A message that does not hold together.
    #[error(transparent)]
    Message(#[from] KeygenError),
    /// Not two halves of base64url.
    #[error("it is not a certificate and a statement in base64url with a full stop between")]
    Form,
    /// A certificate that cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A certificate that is not signed by its own key.
    #[error(transparent)]
    Signature(#[from] Violation),
    /// A request that cannot be read, or of which the requester does not hold the key.
    #[error(transparent)]
    Csr(#[from] CsrError),
    /// A key of another kind.
    #[error(transparent)]
    Key(#[from] KeyError),
}
