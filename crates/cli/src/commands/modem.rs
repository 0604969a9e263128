//! The verbs of `nrfcloud modem`.

mod at;
mod attest;
mod delete;
mod info;
mod jwt;
mod keygen;
mod ports;
mod slot;
pub(crate) mod slots;
mod time;
mod write;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// List serial ports
    Ports(ports::Ports),
    /// Say who the modem is
    Info(info::Info),
    /// List credential slots
    Slots(slots::Slots),
    /// Write a credential, and check that it is there
    Write(write::Write),
    /// Delete a credential
    Delete(delete::Delete),
    /// Make a key in the modem
    Keygen(keygen::Keygen),
    /// Let the modem sign a token (as jwt sign --port)
    Jwt(jwt::Jwt),
    /// Get the modem's proof of its identity, with which a device is claimed
    Attest(attest::Attest),
    /// Read the modem's clock, which stamps its tokens, or set it
    Time(time::Time),
    /// Send any AT command
    At(at::At),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Ports(verb) => verb.run(context),
            Self::Info(verb) => verb.run(context),
            Self::Slots(verb) => verb.run(context),
            Self::Write(verb) => verb.run(context),
            Self::Delete(verb) => verb.run(context),
            Self::Keygen(verb) => verb.run(context),
            Self::Jwt(verb) => verb.run(context),
            Self::Attest(verb) => verb.run(context),
            Self::Time(verb) => verb.run(context),
            Self::At(verb) => verb.run(context),
        }
    }
}
