//! `nrfcloud key create`

use clap::Args;
use pki::key::PrivateKey;

use super::output::KeyOutput;
use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Args, Debug)]
pub(crate) struct Create {
    #[command(flatten)]
    output: KeyOutput,
}

impl Create {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        self.output.give(context, "nrfcloud.key.create", &PrivateKey::generate()?, None)
    }
}
