#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
mod admin;
mod alerts;
mod api_error;
mod assistance;
mod association;
mod auth;
mod authority;
mod beginning;
mod body;
mod builder;
mod bulk;
mod clock;
mod cloud;
mod credential;
mod devices;
mod fault;
mod files;
mod firmware;
mod fota;
mod location;
mod messages;
mod onboarding;
mod openapi;
mod page;
mod provisioning;
mod query;
mod random;
mod refusal;
mod registry;
mod routes;
mod server;
mod store;
mod team;
mod team_device;
mod ulid;
mod usage;

pub use builder::{Builder, ErrorFileFormat, StartError};
pub use fault::{Fault, FaultError, FaultReport};
/// Its keys and UUIDs stand in [`Builder::identity`].
pub use pki;
pub use provisioning::play::{DeviceAnswer, DeviceCommand};
pub use refusal::Refusal;
pub use server::CloudSim;
pub use team::{Limits, Plan, Role, Team, TeamAccess};
