//! Sessions over a real pseudo-terminal, with a kit whose every answer is written here.
#![cfg(all(unix, feature = "serial"))]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod budget;
mod credentials;
mod dialects;
mod every_byte;
mod finding;
mod kit;
mod lost;
#[path = "../support/messages.rs"]
mod messages;
mod network;
mod offline;
mod questions;
mod replays;
mod shell;
mod zephyr;
