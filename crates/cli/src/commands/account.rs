//! The verbs of `nrfcloud account`.

mod show;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Show whose the API key is: team, role, plan, limits, endpoints
    Show(show::Show),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Show(verb) => verb.run(context),
        }
    }
}
