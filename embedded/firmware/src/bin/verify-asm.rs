//! Signs and verifies with the assembly.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use firmware::{backend::Assembly, image};

#[entry]
fn main() -> ! {
    image::sign_and_verify::<Assembly>()
}
