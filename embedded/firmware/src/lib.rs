//! What the images have in common. Each of `src/bin/` is one: two that run every vector, four whose flash, stack and instructions
//! are counted.

#![no_std]

pub mod backend;
pub mod console;
pub mod image;
pub mod meter;
pub mod stack;
pub mod vectors;

use core::panic::PanicInfo;

/// Without a message, which would bring formatting into every image; the console tells how far it came.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    console::line(&["FAILED: panicked"]);
    console::exit(false)
}
