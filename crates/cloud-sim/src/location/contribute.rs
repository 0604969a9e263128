//! Contributions: what a device heard at a place that it knows (facts 5.4). They are kept, and move no position.

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    coordinates::{self, number, rounded},
    survey::{CellFields, Survey},
};
use crate::{
    api_error::ApiError,
    auth::Asker,
    body::{self, Body},
    clock::{self, iso8601},
    cloud::{Cloud, lock},
    query::{self, Page, Params, Standing},
    random,
    store::{Found, StoreError},
};

const KIND: &str = "contribution";

/// Of each team, oldest first.
#[derive(Default)]
pub(crate) struct Contributions(HashMap<String, Vec<Contribution>>);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Contribution {
    id: String,
    device: Device,
    contributions: Vec<Part>,
    position: Place,
    created_at: SystemTime,
}

/// LocationContribution of the API's description.
#[derive(Deserialize)]
struct Input {
    device: Option<Device>,
    contributions: Vec<Part>,
    position: Place,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Device {
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    firmware_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modem_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Part {
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wifi: Option<Vec<Value>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    lat: f64,
    lon: f64,
    uncertainty: f64,
}

impl Contributions {
    pub(crate) fn load(found: &mut Found) -> Result<Self, StoreError> {
        let by_team = found.take_by_team::<Contribution>(KIND)?.into_iter().map(|(team, items)| {
            let mut items: Vec<Contribution> = items.into_iter().map(|(_, item)| item).collect();
            items.sort_by(|one, other| one.standing().cmp(&other.standing()));
            (team, items)
        });
        Ok(Self(by_team.collect()))
    }
}

pub(crate) async fn create(
    asker: Asker,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let Input { device, contributions, position } = body::json(&headers, &body)?;
    coordinates::check(position.lat, position.lon)?;
    if contributions.is_empty() {
        return Err(ApiError::validation("contributions is empty."));
    }
    for part in &contributions {
        part.judge()?;
    }
    let mut device = device.unwrap_or_default();
    device.id = device.id.or_else(|| asker.device_id.clone());
    let id = random::uuid()?;
    let created_at = cloud.moment();
    let contribution = Contribution { id: id.clone(), device, contributions, position, created_at };
    cloud.store.put(KIND, &asker.team.key(&id), &contribution);
    let mut kept = lock(&cloud.located.contributions);
    let kept = kept.0.entry(asker.team.id().to_owned()).or_default();
    query::keep(kept, contribution, Contribution::standing);
    Ok(Json(json!({ "id": id })))
}

/// Newest first unless asked otherwise.
pub(crate) async fn list(
    asker: Asker,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let page = Page::of(&mut params)?;
    let descending = params.descending(true)?;
    params.finish()?;
    let contributions = lock(&cloud.located.contributions);
    let items = contributions.0.get(asker.team.id()).map_or([].as_slice(), Vec::as_slice);
    let (items, next) = page.cut_kept(items, descending, |_| true, Contribution::standing);
    Ok(Json(page.body(items.into_iter().map(Contribution::document).collect(), next)))
}

pub(crate) async fn delete(
    asker: Asker,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let mut contributions = lock(&cloud.located.contributions);
    let items = contributions.0.entry(asker.team.id().to_owned()).or_default();
    let place = items.iter().position(|item| item.id == id);
    let place = place.ok_or_else(|| ApiError::entity_not_found("Contribution", &id))?;
    items.remove(place);
    cloud.store.remove(KIND, &asker.team.key(&id));
    Ok(StatusCode::ACCEPTED)
}

impl Part {
    /// CellObservation and AccessPointObservation: as in a request for a position, each with its time.
    fn judge(&self) -> Result<(), ApiError> {
        if self.cell.is_none() && self.wifi.is_none() {
            return Err(ApiError::validation("A contribution has cell, wifi or both."));
        }
        for observation in self.cell.iter().flatten() {
            check_time(observation)?;
            if !matches!(observation["cellType"].as_str(), Some("LTE" | "LTECATM" | "NBIOT")) {
                return Err(ApiError::validation("cellType must be LTE, LTECATM or NBIOT."));
            }
            let cells = json!({ "lte": [observation["cell"]] });
            let cells: CellFields = serde_json::from_value(cells)
                .map_err(|error| ApiError::validation(format!("The cell is refused: {error}.")))?;
            Survey::default().add_cells(cells)?;
        }
        for observation in self.wifi.iter().flatten() {
            check_time(observation)?;
            Survey::check_access_point(observation.clone())?;
        }
        Ok(())
    }
}

fn check_time(observation: &Value) -> Result<(), ApiError> {
    let time = observation["observedAt"].as_str().and_then(clock::with_millis);
    time.map(|_| ()).ok_or_else(|| ApiError::validation("observedAt must be a date-time in UTC."))
}

impl Contribution {
    fn standing(&self) -> Standing<'_> {
        query::by_time(self.created_at, &self.id)
    }

    fn document(&self) -> Value {
        json!({
            "id": self.id,
            "contributions": self.contributions,
            "device": self.device,
            "position": {
                "lat": number(rounded(self.position.lat)),
                "lon": number(rounded(self.position.lon)),
                "uncertainty": number(self.position.uncertainty),
            },
            "createdAt": iso8601(self.created_at),
        })
    }
}
