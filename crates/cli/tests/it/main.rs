//! The real command, with the real simulators, seen from outside.

#![expect(clippy::unwrap_used, reason = "a test ends where its ground gives way")]

mod agnss;
mod bad_input;
mod bulk;
mod ca;
mod cert;
mod device;
mod files;
mod jwt;
mod key;
mod modem;
mod output;
mod pgps;
mod readme;
mod secrets;
mod sim;
mod support;
