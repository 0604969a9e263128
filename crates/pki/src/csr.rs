//! Certificate signing requests, PKCS#10 (RFC 2986): read as they came, checked, and made for local keys.

use std::fmt::{self, Debug, Formatter};

use der::Decode;
use der::asn1::{AnyRef, ObjectIdentifier};
use p256::ecdsa::Signature;
use signature::{Keypair, Signer, Verifier};
use spki::SubjectPublicKeyInfoRef;
use x509_cert::attr::Attributes;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::KeyUsage;
use x509_cert::request::Version;

use crate::asn1::{self, ECDSA_WITH_SHA256};
use crate::certificate::{KEY_USAGE, usage_names};
use crate::input;
use crate::key::{KeyError, PublicKey};
use crate::name::DistinguishedName;
use crate::pem;
use crate::signed::{self, RequestInfo, Signed};
use crate::subject::Subject;

/// A certificate signing request for a P-256 key.
///
/// The DER is kept as it came, so that digests and signatures are checked over the very bytes that were sent. Reading one
/// does not check its signature: [`Self::verify`] does, and a certificate authority always calls it.
#[derive(Clone)]
pub struct CertificateRequest {
    der: Vec<u8>,
    subject: DistinguishedName,
    public_key: PublicKey,
    key_usage: Option<KeyUsage>,
    signature: Signature,
    null_parameters: bool,
}

impl CertificateRequest {
    /// Makes a request for a local key and signs it with that key.
    ///
    /// # Errors
    /// [`CsrError::Signing`] where the key cannot sign.
    pub fn create<K>(subject: &Subject, key: &K) -> Result<Self, CsrError>
    where
        K: Signer<Signature> + Keypair<VerifyingKey = PublicKey>,
    {
        let subject = subject.to_der()?;
        let spki = key.verifying_key().to_spki_der();
        let info = RequestInfo {
            version: Version::V1,
            subject: AnyRef::from_der(&subject)?,
            public_key: SubjectPublicKeyInfoRef::from_der(&spki)?,
            attributes: Attributes::default(),
        };
        Self::from_der(&signed::sign(&info, key)?)
    }

    /// Reads DER. The NULL parameter that every nRF91 modem puts into ecdsa-with-SHA256, against RFC 5758 section 3.2, is
    /// accepted.
    ///
    /// # Errors
    /// [`CsrError::Der`] for what is not a request, [`CsrError::Key`] for one whose key is not P-256,
    /// [`CsrError::Algorithm`] for one that is signed with something other than ECDSA with SHA-256,
    /// [`CsrError::ExtensionRequest`] for one whose wished-for extensions are not what they say.
    pub fn from_der(der: &[u8]) -> Result<Self, CsrError> {
        let request = Signed::from_der(der)?;
        let info: RequestInfo<'_> = request.body.decode_as()?;
        let public_key = PublicKey::from_spki(&info.public_key)?;
        let algorithm = request.algorithm;
        if algorithm.oid != ECDSA_WITH_SHA256 {
            return Err(CsrError::Algorithm(algorithm.oid.to_string()));
        }
        let null_parameters = match algorithm.parameters {
            None => false,
            Some(parameters) if parameters.is_null() => true,
            Some(_) => return Err(CsrError::Parameters),
        };
        let signature = request.signature.as_bytes().ok_or(CsrError::SignatureForm)?;
        Ok(Self {
            der: der.to_vec(),
            subject: DistinguishedName::read(info.subject)?,
            public_key,
            key_usage: key_usage(&info.attributes).map_err(CsrError::ExtensionRequest)?,
            signature: Signature::from_der(signature).map_err(|_| CsrError::SignatureForm)?,
            null_parameters,
        })
    }

    /// Reads PEM (`CERTIFICATE REQUEST`), with every repair of [`input::load`].
    ///
    /// # Errors
    /// [`CsrError::Input`] where there is no request in the text.
    pub fn from_pem(text: &str) -> Result<Self, CsrError> {
        let input = input::load(text.as_bytes())?;
        Ok(input.certificate_request()?.clone())
    }

    /// The request as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// PEM, LF line ends and a final line break.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode("CERTIFICATE REQUEST", &self.der)
    }

    /// The key for which a certificate is asked.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.public_key
    }

    /// The name that is asked for.
    #[must_use]
    pub fn subject(&self) -> &DistinguishedName {
        &self.subject
    }

    /// The common name that is asked for: on modems the device UUID, unless the host gave another.
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        self.subject.common_name()
    }

    /// The key usages (RFC 5280 section 4.2.1.3) that are asked for, by their names, or `None` where none are. A
    /// certificate authority here does not follow the wish; the profile says what a certificate has.
    #[must_use]
    pub fn key_usage(&self) -> Option<Vec<&'static str>> {
        self.key_usage.as_ref().map(usage_names)
    }

    /// Whether the signature algorithm carries the NULL parameter of the nRF91 modems.
    #[must_use]
    pub fn has_null_parameters(&self) -> bool {
        self.null_parameters
    }

    /// Checks that whoever made the request holds the private key (proof of possession).
    ///
    /// # Errors
    /// [`CsrError::Possession`] where the signature does not verify.
    pub fn verify(&self) -> Result<(), CsrError> {
        self.public_key
            .verify(asn1::signed_part(&self.der)?, &self.signature)
            .map_err(|_| CsrError::Possession)
    }
}

impl Debug for CertificateRequest {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateRequest")
            .field("subject", &self.subject)
            .field("public_key", &self.public_key)
            .field("null_parameters", &self.null_parameters)
            .finish_non_exhaustive()
    }
}

impl PartialEq for CertificateRequest {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for CertificateRequest {}

/// The key usage in the extensionRequest (RFC 2985 section 5.4.2), where there is one.
fn key_usage(attributes: &Attributes) -> der::Result<Option<KeyUsage>> {
    let requests = attributes.iter().filter(|attribute| attribute.oid == EXTENSION_REQUEST);
    for value in requests.flat_map(|attribute| attribute.values.iter()) {
        let extensions: Vec<Extension> = value.decode_as()?;
        if let Some(usage) = extensions.iter().find(|extension| extension.extn_id == KEY_USAGE) {
            return KeyUsage::from_der(usage.extn_value.as_bytes()).map(Some);
        }
    }
    Ok(None)
}

const EXTENSION_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");

/// Why a request could not be read, made or trusted.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CsrError {
    /// Not a PKCS#10 request.
    #[error("not a valid certificate request: {0}")]
    Der(#[from] der::Error),
    /// The key in it cannot be used.
    #[error("the key of the certificate request cannot be used: {0}")]
    Key(#[from] KeyError),
    /// The extensions that it asks for are not what they say.
    #[error("the extension request of the certificate request is not valid: {0}")]
    ExtensionRequest(der::Error),
    /// Signed with something else.
    #[error("the certificate request is signed with the algorithm {0}, not with ecdsa-with-SHA256")]
    Algorithm(String),
    /// ecdsa-with-SHA256 with parameters other than NULL.
    #[error("the signature algorithm of the certificate request has parameters")]
    Parameters,
    /// The signature is not a DER ECDSA signature.
    #[error("the signature of the certificate request is not an ECDSA signature")]
    SignatureForm,
    /// The signature does not verify.
    #[error("the certificate request is not signed by its own key: no proof of possession")]
    Possession,
    /// The key could not sign.
    #[error("the key cannot sign the certificate request: {0}")]
    Signing(String),
    /// No request in the text.
    #[error(transparent)]
    Input(#[from] input::InputError),
}
