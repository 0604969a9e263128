//! What the fuzz targets share: one key for all, and tokens signed with it.

#![forbid(unsafe_code)]

use base64::engine::{Engine, general_purpose::URL_SAFE_NO_PAD};
use jwt_core::key::aws_lc;
use jwt_core::{Signature, Signer};

/// The private key: no fixture is signed with it.
pub const SCALAR: [u8; 32] = [9; 32];

/// The fastest key there is: signing must not be what the fuzzer does most of the time.
pub fn key() -> aws_lc::SigningKey {
    aws_lc::SigningKey::from_scalar(&SCALAR).expect("9, 32 times, is below the order of the curve")
}

pub fn base64url(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// A token with a right signature, whatever stands before it.
pub fn signed(key: &aws_lc::SigningKey, signing_input: &str) -> String {
    let signature: Signature = key.sign(signing_input.as_bytes());
    format!("{signing_input}.{}", base64url(&signature.to_bytes()))
}
