//! The cloud's own key: it signs evaluation tokens, and is the authority behind the certificates that the cloud makes.

use std::{
    sync::{Mutex, OnceLock},
    time::SystemTime,
};

use jwt_core::{Claims, Header};
use pki::{
    ca::{CaParams, CertificateAuthority, DeviceCertRequest},
    certificate::Certificate,
    key::PrivateKey,
};
use serde::{Deserialize, Serialize};

use crate::{cloud::lock, credential::PublicKey, store::Store};

/// How it is called in the state file.
pub(crate) const KIND: &str = "authority";

const SUBJECT: &str = "/C=NO/O=Simulated nRF Cloud/CN=Simulated nRF Cloud CA";

/// The authority, made when it is first needed: the cryptography beneath gathers its randomness then, for which a start
/// would have to wait 30 ms.
pub(crate) struct Signer {
    authority: OnceLock<Authority>,
    making: Mutex<()>,
    now: SystemTime,
}

impl Signer {
    /// With the authority of a state file, if there is one. `now` is the beginning of the life of one made later.
    pub(crate) fn new(found: Option<Authority>, now: SystemTime) -> Self {
        Self { authority: found.map(OnceLock::from).unwrap_or_default(), making: Mutex::default(), now }
    }

    pub(crate) fn get(&self, store: &Store) -> Result<&Authority, AuthorityError> {
        let _alone = lock(&self.making);
        if let Some(authority) = self.authority.get() {
            return Ok(authority);
        }
        let authority = Authority::create(self.now)?;
        store.put(KIND, "ca", &authority.kept());
        Ok(self.authority.get_or_init(|| authority))
    }
}

pub(crate) struct Authority {
    ca: CertificateAuthority,
    verifier: PublicKey,
}

/// In the state file: whoever has the file has the cloud.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Kept {
    key: String,
    certificate: String,
}

/// A key with the certificate that the cloud made for it.
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) private_key: String,
}

/// The cryptography beneath failed, or there are no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct AuthorityError(String);

impl Authority {
    fn create(now: SystemTime) -> Result<Self, AuthorityError> {
        let subject = SUBJECT.parse().map_err(error)?;
        let key = PrivateKey::generate().map_err(error)?;
        Self::of(CertificateAuthority::create(&CaParams::new(subject), key, now).map_err(error)?)
    }

    pub(crate) fn load(kept: &Kept, now: SystemTime) -> Result<Self, AuthorityError> {
        let certificate = Certificate::from_pem(&kept.certificate).map_err(error)?;
        let key = private_key(&kept.key)?;
        Self::of(CertificateAuthority::load(certificate, key, now).map_err(error)?)
    }

    fn of(ca: CertificateAuthority) -> Result<Self, AuthorityError> {
        let verifier = verifier(ca.key())?;
        Ok(Self { ca, verifier })
    }

    fn kept(&self) -> Kept {
        Kept { key: self.ca.key().to_pkcs8_pem().to_string(), certificate: self.ca.certificate().to_pem() }
    }

    /// What evaluation tokens are verified with.
    pub(crate) fn verifier(&self) -> &PublicKey {
        &self.verifier
    }

    /// A token of the cloud's own.
    pub(crate) fn sign(&self, claims: &Claims<'_>) -> Result<String, AuthorityError> {
        sign(claims, self.ca.key())
    }

    /// The authority's certificate, in PEM.
    pub(crate) fn certificate(&self) -> String {
        self.ca.certificate().to_pem()
    }

    /// A new key and a certificate whose common name is `id`.
    pub(crate) fn identity(&self, id: &str, now: SystemTime) -> Result<Identity, AuthorityError> {
        let key = PrivateKey::generate().map_err(error)?;
        let request = DeviceCertRequest::new(id, key.public_key());
        let certificate = self.ca.issue(&request, now).map_err(error)?;
        Ok(Identity { certificate: certificate.to_pem(), private_key: key.to_pkcs8_pem().to_string() })
    }
}

/// A new key in PEM, and what verifies what it signs.
pub(crate) fn service_key() -> Result<(PrivateKey, PublicKey), AuthorityError> {
    let key = PrivateKey::generate().map_err(error)?;
    let verifier = verifier(&key)?;
    Ok((key, verifier))
}

pub(crate) fn sign(claims: &Claims<'_>, key: &PrivateKey) -> Result<String, AuthorityError> {
    jwt_core::sign_to_string(&Header::new(), claims, key).map_err(error)
}

fn private_key(pem: &str) -> Result<PrivateKey, AuthorityError> {
    let input = pki::input::load(pem.as_bytes()).map_err(error)?;
    input.private_key().cloned().map_err(error)
}

fn verifier(key: &PrivateKey) -> Result<PublicKey, AuthorityError> {
    let point = key.public_key();
    PublicKey::from_point(point.sec1_point()).ok_or_else(|| error("a key of our own is not on the curve"))
}

fn error(error: impl std::fmt::Display) -> AuthorityError {
    AuthorityError(error.to_string())
}
