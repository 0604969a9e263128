//! The verbs of `nrfcloud cert`.

mod issue;
mod show;
mod verify;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
#[expect(clippy::large_enum_variant, reason = "one value, made once")]
pub(crate) enum Verb {
    /// Issue a device certificate
    Issue(issue::Issue),
    /// Say what an input is and what is in it
    Show(show::Show),
    /// Verify a certificate against its authority
    Verify(verify::Verify),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Issue(verb) => verb.run(context),
            Self::Show(verb) => verb.run(context),
            Self::Verify(verb) => verb.run(context),
        }
    }
}
