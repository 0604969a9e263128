//! The verbs of `nrfcloud ca`.

mod create;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Make a certificate authority: key and self-signed certificate
    Create(create::Create),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Create(verb) => verb.run(context),
        }
    }
}
