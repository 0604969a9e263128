//! `nrfcloud completions`

use clap::Args;
use clap_complete::Shell;
use serde::Serialize;

use crate::cli;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};

#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// Shell that is to read the script
    shell: Shell,
}

#[derive(Serialize)]
struct Script {
    shell: String,
    script: String,
}

impl Completions {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut cli::command(), "nrfcloud", &mut script);
        let script = String::from_utf8(script).map_err(diagnostic::unexpected)?;
        let script = Script { shell: self.shell.to_string(), script };
        context.out.result("nrfcloud.completions", &script, |script| script.script.clone());
        Ok(())
    }
}
