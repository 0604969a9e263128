//! `nrfcloud key convert`

use clap::Args;

use super::output::KeyOutput;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::input::Source;
use crate::key_material;
use crate::passphrase::{self, PassphraseOptions};

#[derive(Args, Debug)]
pub(crate) struct Convert {
    /// Private key in any form, PEM, DER or JWK; `-` is standard input
    #[arg(value_name = "FILE")]
    source: Source,
    #[command(flatten)]
    passphrase: PassphraseOptions,
    /// File whose first line is the passphrase that the written key has; without it the key has none
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<Source>,
    #[command(flatten)]
    output: KeyOutput,
}

impl Convert {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let key = key_material::private_key_with(context, &self.source, &self.passphrase)?;
        let passphrase = match &self.new_passphrase_file {
            Some(source) => Some(passphrase::read(context, source)?),
            None => None,
        };
        let passphrase = passphrase.as_ref().map(|text| text.as_str());
        self.output.give(context, "nrfcloud.key.convert", &key, passphrase)
    }
}
