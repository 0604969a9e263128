//! The verbs of `nrfcloud claim`.

mod check;
mod command;
mod delete;
mod gather;
mod rules;
mod tags;
mod token;
mod upload;
mod watch;

use clap::Subcommand;
use cloud_api::onboarding::AttestationToken;
use cloud_api::{Error, NrfCode};

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Ask kits for their attestation tokens, and keep them in a CSV
    Gather(gather::Gather),
    /// Ask the service whether devices could be claimed
    Check(check::Check),
    /// Claim devices by their attestation tokens
    Upload(upload::Upload),
    /// Give claimed devices up
    Delete(delete::Delete),
    /// Give a claimed device a command
    Command(Box<command::Command>),
    /// Wait until a command is over, and give the device's answer
    Watch(watch::Watch),
    /// List the rules that give commands to devices by their tags, or make the one of onboarding
    Rules(rules::Rules),
    /// List the tags of claimed devices, or make one
    Tags(tags::Tags),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Gather(verb) => verb.run(context),
            Self::Check(verb) => verb.run(context),
            Self::Upload(verb) => verb.run(context),
            Self::Delete(verb) => verb.run(context),
            Self::Command(verb) => verb.run(context),
            Self::Watch(verb) => verb.run(context),
            Self::Rules(verb) => verb.run(context),
            Self::Tags(verb) => verb.run(context),
        }
    }
}

/// Why a device cannot be claimed, and whether the answer would be the same for every other.
fn refused(error: Error, token: &AttestationToken) -> (Diagnostic, bool) {
    let is_about_the_device = match &error {
        Error::Service(error) => {
            error.code == Some(NrfCode::DEVICE_OF_ANOTHER_ACCOUNT)
                || !matches!(error.status, 401 | 403 | 429 | 500..)
        }
        _ => false,
    };
    let diagnostic = if is_about_the_device {
        diagnostic::claim_refused(&error)
    } else {
        diagnostic::claims_stopped(error)
    };
    (diagnostic.without(token.expose()), !is_about_the_device)
}
