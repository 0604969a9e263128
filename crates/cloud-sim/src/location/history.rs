//! GetLocationHistory and DeleteLocationHistory: where devices were (facts 5.4).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, Uri},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    anchors::Anchor,
    coordinates::{number, rounded},
    fix::Fix,
};
use crate::{
    api_error::ApiError,
    auth::{Asker, Member},
    clock::iso8601,
    cloud::{Cloud, lock},
    devices::document,
    query::{self, Page, Params, Standing},
    random,
    store::{Found, StoreError},
    team::Role,
};

/// How records are called in the state file.
const KIND: &str = "location";

/// "data kept ~27 weeks"
const KEPT: Duration = Duration::from_secs(27 * 7 * 24 * 3600);

/// The records of each team, oldest first.
#[derive(Default)]
pub(crate) struct History(HashMap<String, Vec<Record>>);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    id: String,
    device_id: String,
    service_type: String,
    inserted_at: SystemTime,
    latitude: f64,
    longitude: f64,
    uncertainty: f64,
    /// `acc`, `alt`, `spd` and `hdg` of a receiver; else empty.
    meta: Map<String, Value>,
    anchors: Vec<Value>,
}

impl History {
    pub(crate) fn load(found: &mut Found) -> Result<Self, StoreError> {
        let by_team = found.take_by_team::<Record>(KIND)?.into_iter().map(|(team, records)| {
            let mut records: Vec<Record> = records.into_iter().map(|(_, record)| record).collect();
            records.sort_by(|one, other| one.standing().cmp(&other.standing()));
            (team, records)
        });
        Ok(Self(by_team.collect()))
    }
}

/// Notes where the asker's device was found. Where no device is named there is nothing to note.
pub(super) fn record(cloud: &Cloud, asker: &Asker, fix: &Fix) -> Result<(), ApiError> {
    let anchors = fix.anchors.iter().map(Anchor::meta).collect();
    let uncertainty = fix.position.uncertainty;
    let (latitude, longitude) = (fix.position.latitude, fix.position.longitude);
    let service = fix.kind.name(asker.evaluation);
    insert(cloud, asker, service, (latitude, longitude, uncertainty), Map::new(), anchors)
}

/// Notes what the device's own receiver says.
pub(super) fn record_gnss(
    cloud: &Cloud,
    asker: &Asker,
    position: (f64, f64, f64),
    meta: Map<String, Value>,
) -> Result<(), ApiError> {
    insert(cloud, asker, "GNSS", position, meta, Vec::new())
}

fn insert(
    cloud: &Cloud,
    asker: &Asker,
    service: &str,
    (latitude, longitude, uncertainty): (f64, f64, f64),
    meta: Map<String, Value>,
    anchors: Vec<Value>,
) -> Result<(), ApiError> {
    let Some(device_id) = asker.device_id.clone() else { return Ok(()) };
    let id = random::uuid()?;
    let service_type = service.to_owned();
    let inserted_at = cloud.moment();
    let record =
        Record { id, device_id, service_type, inserted_at, latitude, longitude, uncertainty, meta, anchors };
    cloud.store.put(KIND, &asker.team.key(&record.id), &record);
    let mut history = lock(&cloud.located.history);
    let records = history.0.entry(asker.team.id().to_owned()).or_default();
    query::keep(records, record, Record::standing);
    Ok(())
}

/// Newest first unless asked otherwise. Only admins and owners see the places of all devices at once.
pub(crate) async fn list(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let page = Page::of(&mut params)?;
    let descending = params.descending(true)?;
    let latest = params.flag("latest")?;
    let device_ids = params.list("deviceId");
    let (tags, identifiers) = (params.list("tags"), params.list("deviceIdentifier"));
    let start = params.time("inclusiveStart")?.or(params.time("start")?);
    let end = params.time("inclusiveEnd")?.or(params.time("end")?);
    params.finish()?;
    if device_ids.is_empty() && member.role < Role::Admin {
        return Err(ApiError::access_denied("the places of all devices are for admins and owners"));
    }
    let chosen = devices(&cloud, &member, &tags, &identifiers);

    let oldest = cloud.clock.now().checked_sub(KEPT).unwrap_or(SystemTime::UNIX_EPOCH);
    let history = lock(&cloud.located.history);
    let records = history.0.get(member.team.id()).map_or([].as_slice(), Vec::as_slice);
    let matching = |record: &&Record| {
        let at = iso8601(record.inserted_at);
        record.inserted_at >= oldest
            && (device_ids.is_empty() || device_ids.contains(&record.device_id))
            && chosen.as_ref().is_none_or(|chosen| chosen.contains(&record.device_id))
            && start.as_ref().is_none_or(|start| *start <= at)
            && end.as_ref().is_none_or(|end| at <= *end)
    };
    let mut seen = HashSet::new();
    let mut newest_first: Vec<&Record> = records.iter().rev().filter(matching).collect();
    newest_first.retain(|record| !latest || seen.insert(&record.device_id));
    if !descending {
        newest_first.reverse();
    }
    let (items, next) = page.cut(newest_first.into_iter(), descending, |record| record.standing());
    Ok(Json(page.body(items.into_iter().map(Record::document).collect(), next)))
}

pub(crate) async fn delete(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path((device_id, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let mut history = lock(&cloud.located.history);
    let records = history.0.entry(member.team.id().to_owned()).or_default();
    let place = records.iter().position(|record| record.device_id == device_id && record.id == id);
    let place = place.ok_or_else(|| ApiError::entity_not_found("Location", &id).about(&device_id))?;
    records.remove(place);
    cloud.store.remove(KIND, &member.team.key(&id));
    Ok(StatusCode::ACCEPTED)
}

/// The onboarded devices with one of the tags and one of the identifiers; None where neither is asked for.
fn devices(
    cloud: &Cloud,
    member: &Member,
    tags: &[String],
    identifiers: &[String],
) -> Option<HashSet<String>> {
    if tags.is_empty() && identifiers.is_empty() {
        return None;
    }
    let registry = cloud.registry();
    let chosen = registry.all(member.team.id()).filter(|device| {
        (tags.is_empty() || tags.iter().any(|tag| device.tags.contains(tag)))
            && (identifiers.is_empty() || identifiers.iter().any(|id| document::has_identifier(device, id)))
    });
    Some(chosen.map(|device| device.id.clone()).collect())
}

impl Record {
    fn standing(&self) -> Standing<'_> {
        query::by_time(self.inserted_at, &self.id)
    }

    /// Numbers are strings here.
    fn document(&self) -> Value {
        let text = |value: f64| number(rounded(value)).to_string();
        let mut document = json!({
            "id": self.id,
            "deviceId": self.device_id,
            "serviceType": self.service_type,
            "insertedAt": iso8601(self.inserted_at),
            "lat": text(self.latitude),
            "lon": text(self.longitude),
            "uncertainty": text(self.uncertainty),
            "meta": self.meta,
        });
        if !self.anchors.is_empty() {
            document["anchors"] = self.anchors.clone().into();
        }
        document
    }
}
