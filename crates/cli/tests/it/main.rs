//! The real command, with the real simulators, seen from outside.

#![expect(clippy::unwrap_used, reason = "a test ends where its ground gives way")]

mod account;
mod agnss;
mod bad_input;
mod bulk;
mod ca;
mod cert;
mod claim;
mod device;
mod doctor;
mod explain;
mod files;
mod fleet;
mod fota;
mod header;
mod jwt;
mod key;
mod killing;
mod ledger;
mod location;
mod message;
mod modem;
mod organization;
mod output;
mod pain;
mod passphrase;
mod pgps;
mod profile;
mod provision;
mod readme;
mod resume;
mod retry;
mod secrets;
mod shells;
mod sim;
mod slots;
mod support;
mod terminal;
