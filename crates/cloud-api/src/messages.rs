//! Messages of devices, and to them.

use base64ct::{Base64, Encoding as _};
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::identifier::DeviceId;
use crate::json::answer;
use crate::page::{Page, PageLimit, PageSort, present, sealed};

impl Client {
    /// ListMessages: `GET /messages`, one page. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_messages(&self, query: &ListMessages) -> Result<Page<DeviceMessage>, Error> {
        self.page(query).await
    }

    /// SendDeviceMessage: `POST /devices/{deviceId}/messages`. Credentials: an API key, or the device's JWT.
    /// Never sent twice.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn send_device_message(
        &self,
        device_id: &DeviceId,
        message: &OutgoingMessage,
    ) -> Result<(), Error> {
        let path = ["devices", device_id.as_str(), "messages"];
        Call::new(self, "SendDeviceMessage", Method::POST, &path).json(message).done(self).await
    }
}

/// A message to send for a device.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutgoingMessage {
    /// Topic, for example `d/<deviceId>/d2c`, `…/d2c/bulk` or `…/d2c/bin` from a device, or
    /// `m/d/<deviceId>/c2d` to it, after the team's prefix. The service chooses without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The message: an object, usually `{"appId":…,"messageType":"DATA","data":…}`; an array of those; or the
    /// base64 text of a binary one.
    pub message: Value,
}

impl OutgoingMessage {
    /// A message without topic.
    #[must_use]
    pub fn new(message: Value) -> Self {
        Self { topic: None, message }
    }

    /// Data of one application, in the form of nRF Cloud's own: `{"appId":…,"messageType":"DATA","data":…}`.
    #[must_use]
    pub fn of_app(app_id: &str, data: &Value) -> Self {
        Self::new(serde_json::json!({ "appId": app_id, "messageType": "DATA", "data": data }))
    }

    /// A binary message of this device, as base64, with the topic that such messages have: `d/<deviceId>/d2c/bin`.
    #[must_use]
    pub fn binary(device_id: &DeviceId, bytes: &[u8]) -> Self {
        let message = Value::String(Base64::encode_string(bytes));
        Self { topic: Some(format!("d/{device_id}/d2c/bin")), message }
    }
}

answer! {
    /// A stored message.
    DeviceMessage {
        /// Its topic.
        topic: String,
        /// The device that sent or received it.
        device_id: DeviceId,
        /// When it was received, ISO 8601 UTC.
        received_at: String,
    }
    may {
        /// The team's UUID.
        tenant_id: Option<String>,
        /// The message itself.
        message: Value,
    }
}

/// Which stored messages to list. The service knows just these combinations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MessageFilter {
    /// All of the team.
    #[default]
    All,
    /// Of one device.
    Device(DeviceId),
    /// Of one application, for example `TEMP`; at most 64 characters.
    App(String),
    /// Of one topic.
    Topic(String),
    /// Of one application on one device.
    DeviceAndApp(DeviceId, String),
    /// Of one topic of one device.
    DeviceAndTopic(DeviceId, String),
}

/// Query of ListMessages. The default asks for the first page of all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListMessages {
    /// Which messages.
    pub filter: MessageFilter,
    /// Received at this time (ISO 8601 UTC) or later.
    pub inclusive_start: Option<String>,
    /// Received before this time (ISO 8601 UTC).
    pub exclusive_end: Option<String>,
    /// Order; the newest first by default.
    pub page_sort: Option<PageSort>,
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl sealed::Query for ListMessages {
    type Item = DeviceMessage;
    const OPERATION: &'static str = "ListMessages";

    fn path(&self) -> Vec<&str> {
        vec!["messages"]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let (device, app, topic) = match &self.filter {
            MessageFilter::All => (None, None, None),
            MessageFilter::Device(device) => (Some(device), None, None),
            MessageFilter::App(app) => (None, Some(app), None),
            MessageFilter::Topic(topic) => (None, None, Some(topic)),
            MessageFilter::DeviceAndApp(device, app) => (Some(device), Some(app), None),
            MessageFilter::DeviceAndTopic(device, topic) => (Some(device), None, Some(topic)),
        };
        present([
            ("deviceId", device.map(ToString::to_string)),
            ("appId", app.cloned()),
            ("topic", topic.cloned()),
            ("inclusiveStart", self.inclusive_start.clone()),
            ("exclusiveEnd", self.exclusive_end.clone()),
            ("pageSort", self.page_sort.as_ref().map(ToString::to_string)),
            ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
            ("pageNextToken", self.page_next_token.clone()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_the_form_that_devices_use() {
        let json = |message: &OutgoingMessage| serde_json::to_string(message).unwrap();
        assert_eq!(
            json(&OutgoingMessage::of_app("TEMP", &"21.5".into())),
            r#"{"message":{"appId":"TEMP","data":"21.5","messageType":"DATA"}}"#
        );
        assert_eq!(
            json(&OutgoingMessage::binary(&"nrf-1".parse().unwrap(), b"\0\xff")),
            r#"{"topic":"d/nrf-1/d2c/bin","message":"AP8="}"#
        );
    }
}
