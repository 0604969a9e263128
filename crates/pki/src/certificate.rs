//! Certificates, X.509 v1 to v3 (RFC 5280): read, asked, verified.

mod extensions;
mod verify;

use std::fmt::{self, Debug, Display, Formatter};
use std::sync::Arc;
use std::time::SystemTime;

use der::Decode;
use der::asn1::ObjectIdentifier;
use spki::SubjectPublicKeyInfoRef;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::KeyUsage;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Validity;

use crate::asn1;
use crate::hex::Hex;
use crate::input;
use crate::key::{KeyError, KeyKind, PublicKey};
use crate::name::DistinguishedName;
use crate::pem;
use crate::signed::{Signed, TbsCertificate};

use extensions::Extensions;
pub(crate) use extensions::{KEY_USAGE, usage_names};
pub use verify::{Violation, Violations};

/// A certificate as it came: the DER is never changed.
///
/// Certificates with other keys than P-256 are read too, because a modem holds such ones as root CA; then
/// [`Self::public_key`] says what the key is.
///
/// Clones share the content.
#[derive(Clone)]
pub struct Certificate {
    parts: Arc<Parts>,
}

struct Parts {
    der: Vec<u8>,
    version: u8,
    serial: SerialNumber,
    algorithm: ObjectIdentifier,
    validity: Validity,
    subject: DistinguishedName,
    issuer: DistinguishedName,
    key: Result<PublicKey, KeyKind>,
    extensions: Extensions,
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// [`CertificateError::Der`] for what is not a certificate, [`CertificateError::Extension`] for an extension that is
    /// not what it says, [`CertificateError::RepeatedExtension`] for one that is there twice,
    /// [`CertificateError::ExtensionsBeforeV3`] for any where the version has none, [`CertificateError::Key`] for a P-256
    /// key with a point that is not on the curve.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        Self::read(der.to_vec(), |spki| match PublicKey::from_spki(spki) {
            Ok(key) => Ok(Ok(key)),
            Err(KeyError::Unusable(kind)) => Ok(Err(kind)),
            Err(error) => Err(error.into()),
        })
    }

    /// Reads what was just issued for a key that was checked before.
    pub(crate) fn issued(der: Vec<u8>, key: PublicKey) -> Result<Self, CertificateError> {
        Self::read(der, |_| Ok(Ok(key)))
    }

    fn read(
        der: Vec<u8>,
        key: impl FnOnce(&SubjectPublicKeyInfoRef<'_>) -> Result<Result<PublicKey, KeyKind>, CertificateError>,
    ) -> Result<Self, CertificateError> {
        let signed = Signed::from_der(&der)?;
        let tbs: TbsCertificate<'_> = signed.body.decode_as()?;
        let version = tbs.version as u8 + 1;
        let extensions = match tbs.extensions {
            Some(_) if version < 3 => return Err(CertificateError::ExtensionsBeforeV3 { version }),
            Some(list) => Extensions::read(&list.decode_as::<Vec<Extension>>()?)?,
            None => Extensions::default(),
        };
        let parts = Parts {
            version,
            algorithm: signed.algorithm.oid,
            validity: tbs.validity,
            subject: DistinguishedName::read(tbs.subject)?,
            issuer: DistinguishedName::read(tbs.issuer)?,
            key: key(&tbs.subject_public_key_info)?,
            extensions,
            serial: tbs.serial_number,
            der,
        };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// Reads PEM (`CERTIFICATE`), with every repair of [`input::load`]: the first certificate of the text.
    ///
    /// # Errors
    /// [`CertificateError::Input`] where there is no certificate in the text.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        let input = input::load(text.as_bytes())?;
        Ok(input.certificate()?.clone())
    }

    /// The certificate as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.parts.der
    }

    /// PEM, LF line ends and a final line break, as nRF Cloud and the modem want it.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.parts.der)
    }

    /// The certified key.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] names a key that is not P-256.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        self.parts.key.clone().map_err(KeyError::Unusable)
    }

    /// What the certified key is, P-256 or not.
    #[must_use]
    pub fn key_kind(&self) -> KeyKind {
        self.parts.key.clone().err().unwrap_or(KeyKind::P256)
    }

    /// The common name of the subject: on nRF Cloud, the device ID.
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        self.parts.subject.common_name()
    }

    /// Whom it is about.
    #[must_use]
    pub fn subject(&self) -> &DistinguishedName {
        &self.parts.subject
    }

    /// Who signed it.
    #[must_use]
    pub fn issuer(&self) -> &DistinguishedName {
        &self.parts.issuer
    }

    /// The serial number, most significant octet first. It prints in lower-case hexadecimal.
    #[must_use]
    pub fn serial(&self) -> Serial<'_> {
        let octets = self.parts.serial.as_bytes();
        // DER puts a zero octet before a positive number whose first bit is set.
        Serial(octets.strip_prefix(&[0]).filter(|rest| !rest.is_empty()).unwrap_or(octets))
    }

    /// The first moment at which it is valid.
    #[must_use]
    pub fn not_before(&self) -> SystemTime {
        self.parts.validity.not_before.to_system_time()
    }

    /// The last moment at which it is valid.
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        self.parts.validity.not_after.to_system_time()
    }

    /// Whether it says of itself that it is a certificate authority (basicConstraints with CA:TRUE).
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.parts.extensions.basic_constraints.as_ref().is_some_and(|constraints| constraints.ca)
    }

    /// How many intermediate authorities may stand below this one, where it is limited.
    #[must_use]
    pub fn path_len(&self) -> Option<u8> {
        self.parts
            .extensions
            .basic_constraints
            .as_ref()
            .and_then(|constraints| constraints.path_len_constraint)
    }

    /// The version as it is spoken of: 1, 2 or 3. The guide's certificate is v1.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.parts.version
    }

    /// The SHA-256 fingerprint of the DER.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        asn1::sha256(&self.parts.der)
    }

    /// The key usages (RFC 5280 section 4.2.1.3) by their names, or `None` without that extension.
    #[must_use]
    pub fn key_usage(&self) -> Option<Vec<&'static str>> {
        self.parts.extensions.key_usage.as_ref().map(usage_names)
    }

    /// The object identifiers of the extended key usages, or `None` without that extension.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<&[ObjectIdentifier]> {
        self.parts.extensions.extended_key_usage.as_ref().map(|usage| usage.0.as_slice())
    }

    /// The subject key identifier, RFC 5280 section 4.2.1.2.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.parts.extensions.subject_key_identifier.as_deref()
    }

    /// The key identifier of the issuer, RFC 5280 section 4.2.1.1.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.parts.extensions.authority_key_identifier.as_deref()
    }

    /// The critical extensions that are not understood here, nameConstraints among them: RFC 5280 section 4.2 has a
    /// verifier refuse a certificate with one.
    #[must_use]
    pub fn unknown_critical_extensions(&self) -> &[ObjectIdentifier] {
        &self.parts.extensions.unknown_critical
    }

    /// The object identifier of the algorithm with which it is signed.
    #[must_use]
    pub fn signature_algorithm(&self) -> ObjectIdentifier {
        self.parts.algorithm
    }

    /// Whether subject and issuer are the same name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.parts.subject == self.parts.issuer
    }

    pub(crate) fn key_usages(&self) -> Option<&KeyUsage> {
        self.parts.extensions.key_usage.as_ref()
    }
}

