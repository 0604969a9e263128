//! `nrfcloud message send`

use clap::{ArgGroup, Args};
use cloud_api::DeviceId;
use cloud_api::messages::OutgoingMessage;
use serde::Serialize;
use serde_json::Value;

use super::app_id::AppId;
use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::json_argument::JsonArgument;

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("what").required(true).args(["data", "base64"]))]
pub(crate) struct Send {
    /// Device ID
    #[arg(value_name = "ID")]
    device_id: DeviceId,
    /// The message as JSON, @FILE, or `-` for standard input: an object or an array of objects, with --app-id any value
    #[arg(long, value_name = "JSON")]
    data: Option<JsonArgument>,
    /// Any file, sent as base64; its topic is d/ID/d2c/bin unless another is given
    #[arg(long, value_name = "FILE")]
    base64: Option<Source>,
    /// Application: what --data gives becomes the data of a message of this one
    #[arg(long, value_name = "NAME", conflicts_with = "base64")]
    app_id: Option<AppId>,
    /// Topic [default: nRF Cloud's choice]
    #[arg(long)]
    topic: Option<String>,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Sent {
    device_id: DeviceId,
    #[serde(flatten)]
    message: OutgoingMessage,
    dry_run: bool,
}

impl Send {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let mut message = self.message(context)?;
        if self.topic.is_some() {
            message.topic = self.topic;
        }
        let sent = Sent { device_id: self.device_id, message, dry_run: self.dry_run };
        if sent.dry_run {
            let topic =
                sent.message.topic.as_deref().map_or_else(String::new, |topic| format!(" on {topic}"));
            context
                .out
                .note(format_args!("would send{topic} for {}: {}", sent.device_id, sent.message.message));
        } else {
            let client = self.api.client(context)?;
            let send = client.send_device_message(&sent.device_id, &sent.message);
            cloud::block_on(send)?.map_err(diagnostic::message_lost)?;
        }
        if context.out.is_json() {
            context.out.result("nrfcloud.message.send", &sent, |_| "");
        }
        Ok(())
    }

    fn message(&self, context: &Context) -> Result<OutgoingMessage, Diagnostic> {
        match (&self.base64, &self.data, &self.app_id) {
            (Some(source), _, _) => {
                Ok(OutgoingMessage::binary(&self.device_id, &context.input.bytes(source)?))
            }
            (_, Some(data), Some(app_id)) => {
                Ok(OutgoingMessage::of_app(app_id.as_str(), &data.load(context)?))
            }
            (_, Some(data), None) => {
                let value = data.load(context)?;
                if is_message(&value) {
                    Ok(OutgoingMessage::new(value))
                } else {
                    Err(diagnostic::no_message())
                }
            }
            _ => Err(Diagnostic::usage("nothing to send", "give --data or --base64")),
        }
    }
}

/// What the service takes as JSON (facts 7.3).
fn is_message(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty() && items.iter().all(Value::is_object),
        value => value.is_object(),
    }
}
