//! OnboardDevices, OnboardDevice, RegisterPublicKeys and RegisterCertificates (facts 1.1, 1.2 and 3).

mod rfc4180;
pub(crate) mod row;
mod rules;
mod single;
mod upload;

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde_json::{Value, json};

pub(crate) use self::single::onboard_device;
use self::{rfc4180::Record, row::RowError, upload::Upload};
use crate::{
    api_error::ApiError,
    auth::Team,
    body::Body,
    bulk::{self, Job},
    cloud::Cloud,
};

/// 202 and the ID of a bulk operation.
type Accepted = (StatusCode, Json<Value>);

pub(crate) async fn onboard_devices(
    _team: Team,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Accepted, ApiError> {
    accept(&cloud, &headers, &body, |records| row::onboard_rows(records).map(Job::Onboard)).await
}

pub(crate) async fn register_public_keys(
    _team: Team,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Accepted, ApiError> {
    accept(&cloud, &headers, &body, |records| row::public_key_rows(records).map(Job::RegisterKeys)).await
}

pub(crate) async fn register_certificates(
    _team: Team,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Accepted, ApiError> {
    accept(&cloud, &headers, &body, |records| row::certificate_rows(records).map(Job::RegisterCertificates))
        .await
}

/// An upload is taken whole or refused whole; what is wrong inside a certificate comes out when the operation runs.
async fn accept(
    cloud: &Arc<Cloud>,
    headers: &HeaderMap,
    body: &Body,
    judge: fn(Vec<Record>) -> Result<Job, RowError>,
) -> Result<Accepted, ApiError> {
    let Upload { text, records } = Upload::read(headers, body)?;
    let job = judge(records).map_err(|error| ApiError::validation(format!("{error}.")))?;
    let id = bulk::accept(cloud, text, job).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "bulkOpsRequestId": id }))))
}
