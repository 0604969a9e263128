//! The two back ends, so that all else is written once.

use core::fmt;

use jwt_core::key::{KeyError, POINT_LEN, SPKI_LEN};
use jwt_core::nrfcloud::KeyId;
use jwt_core::{Signature, Signer, Verifier, signature::Keypair};

/// Keys as `jwt-core` takes them.
pub trait Backend {
    /// The private key.
    type SigningKey: Signer<Signature> + Keypair<VerifyingKey = Self::VerifyingKey> + fmt::Debug;
    /// The public key.
    type VerifyingKey: Verifier<Signature> + Eq + fmt::Debug + Clone;

    /// From the scalar, or `None` if it is out of range.
    fn signing_key(scalar: &[u8; 32]) -> Option<Self::SigningKey>;

    /// The public key of a private one.
    fn public(key: &Self::SigningKey) -> Self::VerifyingKey {
        key.verifying_key()
    }

    /// From a point, or `None` if it has another form or is not on the curve.
    fn verifying_key(point: &[u8]) -> Option<Self::VerifyingKey>;

    /// From a DER SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`KeyError`] if it is anything else than P-256 with an uncompressed point.
    fn from_spki(der: &[u8]) -> Result<Self::VerifyingKey, KeyError>;

    /// The uncompressed point, the DER SubjectPublicKeyInfo, and the key's ID.
    fn forms(key: &Self::VerifyingKey) -> ([u8; POINT_LEN], [u8; SPKI_LEN], KeyId);

    /// The uncompressed point.
    fn point(key: &Self::VerifyingKey) -> [u8; POINT_LEN] {
        Self::forms(key).0
    }
}

/// RustCrypto's p256: `jwt_core::key::p256`.
#[derive(Debug)]
pub struct P256;

/// The assembly: `es256-cortex-m`.
#[derive(Debug)]
pub struct Assembly;

/// The same text for each: a back end is two types, and nothing else changes.
macro_rules! backend {
    ($name:ident, $signing_key:ty, $verifying_key:ty) => {
        impl Backend for $name {
            type SigningKey = $signing_key;
            type VerifyingKey = $verifying_key;

            fn signing_key(scalar: &[u8; 32]) -> Option<Self::SigningKey> {
                Self::SigningKey::from_scalar(scalar).ok()
            }

            fn verifying_key(point: &[u8]) -> Option<Self::VerifyingKey> {
                Self::VerifyingKey::from_sec1_point(point).ok()
            }

            fn from_spki(der: &[u8]) -> Result<Self::VerifyingKey, KeyError> {
                Self::VerifyingKey::from_spki_der(der)
            }

            fn forms(key: &Self::VerifyingKey) -> ([u8; POINT_LEN], [u8; SPKI_LEN], KeyId) {
                (key.to_sec1_point(), key.to_spki_der(), key.key_id())
            }
        }
    };
}

backend!(P256, jwt_core::key::p256::SigningKey, jwt_core::key::p256::VerifyingKey);
backend!(Assembly, es256_cortex_m::SigningKey, es256_cortex_m::VerifyingKey);
