//! The kit on its port, driven with nothing but files and sockets.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says what it left out"
)]

mod faults;
mod host;
mod modes;
mod port;
mod serial;
mod state;
#[path = "../support/vectors.rs"]
mod vectors;
