//! The verbs of `nrfcloud key`.

mod convert;
mod create;
mod output;
mod public;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Make a P-256 private key
    Create(create::Create),
    /// Write a private key in another form, with a passphrase or without
    Convert(convert::Convert),
    /// Give the public key of a certificate, request, key or KEYGEN answer
    Public(public::Public),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Create(verb) => verb.run(context),
            Self::Convert(verb) => verb.run(context),
            Self::Public(verb) => verb.run(context),
        }
    }
}
