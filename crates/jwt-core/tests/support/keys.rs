//! The key of the fixtures, in the back end that this build has.

#[cfg(not(feature = "p256"))]
use jwt_core::key::aws_lc as backend;
#[cfg(feature = "p256")]
use jwt_core::key::p256 as backend;

pub(crate) fn key() -> backend::SigningKey {
    backend::SigningKey::from_scalar(&[7; 32]).expect("the scalar is in range")
}
