//! Runs every vector on RustCrypto's p256.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use firmware::vectors;

#[entry]
fn main() -> ! {
    vectors::run_p256()
}
