//! `nrfcloud modem jwt`

use clap::Args;

use crate::commands::jwt::{ModemKey, TokenOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Args, Debug)]
pub(crate) struct Jwt {
    #[command(flatten)]
    token: TokenOptions,
    #[command(flatten)]
    key: ModemKey,
}

impl Jwt {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        self.key.sign(context, &self.token)?.give(context, "nrfcloud.modem.jwt");
        Ok(())
    }
}
