//! Firmware updates over the air: jobs, and what becomes of them on each device.

mod execution;
mod target;
mod wait;

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::client::{Call, Client, DONE};
use crate::error::Error;
use crate::identifier::{BundleId, Uuid};
use crate::json::{answer, open_enum};
use crate::page::{Page, PageLimit, present, sealed};
use crate::parameter::InvalidParameter;

pub use execution::{
    ExecutionState, ExecutionStatus, FotaJobExecution, JobDocument, ListFotaJobExecutionStatuses,
    ListFotaJobExecutionsForDevice,
};
pub use target::{FotaCriteria, FotaTarget, JobSchedule, TargetListType};
pub use wait::{Progress, WaitError, wait};

impl Client {
    /// CreateFOTAJob: `POST /fota-jobs`. Credentials: an API key. Gives the job's ID. Never sent twice.
    ///
    /// # Errors
    ///
    /// [`Error`]; code 40005 when a Developer plan is used up.
    pub async fn create_fota_job(&self, job: &NewFotaJob) -> Result<Uuid, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Created {
            job_id: Uuid,
        }

        let created: Created = Call::new(self, "CreateFOTAJob", Method::POST, &["fota-jobs"])
            .json(job)
            .success(DONE)
            .send(self)
            .await?
            .json()?;
        Ok(created.job_id)
    }

    /// ListFOTAJobs: `GET /fota-jobs`, one page. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_fota_jobs(&self, query: &ListFotaJobs) -> Result<Page<FotaJob>, Error> {
        self.page(query).await
    }

    /// FetchFOTAJob: `GET /fota-jobs/{jobId}`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 404 for an unknown ID.
    pub async fn fetch_fota_job(&self, job_id: &Uuid) -> Result<FotaJob, Error> {
        Call::new(self, "FetchFOTAJob", Method::GET, &["fota-jobs", job_id.as_str()]).send(self).await?.json()
    }

    /// ApplyFOTAJob: `POST /fota-jobs/{jobId}/apply`, for a job that was made without `auto_apply`.
    /// Credentials: an API key. Never sent twice.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn apply_fota_job(&self, job_id: &Uuid) -> Result<(), Error> {
        let path = ["fota-jobs", job_id.as_str(), "apply"];
        Call::new(self, "ApplyFOTAJob", Method::POST, &path).done(self).await
    }

    /// CancelFOTAJob: `PUT /fota-jobs/{jobId}/cancel`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn cancel_fota_job(&self, job_id: &Uuid, reason: Option<&str>) -> Result<(), Error> {
        let path = ["fota-jobs", job_id.as_str(), "cancel"];
        let query = reason.map(|reason| ("reason", reason));
        Call::new(self, "CancelFOTAJob", Method::PUT, &path).query(query).unless_taken().done(self).await
    }

    /// DeleteFOTAJob: `DELETE /fota-jobs/{jobId}`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn delete_fota_job(&self, job_id: &Uuid) -> Result<(), Error> {
        Call::new(self, "DeleteFOTAJob", Method::DELETE, &["fota-jobs", job_id.as_str()]).done(self).await
    }
}

/// A job to make.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewFotaJob {
    bundle_id: BundleId,
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_apply: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(flatten)]
    target: FotaTarget,
}

impl NewFotaJob {
    /// Sends this bundle to these devices, as soon as it is made.
    #[must_use]
    pub fn new(bundle_id: BundleId, target: FotaTarget) -> Self {
        Self { bundle_id, auto_apply: None, name: None, description: None, target }
    }

    /// Whether the job begins at once (as it does when nothing is said) or waits for ApplyFOTAJob.
    #[must_use]
    pub fn auto_apply(self, auto_apply: bool) -> Self {
        Self { auto_apply: Some(auto_apply), ..self }
    }

    /// Gives it a name, at most 64 characters.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a longer one.
    pub fn named(self, name: impl Into<String>) -> Result<Self, InvalidParameter> {
        let name = name.into();
        InvalidParameter::check_length("name", "characters", name.chars().count(), 0, 64)?;
        Ok(Self { name: Some(name), ..self })
    }

    /// Gives it a description, at most 1024 characters.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a longer one.
    pub fn described(self, description: impl Into<String>) -> Result<Self, InvalidParameter> {
        let description = description.into();
        InvalidParameter::check_length("description", "characters", description.chars().count(), 0, 1024)?;
        Ok(Self { description: Some(description), ..self })
    }
}

answer! {
    /// A job. Times are ISO 8601 UTC.
    FotaJob {
        /// Its ID.
        job_id: Uuid,
        /// How far it is.
        status: FotaJobStatus,
    }
    may {
        /// The status in words.
        status_detail: Option<String>,
        /// Name.
        name: Option<String>,
        /// Description.
        description: Option<String>,
        /// When it was made.
        created_at: Option<String>,
        /// When it was last changed.
        last_updated_at: Option<String>,
        /// When it ended.
        completed_at: Option<String>,
        /// The devices.
        target: Option<FotaJobTarget>,
        /// The bundle.
        firmware: Option<FotaJobFirmware>,
        /// How far its executions are.
        execution_stats: Option<ExecutionStats>,
        /// When it begins, where that was set.
        schedule: Option<JobSchedule>,
        /// Whether devices can join later.
        target_list_type: Option<TargetListType>,
    }
}

open_enum! {
    /// How far a job is.
    FotaJobStatus {
        /// Not begun.
        Created = "CREATED",
        /// Begun.
        InProgress = "IN_PROGRESS",
        /// Cancelled.
        Cancelled = "CANCELLED",
        /// Being deleted.
        DeletionInProgress = "DELETION_IN_PROGRESS",
        /// Every execution has ended.
        Completed = "COMPLETED",
    }
}

answer! {
    /// The devices of a job.
    FotaJobTarget {}
    may {
        /// By ID.
        device_ids: Vec<String>,
        /// By tag.
        tags: Vec<String>,
        /// By kind of firmware they have now.
        firmware_type: Option<String>,
        /// By version of it.
        firmware_versions: Vec<String>,
    }
}

answer! {
    /// The bundle of a job.
    FotaJobFirmware {
        /// Its ID.
        bundle_id: BundleId,
    }
    may {
        /// Host of the images.
        host: Option<String>,
        /// Paths of the images.
        uris: Vec<String>,
        /// Size in bytes.
        file_size: Option<u64>,
        /// Firmware type; words that this crate does not know included.
        firmware_type: Option<String>,
        /// Version.
        version: Option<String>,
    }
}

answer! {
    /// Number of executions by status.
    ExecutionStats {}
    may {
        /// Devices.
        devices: u64,
        /// Executions.
        executions: u64,
        /// Executions that have ended.
        completed_executions: u64,
        /// Waiting.
        queued: u64,
        /// Begun.
        in_progress: u64,
        /// Fetching the images.
        downloading: u64,
        /// Ended well.
        succeeded: u64,
        /// Ended badly.
        failed: u64,
        /// Not ended in time.
        timed_out: u64,
        /// Refused by the device.
        rejected: u64,
        /// Cancelled.
        cancelled: u64,
        /// Removed.
        removed: u64,
    }
}

/// Query of ListFOTAJobs. The default asks for the first page of all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListFotaJobs {
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl sealed::Query for ListFotaJobs {
    type Item = FotaJob;
    const OPERATION: &'static str = "ListFOTAJobs";

    fn path(&self) -> Vec<&str> {
        vec!["fota-jobs"]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        present([
            ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
            ("pageNextToken", self.page_next_token.clone()),
        ])
    }
}