impl Debug for Certificate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.parts.subject)
            .field("issuer", &self.parts.issuer)
            .field("serial", &format_args!("{}", self.serial()))
            .finish_non_exhaustive()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.parts.der == other.parts.der
    }
}

impl Eq for Certificate {}

/// The serial number of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Serial<'a>(&'a [u8]);

impl<'a> Serial<'a> {
    /// The octets, most significant first, without the zero octet that DER may put before them.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

impl Display for Serial<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&Hex(self.0), f)
    }
}

/// A moment as `2026-11-24T04:05:06Z`.
pub(crate) struct Moment(pub(crate) SystemTime);

impl Display for Moment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match der::DateTime::from_system_time(self.0) {
            Ok(time) => Display::fmt(&time, f),
            Err(_) => f.write_str("a time outside the years 1970 to 9999"),
        }
    }
}

/// Why a certificate could not be read, or is not to be trusted.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Not a certificate.
    #[error("not a valid certificate: {0}")]
    Der(#[from] der::Error),
    /// An extension is not what it says.
    #[error("the extension {oid} of the certificate is not valid: {error}")]
    Extension {
        /// Which.
        oid: ObjectIdentifier,
        /// Why.
        error: der::Error,
    },
    /// The same extension again, which RFC 5280 section 4.2 forbids: readers would differ on which of them holds.
    #[error("the extension {oid} stands in the certificate twice")]
    RepeatedExtension {
        /// Which.
        oid: ObjectIdentifier,
    },
    /// Extensions before version 3, RFC 5280 section 4.1.2.1: a reader of that version would not look at them.
    #[error("the certificate is X.509 v{version} and has extensions, which only v3 can have")]
    ExtensionsBeforeV3 {
        /// The version as it is spoken of.
        version: u8,
    },
    /// The key in it is broken, or not P-256 where P-256 is needed.
    #[error("the key of the certificate cannot be used: {0}")]
    Key(#[from] KeyError),
    /// Read without a fault, and not to be trusted.
    #[error(transparent)]
    Untrusted(#[from] Violations),
    /// No certificate in the text.
    #[error(transparent)]
    Input(#[from] input::InputError),
}
