//! The client against a small HTTP server on loopback, byte by byte.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a helper of a test fails by panicking, and says on stderr what it skips"
)]

mod assistance;
mod bulk;
mod captured;
mod failures;
mod fota;
mod operations;
mod pages;
mod predictions;
mod provisioning;
mod ranges;
mod reading;
mod retrying;
mod scope;
mod server;
mod tls;
mod uploads;
