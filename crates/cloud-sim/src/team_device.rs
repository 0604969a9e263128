//! Team devices, with which a back end listens on MQTT: CreateTeamDevice and its kin (facts 7.5). There is no MQTT here;
//! their certificates are real.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    api_error::ApiError,
    auth::Member,
    authority::Identity,
    cloud::{Cloud, lock},
    random,
};

/// How they are called in the state file.
pub(crate) const KIND: &str = "team-device";

/// The team devices, by their IDs.
#[derive(Default)]
pub(crate) struct TeamDevices(pub(crate) BTreeMap<String, TeamDevice>);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamDevice {
    certificate: String,
}

pub(crate) async fn create(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let uuid = random::uuid()?;
    make(&member, &cloud, &format!("mqtt-team-{uuid}"))
}

/// The private key is shown once, when it is made.
pub(crate) async fn fetch(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let devices = lock(&member.team.team_devices);
    let device = devices.0.get(&id).ok_or_else(|| no_such_device(&id))?;
    Ok(Json(document(&cloud, &id, &device.certificate)?))
}

pub(crate) async fn rotate(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    if !lock(&member.team.team_devices).0.contains_key(&id) {
        return Err(no_such_device(&id));
    }
    make(&member, &cloud, &id)
}

pub(crate) async fn delete(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    lock(&member.team.team_devices).0.remove(&id).ok_or_else(|| no_such_device(&id))?;
    cloud.store.remove(KIND, &member.team.key(&id));
    Ok(StatusCode::ACCEPTED)
}

fn make(member: &Member, cloud: &Cloud, id: &str) -> Result<(StatusCode, Json<Value>), ApiError> {
    let Identity { certificate, private_key } = cloud.signer()?.identity(id, cloud.clock.now())?;
    let mut document = document(cloud, id, &certificate)?;
    document["privateKey"] = private_key.into();
    let device = TeamDevice { certificate };
    let mut devices = lock(&member.team.team_devices);
    cloud.store.put(KIND, &member.team.key(id), &device);
    devices.0.insert(id.to_owned(), device);
    Ok((StatusCode::CREATED, Json(document)))
}

fn document(cloud: &Cloud, id: &str, certificate: &str) -> Result<Value, ApiError> {
    Ok(json!({ "clientId": id, "caCert": cloud.signer()?.certificate(), "clientCert": certificate }))
}

fn no_such_device(id: &str) -> ApiError {
    ApiError::entity_not_found("Team device", id)
}
