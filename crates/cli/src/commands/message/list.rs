//! `nrfcloud message list`

use clap::Args;
use cloud_api::DeviceId;
use cloud_api::messages::{DeviceMessage, ListMessages, MessageFilter};
use serde::Serialize;

use super::app_id::AppId;
use crate::clock::Moment;
use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only messages of this device
    #[arg(long, value_name = "ID")]
    device_id: Option<DeviceId>,
    /// Only messages of this application
    #[arg(long, value_name = "NAME", conflicts_with = "topic")]
    app_id: Option<AppId>,
    /// Only messages of this topic
    #[arg(long)]
    topic: Option<String>,
    /// Only messages received at this time or later: seconds since 1970 or RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// Only messages received before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// As many as this, the newest
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Messages {
    messages: Vec<DeviceMessage>,
    more: bool,
}

impl List {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let limit = self.limit;
        let (messages, more) = cloud::block_on(cloud::newest(&client, self.query(), limit))??;
        let list = Messages { messages, more };
        if list.more {
            context.out.note(format_args!("there are more than {limit}: --limit lists more"));
        }
        context.out.result("nrfcloud.message.list", &list, |list| {
            list.messages.iter().map(line).collect::<String>()
        });
        Ok(())
    }

    fn query(self) -> ListMessages {
        let app = self.app_id.map(|app| app.as_str().to_owned());
        let filter = match (self.device_id, app, self.topic) {
            (None, None, None) => MessageFilter::All,
            (Some(device), None, None) => MessageFilter::Device(device),
            (None, Some(app), _) => MessageFilter::App(app),
            (None, None, Some(topic)) => MessageFilter::Topic(topic),
            (Some(device), Some(app), _) => MessageFilter::DeviceAndApp(device, app),
            (Some(device), None, Some(topic)) => MessageFilter::DeviceAndTopic(device, topic),
        };
        ListMessages {
            filter,
            inclusive_start: self.since.map(|since| since.to_string()),
            exclusive_end: self.until.map(|until| until.to_string()),
            page_limit: cloud::page_limit(self.limit),
            ..ListMessages::default()
        }
    }
}

/// Time, device, topic, message; separated by tabs.
fn line(message: &DeviceMessage) -> String {
    format!(
        "{}\t{}\t{}\t{}\n",
        Shown(&message.received_at),
        message.device_id,
        Shown(&message.topic),
        Shown(&message.message)
    )
}
