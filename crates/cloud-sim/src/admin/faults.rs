//! `/admin/faults`: the faults that are set, with their counts, and other ones in their place.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    api_error::ApiError,
    body::{self, Body},
    cloud::Cloud,
    fault::Fault,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Several {
    faults: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    fault: String,
}

pub(super) async fn list(State(cloud): State<Arc<Cloud>>) -> Json<Value> {
    Json(document(&cloud))
}

pub(super) async fn replace(
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let Several { faults } = body::json(&headers, &body)?;
    let faults: Result<Vec<Fault>, ApiError> = faults.iter().map(|text| read(text)).collect();
    cloud.faults.replace(faults?);
    Ok(Json(document(&cloud)))
}

pub(super) async fn add(
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let One { fault } = body::json(&headers, &body)?;
    cloud.faults.add(read(&fault)?);
    Ok((StatusCode::CREATED, Json(document(&cloud))))
}

pub(super) async fn clear(State(cloud): State<Arc<Cloud>>) -> StatusCode {
    cloud.faults.replace(Vec::new());
    StatusCode::NO_CONTENT
}

fn read(text: &str) -> Result<Fault, ApiError> {
    text.parse().map_err(|error| ApiError::validation(format!("Fault `{text}`: {error}.")))
}

fn document(cloud: &Cloud) -> Value {
    let faults: Vec<Value> = cloud
        .faults
        .report()
        .iter()
        .map(|report| json!({ "fault": report.fault.to_string(), "asked": report.asked, "fired": report.fired }))
        .collect();
    json!({ "faults": faults })
}
