//! FOTA jobs and their executions (facts 7.4).

pub(crate) mod executions;
mod input;
mod job;

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
};
use serde_json::{Value, json};

pub(crate) use self::job::Job;
use self::{
    input::Input,
    job::{Execution, ExecutionStatus, Firmware, JobStatus},
};
use crate::{
    api_error::ApiError,
    auth::Member,
    body::{self, Body},
    cloud::{Cloud, lock},
    devices::document,
    files, firmware,
    query::{self, Page, Params},
    random,
    registry::Device,
    team::Tenant,
};

/// How they are called in the state file.
pub(crate) const KIND: &str = "fota-job";

/// The jobs of a team, oldest first.
#[derive(Default)]
pub(crate) struct Jobs(Vec<Job>);

impl Jobs {
    pub(crate) fn load(mut jobs: Vec<Job>) -> Self {
        jobs.sort_by(|one, other| one.standing().cmp(&other.standing()));
        Self(jobs)
    }

    fn get(&self, id: &str) -> Result<&Job, ApiError> {
        self.0.iter().find(|job| job.id == id).ok_or_else(|| no_such_job(id))
    }

    fn get_mut(&mut self, id: &str) -> Result<&mut Job, ApiError> {
        self.0.iter_mut().find(|job| job.id == id).ok_or_else(|| no_such_job(id))
    }

    /// Forgets the jobs whose deletion is done.
    fn purge(&mut self, cloud: &Cloud, team: &Tenant) {
        let now = cloud.clock.now();
        self.0.retain(|job| {
            let gone = job.deleted_at.is_some_and(|deleted_at| deleted_at <= now);
            if gone {
                cloud.store.remove(KIND, &team.key(&job.id));
            }
            !gone
        });
    }
}

/// The jobs of a team, without those that have gone by now.
fn jobs<'a>(cloud: &Cloud, team: &'a Tenant) -> std::sync::MutexGuard<'a, Jobs> {
    let mut jobs = lock(&team.jobs);
    jobs.purge(cloud, team);
    jobs
}

fn keep(cloud: &Cloud, team: &Tenant, job: &Job) {
    cloud.store.put(KIND, &team.key(&job.id), job);
}

fn no_such_job(id: &str) -> ApiError {
    ApiError::entity_not_found("FOTA job", id)
}

/// CreateFOTAJob.
pub(crate) async fn create(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let input: Input = body::json(&headers, &body)?;
    input.check().map_err(|rule| ApiError::validation(format!("{rule}.")))?;
    let team = &member.team;
    let bundle = firmware::find(team, &input.bundle_id)
        .ok_or_else(|| ApiError::entity_not_found("Firmware", &input.bundle_id))?;
    let host = files::host(&cloud, &headers);
    let now = cloud.moment();
    let mut job = Job {
        id: random::uuid()?,
        name: input.name,
        description: input.description,
        status: JobStatus::Created,
        status_detail: None,
        created_at: now,
        last_updated_at: now,
        completed_at: None,
        deleted_at: None,
        target_device_ids: input.device_ids,
        target_identifiers: input.device_identifiers,
        target_tags: input.tags,
        target_firmware_type: input.firmware_type,
        target_firmware_versions: input.firmware_versions,
        target_list_type: input.target_list_type,
        schedule: input.schedule,
        firmware: Firmware {
            host: host.to_owned(),
            file_size: bundle.size(),
            uris: bundle.paths(team),
            kind: bundle.kind,
            version: bundle.version,
            bundle_id: bundle.id,
        },
        executions: Vec::new(),
    };
    if input.auto_apply {
        apply_to_devices(&cloud, team, &mut job, "Job auto applied")?;
    }
    let document = json!({ "jobId": job.id });
    keep(&cloud, team, &job);
    query::keep(&mut lock(&team.jobs).0, job, Job::standing);
    Ok((StatusCode::CREATED, Json(document)))
}

