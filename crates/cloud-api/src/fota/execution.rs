//! A job on one device.

use reqwest::Method;
use serde::Serialize;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::firmware_type::FirmwareType;
use crate::identifier::{BundleId, DeviceId, Uuid};
use crate::json::{answer, open_enum};
use crate::page::{Page, PageLimit, present, sealed};

impl Client {
    /// FetchCurrentPendingFOTAJobExecution: `GET /fota-job-executions/{deviceId}/current`, the oldest that is
    /// queued or in progress. Credentials: an API key, or the device's JWT. `None` when there is none, which
    /// the service says by 404.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn fetch_current_pending_fota_job_execution(
        &self,
        device_id: &DeviceId,
        firmware_type: Option<FirmwareType>,
    ) -> Result<Option<FotaJobExecution>, Error> {
        let path = ["fota-job-executions", device_id.as_str(), "current"];
        let answer = Call::new(self, "FetchCurrentPendingFOTAJobExecution", Method::GET, &path)
            .query(firmware_type.map(|kind| ("firmwareType", kind.as_str())))
            .send(self)
            .await;
        match answer {
            Ok(answer) => answer.json_if_any(),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// FetchFOTAJobExecution: `GET /fota-job-executions/{deviceId}/{jobId}`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 404 when the job is not for that device.
    pub async fn fetch_fota_job_execution(
        &self,
        device_id: &DeviceId,
        job_id: &Uuid,
    ) -> Result<FotaJobExecution, Error> {
        let path = ["fota-job-executions", device_id.as_str(), job_id.as_str()];
        Call::new(self, "FetchFOTAJobExecution", Method::GET, &path).send(self).await?.json()
    }

    /// ListFOTAJobExecutionsForDevice: `GET /fota-job-executions/{deviceId}`, one page. Credentials: an API
    /// key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_fota_job_executions_for_device(
        &self,
        query: &ListFotaJobExecutionsForDevice,
    ) -> Result<Page<FotaJobExecution>, Error> {
        self.page(query).await
    }

    /// ListFOTAJobExecutionStatuses: `GET /fota-job-execution-statuses/{jobId}`, one page. Credentials: an
    /// API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_fota_job_execution_statuses(
        &self,
        query: &ListFotaJobExecutionStatuses,
    ) -> Result<Page<ExecutionState>, Error> {
        self.page(query).await
    }

    /// UpdateFOTAJobExecutionStatus: `PATCH /fota-job-executions/{deviceId}/{jobId}`. Credentials: an API key,
    /// or the device's JWT.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn update_fota_job_execution_status(
        &self,
        device_id: &DeviceId,
        job_id: &Uuid,
        status: &ExecutionStatus,
        details: Option<&str>,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Change<'a> {
            status: &'a ExecutionStatus,
            #[serde(skip_serializing_if = "Option::is_none")]
            details: Option<&'a str>,
        }

        let path = ["fota-job-executions", device_id.as_str(), job_id.as_str()];
        Call::new(self, "UpdateFOTAJobExecutionStatus", Method::PATCH, &path)
            .unless_taken()
            .json(&Change { status, details })
            .done(self)
            .await
    }
}

answer! {
    /// A job on one device. Times are ISO 8601 UTC.
    FotaJobExecution {
        /// The job.
        job_id: Uuid,
        /// The device.
        device_id: DeviceId,
        /// How far it is.
        status: ExecutionStatus,
        /// What the device is to fetch.
        job_document: JobDocument,
    }
    may {
        /// Its ID.
        execution_id: Option<String>,
        /// The team's UUID.
        tenant_id: Option<String>,
        /// The status in words.
        status_detail: Option<String>,
        /// When it was made.
        created_at: Option<String>,
        /// When it was last changed.
        last_updated_at: Option<String>,
    }
}

answer! {
    /// What a device is to fetch, from `https://<host>/<path>`.
    JobDocument {
        /// The bundle.
        bundle_id: BundleId,
    }
    may {
        /// Host.
        host: Option<String>,
        /// Path without leading slash.
        path: Option<String>,
        /// Size in bytes.
        file_size: Option<u64>,
        /// Firmware type; words that this crate does not know included.
        firmware_type: Option<String>,
        /// Version.
        version: Option<String>,
    }
}

answer! {
    /// How far a job is on one device.
    ExecutionState {
        /// The device.
        device_id: DeviceId,
        /// How far it is.
        status: ExecutionStatus,
    }
    may {
        /// The status in words.
        status_detail: Option<String>,
        /// When it was last changed, ISO 8601 UTC.
        last_updated_at: Option<String>,
    }
}

open_enum! {
    /// How far a job is on one device.
    ExecutionStatus {
        /// Waiting.
        Queued = "QUEUED",
        /// Begun.
        InProgress = "IN_PROGRESS",
        /// Fetching the images.
        Downloading = "DOWNLOADING",
        /// Ended well.
        Succeeded = "SUCCEEDED",
        /// Ended badly.
        Failed = "FAILED",
        /// Not ended in time.
        TimedOut = "TIMED_OUT",
        /// Cancelled.
        Cancelled = "CANCELLED",
        /// Refused by the device.
        Rejected = "REJECTED",
    }
}

/// Query of ListFOTAJobExecutionsForDevice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFotaJobExecutionsForDevice {
    /// The device.
    pub device_id: DeviceId,
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl ListFotaJobExecutionsForDevice {
    /// The first page of this device.
    #[must_use]
    pub fn of(device_id: DeviceId) -> Self {
        Self { device_id, page_limit: None, page_next_token: None }
    }
}

impl sealed::Query for ListFotaJobExecutionsForDevice {
    type Item = FotaJobExecution;
    const OPERATION: &'static str = "ListFOTAJobExecutionsForDevice";

    fn path(&self) -> Vec<&str> {
        vec!["fota-job-executions", self.device_id.as_str()]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        present([
            ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
            ("pageNextToken", self.page_next_token.clone()),
        ])
    }
}

/// Query of ListFOTAJobExecutionStatuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFotaJobExecutionStatuses {
    /// The job.
    pub job_id: Uuid,
    /// Only executions with this status.
    pub status: Option<ExecutionStatus>,
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl ListFotaJobExecutionStatuses {
    /// The first page of this job.
    #[must_use]
    pub fn of(job_id: Uuid) -> Self {
        Self { job_id, status: None, page_limit: None, page_next_token: None }
    }
}

impl sealed::Query for ListFotaJobExecutionStatuses {
    type Item = ExecutionState;
    const OPERATION: &'static str = "ListFOTAJobExecutionStatuses";

    fn path(&self) -> Vec<&str> {
        vec!["fota-job-execution-statuses", self.job_id.as_str()]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        present([
            ("status", self.status.as_ref().map(ToString::to_string)),
            ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
            ("pageNextToken", self.page_next_token.clone()),
        ])
    }
}
