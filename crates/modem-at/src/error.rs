//! Why a session with a modem failed.

use std::fmt;
use std::time::Duration;

use crate::cme::CmeCode;
use crate::command::CommandError;
use crate::credential::{CredentialType, SecTag, Sha256Digest, TextVariant};
use crate::dialect::Dialect;
use crate::engine::Silence;
#[cfg(feature = "serial")]
use crate::ports::SelectError;
use crate::reply::ReplyError;
use crate::transport::TransportError;

/// An error of [`Modem`](crate::Modem). Commands are shown without the contents of credentials.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The port could not be opened, or went away.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The port that is meant is not exactly one.
    #[cfg(feature = "serial")]
    #[error(transparent)]
    Select(#[from] SelectError),
    /// The command cannot be sent.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// Nobody on the port answered `AT`, however it was ended.
    #[error("nothing on port `{port}` answered AT within {} ms: {heard}", waited.as_millis())]
    NoAnswer {
        /// The port.
        port: String,
        /// How long was tried.
        waited: Duration,
        /// What came instead.
        heard: Heard,
    },
    /// No final result came in time.
    #[error("no answer to {command} within {} s: {silence}", waited.as_secs_f32())]
    Timeout {
        /// The command.
        command: String,
        /// Its time-out.
        waited: Duration,
        /// What came instead.
        silence: Silence,
    },
    /// The modem said no.
    #[error("the modem refused {command}: {refusal}")]
    Refused {
        /// The command.
        command: String,
        /// How it said so.
        refusal: Refusal,
    },
    /// The shell is done with the command, and there was no final result.
    #[error("the shell came back from {command} without a result")]
    NoResult {
        /// The command.
        command: String,
    },
    /// The shell did not send back all that it was sent; the command was taken back before its end was sent.
    #[error(
        "the shell echoed {echoed} of {length} characters of {command}: the line is longer than it takes, or some were lost"
    )]
    EchoLost {
        /// The command.
        command: String,
        /// How many characters came back, white space not counted.
        echoed: usize,
        /// How many were sent, white space not counted.
        length: usize,
    },
    /// The command of a shell without AT said something else than that it is done.
    #[error("the shell refused {command}: {answer}")]
    ShellRefused {
        /// The command.
        command: String,
        /// What it said, cut at 200 characters.
        answer: String,
    },
    /// This dialect has no such thing.
    #[error("{dialect} has no {what}")]
    Unsupported {
        /// What the kit speaks.
        dialect: Dialect,
        /// What was asked for.
        what: &'static str,
    },
    /// It was [cancelled](crate::Cancel).
    #[error("cancelled")]
    Cancelled,
    /// `OK` came, but the lines before it are not the answer.
    #[error("the answer to {command} is damaged: {source}")]
    Reply {
        /// The command.
        command: String,
        /// What is wrong with it.
        source: ReplyError,
    },
    /// The kit printed its boot banner instead of an answer.
    #[error("the kit restarted during {command}")]
    Restarted {
        /// The command.
        command: String,
    },
    /// A write was confirmed with `OK`, but the slot does not hold what was written.
    #[error(
        "sec_tag {sec_tag}, type {credential_type}: the modem holds {found}, written was {expected}{}",
        match variant {
            Some(variant) => format!("; it holds the same text {variant}"),
            None => String::new(),
        }
    )]
    WrittenDiffers {
        /// The slot.
        sec_tag: SecTag,
        /// The slot.
        credential_type: CredentialType,
        /// SHA-256 of what was sent.
        expected: Sha256Digest,
        /// SHA-256 of what is stored.
        found: Sha256Digest,
        /// The other spelling of the text that is stored, if it is one.
        variant: Option<TextVariant>,
    },
    /// A write was confirmed with `OK`, but cannot be confirmed by its hash.
    #[error("sec_tag {sec_tag}, type {credential_type}: written, but the modem lists {}", match listed {
        true => "it without a SHA-256",
        false => "no such credential",
    })]
    WrittenUnconfirmed {
        /// The slot.
        sec_tag: SecTag,
        /// The slot.
        credential_type: CredentialType,
        /// Whether the slot is in the list at all.
        listed: bool,
    },
    /// The token was asked to expire, but the modem's clock is not set, so it has neither `iat` nor `exp`.
    #[error("the modem has no valid time, so its token has no `exp`")]
    NoModemTime,
    /// Neither `%DEVICEUUID` nor the `iss` of a token of the identity key gave a UUID.
    #[error("the modem's token has no device UUID in `iss`")]
    NoDeviceUuid,
}

impl Error {
    /// The number of a `+CME ERROR`, if that is what the error is.
    #[must_use]
    pub const fn cme_code(&self) -> Option<CmeCode> {
        match self {
            Self::Refused { refusal: Refusal::Cme(code), .. } => Some(*code),
            _ => None,
        }
    }
}

/// How a modem says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// `ERROR`: for example a command that it does not know.
    Error,
    /// `+CME ERROR: <n>`.
    Cme(CmeCode),
    /// `+CMS ERROR: <n>`.
    Cms(u16),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error => f.write_str("ERROR"),
            Self::Cme(code) => code.fmt(f),
            Self::Cms(code) => write!(f, "+CMS ERROR: {code}"),
        }
    }
}

/// What came from a port on which nobody answered `AT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Heard {
    /// Nothing: the wrong port, no power, or firmware without AT commands on this port.
    Nothing,
    /// Boot messages or a log, but no AT: the firmware has no AT host on this port.
    Log,
    /// The prompt of a shell.
    Shell,
    /// Only what was sent: an echo, or a loop.
    Echo,
    /// Something else: another program's protocol, or another speed.
    Unknown,
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "the port is silent",
            Self::Log => "it prints a log, but takes no AT commands",
            Self::Shell => "a shell is there, not an AT host",
            Self::Echo => "it only sends back what it gets",
            Self::Unknown => "it sends something that is not AT",
        })
    }
}
