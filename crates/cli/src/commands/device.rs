//! The verbs of `nrfcloud device`.

mod check;
mod credential;
mod delete;
pub(super) mod each;
mod findings;
mod list;
mod onboard;
mod register;
mod register_cert;
mod register_key;
mod rename;
mod rows;
mod show;
mod state;
mod tag;
pub(super) mod upload;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Onboard devices, by CSV or one alone
    Onboard(onboard::Onboard),
    /// Register public keys, by CSV or one alone
    RegisterKey(register_key::RegisterKey),
    /// Register certificates in place of those that devices have, by CSV or one alone
    RegisterCert(register_cert::RegisterCert),
    /// Check an onboarding CSV without a network
    Check(check::Check),
    /// List the devices of the team
    List(list::List),
    /// Show one device
    Show(show::Show),
    /// Delete devices
    Delete(delete::Delete),
    /// Give devices other names
    Rename(rename::Rename),
    /// Set, add and remove the tags of devices
    Tag(tag::TagDevices),
    /// Show the shadow of a device, or merge something into it
    State(state::State),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Onboard(verb) => verb.run(context),
            Self::RegisterKey(verb) => verb.run(context),
            Self::RegisterCert(verb) => verb.run(context),
            Self::Check(verb) => verb.run(context),
            Self::List(verb) => verb.run(context),
            Self::Show(verb) => verb.run(context),
            Self::Delete(verb) => verb.run(context),
            Self::Rename(verb) => verb.run(context),
            Self::Tag(verb) => verb.run(context),
            Self::State(verb) => verb.run(context),
        }
    }
}
