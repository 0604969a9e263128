//! SendDeviceMessage and ListMessages (facts 7.3).

use std::{sync::Arc, time::SystemTime};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
};
use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    alerts,
    api_error::ApiError,
    auth::{Caller, Member},
    body::{self, Body},
    clock::iso8601,
    cloud::{Cloud, lock},
    devices::no_such_device,
    query::{self, Page, Params, Standing},
    team::Tenant,
};

/// How they are called in the state file.
pub(crate) const KIND: &str = "message";

/// The messages of a team, oldest first.
#[derive(Default)]
pub(crate) struct Messages(pub(crate) Vec<Message>);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) topic: String,
    pub(crate) device_id: String,
    pub(crate) received_at: SystemTime,
    pub(crate) message: Value,
}

#[derive(Deserialize)]
struct Input {
    topic: Option<String>,
    message: Value,
}

/// How the topics end to which a device sends.
const BINARY: &str = "/d2c/bin";

/// SendDeviceMessage: from a device with its token, to a device with an API key. Nobody listens here, so both are
/// only stored; each message of an array on its own.
pub(crate) async fn send(
    caller: Caller,
    State(cloud): State<Arc<Cloud>>,
    Path(device_id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    caller.check_device(&device_id)?;
    let refuse = |message: &str| ApiError::validation(message).about(&device_id);
    let input: Input = body::json(&headers, &body)?;
    let team = caller.team();
    if cloud.registry().device(team.id(), &device_id).is_none() {
        return Err(no_such_device(&device_id));
    }
    let way = if caller.is_device() { "d/{}/d2c" } else { "m/d/{}/c2d" };
    let topic = input.topic.unwrap_or_else(|| way.replace("{}", &device_id));
    if !topic.split('/').any(|level| level == device_id) {
        return Err(refuse("topic must be one of this device."));
    }
    let messages = match input.message {
        Value::Array(messages) if !messages.is_empty() && messages.iter().all(Value::is_object) => messages,
        message @ Value::Object(_) => vec![message],
        Value::String(text) => {
            if !topic.ends_with(BINARY) {
                return Err(refuse("A message that is a string belongs to a topic that ends in /d2c/bin."));
            }
            Base64::decode_vec(&text).map_err(|_| refuse("A message that is a string must be base64."))?;
            vec![Value::String(text)]
        }
        _ => return Err(refuse("message must be an object, an array of objects or a base64 string.")),
    };
    store(&cloud, team, &device_id, &topic, messages)?;
    Ok(StatusCode::ACCEPTED)
}

fn store(
    cloud: &Cloud,
    team: &Tenant,
    device_id: &str,
    topic: &str,
    messages: Vec<Value>,
) -> Result<(), ApiError> {
    let now = cloud.clock.now();
    {
        let mut usage = lock(&cloud.usage);
        let count = messages.len() as u64;
        let limit = team.limits().map(|limits| limits.monthly_stored_device_messages);
        usage.check(team, "MESSAGES", limit, count, now)?;
        usage.record(&cloud.store, team, "MESSAGES", "MESSAGES", count, now);
    }
    for message in messages {
        let id = cloud.ulids.next(now)?;
        if topic.contains("/d2c") && message["appId"] == "ALERT" {
            alerts::raise(cloud, team, device_id, &message)?;
        }
        let message = Message {
            id,
            topic: topic.to_owned(),
            device_id: device_id.to_owned(),
            received_at: now,
            message,
        };
        let mut stored = lock(&team.messages);
        cloud.store.put(KIND, &team.key(&message.id), &message);
        query::keep(&mut stored.0, message, Message::standing);
    }
    Ok(())
}

impl Message {
    pub(crate) fn standing(&self) -> Standing<'_> {
        query::by_time(self.received_at, &self.id)
    }
}

/// ListMessages, newest first.
pub(crate) async fn list(member: Member, uri: Uri) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let page = Page::of(&mut params)?;
    let descending = params.descending(true)?;
    let (app_id, device_id) = (params.one("appId")?, params.one("deviceId")?);
    let topic = params.one("topic")?;
    let start = params.time("inclusiveStart")?.or(params.time("start")?);
    let end = params.time("exclusiveEnd")?.or(params.time("end")?);
    params.finish()?;
    if app_id.is_some() && topic.is_some() {
        return Err(ApiError::validation("appId and topic cannot be asked for together."));
    }
    if app_id.as_ref().is_some_and(|app_id| app_id.len() > 64) {
        return Err(ApiError::validation("appId has at most 64 characters."));
    }
    let messages = lock(&member.team.messages);
    let matches = |message: &Message| {
        let received_at = iso8601(message.received_at);
        device_id.as_ref().is_none_or(|id| *id == message.device_id)
            && topic.as_ref().is_none_or(|topic| *topic == message.topic)
            && app_id.as_ref().is_none_or(|app_id| message.message["appId"] == **app_id)
            && start.as_ref().is_none_or(|start| *start <= received_at)
            && end.as_ref().is_none_or(|end| received_at < *end)
    };
    let (items, next) = page.cut_kept(&messages.0, descending, matches, Message::standing);
    let items = items.iter().map(|message| {
        json!({
            "tenantId": member.team.id(),
            "topic": message.topic,
            "deviceId": message.device_id,
            "receivedAt": iso8601(message.received_at),
            "message": message.message,
        })
    });
    Ok(Json(page.body(items.collect(), next)))
}

/// What a device sent in binary form in that time, joined: its binary log.
pub(crate) fn binary_log(team: &Tenant, device_id: &str, start: &str, end: &str) -> Vec<u8> {
    let messages = lock(&team.messages);
    let of_log = messages.0.iter().filter(|message| {
        let received_at = iso8601(message.received_at);
        message.device_id == device_id
            && message.topic.ends_with(BINARY)
            && *start <= *received_at
            && *received_at <= *end
    });
    of_log.filter_map(|message| Base64::decode_vec(message.message.as_str()?).ok()).flatten().collect()
}
