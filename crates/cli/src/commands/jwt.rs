//! The verbs of `nrfcloud jwt`.

mod explain;
mod inspect;
mod judged;
mod sign;
mod verify;

pub(crate) use sign::{ModemKey, TokenOptions};

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Sign a token, by a key file or by a modem
    Sign(sign::Sign),
    /// Show what a token says; nothing is verified
    Inspect(inspect::Inspect),
    /// Verify a token
    Verify(verify::Verify),
    /// Say why nRF Cloud would refuse a token
    Explain(explain::Explain),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Sign(verb) => verb.run(context),
            Self::Inspect(verb) => verb.run(context),
            Self::Verify(verb) => verb.run(context),
            Self::Explain(verb) => verb.run(context),
        }
    }
}
