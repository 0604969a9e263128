//! Bulk operations: FetchBulkOpsRequest, ListBulkOpsRequests and the files they point to (facts 2).

mod error_file;
mod run;

use std::{sync::Arc, time::SystemTime};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, Uri},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::error_file::FailedRow;
pub(crate) use self::run::{Job, accept, onboard, resume};
use crate::{
    api_error::ApiError,
    auth::Member,
    clock::iso8601,
    cloud::{Cloud, lock},
    fault::OperationFaults,
    files, onboarding,
    query::{self, Page, Params, Standing},
    team::Tenant,
};

/// How they are called in the state file.
pub(crate) const KIND: &str = "bulk-operation";

/// What an operation does; its name in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Endpoint {
    OnboardDevices,
    RegisterPublicKeys,
    RegisterCertificates,
    ClaimDeviceOwnership,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Status {
    Pending,
    InProgress,
    Failed,
    Succeeded,
}

/// One upload and what became of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Operation {
    id: String,
    endpoint: Endpoint,
    status: Status,
    requested_at: SystemTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<SystemTime>,
    uploaded: String,
    /// How many rows that has.
    #[serde(default)]
    rows: usize,
    failed: Vec<FailedRow>,
    #[serde(default, skip_serializing_if = "OperationFaults::is_none")]
    faults: OperationFaults,
}

/// All operations of a team, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Operations(Vec<Operation>);

impl Operations {
    pub(crate) fn load(mut operations: Vec<Operation>) -> Self {
        operations.sort_by(|one, other| one.standing().cmp(&other.standing()));
        Self(operations)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn newest(&self) -> impl Iterator<Item = &Operation> {
        self.0.iter().rev()
    }

    fn get(&self, id: &str) -> Option<&Operation> {
        self.0.iter().rev().find(|operation| operation.id == id)
    }

    fn get_mut(&mut self, id: &str) -> Option<&mut Operation> {
        self.0.iter_mut().rev().find(|operation| operation.id == id)
    }
}

pub(crate) async fn fetch(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let operations = lock(&member.team.operations);
    let operation = operations.get(&id).ok_or_else(|| ApiError::entity_not_found("Bulk operation", &id))?;
    Ok(Json(operation.document(&member.team, &files::origin(&cloud, &headers))))
}

/// Newest first.
pub(crate) async fn list(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let page = Page::of(&mut params)?;
    let status = match params.one("status")? {
        Some(text) => {
            Some(Status::from_name(&text).ok_or_else(|| ApiError::validation("status is unknown."))?)
        }
        None => None,
    };
    let (start, end) = (params.time("startRequestedAt")?, params.time("endRequestedAt")?);
    params.finish()?;

    let operations = lock(&member.team.operations);
    let matching = operations.0.iter().rev().filter(|operation| {
        let requested_at = iso8601(operation.requested_at);
        status.is_none_or(|status| operation.status == status)
            && start.as_ref().is_none_or(|start| *start <= requested_at)
            && end.as_ref().is_none_or(|end| requested_at <= *end)
    });
    let (items, next) = page.cut(matching, true, |operation| operation.standing());
    let origin = files::origin(&cloud, &headers);
    let items = items.iter().map(|operation| operation.document(&member.team, &origin));
    Ok(Json(page.body(items.collect(), next)))
}

/// Content type and content of `/<tenant ID>/<endpoint>/<ID>.csv`, `<ID>.json` and `<ID>-result.json`.
pub(crate) fn file(
    cloud: &Cloud,
    team: &Tenant,
    folder: &str,
    file: &str,
) -> Option<(&'static str, Vec<u8>)> {
    let (name, extension) = file.rsplit_once('.')?;
    let (id, is_result) = name.strip_suffix("-result").map_or((name, false), |id| (id, true));
    let operations = lock(&team.operations);
    let operation = operations.get(id).filter(|operation| folder == operation.endpoint.folder())?;
    match extension {
        "csv" if !is_result => Some(("text/csv", operation.uploaded.clone().into_bytes())),
        "json" if is_result && operation.completed_at.is_some() => {
            Some(("application/json", operation.result().to_string().into_bytes()))
        }
        "json" if !is_result && operation.status == Status::Failed => {
            Some(("application/json", operation.error_file(cloud).into_bytes()))
        }
        _ => None,
    }
}

impl Operation {
    fn standing(&self) -> Standing<'_> {
        query::by_time(self.requested_at, &self.id)
    }

    /// What a person is shown of it.
    pub(crate) fn overview(&self) -> Value {
        const ROWS: usize = 100;
        let failed = self.failed.iter().take(ROWS);
        let failed: Vec<Value> = failed
            .map(|FailedRow { row, refusal }| json!({ "row": row, "message": refusal.to_string() }))
            .collect();
        json!({
            "id": self.id,
            "endpoint": self.endpoint.name(),
            "status": self.status.name(),
            "requestedAt": iso8601(self.requested_at),
            "completedAt": self.completed_at.map(iso8601),
            "rows": self.rows,
            "failed": failed,
            "failedCount": self.failed.len(),
        })
    }

    fn error_file(&self, cloud: &Cloud) -> String {
        error_file::text(self.faults.error_file(cloud.error_file), &self.failed)
    }

    /// Every value is a string and what is not known is absent, for Nordic's tool joins the values as text.
    fn document(&self, team: &Tenant, origin: &str) -> Value {
        let folder = self.endpoint.folder();
        let file = format!("{origin}/{}/{folder}/{}", team.id(), self.id);
        let mut document = json!({
            "bulkOpsRequestId": self.id,
            "endpoint": self.endpoint.name(),
            "status": self.status.name(),
            "requestedAt": iso8601(self.requested_at),
            "uploadedDataUrl": format!("{file}.csv"),
        });
        if let Some(completed_at) = self.completed_at {
            document["completedAt"] = iso8601(completed_at).into();
            document["resultDataUrl"] = format!("{file}-result.json").into();
        }
        if self.status == Status::Failed {
            document["errorSummaryUrl"] = format!("{file}.json").into();
        }
        document
    }

    /// The rows that were taken, by their devices. What the real file holds is not published.
    fn result(&self) -> Value {
        let is_failed = |row: usize| self.failed.iter().any(|failed| failed.row == row);
        let ids = onboarding::device_ids(&self.uploaded);
        let taken = ids.into_iter().enumerate().filter(|(row, _)| !is_failed(*row)).map(|(_, id)| id);
        json!({ "deviceIds": taken.collect::<Vec<_>>() })
    }
}

impl Endpoint {
    fn name(self) -> &'static str {
        match self {
            Self::OnboardDevices => "ONBOARD_DEVICES",
            Self::RegisterPublicKeys => "REGISTER_PUBLIC_KEYS",
            Self::RegisterCertificates => "REGISTER_CERTIFICATES",
            Self::ClaimDeviceOwnership => "CLAIM_DEVICE_OWNERSHIP",
        }
    }

    /// The part of a file's URL.
    fn folder(self) -> &'static str {
        match self {
            Self::OnboardDevices => "onboard_devices",
            Self::RegisterPublicKeys => "register_public_keys",
            Self::RegisterCertificates => "register_certificates",
            Self::ClaimDeviceOwnership => "claim_device_ownership",
        }
    }
}

impl Status {
    const ALL: [Self; 4] = [Self::Pending, Self::InProgress, Self::Failed, Self::Succeeded];

    fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Failed => "FAILED",
            Self::Succeeded => "SUCCEEDED",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}
