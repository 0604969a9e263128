//! Anchors: access points of the team's own, whose places it knows (facts 5.4).

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    coordinates::{self, number, rounded},
    mac::Mac,
};
use crate::{
    api_error::ApiError,
    auth::Member,
    body::{self, Body},
    clock::iso8601,
    cloud::{Cloud, lock},
    query::{self, Page},
    store::{Found, StoreError},
    team::Tenant,
};

const KIND: &str = "anchor";

/// By team, then by address.
#[derive(Default)]
pub(crate) struct Anchors(BTreeMap<String, BTreeMap<String, Anchor>>);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Anchor {
    mac_address: Mac,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    created_at: SystemTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<SystemTime>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    mac_address: Mac,
    lat: f64,
    lon: f64,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Update {
    lat: Option<f64>,
    lon: Option<f64>,
    name: Option<String>,
}

impl Anchors {
    pub(crate) fn load(found: &mut Found) -> Result<Self, StoreError> {
        let by_team = found.take_by_team(KIND)?.into_iter();
        Ok(Self(by_team.map(|(team, anchors)| (team, anchors.into_iter().collect())).collect()))
    }

    /// The team's anchors among these access points.
    pub(super) fn heard(&self, team: &Tenant, access_points: &[Mac]) -> Vec<Anchor> {
        let Some(anchors) = self.0.get(team.id()) else { return Vec::new() };
        access_points.iter().filter_map(|mac| anchors.get(&mac.to_string())).cloned().collect()
    }

    fn of(&mut self, team: &Tenant) -> &mut BTreeMap<String, Anchor> {
        self.0.entry(team.id().to_owned()).or_default()
    }
}

pub(crate) async fn create(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let Input { mac_address, lat, lon, name } = body::json(&headers, &body)?;
    coordinates::check(lat, lon)?;
    check_name(name.as_deref())?;
    let mut anchors = lock(&cloud.located.anchors);
    let key = mac_address.to_string();
    if anchors.of(&member.team).contains_key(&key) {
        return Err(ApiError::validation(format!("Anchor {key} already exists.")));
    }
    let created_at = cloud.clock.now();
    let anchor = Anchor { mac_address, latitude: lat, longitude: lon, name, created_at, updated_at: None };
    cloud.store.put(KIND, &member.team.key(&key), &anchor);
    anchors.of(&member.team).insert(key, anchor);
    Ok(StatusCode::ACCEPTED)
}

pub(crate) async fn list(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let page = Page::alone(&uri)?;
    let mut anchors = lock(&cloud.located.anchors);
    let (items, next) = page.cut(anchors.of(&member.team).iter(), false, |(key, _)| query::by_id(key));
    Ok(Json(page.body(items.into_iter().map(|(_, anchor)| anchor.document()).collect(), next)))
}

pub(crate) async fn fetch(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(mac): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let key = key(&mac)?;
    let mut anchors = lock(&cloud.located.anchors);
    let anchor = anchors.of(&member.team).get(&key).ok_or_else(|| not_found(&key))?;
    Ok(Json(anchor.document()))
}

pub(crate) async fn update(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(mac): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let key = key(&mac)?;
    let Update { lat, lon, name } = body::json(&headers, &body)?;
    check_name(name.as_deref())?;
    let mut anchors = lock(&cloud.located.anchors);
    let anchor = anchors.of(&member.team).get_mut(&key).ok_or_else(|| not_found(&key))?;
    let (latitude, longitude) = (lat.unwrap_or(anchor.latitude), lon.unwrap_or(anchor.longitude));
    coordinates::check(latitude, longitude)?;
    anchor.latitude = latitude;
    anchor.longitude = longitude;
    anchor.name = name.or_else(|| anchor.name.take());
    anchor.updated_at = Some(cloud.clock.now());
    cloud.store.put(KIND, &member.team.key(&key), anchor);
    Ok(StatusCode::ACCEPTED)
}

pub(crate) async fn delete(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(mac): Path<String>,
) -> Result<StatusCode, ApiError> {
    let key = key(&mac)?;
    let removed = lock(&cloud.located.anchors).of(&member.team).remove(&key);
    removed.ok_or_else(|| not_found(&key))?;
    cloud.store.remove(KIND, &member.team.key(&key));
    Ok(StatusCode::ACCEPTED)
}

impl Anchor {
    fn document(&self) -> Value {
        let mut document = json!({
            "macAddress": self.mac_address,
            "lat": number(rounded(self.latitude)),
            "lon": number(rounded(self.longitude)),
            "createdAt": iso8601(self.created_at),
        });
        if let Some(time) = self.updated_at {
            document["updatedAt"] = iso8601(time).into();
        }
        if let Some(name) = &self.name {
            document["name"] = name.as_str().into();
        }
        document
    }

    /// As it stands in a location.
    pub(super) fn meta(&self) -> Value {
        match &self.name {
            Some(name) => json!({ "macAddress": self.mac_address, "name": name }),
            None => json!({ "macAddress": self.mac_address }),
        }
    }
}

fn check_name(name: Option<&str>) -> Result<(), ApiError> {
    match name {
        Some(name) if name.chars().count() > 32 => {
            Err(ApiError::validation("name has at most 32 characters."))
        }
        _ => Ok(()),
    }
}

/// Addresses in a path have either form too.
fn key(text: &str) -> Result<String, ApiError> {
    let mac =
        Mac::read(text).ok_or_else(|| ApiError::validation("macAddress is not six pairs of hex digits."))?;
    Ok(mac.to_string())
}

fn not_found(key: &str) -> ApiError {
    ApiError::entity_not_found("Anchor", key)
}
