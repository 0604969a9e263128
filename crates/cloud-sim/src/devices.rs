//! ListDevices, FetchDevice and DeleteDevice (facts 7.1).

mod document;
mod filter;

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, Uri},
};
use serde_json::{Value, json};

use crate::{
    api_error::ApiError,
    auth::{Caller, Team},
    cloud::{Cloud, lock},
    query::{Page, Params},
};

pub(crate) async fn fetch(
    caller: Caller,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    if let Caller::Device(device) = caller
        && device.id != id
    {
        return Err(ApiError::access_denied("a device's token for another device").about(&device.id));
    }
    Params::of(&uri)?.finish()?;
    let registry = lock(&cloud.registry);
    let device = registry.device(&id).ok_or_else(|| ApiError::entity_not_found("Device", &id).about(&id))?;
    Ok(Json(document::device(device, &cloud.team.tenant_id, true)))
}

pub(crate) async fn list(
    _team: Team,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let page = Page::of(&mut params)?;
    let include_state = params.flag("includeState")?;
    let filter = filter::Filter::of(&mut params)?;
    params.finish()?;

    let registry = lock(&cloud.registry);
    let matching = registry.devices().filter(|device| filter.matches(device));
    let (devices, next) = if filter.descending {
        page.cut(matching.rev(), |device| &device.id)
    } else {
        page.cut(matching, |device| &device.id)
    };
    let items: Vec<Value> =
        devices.iter().map(|device| document::device(device, &cloud.team.tenant_id, include_state)).collect();
    let mut body = json!({ "total": items.len(), "items": items });
    if let Some(token) = next {
        body["pageNextToken"] = token.into();
    }
    Ok(Json(body))
}

pub(crate) async fn delete(
    _team: Team,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    if lock(&cloud.registry).delete(&id) {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(ApiError::no_such_device_to_delete(&id))
    }
}
