//! Runs every vector on the assembly.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use firmware::vectors;

#[entry]
fn main() -> ! {
    vectors::run_assembly()
}
