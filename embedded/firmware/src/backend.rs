//! The two back ends, so that all else is written once.

use core::fmt;

use jwt_core::{Signature, Signer, Verifier};

/// Keys as `jwt-core` takes them.
pub trait Backend {
    /// The private key.
    type SigningKey: Signer<Signature> + fmt::Debug;
    /// The public key.
    type VerifyingKey: Verifier<Signature>;

    /// From the scalar, or `None` if it is out of range.
    fn signing_key(scalar: &[u8; 32]) -> Option<Self::SigningKey>;

    /// The public key of a private one.
    fn public(key: &Self::SigningKey) -> Self::VerifyingKey;

    /// From a point, or `None` if it has another form or is not on the curve.
    fn verifying_key(point: &[u8]) -> Option<Self::VerifyingKey>;

    /// The uncompressed point.
    fn point(key: &Self::VerifyingKey) -> [u8; 65];
}

/// RustCrypto's p256: `jwt_core::key::p256`.
#[derive(Debug)]
pub struct P256;

impl Backend for P256 {
    type SigningKey = jwt_core::key::p256::SigningKey;
    type VerifyingKey = jwt_core::key::p256::VerifyingKey;

    fn signing_key(scalar: &[u8; 32]) -> Option<Self::SigningKey> {
        Self::SigningKey::from_scalar(scalar).ok()
    }

    fn public(key: &Self::SigningKey) -> Self::VerifyingKey {
        *key.verifying_key()
    }

    fn verifying_key(point: &[u8]) -> Option<Self::VerifyingKey> {
        Self::VerifyingKey::from_sec1_point(point).ok()
    }

    fn point(key: &Self::VerifyingKey) -> [u8; 65] {
        key.to_sec1_point()
    }
}

/// The assembly: `es256-cortex-m`.
#[derive(Debug)]
pub struct Assembly;

impl Backend for Assembly {
    type SigningKey = es256_cortex_m::SigningKey;
    type VerifyingKey = es256_cortex_m::VerifyingKey;

    fn signing_key(scalar: &[u8; 32]) -> Option<Self::SigningKey> {
        Self::SigningKey::from_scalar(scalar).ok()
    }

    fn public(key: &Self::SigningKey) -> Self::VerifyingKey {
        key.verifying_key()
    }

    fn verifying_key(point: &[u8]) -> Option<Self::VerifyingKey> {
        Self::VerifyingKey::from_sec1_point(point).ok()
    }

    fn point(key: &Self::VerifyingKey) -> [u8; 65] {
        key.to_sec1_point()
    }
}
