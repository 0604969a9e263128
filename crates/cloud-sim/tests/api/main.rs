//! The simulator from outside: real sockets, a plain HTTP client, and nothing of this project's own client.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which fail where they cannot go on")]

mod agnss;
mod auth;
mod bulk;
mod devices;
mod guide;
mod service;
mod support;
mod uploads;
