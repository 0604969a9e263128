#![doc = include_str!("../README.md")]
#![no_std]
#![deny(unsafe_code)]

// What needs no assembly is tested on a host; nothing else can be built there.
#[cfg(not(any(test, all(target_arch = "arm", target_os = "none"))))]
compile_error!(
    "es256-cortex-m is made of Cortex-M assembly: build with `--target thumbv8m.main-none-eabi` (M33) or \
     `--target thumbv7em-none-eabi` (M4, M7), or use `jwt_core::key::p256`"
);

#[cfg(target_os = "none")]
#[expect(
    unsafe_code,
    reason = "this module makes the assembly's functions safe to call, and does nothing else"
)]
mod assembly;
mod error;
mod integer;
mod nonce;
#[cfg(target_os = "none")]
mod signing;
#[cfg(target_os = "none")]
mod verifying;

pub use error::KeyError;
#[cfg(target_os = "none")]
pub use signing::SigningKey;
#[cfg(target_os = "none")]
pub use verifying::VerifyingKey;

pub use p256::ecdsa::Signature;
pub use signature::{self, Signer, Verifier};

/// An uncompressed point: `04 || x || y` (SEC 1 section 2.3.3).
pub const POINT_LEN: usize = 65;
