//! The verbs of `nrfcloud pgps`.

mod decode;
mod fetch;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
#[expect(clippy::large_enum_variant, reason = "one value, made once")]
pub(crate) enum Verb {
    /// Fetch a file of predictions, for a device or as a project
    Fetch(fetch::Fetch),
    /// Show what a file of predictions holds
    Decode(decode::Decode),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::Fetch(verb) => verb.run(context),
            Self::Decode(verb) => verb.run(context),
        }
    }
}
