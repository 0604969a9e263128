//! How an operation runs: PENDING for a third of the delay, IN_PROGRESS for the rest, then row by row to the end.

use std::{
    future::pending as pending_for_ever,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{
    task::{self, JoinHandle},
    time::sleep,
};

use super::{Endpoint, FailedRow, KIND, Operation, Status};
use crate::{
    api_error::ApiError,
    cloud::{Cloud, lock},
    credential::{self, Credential},
    fault::OperationFaults,
    onboarding::{
        self,
        row::{CredentialRow, OnboardRow},
    },
    provisioning::claims::{self, ClaimRow},
    query,
    registry::{NewDevice, RowRefusal},
    team::Tenant,
};

/// The rows of an upload that has passed the published rules.
#[derive(Debug)]
pub(crate) enum Job {
    Onboard(Vec<OnboardRow>),
    RegisterKeys(Vec<CredentialRow>),
    RegisterCertificates(Vec<CredentialRow>),
    Claim(Vec<ClaimRow>),
}

/// Takes a job and returns the ID of its operation. Without a delay it is over when this returns.
pub(crate) async fn accept(
    cloud: &Arc<Cloud>,
    team: &Arc<Tenant>,
    uploaded: String,
    job: Job,
) -> Result<String, ApiError> {
    let requested_at = cloud.clock.now();
    let id = cloud.ulids.next(requested_at)?;
    let operation = Operation {
        id: id.clone(),
        endpoint: job.endpoint(),
        status: Status::Pending,
        requested_at,
        completed_at: None,
        uploaded,
        rows: job.rows(),
        failed: Vec::new(),
        faults: cloud.faults.of_operation(),
    };
    let faults = operation.faults;
    {
        let mut operations = lock(&team.operations);
        cloud.store.put(KIND, &team.key(&id), &operation);
        query::keep(&mut operations.0, operation, Operation::standing);
    }
    // A task of its own, which goes on where whoever asked is gone.
    let running = spawn(cloud, run(Arc::clone(cloud), Arc::clone(team), id.clone(), job, faults));
    if faults.delay(cloud.bulk_delay) == Some(Duration::ZERO) {
        // An error here is a runtime that shuts down.
        let _ = running.await;
    }
    Ok(id)
}

/// Goes on with what a state file has of unfinished operations. A row that was done before is done again, which
/// changes nothing.
pub(crate) fn resume(cloud: &Arc<Cloud>) {
    for team in &cloud.teams {
        let operations = lock(&team.operations);
        let unfinished = operations.0.iter().filter(|operation| operation.completed_at.is_none());
        for operation in unfinished {
            // It was judged when it was taken.
            let Ok(job) = onboarding::job(operation.endpoint, &operation.uploaded) else { continue };
            spawn(
                cloud,
                run(Arc::clone(cloud), Arc::clone(team), operation.id.clone(), job, operation.faults),
            );
        }
    }
}

fn spawn(cloud: &Cloud, running: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    let mut stopped = cloud.stopped.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = running => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    })
}

async fn run(cloud: Arc<Cloud>, team: Arc<Tenant>, id: String, job: Job, faults: OperationFaults) {
    let pending = cloud.bulk_delay / 3;
    sleep(pending).await;
    if let Some(operation) = lock(&team.operations).get_mut(&id) {
        operation.status = Status::InProgress;
    }
    match faults.delay(cloud.bulk_delay) {
        Some(delay) => sleep(delay.saturating_sub(pending)).await,
        None => pending_for_ever().await,
    }
    let (worker, for_team) = (Arc::clone(&cloud), Arc::clone(&team));
    // A thousand certificates take a while. An error here is a runtime that shuts down, and nobody asks any more.
    let Ok(failed) = task::spawn_blocking(move || job.run(&worker, &for_team, faults)).await else { return };
    let completed_at = cloud.clock.now();
    if let Some(operation) = lock(&team.operations).get_mut(&id) {
        operation.status = if failed.is_empty() { Status::Succeeded } else { Status::Failed };
        operation.failed = failed;
        operation.completed_at = Some(completed_at);
        cloud.store.put(KIND, &team.key(&id), operation);
    }
}

impl Job {
    fn rows(&self) -> usize {
        match self {
            Self::Onboard(rows) => rows.len(),
            Self::RegisterKeys(rows) | Self::RegisterCertificates(rows) => rows.len(),
            Self::Claim(rows) => rows.len(),
        }
    }

    fn endpoint(&self) -> Endpoint {
        match self {
            Self::Onboard(_) => Endpoint::OnboardDevices,
            Self::RegisterKeys(_) => Endpoint::RegisterPublicKeys,
            Self::RegisterCertificates(_) => Endpoint::RegisterCertificates,
            Self::Claim(_) => Endpoint::ClaimDeviceOwnership,
        }
    }

    /// Does every row, whatever became of the others, and returns those that failed.
    fn run(self, cloud: &Cloud, team: &Tenant, faults: OperationFaults) -> Vec<FailedRow> {
        let now = cloud.clock.now();
        let tenant_id: Arc<str> = Arc::from(team.id());
        match self {
            Self::Onboard(rows) => each(rows, faults, |row| onboard(cloud, team, row, now)),
            Self::Claim(rows) => each(rows, faults, |row| {
                let claimed = claims::claim_row(cloud, team, row, now);
                claimed.map_err(|error| RowRefusal::Other(error.to_string()))
            }),
            Self::RegisterKeys(rows) => each(rows, faults, |row| {
                let key = credential::public_key(&row.pem)?;
                cloud.registry_mut().register_key(&tenant_id, row.device_id, key, &cloud.store)
            }),
            Self::RegisterCertificates(rows) => each(rows, faults, |row| {
                let certificate = credential::certificate(&row.pem)?;
                let mut registry = cloud.registry_mut();
                registry.register_certificate(&tenant_id, &row.device_id, certificate, now, &cloud.store)
            }),
        }
    }
}

/// Onboards one device: a row of OnboardDevices, or the body of OnboardDevice.
pub(crate) fn onboard(
    cloud: &Cloud,
    team: &Tenant,
    row: OnboardRow,
    now: SystemTime,
) -> Result<(), RowRefusal> {
    let device = NewDevice {
        credential: Credential::read(&row.credential, &row.device_id, team.id())?,
        id: row.device_id,
        sub_type: row.sub_type,
        tags: row.tags,
        firmware_types: row.firmware_types,
    };
    let limit = team.limits().map(|limits| limits.devices);
    cloud.registry_mut().onboard(&Arc::from(team.id()), device, limit, now, &cloud.store)
}

fn each<T>(
    rows: Vec<T>,
    faults: OperationFaults,
    mut act: impl FnMut(T) -> Result<(), RowRefusal>,
) -> Vec<FailedRow> {
    let acted = rows.into_iter().enumerate().map(|(row, content)| match faults.refuse(row) {
        Some(refusal) => (row, Err(refusal)),
        None => (row, act(content)),
    });
    acted.filter_map(|(row, outcome)| outcome.err().map(|refusal| FailedRow { row, refusal })).collect()
}
