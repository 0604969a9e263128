//! The verbs of `nrfcloud key`.

mod create;
mod public;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Make a P-256 private key
    Create(create::Create),
    /// Give the public key of a certificate, request, key or KEYGEN answer
    Public(public::Public),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Create(verb) => verb.run(context),
            Self::Public(verb) => verb.run(context),
        }
    }
}
