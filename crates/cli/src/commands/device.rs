//! The verbs of `nrfcloud device`.

mod check;
mod findings;
mod list;
mod onboard;
mod register_key;
mod show;
mod upload;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Onboard devices, by CSV or one alone
    Onboard(onboard::Onboard),
    /// Register public keys, by CSV or one alone
    RegisterKey(register_key::RegisterKey),
    /// Check an onboarding CSV without a network
    Check(check::Check),
    /// List the devices of the team
    List(list::List),
    /// Show one device
    Show(show::Show),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Onboard(verb) => verb.run(context),
            Self::RegisterKey(verb) => verb.run(context),
            Self::Check(verb) => verb.run(context),
            Self::List(verb) => verb.run(context),
            Self::Show(verb) => verb.run(context),
        }
    }
}
