#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod account;
pub mod agnss;
pub mod assistance;
pub mod bulk;
pub mod client;
pub mod credentials;
pub mod devices;
pub mod error;
pub mod firmware_type;
pub mod identifier;
mod json;
pub mod onboarding;
pub mod page;
pub mod retry;

pub use client::{Client, Timeouts};
pub use credentials::{ApiKey, Credentials, Token};
pub use error::{Error, NrfCode, ServiceError};
pub use firmware_type::FirmwareType;
pub use identifier::{BulkOpId, DeviceId, SubType, Tag};
pub use retry::RetryPolicy;
pub use url::Url;
