//! Keys by RustCrypto's `p256`: no operating system, signatures by RFC 6979.

use ::p256::ecdsa;
use signature::{Error, Signer, Verifier};

use super::forms::{from_files, key_traits, public_forms};
use super::{KeyError, POINT_LEN};
use crate::Signature;

/// A private key. It signs deterministically (RFC 6979), and its scalar is wiped when it is dropped.
#[derive(Clone)]
pub struct SigningKey {
    inner: ecdsa::SigningKey,
    public: VerifyingKey,
}

impl SigningKey {
    /// From the private scalar, big-endian.
    ///
    /// # Errors
    /// [`KeyError::Scalar`] if it is zero or not below the order of the curve.
    pub fn from_scalar(scalar: &[u8; 32]) -> Result<Self, KeyError> {
        let inner = ecdsa::SigningKey::from_slice(scalar).map_err(|_| KeyError::Scalar)?;
        let public = VerifyingKey { inner: *inner.verifying_key() };
        Ok(Self { inner, public })
    }

    /// The public key.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    from_files!();
}

impl Signer<Signature> for SigningKey {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, Error> {
        self.inner.try_sign(message)
    }
}

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    inner: ecdsa::VerifyingKey,
}

impl VerifyingKey {
    /// From an uncompressed point of [`POINT_LEN`] bytes (SEC 1 section 2.3.3).
    ///
    /// # Errors
    /// [`KeyError::Point`] if it has another form or is not on the curve.
    pub fn from_sec1_point(point: &[u8]) -> Result<Self, KeyError> {
        if point.len() != POINT_LEN {
            return Err(KeyError::Point);
        }
        let inner = ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| KeyError::Point)?;
        Ok(Self { inner })
    }

    /// The uncompressed point.
    #[must_use]
    pub fn to_sec1_point(&self) -> [u8; POINT_LEN] {
        let mut point = [0; POINT_LEN];
        point.copy_from_slice(self.inner.to_sec1_point(false).as_bytes());
        point
    }

    public_forms!();
}

impl Verifier<Signature> for VerifyingKey {
    fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), Error> {
        self.inner.verify(message, signature)
    }
}

key_traits!();
