//! A certificate authority: made or loaded, and the device certificates that it issues.

mod content;
mod error;
mod order;

use std::fmt::{self, Debug, Formatter};
use std::time::SystemTime;

use p256::ecdsa::Signature;
use signature::{Keypair, Signer, Verifier};
use x509_cert::time::Validity;

use self::content::{Content, validity};
use crate::certificate::{Certificate, CertificateError, Moment, Violations};
use crate::csr::CertificateRequest;
use crate::device_id;
use crate::key::{PrivateKey, PublicKey};
use crate::keygen::KeygenMessage;
use crate::signed;
use crate::subject::{Attribute, Subject, SubjectError};

pub use error::{CaError, IssueError};
pub(crate) use order::TEN_YEARS;
pub use order::{CaParams, CsrOptions, DeviceCertRequest, Outliving, Profile, Tolerance};

/// A certificate authority with a P-256 key.
///
/// The key is whatever signs ([`Signer`]) and knows its public half ([`Keypair`]): a [`PrivateKey`], or one that stays in
/// an HSM or a KMS.
pub struct CertificateAuthority<K = PrivateKey> {
    certificate: Certificate,
    key: K,
    tolerance: Tolerance,
    outliving: Outliving,
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
    /// As [`Self::create`]; [`CaError::PathLength`] where this authority may have none below it, or not so many;
    /// [`CaError::Subject`] where the new one would have the name of this one; [`CaError::Certificate`] where this one is
    /// not valid at `now`; [`CaError::Outlives`] where [`Outliving::Refuse`] asks for it.
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
        self.check_other_name(&params.subject)?;
        let certificate =
            self.sign(&subject, &public, self.validity(now, params.days)?, Some(&extensions))?;
        CertificateAuthority::load(certificate, key, now)
    }

    /// Takes up an authority from its certificate and its key.
    ///
    /// # Errors
    /// [`CaError::KeyMismatch`] where they do not belong together; [`CaError::Certificate`] with every reason where the
    /// certificate is not one of an authority, not valid at `now`, or has a critical extension that is not understood here,
    /// for what it demands would not be kept; [`CaError::Name`] where it has no subject.
    pub fn load(certificate: Certificate, key: K, now: SystemTime) -> Result<Self, CaError> {
        Self::load_tolerant(certificate, key, now, Tolerance::default())
    }

    /// As [`Self::load`], but forgives what `tolerance` names, now and whenever it signs.
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
        let mut violations = Violations::none();
        if !tolerance.not_ca {
            violations.extend(certificate.violations_as_issuer());
        }
        if !tolerance.critical_extensions {
            violations.extend(certificate.unknown_critical());
        }
        if !tolerance.expired {
            violations.extend(certificate.outside_validity(now));
        }
        violations.into_result().map_err(CertificateError::Untrusted)?;
        if certificate.subject().is_empty() {
            return Err(CaError::Name);
        }
        prove(&certificate, &key)?;
        let mut authority = Self {
            certificate,
            key,
            tolerance,
            outliving: Outliving::default(),
            client_extensions: Vec::new(),
        };
        authority.client_extensions =
            content::client_extensions(&authority.key_identifier()).map_err(CertificateError::Der)?;
        Ok(authority)
    }

    /// Issues a device certificate for a public key.
    ///
    /// # Errors
    /// [`IssueError::DeviceId`] for a device ID that nRF Cloud or X.520 does not allow; [`IssueError::CommonName`] where
    /// the further subject has a common name of its own; [`IssueError::Subject`] where the whole subject is the name of the
    /// authority; [`IssueError::Ca`] where the authority is not valid at `now` or signing fails.
    pub fn issue(&self, request: &DeviceCertRequest, now: SystemTime) -> Result<Certificate, IssueError> {
        device_id::check_common_name(&request.device_id)?;
        if request.subject.get(Attribute::CommonName).is_some() {
            return Err(IssueError::CommonName);
        }
        let mut subject = request.subject.clone();
        subject.set(Attribute::CommonName, request.device_id.as_str())?;
        self.check_other_name(&subject)?;
        let subject = subject.to_der().map_err(|error| CaError::from(CertificateError::Der(error)))?;
        let extensions = match request.profile {
            Profile::Default => Some(self.client_extensions.as_slice()),
            Profile::Minimal => None,
        };
        Ok(self.sign(&subject, &request.public_key, self.validity(now, request.days)?, extensions)?)
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

    /// A certificate whose issuer is its subject looks self-signed: verifiers look no further, and refuse it.
    fn check_other_name(&self, subject: &Subject) -> Result<(), SubjectError> {
        if self.certificate.subject().is_that_of(subject) { Err(SubjectError::Authority) } else { Ok(()) }
    }

    /// From `now` on, where the authority is valid then, and as [`Outliving`] has the end.
    fn validity(&self, now: SystemTime, days: u32) -> Result<Validity, CaError> {
        let asked = validity(now, days)?;
        let outside = self.certificate.outside_validity(now);
        if let Some(violation) = outside {
            // One that is only forgiven for being expired bounds nothing.
            return if self.tolerance.expired {
                Ok(asked)
            } else {
                Err(CertificateError::from(violation).into())
            };
        }
        let end = self.certificate.not_after();
        if asked.not_after.to_system_time() <= end {
            return Ok(asked);
        }
        match self.outliving {
            Outliving::Clamp => Ok(Validity::new(asked.not_before, content::moment(end)?)),
            Outliving::Refuse => Err(CaError::Outlives {
                until: Moment(asked.not_after.to_system_time()).to_string(),
                authority: Moment(end).to_string(),
            }),
            Outliving::Allow => Ok(asked),
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
    /// This authority with another answer to what would outlive it.
    #[must_use]
    pub fn with_outliving(self, outliving: Outliving) -> Self {
        Self { outliving, ..self }
    }

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

/// Lets the key sign something that is no certificate: shows that it works, and that it is the certificate's.
fn prove(certificate: &Certificate, key: &impl Signer<Signature>) -> Result<(), CaError> {
    const PROBE: &[u8] = b"pki: is this the key of the authority?";
    let signature = key.try_sign(PROBE).map_err(|error| CaError::Signing(signed::reason(&error)))?;
    certificate.public_key()?.verify(PROBE, &signature).map_err(|_| CaError::KeyMismatch)
}
