#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod clock;
pub mod cme;
pub mod command;
pub mod credential;
pub mod engine;
#[cfg(feature = "std")]
pub mod error;
pub mod functional_mode;
pub mod identity;
pub mod jwt;
#[cfg(feature = "std")]
pub mod modem;
pub mod network;
#[cfg(feature = "serial")]
pub mod ports;
mod redact;
pub mod reply;
pub mod secret;
#[cfg(feature = "std")]
pub mod transcript;
#[cfg(feature = "std")]
pub mod transport;

pub use clock::{ModemTime, ModemTimeError};
pub use cme::CmeCode;
pub use command::{Command, CommandError, Terminator};
pub use credential::{
    CredentialEntry, CredentialType, KeygenResponse, SecTag, SecTagError, SecTagRange, Sha256Digest,
    Sha256DigestError, TextVariant,
};
pub use engine::{Engine, Event, FinalResult, Line, Silence};
#[cfg(feature = "std")]
pub use error::{Error, Heard, Refusal};
pub use functional_mode::{FunctionalMode, FunctionalModeError};
pub use identity::{DeviceUuid, DeviceUuidError, Imei, ImeiError};
pub use jwt::{JwtKeyType, JwtRequest, Lifetime};
#[cfg(feature = "serial")]
pub use modem::Options;
#[cfg(feature = "std")]
pub use modem::{Modem, Offline};
pub use network::{Registration, ServingCell};
pub use reply::ReplyError;
pub use secret::{AttestationToken, CredentialContent};
#[cfg(feature = "std")]
pub use transcript::{Direction, Transcript};
#[cfg(feature = "serial")]
pub use transport::serial::{FlowControl, SerialTransport};
#[cfg(feature = "std")]
pub use transport::{Transport, TransportError};
