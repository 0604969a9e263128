//! The verbs of `nrfcloud agnss`.

mod decode;
pub(super) mod elements;
mod fetch;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
#[expect(clippy::large_enum_variant, reason = "one value, made once")]
pub(crate) enum Verb {
    /// Fetch assistance data, for a device or as a project
    Fetch(fetch::Fetch),
    /// Show what assistance data holds
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
