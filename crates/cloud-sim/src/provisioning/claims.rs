//! Claiming and unclaiming (facts 8.1).

use std::{sync::Arc, time::SystemTime};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use pki::attest::{AttestationToken, DeviceType};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{CLAIM, Claimed, Provisioning};
use crate::{
    api_error::{ApiError, Code},
    auth::Member,
    body::{self, Body},
    bulk::{self, Job},
    clock::iso8601,
    cloud::{Cloud, lock},
    onboarding::rfc4180,
    query::Params,
    store::Store,
    team::Tenant,
};

/// "1000 CSV rows (devices, certificates, public keys, claim)" (facts 11.3).
const MAX_ROWS: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Arguments {
    claim_token: String,
    #[serde(default)]
    tags: Vec<String>,
}

/// One row of a bulk claim: `"claimToken"` or `"claimToken","tag,tag"`.
#[derive(Debug)]
pub(crate) struct ClaimRow {
    token: String,
    tags: Vec<String>,
}

/// Why a device cannot be claimed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClaimError {
    #[error("The claim token is not valid: {0}.")]
    Token(String),
    #[error("Device {0} is already claimed by your team.")]
    Yours(String),
    #[error("Device {0} is claimed by another team.")]
    AnothersDevice(String),
    #[error("A tag is 1 to 100 characters without a comma.")]
    Tag,
    /// The commands of rules need IDs.
    #[error("There are no random bytes: {0}.")]
    Random(#[from] getrandom::Error),
}

/// One device by JSON, with `dryrun=true` only in thought, or many by CSV.
pub(crate) async fn claim(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let mut params = Params::of(&uri)?;
    let dry_run = params.flag("dryrun")?;
    params.finish()?;
    if is_csv(&headers)? {
        if dry_run {
            return Err(ApiError::validation("dryrun is for one device."));
        }
        return many(&cloud, &member.team, &body);
    }
    let Arguments { claim_token, tags } = body::json(&headers, &body)?;
    let tags = split(&tags);
    let mut provisioning = lock(&cloud.provisioning);
    let now = cloud.clock.now();
    if dry_run {
        provisioning.judge(&member.team, &claim_token, &tags, &cloud.store)?;
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    let claimed = provisioning.claim(&member.team, &claim_token, tags, now, &cloud.store)?;
    Ok((StatusCode::CREATED, Json(claimed.document())).into_response())
}

/// The old way, a bulk operation.
pub(crate) async fn claim_in_bulk(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    if !is_csv(&headers)? {
        return Err(ApiError::validation("Content-Type is not text/csv."));
    }
    let text = text(&body)?;
    let job = job(text)?;
    let id = bulk::accept(&cloud, &member.team, text.to_owned(), job).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "bulkOpsRequestId": id }))))
}

/// Unclaiming also takes the device out of device management.
pub(crate) async fn unclaim(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let mut provisioning = lock(&cloud.provisioning);
    let id = provisioning.of_team(&member.team, &id)?.id.clone();
    provisioning.claimed.remove(&id);
    cloud.store.remove(CLAIM, &id);
    cloud.registry_mut().delete(member.team.id(), &id, &cloud.store);
    Ok(StatusCode::NO_CONTENT)
}

/// What the text of a bulk claim asks for.
pub(crate) fn job(text: &str) -> Result<Job, ApiError> {
    rows(text).map(Job::Claim)
}

/// One row of the old way.
pub(crate) fn claim_row(
    cloud: &Cloud,
    team: &Tenant,
    row: ClaimRow,
    now: SystemTime,
) -> Result<(), ClaimError> {
    let mut provisioning = lock(&cloud.provisioning);
    provisioning.claim(team, &row.token, row.tags, now, &cloud.store).map(|_claimed| ())
}

/// Does every row, whatever became of the others. The answer is 200 or 201; taken as: 201 if there is a device more.
fn many(cloud: &Cloud, team: &Tenant, body: &Body) -> Result<Response, ApiError> {
    let rows = rows(text(body)?)?;
    let now = cloud.clock.now();
    let mut provisioning = lock(&cloud.provisioning);
    let (mut claimed, mut failed) = (Vec::new(), Vec::new());
    for (place, row) in rows.into_iter().enumerate() {
        match provisioning.claim(team, &row.token, row.tags, now, &cloud.store) {
            Ok(device) => claimed.push(device.id.clone()),
            Err(error) => failed.push(json!({ "row": place, "message": error.to_string() })),
        }
    }
    let status = if claimed.is_empty() { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(json!({ "claimedIds": claimed, "failed": failed }))).into_response())
}

