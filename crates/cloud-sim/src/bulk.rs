//! Bulk operations: FetchBulkOpsRequest, ListBulkOpsRequests and the files they point to (facts 2).

mod error_file;
mod run;
mod ulid;

use std::{sync::Arc, time::SystemTime};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use self::error_file::FailedRow;
pub(crate) use self::run::{Job, accept, onboard};
use crate::{
    api_error::ApiError,
    auth::Team,
    clock::iso8601,
    cloud::{Cloud, lock},
    query::{Page, Params},
};

/// What an operation does; its name in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    OnboardDevices,
    RegisterPublicKeys,
    RegisterCertificates,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Pending,
    InProgress,
    Failed,
    Succeeded,
}

/// One upload and what became of it.
#[derive(Debug)]
pub(crate) struct Operation {
    id: String,
    endpoint: Endpoint,
    status: Status,
    requested_at: SystemTime,
    completed_at: Option<SystemTime>,
    uploaded: String,
    failed: Vec<FailedRow>,
}

/// All operations of the team, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Operations(Vec<Operation>);

impl Operations {
    fn get(&self, id: &str) -> Option<&Operation> {
        self.0.iter().rev().find(|operation| operation.id == id)
    }

    fn get_mut(&mut self, id: &str) -> Option<&mut Operation> {
        self.0.iter_mut().rev().find(|operation| operation.id == id)
    }
}

pub(crate) async fn fetch(
    _team: Team,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let operations = lock(&cloud.operations);
    let operation = operations.get(&id).ok_or_else(|| ApiError::entity_not_found("Bulk operation", &id))?;
    Ok(Json(operation.document(&cloud, &headers)))
}

/// Newest first.
pub(crate) async fn list(
    _team: Team,
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

    let operations = lock(&cloud.operations);
    let matching = operations.0.iter().rev().filter(|operation| {
        let requested_at = iso8601(operation.requested_at);
        status.is_none_or(|status| operation.status == status)
            && start.as_ref().is_none_or(|start| *start <= requested_at)
            && end.as_ref().is_none_or(|end| requested_at <= *end)
    });
    let (items, next) = page.cut(matching, |operation| &operation.id);
    let items: Vec<Value> = items.iter().map(|operation| operation.document(&cloud, &headers)).collect();
    let mut body = json!({ "total": items.len(), "items": items });
    if let Some(token) = next {
        body["pageNextToken"] = token.into();
    }
    Ok(Json(body))
}

/// `/<tenant ID>/<endpoint>/<ID>.csv` and `….json`, without authentication.
pub(crate) async fn download(
    State(cloud): State<Arc<Cloud>>,
    Path((tenant_id, endpoint, file)): Path<(String, String, String)>,
    uri: Uri,
) -> Result<Response, ApiError> {
    let not_found = || ApiError::resource_not_found(uri.path());
    let (id, extension) = file.rsplit_once('.').ok_or_else(not_found)?;
    let operations = lock(&cloud.operations);
    let operation = operations
        .get(id)
        .filter(|operation| tenant_id == cloud.team.tenant_id && endpoint == operation.endpoint.folder())
        .ok_or_else(not_found)?;
    let (content_type, text) = match extension {
        "csv" => ("text/csv", operation.uploaded.clone()),
        "json" if operation.status == Status::Failed => {
            ("application/json", error_file::text(cloud.error_file, &operation.failed))
        }
        _ => return Err(not_found()),
    };
    Ok(([(header::CONTENT_TYPE, content_type)], text).into_response())
}

impl Operation {
    /// Every value is a string and what is not known is absent, for Nordic's tool joins the values as text. There is
    /// no `resultDataUrl`: it is optional, and what the file holds is not published.
    fn document(&self, cloud: &Cloud, headers: &HeaderMap) -> Value {
        // The files are where the client found the simulator, by whatever name that was.
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or(&cloud.authority);
        let folder = self.endpoint.folder();
        let file = format!("http://{host}/{}/{folder}/{}", cloud.team.tenant_id, self.id);
        let mut document = json!({
            "bulkOpsRequestId": self.id,
            "endpoint": self.endpoint.name(),
            "status": self.status.name(),
            "requestedAt": iso8601(self.requested_at),
            "uploadedDataUrl": format!("{file}.csv"),
        });
        if let Some(completed_at) = self.completed_at {
            document["completedAt"] = iso8601(completed_at).into();
        }
        if self.status == Status::Failed {
            document["errorSummaryUrl"] = format!("{file}.json").into();
        }
        document
    }
}

impl Endpoint {
    fn name(self) -> &'static str {
        match self {
            Self::OnboardDevices => "ONBOARD_DEVICES",
            Self::RegisterPublicKeys => "REGISTER_PUBLIC_KEYS",
            Self::RegisterCertificates => "REGISTER_CERTIFICATES",
        }
    }

    /// The part of a file's URL.
    fn folder(self) -> &'static str {
        match self {
            Self::OnboardDevices => "onboard_devices",
            Self::RegisterPublicKeys => "register_public_keys",
            Self::RegisterCertificates => "register_certificates",
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
