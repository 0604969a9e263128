//! What is asked of an authority.

use super::content;
use super::error::CaError;
use crate::certificate::CertificateError;
use crate::key::PublicKey;
use crate::subject::Subject;

/// What a new certificate authority is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaParams {
    /// Its name; must not be empty.
    pub subject: Subject,
    /// For how many days it is valid, from 1; [`Outliving`] as well, below another authority.
    pub days: u32,
    /// How many intermediate authorities may stand below it; `None` is no limit.
    pub path_len: Option<u8>,
}

impl CaParams {
    /// Ten years, and no limit to the length of the path.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        Self { subject, days: TEN_YEARS, path_len: None }
    }

    pub(super) fn subject_der(&self) -> Result<Vec<u8>, CaError> {
        if self.subject.is_empty() {
            return Err(CaError::EmptySubject);
        }
        Ok(self.subject.to_der().map_err(CertificateError::Der)?)
    }

    pub(super) fn extensions(&self, public: &PublicKey, issuer: &[u8]) -> Result<Vec<u8>, CaError> {
        Ok(content::authority_extensions(self.path_len, public, issuer).map_err(CertificateError::Der)?)
    }
}

/// What a device certificate is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCertRequest {
    /// The device ID on nRF Cloud: it becomes the common name.
    pub device_id: String,
    /// The device's key.
    pub public_key: PublicKey,
    /// What else stands in the subject, before the common name. Empty makes the smallest certificate.
    pub subject: Subject,
    /// For how many days it is valid, from 1; [`Outliving`] says what becomes of more than the authority has left.
    pub days: u32,
    /// Which extensions it has.
    pub profile: Profile,
}

impl DeviceCertRequest {
    /// Ten years, no further subject, the default profile.
    #[must_use]
    pub fn new(device_id: impl Into<String>, public_key: PublicKey) -> Self {
        Self {
            device_id: device_id.into(),
            public_key,
            subject: Subject::new(),
            days: TEN_YEARS,
            profile: Profile::Default,
        }
    }
}

/// What a certificate for somebody else's request is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsrOptions {
    /// The device ID, where it is not to be the common name of the request.
    pub device_id: Option<String>,
    /// The further subject, where it is not to be that of the request.
    pub subject: Option<Subject>,
    /// For how many days it is valid, from 1; [`Outliving`] says what becomes of more than the authority has left.
    pub days: u32,
    /// Which extensions it has.
    pub profile: Profile,
}

impl Default for CsrOptions {
    /// Everything as the request has it, ten years, the default profile.
    fn default() -> Self {
        Self { device_id: None, subject: None, days: TEN_YEARS, profile: Profile::Default }
    }
}

/// The extensions of a device certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// Those of a TLS client: key usage digitalSignature, extended key usage clientAuth, authority key identifier.
    #[default]
    Default,
    /// None, as Nordic's own tools do it: some hundred octets less in the modem and on the line.
    Minimal,
}

/// What becomes of a certificate that is asked to be valid for longer than the authority that signs it. From the end of the
/// authority on, whoever checks the whole chain refuses it; nRF Cloud looks at the device's certificate alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outliving {
    /// It ends with the authority.
    #[default]
    Clamp,
    /// It is not issued.
    Refuse,
    /// It is issued as asked, as Nordic's tools do it.
    Allow,
}

/// What [`CertificateAuthority::load_tolerant`](super::CertificateAuthority::load_tolerant) forgives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tolerance {
    /// The certificate does not say CA:TRUE, or its key usage does not allow signing certificates.
    pub not_ca: bool,
    /// The certificate is expired or not yet valid. What it issues then ends when it is asked to.
    pub expired: bool,
    /// The certificate has critical extensions that are not understood here, such as nameConstraints: nothing here keeps
    /// to them.
    pub critical_extensions: bool,
}

pub(crate) const TEN_YEARS: u32 = 3652;
