//! The verbs of `nrfcloud bulk`.

mod list;
mod retry;
mod show;
mod uploaded;
mod wait;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// List bulk operations
    List(list::List),
    /// Show one bulk operation
    Show(show::Show),
    /// Wait for a bulk operation to end
    Wait(wait::Wait),
    /// Send the rows again that failed in a bulk operation, and only those
    Retry(Box<retry::Retry>),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::List(verb) => verb.run(context),
            Self::Show(verb) => verb.run(context),
            Self::Wait(verb) => verb.run(context),
            Self::Retry(verb) => verb.run(context),
        }
    }
}
