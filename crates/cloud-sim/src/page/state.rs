//! `/admin/state`: all that the page shows, as JSON. No key, no token and no certificate is in it.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    bulk::Operation,
    clock::iso8601,
    cloud::{Cloud, lock},
    credential::Credential,
    provisioning::Claimed,
    random::hex,
    refusal::Refusal,
    registry::Registry,
    team::Tenant,
};

/// How many of each kind are shown; the numbers beside them count all.
const SHOWN: usize = 200;

/// With an entity tag, so that asking every second costs little while nothing happens.
pub(crate) async fn state(State(cloud): State<Arc<Cloud>>, headers: HeaderMap) -> Response {
    let body = document(&cloud).to_string();
    let tag = format!("\"{}\"", hex(&Sha256::digest(&body)[..16]));
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { body.into_response() };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn document(cloud: &Cloud) -> Value {
    let refusals = cloud.refusals.all();
    json!({
        "teams": cloud.teams.iter().map(|team| of_team(cloud, team)).collect::<Vec<_>>(),
        "refusalCount": refusals.len(),
        "refusals": refusals.iter().rev().take(SHOWN).map(refusal).collect::<Vec<_>>(),
        "faults": cloud.faults.report().iter().map(|report| json!({
            "fault": report.fault.to_string(), "asked": report.asked, "fired": report.fired,
        })).collect::<Vec<_>>(),
    })
}

fn of_team(cloud: &Cloud, team: &Tenant) -> Value {
    // One lock at a time: whoever holds several takes the registry last.
    let (devices, device_count, keys, key_count) = {
        let registry = cloud.registry();
        let mut keys = registry.registered(team.id());
        keys.sort_unstable();
        let shown: Vec<&str> = keys.iter().take(SHOWN).copied().collect();
        (devices(&registry, team), registry.count(team.id()), json!(shown), keys.len())
    };
    let (operations, operation_count) = {
        let operations = lock(&team.operations);
        let newest: Vec<Value> = operations.newest().take(SHOWN).map(Operation::overview).collect();
        (newest, operations.count())
    };
    let (claimed, claimed_count) = {
        let provisioning = lock(&cloud.provisioning);
        let shown: Vec<Value> = provisioning.claimed(team.id()).take(SHOWN).map(Claimed::overview).collect();
        (shown, provisioning.claimed(team.id()).count())
    };
    json!({
        "name": team.access.name(),
        "tenantId": team.id(),
        "organization": team.access.organization(),
        "project": team.access.project(),
        "devices": devices,
        "deviceCount": device_count,
        "registeredKeys": keys,
        "registeredKeyCount": key_count,
        "operations": operations,
        "operationCount": operation_count,
        "claimed": claimed,
        "claimedCount": claimed_count,
    })
}

fn devices(registry: &Registry, team: &Tenant) -> Vec<Value> {
    let shown = registry.all(team.id()).take(SHOWN).map(|device| {
        let credential = match device.credential {
            Credential::Certificate(_) => "certificate",
            Credential::PublicKey(_) => "public key",
            Credential::OnboardingToken => "onboarding token",
        };
        json!({
            "id": device.id,
            "name": device.name(),
            "subType": device.sub_type.as_deref().unwrap_or_default(),
            "tags": device.tags,
            "credential": credential,
            "createdAt": device.created(),
        })
    });
    shown.collect()
}

fn refusal(refusal: &Refusal) -> Value {
    let Refusal { at, method, path, status, code, device_id, reason } = refusal;
    json!({
        "at": iso8601(*at),
        "method": method,
        "path": path,
        "status": status,
        "code": code,
        "deviceId": device_id,
        "reason": reason,
    })
}
