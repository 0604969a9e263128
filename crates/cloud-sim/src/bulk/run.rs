//! How an operation runs: PENDING for a third of the delay, IN_PROGRESS for the rest, then row by row to the end.

use std::{sync::Arc, time::SystemTime};

use tokio::{task, time::sleep};

use super::{Endpoint, FailedRow, Operation, Status, ulid};
use crate::{
    api_error::ApiError,
    cloud::{Cloud, lock},
    credential::{self, Credential},
    onboarding::row::{CredentialRow, OnboardRow},
    registry::{Device, RowRefusal},
};

/// The rows of an upload that has passed the published rules.
#[derive(Debug)]
pub(crate) enum Job {
    Onboard(Vec<OnboardRow>),
    RegisterKeys(Vec<CredentialRow>),
    RegisterCertificates(Vec<CredentialRow>),
}

/// Takes a job and returns the ID of its operation. Without a delay it is over when this returns.
pub(crate) async fn accept(cloud: &Arc<Cloud>, uploaded: String, job: Job) -> Result<String, ApiError> {
    let requested_at = cloud.clock.now();
    let id = ulid::new(requested_at).map_err(|error| ApiError::internal(error.to_string()))?;
    lock(&cloud.operations).0.push(Operation {
        id: id.clone(),
        endpoint: job.endpoint(),
        status: Status::Pending,
        requested_at,
        completed_at: None,
        uploaded,
        failed: Vec::new(),
    });
    let running = run(Arc::clone(cloud), id.clone(), job);
    if cloud.bulk_delay.is_zero() {
        running.await;
    } else {
        let mut stopped = cloud.stopped.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = running => {}
                _ = stopped.wait_for(|stop| *stop) => {}
            }
        });
    }
    Ok(id)
}

async fn run(cloud: Arc<Cloud>, id: String, job: Job) {
    let pending = cloud.bulk_delay / 3;
    sleep(pending).await;
    if let Some(operation) = lock(&cloud.operations).get_mut(&id) {
        operation.status = Status::InProgress;
    }
    sleep(cloud.bulk_delay.saturating_sub(pending)).await;
    let worker = Arc::clone(&cloud);
    // A thousand certificates take a while. An error here is a runtime that shuts down, and nobody asks any more.
    let Ok(failed) = task::spawn_blocking(move || job.run(&worker)).await else { return };
    let completed_at = cloud.clock.now();
    if let Some(operation) = lock(&cloud.operations).get_mut(&id) {
        operation.status = if failed.is_empty() { Status::Succeeded } else { Status::Failed };
        operation.failed = failed;
        operation.completed_at = Some(completed_at);
    }
}

impl Job {
    fn endpoint(&self) -> Endpoint {
        match self {
            Self::Onboard(_) => Endpoint::OnboardDevices,
            Self::RegisterKeys(_) => Endpoint::RegisterPublicKeys,
            Self::RegisterCertificates(_) => Endpoint::RegisterCertificates,
        }
    }

    /// Does every row, whatever became of the others, and returns those that failed.
    fn run(self, cloud: &Cloud) -> Vec<FailedRow> {
        let now = cloud.clock.now();
        match self {
            Self::Onboard(rows) => each(rows, |row| onboard(cloud, row, now)),
            Self::RegisterKeys(rows) => each(rows, |row| {
                let key = credential::public_key(&row.pem)?;
                lock(&cloud.registry).register_key(row.device_id, key);
                Ok(())
            }),
            Self::RegisterCertificates(rows) => each(rows, |row| {
                let certificate = credential::certificate(&row.pem)?;
                lock(&cloud.registry).register_certificate(&row.device_id, certificate, now)
            }),
        }
    }
}

/// Onboards one device: a row of OnboardDevices, or the body of OnboardDevice.
pub(crate) fn onboard(cloud: &Cloud, row: OnboardRow, now: SystemTime) -> Result<(), RowRefusal> {
    let credential = Credential::read(&row.credential)?;
    lock(&cloud.registry).onboard(Device {
        id: row.device_id,
        sub_type: row.sub_type,
        tags: row.tags,
        firmware_types: row.firmware_types,
        credential,
        created_at: now,
        updated_at: None,
    })
}

fn each<T>(rows: Vec<T>, mut act: impl FnMut(T) -> Result<(), RowRefusal>) -> Vec<FailedRow> {
    let acted = rows.into_iter().enumerate().map(|(row, content)| (row, act(content)));
    acted.filter_map(|(row, outcome)| outcome.err().map(|refusal| FailedRow { row, refusal })).collect()
}
