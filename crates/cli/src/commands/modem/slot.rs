//! The slot that a verb is about.

use std::str::FromStr;

use clap::{Args, ValueEnum};
use modem_at::{CredentialType, SecTag};

/// Security tag and type.
#[derive(Args, Debug)]
pub(super) struct SlotOptions {
    /// Security tag; nRF Cloud's libraries use 16842753
    #[arg(long, value_name = "TAG")]
    pub(super) sec_tag: SecTag,
    /// What the slot holds
    #[arg(long = "type", value_name = "TYPE", value_enum)]
    pub(super) kind: Kind,
}

/// Types of credentials that a user may store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Root CA certificates
    Ca,
    /// Client certificate
    Cert,
    /// Client private key
    Key,
    /// Pre-shared key, hexadecimal
    Psk,
    /// Identity of the pre-shared key
    PskId,
}

impl Kind {
    pub(super) fn credential_type(self) -> CredentialType {
        match self {
            Self::Ca => CredentialType::RootCa,
            Self::Cert => CredentialType::ClientCertificate,
            Self::Key => CredentialType::ClientPrivateKey,
            Self::Psk => CredentialType::Psk,
            Self::PskId => CredentialType::PskIdentity,
        }
    }
}

/// The type of a slot in a list, which may be one that no user stores.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlotType(pub(super) CredentialType);

impl FromStr for SlotType {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (Kind::from_str(text, false), text.parse()) {
            (Ok(kind), _) => Ok(Self(kind.credential_type())),
            (_, Ok(number)) => Ok(Self(CredentialType::from_number(number))),
            _ => Err("it is neither ca, cert, key, psk or psk-id nor the number of a type"),
        }
    }
}
