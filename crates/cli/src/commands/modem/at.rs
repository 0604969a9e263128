//! `nrfcloud modem at`

use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::serial::PortOptions;

#[derive(Args, Debug)]
pub(crate) struct At {
    /// The command, as 'AT+CGSN'
    #[arg(value_name = "COMMAND")]
    command: String,
    #[command(flatten)]
    port: PortOptions,
}

#[derive(Serialize)]
struct Answer {
    lines: Vec<String>,
}

impl At {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let mut modem = self.port.open(context)?;
        let answer = Answer { lines: modem.command(&self.command)? };
        modem.close()?;
        context.out.result("nrfcloud.modem.at", &answer, |answer| {
            answer.lines.iter().map(|line| format!("{line}\n")).collect::<String>()
        });
        Ok(())
    }
}
