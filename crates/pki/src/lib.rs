#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod attest;
pub mod batch;
pub mod ca;
pub mod certificate;
pub mod chain;
pub mod cose;
pub mod csr;
pub mod device_id;
pub mod identity;
pub mod input;
pub mod key;
pub mod keygen;
pub mod lint;
pub mod name;
pub mod subject;

mod asn1;
mod base64;
mod hex;
mod pem;
mod signed;

/// What errors and object identifiers of the public API are made of.
pub use der;
/// The ECDSA P-256 signature (r and s) that every signer and verifier here speaks.
pub use p256::ecdsa::Signature;
pub use signature;
pub use zeroize;
