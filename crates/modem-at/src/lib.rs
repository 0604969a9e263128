#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "std")]
pub mod cancel;
pub mod clock;
pub mod cme;
pub mod command;
pub mod credential;
pub mod dialect;
pub mod engine;
#[cfg(feature = "std")]
pub mod error;
pub mod functional_mode;
pub mod identity;
pub mod jwt;
pub mod keygen;
#[cfg(feature = "std")]
pub mod modem;
pub mod network;
#[cfg(feature = "std")]
pub mod options;
#[cfg(feature = "serial")]
pub mod ports;
mod redact;
pub mod reply;
pub mod secret;
#[cfg(feature = "std")]
pub mod transcript;
#[cfg(feature = "std")]
pub mod transport;

#[cfg(feature = "std")]
pub use cancel::Cancel;
pub use clock::{ModemTime, ModemTimeError};
pub use cme::CmeCode;
pub use command::{Command, CommandError, Terminator};
pub use credential::{
    CertificateValidity, CredentialEntry, CredentialType, SecTag, SecTagError, SecTagRange, Sha256Digest,
    Sha256DigestError, TextVariant,
};
pub use dialect::{Dialect, DialectError};
pub use engine::{Engine, Event, FinalResult, Line, Silence};
#[cfg(feature = "std")]
pub use error::{Error, Heard, Refusal};
pub use functional_mode::{FunctionalMode, FunctionalModeError};
pub use identity::{DeviceUuid, DeviceUuidError, FirmwareUuid, Imei, ImeiError};
pub use jwt::{JwtKeyType, JwtRequest, Lifetime};
pub use keygen::{KeyUsage, KeyUsageError, KeygenRequest, KeygenResponse};
#[cfg(feature = "std")]
pub use modem::{Modem, Offline};
pub use network::{Operator, Registration, RegistrationStatus, ServingCell};
#[cfg(feature = "std")]
pub use options::Options;
#[cfg(feature = "serial")]
pub use ports::PortSelector;
pub use reply::{ErrorReporting, ReplyError};
pub use secret::{AttestationToken, CredentialContent};
#[cfg(feature = "std")]
pub use transcript::{Direction, Transcript};
#[cfg(feature = "serial")]
pub use transport::serial::SerialTransport;
#[cfg(feature = "std")]
pub use transport::{
    FlowControl, Holder, Transport, TransportError, replay::Replay, rfc2217::Rfc2217Transport,
    tcp::TcpTransport,
};
