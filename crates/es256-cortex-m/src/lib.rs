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
mod integer;
mod nonce;
#[cfg(target_os = "none")]
mod signing;
#[cfg(target_os = "none")]
mod verifying;

#[cfg(target_os = "none")]
pub use signing::SigningKey;
#[cfg(target_os = "none")]
pub use verifying::VerifyingKey;

pub use jwt_core::key::{KeyError, POINT_LEN, SPKI_LEN};
pub use jwt_core::{Signature, Signer, Verifier, signature};
