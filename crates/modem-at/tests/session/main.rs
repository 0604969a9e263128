//! Sessions over a real pseudo-terminal, with a kit whose every answer is written here.
#![cfg(all(unix, feature = "serial"))]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod credentials;
mod finding;
mod kit;
mod offline;
mod questions;
