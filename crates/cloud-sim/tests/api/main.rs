//! The simulator from outside: real sockets, a plain HTTP client, and nothing of this project's own client.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which fail where they cannot go on")]

mod account;
mod agnss;
mod alerts;
mod association;
mod auth;
mod bulk;
mod devices;
mod faults;
mod firmware;
mod fota;
mod guide;
mod location;
mod messages;
mod modem;
mod page;
mod provisioning;
mod service;
mod shadow;
mod shapes;
#[cfg(feature = "state")]
mod state;
mod support;
mod team_device;
mod teams;
mod tokens;
mod uploads;
