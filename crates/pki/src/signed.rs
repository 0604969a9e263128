//! What is signed, certificates and requests, as their parts stand in it.
//!
//! Names are kept as octets: RFC 5280 section 4.1.2.4 binds a certificate to its issuer by the name, and verifiers compare it octet
//! for octet, so an issuer has to stand in what it issues exactly as in its own certificate, whoever wrote that.

use std::error::Error;

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode, Sequence};
use p256::ecdsa::Signature;
use signature::Signer;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use x509_cert::attr::Attributes;
use x509_cert::certificate::Version;
use x509_cert::request;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Validity;

use crate::asn1::ECDSA_WITH_SHA256;
use crate::ca::CaError;
use crate::certificate::CertificateError;
use crate::csr::CsrError;

/// The frame of certificates (RFC 5280 section 4.1) and requests (RFC 2986 section 4.2).
#[derive(Sequence)]
pub(crate) struct Signed<'a> {
    pub(crate) body: AnyRef<'a>,
    pub(crate) algorithm: AlgorithmIdentifierRef<'a>,
    pub(crate) signature: BitStringRef<'a>,
}

/// `TBSCertificate`, RFC 5280 section 4.1.
#[derive(Sequence)]
pub(crate) struct TbsCertificate<'a> {
    #[asn1(context_specific = "0", default = "Default::default")]
    pub(crate) version: Version,
    pub(crate) serial_number: SerialNumber,
    pub(crate) signature: AlgorithmIdentifierRef<'a>,
    pub(crate) issuer: AnyRef<'a>,
    pub(crate) validity: Validity,
    pub(crate) subject: AnyRef<'a>,
    pub(crate) subject_public_key_info: SubjectPublicKeyInfoRef<'a>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(crate) issuer_unique_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    pub(crate) subject_unique_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) extensions: Option<AnyRef<'a>>,
}

/// `CertificationRequestInfo`, RFC 2986 section 4.1.
#[derive(Sequence)]
pub(crate) struct RequestInfo<'a> {
    pub(crate) version: request::Version,
    pub(crate) subject: AnyRef<'a>,
    pub(crate) public_key: SubjectPublicKeyInfoRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    pub(crate) attributes: Attributes,
}

/// ecdsa-with-SHA256, whose parameters are left out: RFC 5758 section 3.2.
pub(crate) const ECDSA_SHA256: AlgorithmIdentifierRef<'static> =
    AlgorithmIdentifierRef { oid: ECDSA_WITH_SHA256, parameters: None };

/// Lets the key sign the body, and frames both.
pub(crate) fn sign(body: &impl Encode, key: &impl Signer<Signature>) -> Result<Vec<u8>, SigningError> {
    let body = body.to_der()?;
    let signature = key.try_sign(&body).map_err(|error| SigningError::Key(reason(&error)))?.to_der();
    let signed = Signed {
        body: AnyRef::from_der(&body)?,
        algorithm: ECDSA_SHA256,
        signature: BitStringRef::from_bytes(signature.as_bytes())?,
    };
    Ok(signed.to_der()?)
}

/// The signer's own words, where it has any.
pub(crate) fn reason(error: &signature::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// Why nothing was signed.
pub(crate) enum SigningError {
    /// Longer than DER can be.
    Der(der::Error),
    /// The key failed, with its reason.
    Key(String),
}

impl From<der::Error> for SigningError {
    fn from(error: der::Error) -> Self {
        Self::Der(error)
    }
}

impl From<SigningError> for CaError {
    fn from(error: SigningError) -> Self {
        match error {
            SigningError::Der(error) => CertificateError::Der(error).into(),
            SigningError::Key(reason) => Self::Signing(reason),
        }
    }
}

impl From<SigningError> for CsrError {
    fn from(error: SigningError) -> Self {
        match error {
            SigningError::Der(error) => Self::Der(error),
            SigningError::Key(reason) => Self::Signing(reason),
        }
    }
}
