#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
mod api_error;
mod assistance;
mod auth;
mod body;
mod builder;
mod bulk;
mod clock;
mod cloud;
mod credential;
mod devices;
mod location;
mod onboarding;
mod query;
mod random;
mod refusal;
mod registry;
mod routes;
mod server;

pub use builder::{Builder, ErrorFileFormat, StartError};
pub use refusal::Refusal;
pub use server::CloudSim;
