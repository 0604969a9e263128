//! A certificate authority: made or loaded, and the device certificates that it issues.

mod content;

use std::fmt::{self, Debug, Formatter};
use std::time::SystemTime;

use p256::ecdsa::Signature;
use signature::{Keypair, Signer, Verifier};
use x509_cert::time::Validity;

use self::content::{Content, validity};
use crate::certificate::{Certificate, CertificateError};
use crate::csr::{CertificateRequest, CsrError};
use crate::device_id::{self, DeviceIdError};
use crate::key::{KeyError, PrivateKey, PublicKey};
use crate::keygen::{KeygenError, KeygenMessage};
use crate::signed;
use crate::subject::{Attribute, Subject, SubjectError};

/// A certificate authority with a P-256 key.
///
/// The key is whatever signs ([`Signer`]) and knows its public half ([`Keypair`]): a [`PrivateKey`], or one that stays in
/// an HSM or a KMS.
pub struct CertificateAuthority<K = PrivateKey> {
    certificate: Certificate,
    key: K,
    /// The extensions of [`Profile::Default`] in DER: the same in everything that this authority issues.
    client_extensions: Vec<u8>,
}

impl<K> CertificateAuthority<K>
where
    K: Signer<Signature> + Keypair<VerifyingKey = PublicKey>,
{
    /// Makes a self-signed root.
    ///
    /// Its extensions are basicConstraints (critical, CA:TRUE), keyUsage (critical, keyCertSign and cRLSign) and both key
    /// identifiers; it begins at `now`, cut to the second.
    ///
    /// # Errors
    /// [`CaError::EmptySubject`], [`CaError::Validity`], and [`CaError::Signing`] where the key fails.
    pub fn create(params: &CaParams, key: K, now: SystemTime) -> Result<Self, CaError> {
        let public = key.verifying_key();
        let subject = params.subject_der()?;
        let extensions = params.extensions(&public, &public.subject_key_identifier())?;
        let body = Content {
            issuer: &subject,
            subject: &subject,
            public: &public,
            validity: validity(now, params.days)?,
            extensions: Some(&extensions),
        };
        let certificate = body.sign(&key)?;
        certificate.verify_signed_by(&public).map_err(|_| CaError::KeyMismatch)?;
        Self::load(certificate, key, now)
    }

    /// Makes an intermediate authority below this one.
    ///
    /// # Errors
    /// As [`Self::create`]; [`CaError::PathLength`] where this authority may have none below it, or not so many.
    pub fn create_intermediate<L>(
        &self,
        params: &CaParams,
        key: L,
        now: SystemTime,
    ) -> Result<CertificateAuthority<L>, CaError>
    where
        L: Signer<Signature> + Keypair<VerifyingKey = PublicKey>,
    {
        if let Some(most) = self.certificate.path_len()
            && params.path_len.is_none_or(|wanted| wanted >= most)
        {
            return Err(CaError::PathLength { most });
        }
        let public = key.verifying_key();
        let extensions = params.extensions(&public, &self.key_identifier())?;
        let subject = params.subject_der()?;
        let certificate = self.sign(&subject, &public, validity(now, params.days)?, Some(&extensions))?;
        CertificateAuthority::load(certificate, key, now)
    }

    /// Takes up an authority from its certificate and its key.
    ///
    /// # Errors
    /// [`CaError::KeyMismatch`] where they do not belong together; [`CaError::Certificate`] where the certificate is not
    /// one of an authority or not valid at `now`; [`CaError::Name`] where it has no subject.
    pub fn load(certificate: Certificate, key: K, now: SystemTime) -> Result<Self, CaError> {
        Self::load_tolerant(certificate, key, now, Tolerance::default())
    }

    /// As [`Self::load`], but forgives what `tolerance` names.
    ///
    /// # Errors
    /// As [`Self::load`]. A key that does not belong to the certificate is never forgiven.
    pub fn load_tolerant(
        certificate: Certificate,
        key: K,
        now: SystemTime,
        tolerance: Tolerance,
    ) -> Result<Self, CaError> {
        if certificate.public_key()? != key.verifying_key() {
            return Err(CaError::KeyMismatch);
        }
        if !tolerance.not_ca {
            certificate.check_may_issue()?;
        }
        if !tolerance.expired {
            certificate.check_time(now)?;
        }
        if certificate.subject().is_empty() {
            return Err(CaError::Name);
        }
        prove(&certificate, &key)?;
        let mut authority = Self { certificate, key, client_extensions: Vec::new() };
        authority.client_extensions =
            content::client_extensions(&authority.key_identifier()).map_err(CertificateError::Der)?;
        Ok(authority)
    }

    /// Issues a device certificate for a public key.
    ///
    /// # Errors
    /// [`IssueError::DeviceId`] for a device ID that nRF Cloud or X.520 does not allow; [`IssueError::CommonName`] where
    /// the further subject has a common name of its own; [`IssueError::Ca`] where signing fails.
    pub fn issue(&self, request: &DeviceCertRequest, now: SystemTime) -> Result<Certificate, IssueError> {
        device_id::check_common_name(&request.device_id)?;
        if request.subject.get(Attribute::CommonName).is_some() {
            return Err(IssueError::CommonName);
        }
        let mut subject = request.subject.clone();
        subject.set(Attribute::CommonName, request.device_id.as_str())?;
        let subject = subject.to_der().map_err(|error| CaError::from(CertificateError::Der(error)))?;
        let extensions = match request.profile {
            Profile::Default => Some(self.client_extensions.as_slice()),
            Profile::Minimal => None,
        };
        Ok(self.sign(&subject, &request.public_key, validity(now, request.days)?, extensions)?)
    }

    /// Issues a device certificate for a request, after checking that the requester holds the key.
    ///
    /// The subject is that of the request, unless `options` gives others.
    ///
    /// # Errors
    /// [`IssueError::Csr`] without proof of possession; [`IssueError::NoCommonName`] where neither the request nor
    /// `options` has a device ID; otherwise as [`Self::issue`].
    pub fn issue_from_csr(
        &self,
        csr: &CertificateRequest,
        options: &CsrOptions,
        now: SystemTime,
    ) -> Result<Certificate, IssueError> {
        csr.verify()?;
        let device_id = match &options.device_id {
            Some(id) => id.clone(),
            None => csr.common_name().ok_or(IssueError::NoCommonName)?,
        };
        // Before the subject is looked at: a bad device ID is the likelier mistake, and this names it as one.
        device_id::check_common_name(&device_id)?;
        let subject = match &options.subject {
            Some(subject) => subject.clone(),
            None => {
                let mut subject = Subject::try_from(csr.subject())?;
                subject.remove(Attribute::CommonName);
                subject
            }
        };
        let request = DeviceCertRequest {
            device_id,
            public_key: csr.public_key(),
            subject,
            days: options.days,
            profile: options.profile,
        };
        self.issue(&request, now)
    }

    /// Issues a device certificate for what a modem answered to `AT%KEYGEN`, after checking its digest and, in a CSR, the
    /// proof of possession.
    ///
    /// A public-key message proves no possession by itself: verify it with the device's identity key
    /// ([`KeygenMessage::verify_with`]) where that is known. The device ID is the common name of the CSR or else the
    /// device UUID, unless `options` has another.
    ///
    /// # Errors
    /// [`IssueError::Keygen`] where the message does not hold together; otherwise as [`Self::issue_from_csr`].
    pub fn issue_from_keygen(
        &self,
        message: &KeygenMessage,
        options: &CsrOptions,
        now: SystemTime,
    ) -> Result<Certificate, IssueError> {
        message.check()?;
        match message.certificate_request() {
            Some(csr) => self.issue_from_csr(csr, options, now),
            None => {
                let request = DeviceCertRequest {
                    device_id: options.device_id.clone().unwrap_or_else(|| message.device_uuid().to_string()),
                    public_key: message.public_key(),
                    subject: options.subject.clone().unwrap_or_default(),
                    days: options.days,
                    profile: options.profile,
                };
                self.issue(&request, now)
            }
        }
    }

    fn sign(
        &self,
        subject: &[u8],
        public: &PublicKey,
        validity: Validity,
        extensions: Option<&[u8]>,
    ) -> Result<Certificate, CaError> {
        let issuer = self.certificate.subject().der();
        Content { issuer, subject, public, validity, extensions }.sign(&self.key)
    }

    /// As it stands in what is issued: that of the certificate, or, where it has none, that of the key.
    fn key_identifier(&self) -> Vec<u8> {
        match self.certificate.subject_key_identifier() {
            Some(identifier) => identifier.to_vec(),
            None => self.key.verifying_key().subject_key_identifier().to_vec(),
        }
    }
}

