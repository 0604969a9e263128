//! One device's part of a job.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    job::{Execution, ExecutionStatus, Job, JobStatus},
    jobs, keep, no_such_job,
};
use crate::{
    api_error::{ApiError, Code},
    auth::{Caller, Member},
    body::{self, Body},
    cloud::Cloud,
    devices::no_such_device,
    query::{self, Page, Params},
};

/// FetchCurrentPendingFOTAJobExecution: the oldest that has not ended.
pub(crate) async fn current(
    caller: Caller,
    State(cloud): State<Arc<Cloud>>,
    Path(device_id): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    caller.check_device(&device_id)?;
    let mut params = Params::of(&uri)?;
    let kind = params.one("firmwareType")?;
    params.finish()?;
    let team = caller.team();
    if cloud.registry().device(team.id(), &device_id).is_none() {
        return Err(no_such_device(&device_id));
    }
    let jobs = jobs(&cloud, team);
    let of_kind = |job: &&Job| kind.as_ref().is_none_or(|kind| *kind == job.firmware.kind);
    let pending = jobs.0.iter().filter(of_kind).find_map(|job| {
        let execution = of_device(job, &device_id)?;
        (!execution.status.is_final()).then(|| execution.document(job, team.id()))
    });
    let none = || {
        let message = format!("Device {device_id} has no pending FOTA job execution.");
        ApiError::coded(Code::NOTHING_FOUND, message).about(&device_id)
    };
    pending.map(Json).ok_or_else(none)
}

/// FetchFOTAJobExecution.
pub(crate) async fn fetch(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path((device_id, job_id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let jobs = jobs(&cloud, &member.team);
    let job = jobs.get(&job_id)?;
    let execution = of_device(job, &device_id).ok_or_else(|| no_such_execution(&device_id, &job_id))?;
    Ok(Json(execution.document(job, member.team.id())))
}

/// ListFOTAJobExecutionsForDevice, newest first.
pub(crate) async fn list_for_device(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(device_id): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let page = Page::alone(&uri)?;
    if cloud.registry().device(member.team.id(), &device_id).is_none() {
        return Err(no_such_device(&device_id));
    }
    let jobs = jobs(&cloud, &member.team);
    let executions = jobs.0.iter().rev().filter_map(|job| Some((job, of_device(job, &device_id)?)));
    let (items, next) = page.cut(executions, true, |(job, _)| job.standing());
    let items = items.into_iter().map(|(job, execution)| execution.document(job, member.team.id()));
    Ok(Json(page.body(items.collect(), next)))
}

/// ListFOTAJobExecutionStatuses.
pub(crate) async fn list_statuses(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(job_id): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let page = Page::of(&mut params)?;
    let status: Option<ExecutionStatus> = match params.one("status")? {
        Some(text) => {
            let known = serde_json::from_value(Value::from(text));
            Some(known.map_err(|_| ApiError::validation("status is unknown."))?)
        }
        None => None,
    };
    params.finish()?;
    let jobs = jobs(&cloud, &member.team);
    let job = jobs.get(&job_id)?;
    let matching = job.executions.iter().filter(|execution| status.is_none_or(|s| s == execution.status));
    let (items, next) = page.cut(matching, false, |execution| query::by_id(&execution.device_id));
    Ok(Json(page.body(items.into_iter().map(Execution::state).collect(), next)))
}

#[derive(Deserialize)]
struct Update {
    status: ExecutionStatus,
    details: Option<String>,
}

/// UpdateFOTAJobExecutionStatus: what has ended stays as it is; what ends may complete its job.
pub(crate) async fn update(
    caller: Caller,
    State(cloud): State<Arc<Cloud>>,
    Path((device_id, job_id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    caller.check_device(&device_id)?;
    let Update { status, details } = body::json(&headers, &body).map_err(|error| error.about(&device_id))?;
    let team = caller.team();
    let now = cloud.clock.now();
    let mut jobs = jobs(&cloud, team);
    let job = jobs.0.iter_mut().find(|job| job.id == job_id).ok_or_else(|| no_such_job(&job_id))?;
    let open = job.status == JobStatus::InProgress;
    let execution = job.executions.iter_mut().find(|execution| execution.device_id == device_id);
    let execution = execution.ok_or_else(|| no_such_execution(&device_id, &job_id))?;
    if !open || execution.status.is_final() {
        return Err(ApiError::validation("The execution has ended.").about(&device_id));
    }
    execution.change(status, details, now);
    job.last_updated_at = now;
    job.complete_if_done(now);
    keep(&cloud, team, job);
    Ok(StatusCode::ACCEPTED)
}

fn of_device<'a>(job: &'a Job, device_id: &str) -> Option<&'a Execution> {
    job.executions.iter().find(|execution| execution.device_id == device_id)
}

fn no_such_execution(device_id: &str, job_id: &str) -> ApiError {
    ApiError::entity_not_found("FOTA job execution", &format!("{device_id} of {job_id}")).about(device_id)
}
