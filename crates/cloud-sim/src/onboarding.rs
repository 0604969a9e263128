//! OnboardDevices, OnboardDevice, RegisterPublicKeys and RegisterCertificates (facts 1.1, 1.2 and 3).

pub(crate) mod rfc4180;
pub(crate) mod row;
pub(crate) mod rules;
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
use self::upload::Upload;
use crate::{
    api_error::ApiError,
    auth::Member,
    body::Body,
    bulk::{self, Endpoint, Job},
    cloud::Cloud,
    provisioning,
};

/// 202 and the ID of a bulk operation.
type Accepted = (StatusCode, Json<Value>);

pub(crate) async fn onboard_devices(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Accepted, ApiError> {
    accept(&cloud, &member, &headers, &body, Endpoint::OnboardDevices).await
}

pub(crate) async fn register_public_keys(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Accepted, ApiError> {
    accept(&cloud, &member, &headers, &body, Endpoint::RegisterPublicKeys).await
}

pub(crate) async fn register_certificates(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Accepted, ApiError> {
    accept(&cloud, &member, &headers, &body, Endpoint::RegisterCertificates).await
}

/// An upload is taken whole or refused whole; what is wrong inside a certificate comes out when the operation runs.
async fn accept(
    cloud: &Arc<Cloud>,
    member: &Member,
    headers: &HeaderMap,
    body: &Body,
    endpoint: Endpoint,
) -> Result<Accepted, ApiError> {
    let text = upload::text(headers, body)?;
    let job = job(endpoint, &text)?;
    let id = bulk::accept(cloud, &member.team, text, job).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "bulkOpsRequestId": id }))))
}

/// What the text of an upload asks for.
pub(crate) fn job(endpoint: Endpoint, text: &str) -> Result<Job, ApiError> {
    let Upload { records } = Upload::read(text)?;
    let job = match endpoint {
        Endpoint::OnboardDevices => row::onboard_rows(records).map(Job::Onboard),
        Endpoint::RegisterPublicKeys => row::public_key_rows(records).map(Job::RegisterKeys),
        Endpoint::ClaimDeviceOwnership => return provisioning::claims::job(text),
        Endpoint::RegisterCertificates => row::certificate_rows(records).map(Job::RegisterCertificates),
    };
    job.map_err(|error| ApiError::validation(format!("{error}.")))
}

/// The first column of an upload that was taken.
pub(crate) fn device_ids(text: &str) -> Vec<String> {
    let records = rfc4180::read(text).unwrap_or_default();
    records.into_iter().filter_map(|record| record.fields.into_iter().next()).collect()
}