impl<K> CertificateAuthority<K> {
    /// The authority's own certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The authority's key, or what stands for it.
    #[must_use]
    pub fn key(&self) -> &K {
        &self.key
    }
}

impl<K> Debug for CertificateAuthority<K> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAuthority").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

/// What a new certificate authority is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaParams {
    /// Its name; must not be empty.
    pub subject: Subject,
    /// For how many days it is valid, from 1.
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

    fn subject_der(&self) -> Result<Vec<u8>, CaError> {
        if self.subject.is_empty() {
            return Err(CaError::EmptySubject);
        }
        Ok(self.subject.to_der().map_err(CertificateError::Der)?)
    }

    fn extensions(&self, public: &PublicKey, issuer: &[u8]) -> Result<Vec<u8>, CaError> {
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
    /// For how many days it is valid, from 1.
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
    /// For how many days it is valid, from 1.
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

/// What [`CertificateAuthority::load_tolerant`] forgives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tolerance {
    /// The certificate does not say CA:TRUE, or its key usage does not allow signing certificates.
    pub not_ca: bool,
    /// The certificate is expired or not yet valid.
    pub expired: bool,
}

/// Why an authority could not be made or loaded, or could not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaError {
    /// An authority without a name.
    #[error("the subject of a certificate authority must not be empty")]
    EmptySubject,
    /// The validity cannot be written into a certificate.
    #[error(
        "{days} days from {from} cannot be written into a certificate; the days are at least 1, the years 1970 to 9999"
    )]
    Validity {
        /// Days asked for.
        days: u32,
        /// The first moment.
        from: String,
    },
    /// The key is not that of the certificate.
    #[error("the private key does not belong to the certificate of the authority")]
    KeyMismatch,
    /// The certificate is not usable as that of an authority.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The key of the certificate is not P-256.
    #[error("the key of the authority cannot be used: {0}")]
    Key(#[from] KeyError),
    /// Nothing can be issued in no name: RFC 5280 section 4.1.2.4 has the issuer not empty.
    #[error("the certificate of the authority has no subject, which would be the issuer of what it signs")]
    Name,
    /// No further authority may stand below.
    #[error("this authority allows a path length of {most} below it; the new one must have a smaller one")]
    PathLength {
        /// Its own limit.
        most: u8,
    },
    /// The key could not sign.
    #[error("the key of the authority cannot sign: {0}")]
    Signing(String),
    /// The random number generator failed.
    #[error("the random number generator failed")]
    Random,
}

