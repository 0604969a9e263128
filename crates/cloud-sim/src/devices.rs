//! Devices one by one and their list (facts 7.1).

pub(crate) mod change;
pub(crate) mod document;
mod filter;
pub(crate) mod image;
pub(crate) mod shadow;
mod transform;

use std::{ops::Bound, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, Uri},
};
use serde_json::Value;

use self::transform::Transform;
use crate::{
    account,
    api_error::ApiError,
    auth::{Caller, Member},
    cloud::Cloud,
    query::{self, Page, Params},
};

/// FetchDevice.
pub(crate) async fn fetch(
    caller: Caller,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    caller.check_device(&id)?;
    let mut params = Params::of(&uri)?;
    let transform = Transform::of(&mut params)?;
    params.finish()?;
    let document = match cloud.registry().device(caller.team().id(), &id) {
        Some(device) => document::device(device, document::State::WithMetadata),
        None => return Err(no_such_device(&id)),
    };
    Ok(Json(Transform::apply(transform.as_ref(), document)))
}

/// ListDevices.
pub(crate) async fn list(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let page = Page::of(&mut params)?;
    let state = match (params.flag("includeState")?, params.flag("includeStateMeta")?) {
        (false, _) => document::State::Without,
        (true, false) => document::State::Plain,
        (true, true) => document::State::WithMetadata,
    };
    let transform = Transform::of(&mut params)?;
    let descending = params.descending(false)?;
    let filter = filter::Filter::of(&mut params)?;
    params.finish()?;

    let registry = cloud.registry();
    let team = member.team.id();
    let after = page.after().map_or(Bound::Unbounded, Bound::Excluded);
    let (devices, next) = if descending {
        page.cut_here(
            registry.devices_backwards(team, after).filter(|device| filter.matches(device)),
            |device| query::by_id(&device.id),
        )
    } else {
        page.cut_here(registry.devices(team, after).filter(|device| filter.matches(device)), |device| {
            query::by_id(&device.id)
        })
    };
    let items =
        devices.iter().map(|device| Transform::apply(transform.as_ref(), document::device(device, state)));
    Ok(Json(page.body(items.collect(), next)))
}

/// ListDeviceTags. `pageLimit` is required.
pub(crate) async fn list_tags(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let page = Page::with_required_limit(&mut params)?;
    let transform = Transform::of(&mut params)?;
    params.finish()?;
    let tags = account::tags(&cloud, &member.team);
    let (items, next) = page.cut(tags.iter(), false, |tag| query::by_id(tag));
    let items = items.into_iter().map(|tag| Transform::apply(transform.as_ref(), tag.as_str().into()));
    Ok(Json(page.body(items.collect(), next)))
}

/// DeleteDevice. An ownership code in the body is for hardware that knows one; no device here does.
pub(crate) async fn delete(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    if cloud.registry_mut().delete(member.team.id(), &id, &cloud.store) {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(ApiError::no_such_device_to_delete(&id))
    }
}

pub(crate) fn no_such_device(id: &str) -> ApiError {
    ApiError::entity_not_found("Device", id).about(id)
}
