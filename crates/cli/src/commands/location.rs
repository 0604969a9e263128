//! The verbs of `nrfcloud location`.

mod fix;
mod history;
mod wifi;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
#[expect(clippy::large_enum_variant, reason = "one value, made once")]
pub(crate) enum Verb {
    /// Locate a device by the cells and Wi-Fi access points that it sees
    Fix(fix::Fix),
    /// List where devices were, the latest first
    History(history::History),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Fix(verb) => verb.run(context),
            Self::History(verb) => verb.run(context),
        }
    }
}
