//! Certificates, X.509 v1 to v3 (RFC 5280): read, asked, verified.

use std::fmt::{self, Debug, Display, Formatter};
use std::sync::Arc;
use std::time::SystemTime;

use der::Decode;
use der::asn1::ObjectIdentifier;
use p256::ecdsa::Signature;
use signature::Verifier;
use spki::SubjectPublicKeyInfoRef;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Validity;

use crate::asn1::{self, ECDSA_WITH_SHA256};
use crate::hex::Hex;
use crate::input;
use crate::key::{KeyError, KeyKind, PublicKey};
use crate::name::DistinguishedName;
use crate::pem;
use crate::signed::{Signed, TbsCertificate};

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

/// The extensions that are asked about here.
#[derive(Default)]
struct Extensions {
    basic_constraints: Option<BasicConstraints>,
    key_usage: Option<KeyUsage>,
    extended_key_usage: Option<ExtendedKeyUsage>,
    subject_key_identifier: Option<Vec<u8>>,
    authority_key_identifier: Option<Vec<u8>>,
    unknown_critical: Option<ObjectIdentifier>,
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// [`CertificateError::Der`] for what is not a certificate, [`CertificateError::Extension`] for an extension that is
    /// not what it says, [`CertificateError::Key`] for a P-256 key with a point that is not on the curve.
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
        let extensions: Vec<Extension> = match tbs.extensions {
            Some(list) => list.decode_as()?,
            None => Vec::new(),
        };
        let parts = Parts {
            version: tbs.version as u8 + 1,
            algorithm: signed.algorithm.oid,
            validity: tbs.validity,
            subject: DistinguishedName::read(tbs.subject)?,
            issuer: DistinguishedName::read(tbs.issuer)?,
            key: key(&tbs.subject_public_key_info)?,
            extensions: Extensions::read(&extensions)?,
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
        let usage = self.parts.extensions.key_usage.as_ref()?;
        Some(
            [
                ("digitalSignature", usage.digital_signature()),
                ("nonRepudiation", usage.non_repudiation()),
                ("keyEncipherment", usage.key_encipherment()),
                ("dataEncipherment", usage.data_encipherment()),
                ("keyAgreement", usage.key_agreement()),
                ("keyCertSign", usage.key_cert_sign()),
                ("cRLSign", usage.crl_sign()),
                ("encipherOnly", usage.encipher_only()),
                ("decipherOnly", usage.decipher_only()),
            ]
            .into_iter()
            .filter_map(|(name, set)| set.then_some(name))
            .collect(),
        )
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

    /// The first critical extension that is not understood here.
    #[must_use]
    pub fn unknown_critical_extension(&self) -> Option<ObjectIdentifier> {
        self.parts.extensions.unknown_critical
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

    /// Checks the signature with the issuer's key: ECDSA with SHA-256 alone.
    ///
    /// # Errors
    /// [`CertificateError::Algorithm`] where it is signed with another algorithm, [`CertificateError::Signature`] where
    /// the signature is not by this key.
    pub fn verify_signed_by(&self, issuer: &PublicKey) -> Result<(), CertificateError> {
        if self.parts.algorithm != ECDSA_WITH_SHA256 {
            return Err(CertificateError::Algorithm(self.parts.algorithm));
        }
        let signed = Signed::from_der(&self.parts.der)?;
        let tbs: TbsCertificate<'_> = signed.body.decode_as()?;
        if signed.algorithm != tbs.signature {
            return Err(CertificateError::AlgorithmMismatch);
        }
        let signature = signed.signature.as_bytes().ok_or(CertificateError::Signature)?;
        let signature = Signature::from_der(signature).map_err(|_| CertificateError::Signature)?;
        issuer
            .verify(asn1::signed_part(&self.parts.der)?, &signature)
            .map_err(|_| CertificateError::Signature)
    }

    /// Checks that `issuer` issued this certificate and that both are valid at `now`: names, CA:TRUE, key usage, times
    /// and signature.
    ///
    /// # Errors
    /// The first of these that does not hold.
    pub fn verify_issued_by(&self, issuer: &Self, now: SystemTime) -> Result<(), CertificateError> {
        if self.parts.issuer != issuer.parts.subject {
            return Err(CertificateError::Issuer {
                expected: self.parts.issuer.to_string(),
                found: issuer.parts.subject.to_string(),
            });
        }
        issuer.check_may_issue()?;
        issuer.check_time(now)?;
        self.check_time(now)?;
        self.verify_signed_by(&issuer.public_key()?)
    }

    /// Checks that it may sign certificates: CA:TRUE, and keyCertSign where key usages are named.
    pub(crate) fn check_may_issue(&self) -> Result<(), CertificateError> {
        if !self.is_ca() {
            return Err(CertificateError::NotCa { subject: self.parts.subject.to_string() });
        }
        match &self.parts.extensions.key_usage {
            Some(usage) if !usage.key_cert_sign() => {
                Err(CertificateError::NoCertSign { subject: self.parts.subject.to_string() })
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn check_time(&self, now: SystemTime) -> Result<(), CertificateError> {
        let time = |at: SystemTime| Moment(at).to_string();
        if now < self.not_before() {
            return Err(CertificateError::NotYetValid {
                subject: self.parts.subject.to_string(),
                not_before: time(self.not_before()),
            });
        }
        if now > self.not_after() {
            return Err(CertificateError::Expired {
                subject: self.parts.subject.to_string(),
                not_after: time(self.not_after()),
            });
        }
        Ok(())
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

impl Extensions {
    fn read(list: &[Extension]) -> Result<Self, CertificateError> {
        let mut read = Self::default();
        for extension in list {
            let oid = extension.extn_id;
            let failed = |error| CertificateError::Extension { oid, error };
            let value = extension.extn_value.as_bytes();
            match oid {
                BASIC_CONSTRAINTS => {
                    read.basic_constraints = Some(BasicConstraints::from_der(value).map_err(failed)?);
                }
                KEY_USAGE => read.key_usage = Some(KeyUsage::from_der(value).map_err(failed)?),
                EXTENDED_KEY_USAGE => {
                    read.extended_key_usage = Some(ExtendedKeyUsage::from_der(value).map_err(failed)?);
                }
                SUBJECT_KEY_IDENTIFIER => {
                    let identifier = SubjectKeyIdentifier::from_der(value).map_err(failed)?;
                    read.subject_key_identifier = Some(identifier.0.as_bytes().to_vec());
                }
                AUTHORITY_KEY_IDENTIFIER => {
                    let identifier = AuthorityKeyIdentifier::from_der(value).map_err(failed)?;
                    read.authority_key_identifier =
                        identifier.key_identifier.map(|octets| octets.as_bytes().to_vec());
                }
                SUBJECT_ALT_NAME | NAME_CONSTRAINTS => {}
                other if extension.critical && read.unknown_critical.is_none() => {
                    read.unknown_critical = Some(other);
                }
                _ => {}
            }
        }
        Ok(read)
    }
}

/// The serial number of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Serial<'a>(&'a [u8]);

impl Serial<'_> {
    /// The octets, most significant first, without the zero octet that DER may put before them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
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

const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");

/// Why a certificate could not be read, or why it is not to be trusted.
#[derive(Debug, thiserror::Error)]
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
    /// The key in it is broken, or not P-256 where P-256 is needed.
    #[error("the key of the certificate cannot be used: {0}")]
    Key(#[from] KeyError),
    /// Signed with something else than ECDSA with SHA-256.
    #[error("the certificate is signed with the algorithm {0}, not with ecdsa-with-SHA256")]
    Algorithm(ObjectIdentifier),
    /// The algorithm inside the signed part is not the one outside.
    #[error("the certificate names two different signature algorithms")]
    AlgorithmMismatch,
    /// The signature is not by the key it was checked with.
    #[error("the certificate is not signed by this key")]
    Signature,
    /// Issued by somebody else.
    #[error("the certificate was issued by {expected}, not by {found}")]
    Issuer {
        /// The issuer that the certificate names.
        expected: String,
        /// The subject of the certificate that was offered as issuer.
        found: String,
    },
    /// The issuer is no certificate authority.
    #[error("{subject} is not a certificate authority (no CA:TRUE)")]
    NotCa {
        /// The issuer.
        subject: String,
    },
    /// The issuer's key is not for signing certificates.
    #[error("the key usage of {subject} does not allow it to sign certificates")]
    NoCertSign {
        /// The issuer.
        subject: String,
    },
    /// Too early.
    #[error("the certificate of {subject} is not valid before {not_before}")]
    NotYetValid {
        /// Whose.
        subject: String,
        /// From when on.
        not_before: String,
    },
    /// Too late.
    #[error("the certificate of {subject} expired on {not_after}")]
    Expired {
        /// Whose.
        subject: String,
        /// Its last moment.
        not_after: String,
    },
    /// No certificate in the text.
    #[error(transparent)]
    Input(#[from] input::InputError),
}