impl Provisioning {
    /// The token's device, if the team could claim it.
    fn judge(
        &mut self,
        team: &Tenant,
        token: &str,
        tags: &[String],
        store: &Store,
    ) -> Result<AttestationToken, ClaimError> {
        if !tags.iter().all(|tag| is_tag(tag)) {
            return Err(ClaimError::Tag);
        }
        // The modem's answer is `%ATTESTTOKEN: "…"`; the service wants what stands between the quotes.
        if token.bytes().any(|b| b.is_ascii_whitespace() || b == b'"') {
            return Err(ClaimError::Token("it is two parts in base64url with a full stop between".into()));
        }
        let token = AttestationToken::decode(token).map_err(|error| ClaimError::Token(error.to_string()))?;
        self.identities.check_token(&token, store).map_err(ClaimError::Token)?;
        let id = token.device_uuid().to_string();
        match self.claimed.get(&id) {
            None => Ok(token),
            Some(claimed) if claimed.tenant_id == team.id() => Err(ClaimError::Yours(id)),
            Some(_) => Err(ClaimError::AnothersDevice(id)),
        }
    }

    fn claim(
        &mut self,
        team: &Tenant,
        token: &str,
        tags: Vec<String>,
        now: SystemTime,
        store: &Store,
    ) -> Result<&Claimed, ClaimError> {
        let token = self.judge(team, token, &tags, store)?;
        let id = token.device_uuid().to_string();
        let commands = self.commands_by_rule(team, &tags, now)?;
        let claimed = Claimed {
            id: id.clone(),
            tenant_id: team.id().to_owned(),
            device_type: type_name(token.device_type()),
            firmware_id: token.firmware_uuid().to_string(),
            tags,
            claimed_at: now,
            commands,
        };
        claimed.save(store);
        Ok(self.claimed.entry(id).insert_entry(claimed).into_mut())
    }
}

impl Claimed {
    /// No `imei`: this form of token has none.
    fn document(&self) -> Value {
        json!({
            "id": self.id,
            "deviceType": self.device_type,
            "firmwareId": self.firmware_id,
            "ownerId": self.tenant_id,
            "ownershipStatus": "IDENTIFIED",
            "tags": self.tags,
            "status": "READY",
            "claimedAt": iso8601(self.claimed_at),
        })
    }
}

impl From<ClaimError> for ApiError {
    fn from(error: ClaimError) -> Self {
        match &error {
            ClaimError::AnothersDevice(id) => {
                Self::coded(Code::OF_ANOTHER_ACCOUNT, error.to_string()).about(id)
            }
            ClaimError::Yours(id) => Self::validation(error.to_string()).about(id),
            ClaimError::Random(error) => Self::internal(error.to_string()),
            _ => Self::validation(error.to_string()),
        }
    }
}

/// Nordic's tool sends no Content-Type for CSV, and its name and value in a header called `contentType` (facts 8.1).
fn is_csv(headers: &HeaderMap) -> Result<bool, ApiError> {
    let value = headers.get(header::CONTENT_TYPE).or_else(|| headers.get("contentType"));
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "text/csv" | "text/plain" | "application/octet-stream" => Ok(true),
        "application/json" => Ok(false),
        _ => Err(ApiError::validation("Content-Type is neither application/json nor text/csv.")),
    }
}

fn text(body: &Body) -> Result<&str, ApiError> {
    std::str::from_utf8(body).map_err(|_| ApiError::validation("The body is not UTF-8 text."))
}

fn rows(text: &str) -> Result<Vec<ClaimRow>, ApiError> {
    let records = rfc4180::read(text).map_err(|error| ApiError::validation(format!("{error}.")))?;
    if !(1..=MAX_ROWS).contains(&records.len()) {
        return Err(ApiError::validation(format!(
            "{} rows, but there must be 1 to {MAX_ROWS}.",
            records.len()
        )));
    }
    let judged = records.into_iter().enumerate().map(|(row, record)| {
        let mut fields = record.fields.into_iter();
        match (fields.next(), fields.next(), fields.next()) {
            (Some(token), tags, None) => Ok(ClaimRow { token, tags: split(tags.as_slice()) }),
            _ => Err(ApiError::validation(format!("[{row}]: a row has one or two columns."))),
        }
    });
    judged.collect()
}

/// Nordic's tool sends all its tags as one, with commas between.
fn split(tags: &[String]) -> Vec<String> {
    let tags = tags.iter().flat_map(|tag| tag.split(',')).map(str::trim);
    tags.filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

/// `location=Trondheim` is one of the examples, so it is not the tag of a device.
pub(super) fn is_tag(text: &str) -> bool {
    (1..=100).contains(&text.chars().count()) && !text.contains(',') && !text.chars().any(char::is_control)
}

/// `nrf9160_SICA`.
fn type_name(kind: DeviceType) -> String {
    match kind.name() {
        Some(name) => name.replacen("nRF", "nrf", 1).replace(' ', "_"),
        None => "unknown".into(),
    }
}
