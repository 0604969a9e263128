//! Alerts that devices raised with messages whose `appId` is ALERT: ListDeviceAlerts, ArchiveDeviceAlert and
//! RestoreDeviceAlert (facts 7.5).

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Json,
    extract::{Path, State},
    http::Uri,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    api_error::ApiError,
    auth::Member,
    clock::iso8601,
    cloud::{Cloud, lock},
    query::{self, Page, Params, Standing},
    random,
    team::Tenant,
};

/// How they are called in the state file.
pub(crate) const KIND: &str = "alert";

/// The alerts of a team, oldest first.
#[derive(Default)]
pub(crate) struct Alerts(pub(crate) Vec<Alert>);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Alert {
    id: String,
    device_id: String,
    /// By the device's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<SystemTime>,
    pub(crate) received_at: SystemTime,
    /// When, and by which user.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<(SystemTime, String)>,
    archived: bool,
    original: Value,
}

pub(crate) fn raise(cloud: &Cloud, team: &Tenant, device_id: &str, message: &Value) -> Result<(), ApiError> {
    let created_at = message["ts"].as_u64();
    let created_at = created_at.and_then(|ts| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(ts)));
    let alert = Alert {
        id: random::uuid()?,
        device_id: device_id.to_owned(),
        created_at,
        received_at: cloud.moment(),
        changed: None,
        archived: false,
        original: message.clone(),
    };
    let mut alerts = lock(&team.alerts);
    cloud.store.put(KIND, &team.key(&alert.id), &alert);
    query::keep(&mut alerts.0, alert, Alert::standing);
    Ok(())
}

/// Newest first.
pub(crate) async fn list(member: Member, uri: Uri) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let page = Page::of(&mut params)?;
    let descending = params.descending(true)?;
    // Which of the two names the parameter has is not known.
    let device_ids = [params.list("deviceId"), params.list("deviceIds")].concat();
    let archived = match params.one("status")?.as_deref() {
        None => None,
        Some("ACTIVE") => Some(false),
        Some("ARCHIVED") => Some(true),
        Some(_) => return Err(ApiError::validation("status must be ACTIVE or ARCHIVED.")),
    };
    params.finish()?;
    let alerts = lock(&member.team.alerts);
    let matches = |alert: &Alert| {
        (device_ids.is_empty() || device_ids.contains(&alert.device_id))
            && archived.is_none_or(|archived| archived == alert.archived)
    };
    let (items, next) = page.cut_kept(&alerts.0, descending, matches, Alert::standing);
    Ok(Json(page.body(items.into_iter().map(Alert::document).collect(), next)))
}

pub(crate) async fn archive(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    change(&member, &cloud, &id, true)
}

pub(crate) async fn restore(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    change(&member, &cloud, &id, false)
}

fn change(member: &Member, cloud: &Cloud, id: &str, archived: bool) -> Result<Json<Value>, ApiError> {
    let mut alerts = lock(&member.team.alerts);
    let alert = alerts.0.iter_mut().find(|alert| alert.id == id);
    let alert = alert.ok_or_else(|| ApiError::entity_not_found("Alert", id))?;
    if alert.archived != archived {
        alert.archived = archived;
        alert.changed = Some((cloud.clock.now(), member.user_id.clone()));
        cloud.store.put(KIND, &member.team.key(id), alert);
    }
    Ok(Json(alert.document()))
}

impl Alert {
    pub(crate) fn standing(&self) -> Standing<'_> {
        query::by_time(self.received_at, &self.id)
    }

    fn document(&self) -> Value {
        let mut document = json!({
            "id": self.id,
            "deviceId": self.device_id,
            "receivedAt": iso8601(self.received_at),
            "status": if self.archived { "ARCHIVED" } else { "ACTIVE" },
            "originalMessage": self.original,
        });
        if let Some(created_at) = self.created_at {
            document["createdAt"] = iso8601(created_at).into();
        }
        if let Some((at, user_id)) = &self.changed {
            document["statusChangedAt"] = iso8601(*at).into();
            document["statusChangedBy"] = user_id.as_str().into();
        }
        document
    }
}
