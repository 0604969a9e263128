//! The verbs of `nrfcloud sim`.

mod cloud;
#[cfg(unix)]
mod modem;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Run a simulated nRF Cloud
    Cloud(cloud::Cloud),
    #[cfg(unix)]
    /// Run a simulated nRF91 kit on a pseudo-terminal
    Modem(modem::Modem),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Cloud(verb) => verb.run(context),
            #[cfg(unix)]
            Self::Modem(verb) => verb.run(context),
        }
    }
}