/// One execution for each device that is meant and takes such firmware.
fn apply_to_devices(cloud: &Cloud, team: &Tenant, job: &mut Job, detail: &str) -> Result<(), ApiError> {
    let now = cloud.clock.now();
    let meant: BTreeSet<String> = {
        let registry = cloud.registry();
        let meant = registry.all(team.id()).filter(|device| is_meant(job, device));
        meant.map(|device| device.id.clone()).collect()
    };
    let executions = meant.into_iter().map(|device_id| {
        Ok(Execution {
            id: random::uuid()?,
            device_id,
            status: ExecutionStatus::Queued,
            status_detail: None,
            created_at: now,
            last_updated_at: now,
        })
    });
    let executions = executions.collect::<Result<Vec<_>, getrandom::Error>>()?;
    {
        let mut usage = lock(&cloud.usage);
        let limit = team.limits().map(|limits| limits.monthly_fota_job_executions);
        usage.check(team, "FOTA", limit, executions.len() as u64, now)?;
        usage.record(&cloud.store, team, "FOTA", &job.firmware.kind, executions.len() as u64, now);
    }
    job.executions = executions;
    job.change(JobStatus::InProgress, detail, now);
    job.complete_if_done(now);
    Ok(())
}

fn is_meant(job: &Job, device: &Device) -> bool {
    let named = job.target_device_ids.contains(&device.id)
        || job.target_identifiers.iter().any(|identifier| document::has_identifier(device, identifier));
    let tagged = job.target_tags.iter().any(|tag| device.tags.contains(tag));
    let versions = &job.target_firmware_versions;
    let kind = job.target_firmware_type.as_deref().unwrap_or(&job.firmware.kind);
    let of_version = versions.is_empty()
        || document::version(device, kind).is_some_and(|version| versions.iter().any(|v| v == version));
    let anyone = job.target_device_ids.is_empty()
        && job.target_identifiers.is_empty()
        && job.target_tags.is_empty()
        && !versions.is_empty();
    (named || tagged || anyone) && of_version && device.supports().contains(&job.firmware.kind)
}

/// ListFOTAJobs, newest first.
pub(crate) async fn list(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let page = Page::of(&mut params)?;
    let descending = params.descending(true)?;
    params.finish()?;
    let jobs = jobs(&cloud, &member.team);
    let (items, next) = page.cut_kept(&jobs.0, descending, |_| true, Job::standing);
    Ok(Json(page.body(items.into_iter().map(Job::document).collect(), next)))
}

/// FetchFOTAJob.
pub(crate) async fn fetch(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    jobs(&cloud, &member.team).get(&id).map(|job| Json(job.document()))
}

/// ApplyFOTAJob: for a job that was created without.
pub(crate) async fn apply(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    change(&cloud, &member.team, &id, |job| match job.status {
        JobStatus::Created => apply_to_devices(&cloud, &member.team, job, "Job applied"),
        other => Err(wrong_status(other)),
    })
}

/// CancelFOTAJob: with it every execution that has not ended.
pub(crate) async fn cancel(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<StatusCode, ApiError> {
    let mut params = Params::of(&uri)?;
    let reason = params.one("reason")?;
    params.finish()?;
    let now = cloud.clock.now();
    change(&cloud, &member.team, &id, |job| match job.status {
        JobStatus::Created | JobStatus::InProgress => {
            for execution in job.executions.iter_mut().filter(|execution| !execution.status.is_final()) {
                execution.change(ExecutionStatus::Cancelled, reason.clone(), now);
            }
            job.change(JobStatus::Cancelled, reason.as_deref().unwrap_or("Job cancelled"), now);
            Ok(())
        }
        other => Err(wrong_status(other)),
    })
}

/// DeleteFOTAJob: a job in progress must be cancelled first. It is gone after the time of a bulk operation.
pub(crate) async fn delete(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let now = cloud.clock.now();
    change(&cloud, &member.team, &id, |job| match job.status {
        JobStatus::InProgress => Err(wrong_status(job.status)),
        JobStatus::DeletionInProgress => Ok(()),
        _ => {
            job.change(JobStatus::DeletionInProgress, "Job deletion in progress", now);
            job.deleted_at = now.checked_add(cloud.bulk_delay);
            Ok(())
        }
    })
}

fn change(
    cloud: &Cloud,
    team: &Tenant,
    id: &str,
    change: impl FnOnce(&mut Job) -> Result<(), ApiError>,
) -> Result<StatusCode, ApiError> {
    let mut jobs = jobs(cloud, team);
    let job = jobs.get_mut(id)?;
    change(job)?;
    keep(cloud, team, job);
    Ok(StatusCode::ACCEPTED)
}

fn wrong_status(status: JobStatus) -> ApiError {
    ApiError::validation(format!("The job is {}.", status.name()))
}
