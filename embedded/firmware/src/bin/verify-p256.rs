//! Signs and verifies with RustCrypto's p256.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use firmware::{backend::P256, image};

#[entry]
fn main() -> ! {
    image::sign_and_verify::<P256>()
}
