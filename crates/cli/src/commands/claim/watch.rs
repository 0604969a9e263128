//! `nrfcloud claim watch`

use clap::Args;
use cloud_api::Uuid;
use cloud_api::bulk::WaitPolicy;
use cloud_api::provisioning::{self, CommandStatus, Progress};
use modem_at::CmeCode;
use serde::Serialize;
use serde_json::Value;

use crate::clock::Seconds;
use crate::cloud::{self, ProvisioningOptions};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};

#[derive(Args, Debug)]
pub(crate) struct Watch {
    /// UUID of a claimed device
    #[arg(value_name = "UUID")]
    uuid: Uuid,
    /// ID of the command, as claim command prints it
    #[arg(value_name = "COMMAND")]
    command: Uuid,
    /// How long to wait; the device asks for commands when it connects
    #[arg(long, value_name = "TIME", default_value = "10m")]
    timeout: Seconds,
    #[command(flatten)]
    api: ProvisioningOptions,
}

#[derive(Serialize)]
struct Ended {
    device_id: Uuid,
    id: Uuid,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    keygen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Value>,
}

impl Watch {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let policy = WaitPolicy { deadline: self.timeout.duration(), ..WaitPolicy::default() };
        let report = report_progress(context);
        let command =
            cloud::block_on(provisioning::wait(&client, &self.uuid, &self.command, policy, report))??;
        let status = command.status.as_ref().map_or_else(String::new, ToString::to_string);
        let ended = Ended {
            keygen: command.keygen().map(str::to_owned),
            device_id: self.uuid,
            id: self.command,
            status,
            response: command.response,
        };
        if ended.keygen.is_none() {
            context.out.note(format_args!("command {}: {}", ended.id, ended.status));
        }
        context.out.result("nrfcloud.claim.watch", &ended, |ended| {
            ended.keygen.as_ref().map_or_else(String::new, |keygen| format!("{keygen}\n"))
        });
        if command.status != Some(CommandStatus::Failed) {
            return Ok(());
        }
        let (message, cme) = reason(ended.response.as_ref());
        Err(diagnostic::command_failed(&ended.id, &ended.status, message, cme))
    }
}

/// Tells on a terminal and with `-v` how it goes on, and always that a poll failed.
fn report_progress(context: &Context) -> impl Fn(Progress<'_>) {
    let line = context.out.progress();
    move |progress| match progress {
        Progress::Polled { command, elapsed } => {
            let status = command.status.as_ref().map_or_else(|| "no status".to_owned(), ToString::to_string);
            let told = format!("command {}: {status} after {:.1} s", command.id, elapsed.as_secs_f32());
            context.out.trace(&told);
            line.set(0, told);
        }
        Progress::Interrupted { error, .. } => context.out.warn(format_args!("{error}; asking again")),
        _ => {}
    }
}

/// Why a command failed, by what the simulated service and the device's own messages say: the real service's form is not published.
fn reason(response: Option<&Value>) -> (Option<&str>, Option<CmeCode>) {
    let Some(error) = response.and_then(|response| response.get("error")) else { return (None, None) };
    let message = error.get("message").and_then(Value::as_str).filter(|message| !message.is_empty());
    let number = error.get("cmeError").and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok());
    (message, number.filter(|number| *number > 0).map(CmeCode::new))
}
