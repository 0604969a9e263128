#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod account;
pub mod agnss;
pub mod alerts;
pub mod assistance;
pub mod association;
pub mod bulk;
pub mod client;
pub mod credentials;
pub mod devices;
pub mod error;
pub mod firmware;
pub mod firmware_type;
pub mod fota;
pub mod gps_time;
pub mod identifier;
mod json;
pub mod location;
pub mod messages;
pub mod onboarding;
pub mod page;
pub mod parameter;
pub mod pgps;
mod poll;
pub mod prediction;
pub mod provisioning;
pub mod retry;
pub mod scope;
pub mod service;
pub mod team_device;
pub mod uploads;

pub use client::{Client, Timeouts};
pub use credentials::{ApiKey, Credentials, JwtSource, OrganizationToken, Token};
pub use error::{Error, NrfCode, ServiceError};
pub use firmware_type::FirmwareType;
pub use identifier::{BulkOpId, BundleId, DeviceId, OrganizationSlug, ProjectSlug, SubType, Tag, Uuid};
pub use retry::RetryPolicy;
pub use scope::{Project, Scope};
pub use url::Url;
