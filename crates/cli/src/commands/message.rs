//! The verbs of `nrfcloud message`.

mod app_id;
mod list;
mod send;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Send a message to a device, or in its name
    Send(send::Send),
    /// List the messages that nRF Cloud keeps, the newest first
    List(list::List),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Send(verb) => verb.run(context),
            Self::List(verb) => verb.run(context),
        }
    }
}
