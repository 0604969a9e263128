//! A-GNSS payloads and P-GPS files: the decoders and the encoders against recorded data, damaged data, and any
//! bytes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a helper of a test fails by panicking, and says on stderr what it skips"
)]

mod agnss;
mod elements;
mod encode;
mod pgps;
mod vectors;