/// Why a device certificate was not issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The device ID is not allowed.
    #[error(transparent)]
    DeviceId(#[from] DeviceIdError),
    /// The further subject has a common name.
    #[error("the common name is the device ID; it cannot be given in the subject too")]
    CommonName,
    /// No device ID anywhere.
    #[error("the certificate request has no common name, and no device ID was given")]
    NoCommonName,
    /// The subject of the request cannot be taken over.
    #[error("the subject cannot be used: {0}")]
    Subject(#[from] SubjectError),
    /// The request is not to be trusted.
    #[error(transparent)]
    Csr(#[from] CsrError),
    /// The modem's message is not to be trusted.
    #[error(transparent)]
    Keygen(#[from] KeygenError),
    /// The authority could not sign.
    #[error(transparent)]
    Ca(#[from] CaError),
}

pub(crate) const TEN_YEARS: u32 = 3652;

/// Lets the key sign something that is no certificate: shows that it works, and that it is the certificate's.
fn prove(certificate: &Certificate, key: &impl Signer<Signature>) -> Result<(), CaError> {
    const PROBE: &[u8] = b"pki: is this the key of the authority?";
    let signature = key.try_sign(PROBE).map_err(|error| CaError::Signing(signed::reason(&error)))?;
    certificate.public_key()?.verify(PROBE, &signature).map_err(|_| CaError::KeyMismatch)
}
