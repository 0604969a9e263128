//! UpdateDeviceState, UpdateDeviceName and UpdateDeviceTags (facts 7.1).

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
};
use serde_json::Value;

use super::{no_such_device, shadow::Patch};
use crate::{
    api_error::ApiError,
    auth::{Caller, Member},
    body::{self, Body},
    cloud::Cloud,
    onboarding::rules,
};

/// Merges into the shadow, on the condition of `If-Match` where it stands.
pub(crate) async fn state(
    caller: Caller,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    caller.check_device(&id)?;
    let patch: Patch = body::json(&headers, &body).map_err(|error| error.about(&id))?;
    patch.check().map_err(|rule| ApiError::validation(format!("{rule}.")).about(&id))?;
    let wanted = version(&headers).map_err(|error| error.about(&id))?;
    let (now, seconds) = (cloud.clock.now(), cloud.now_seconds());
    let changed = cloud.registry_mut().change(caller.team().id(), &id, &cloud.store, |device| {
        let version = device.shadow.version;
        if wanted.is_some_and(|wanted| wanted != version) {
            return Err(ApiError::precondition(&format!("The version of the state is {version}.")));
        }
        device.shadow.merge(&patch, seconds);
        device.touch(now);
        Ok(StatusCode::ACCEPTED)
    });
    changed.unwrap_or_else(|| Err(no_such_device(&id))).map_err(|error| error.about(&id))
}

/// The version that `If-Match` asks for, with or without the quotes of an entity tag.
fn version(headers: &HeaderMap) -> Result<Option<u64>, ApiError> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    bare.parse().map(Some).map_err(|_| ApiError::validation("If-Match is not a version."))
}

/// A JSON string, or an array with one, as Nordic's tool sends.
pub(crate) async fn name(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let refuse = |message: &str| ApiError::validation(message).about(&id);
    let name = match body::json(&headers, &body)? {
        Value::String(name) => name,
        Value::Array(items) => match <[Value; 1]>::try_from(items) {
            Ok([Value::String(name)]) => name,
            _ => return Err(refuse("The array must hold one name.")),
        },
        _ => return Err(refuse("The name must be a JSON string.")),
    };
    if !(1..=128).contains(&name.chars().count()) || name.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        return Err(refuse("The name must match /^(.){1,128}$/."));
    }
    let now = cloud.clock.now();
    let changed = cloud.registry_mut().change(member.team.id(), &id, &cloud.store, |device| {
        device.name = Some(name);
        device.touch(now);
    });
    changed.map(|()| StatusCode::ACCEPTED).ok_or_else(|| no_such_device(&id))
}

/// Replaces all tags.
pub(crate) async fn tags(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let tags: Vec<String> = body::json(&headers, &body).map_err(|error| error.about(&id))?;
    if !tags.iter().all(|tag| rules::is_tag(tag)) {
        return Err(ApiError::validation("each tag must match /^[a-zA-Z0-9_.@:#-]+$/.").about(&id));
    }
    let now = cloud.clock.now();
    let changed = cloud.registry_mut().change(member.team.id(), &id, &cloud.store, |device| {
        device.tags = tags;
        device.touch(now);
    });
    changed.map(|()| StatusCode::ACCEPTED).ok_or_else(|| no_such_device(&id))
}
