//! The real command, with the real simulators, seen from outside.

#![expect(clippy::unwrap_used, reason = "a test ends where its ground gives way")]

mod agnss;
mod bad_input;
mod bulk;
mod ca;
mod cert;
mod device;
mod doctor;
mod explain;
mod files;
mod jwt;
mod key;
mod killing;
mod modem;
mod output;
mod pain;
mod passphrase;
mod pgps;
mod profile;
mod provision;
mod readme;
mod resume;
mod secrets;
mod shells;
mod sim;
mod slots;
mod support;
mod terminal;
