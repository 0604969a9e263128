//! What a job and an execution are.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::input::{Schedule, TargetListType};
use crate::{
    clock::iso8601,
    query::{self, Standing},
};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Job {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) status: JobStatus,
    pub(super) status_detail: Option<String>,
    pub(super) created_at: SystemTime,
    pub(super) last_updated_at: SystemTime,
    pub(super) completed_at: Option<SystemTime>,
    /// When a deletion that has begun is done.
    pub(super) deleted_at: Option<SystemTime>,
    pub(super) target_device_ids: Vec<String>,
    pub(super) target_identifiers: Vec<String>,
    pub(super) target_tags: Vec<String>,
    pub(super) target_firmware_type: Option<String>,
    pub(super) target_firmware_versions: Vec<String>,
    pub(super) target_list_type: Option<TargetListType>,
    pub(super) schedule: Option<Schedule>,
    pub(super) firmware: Firmware,
    pub(super) executions: Vec<Execution>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Firmware {
    pub(super) bundle_id: String,
    pub(super) host: String,
    pub(super) file_size: usize,
    #[serde(rename = "firmwareType")]
    pub(super) kind: String,
    pub(super) version: String,
    pub(super) uris: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Execution {
    pub(super) id: String,
    pub(super) device_id: String,
    pub(super) status: ExecutionStatus,
    pub(super) status_detail: Option<String>,
    pub(super) created_at: SystemTime,
    pub(super) last_updated_at: SystemTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum JobStatus {
    Created,
    InProgress,
    Cancelled,
    DeletionInProgress,
    Completed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum ExecutionStatus {
    Queued,
    InProgress,
    Downloading,
    Succeeded,
    Failed,
    TimedOut,
    Cancelled,
    Rejected,
}

impl JobStatus {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::InProgress => "IN_PROGRESS",
            Self::Cancelled => "CANCELLED",
            Self::DeletionInProgress => "DELETION_IN_PROGRESS",
            Self::Completed => "COMPLETED",
        }
    }
}

impl ExecutionStatus {
    /// Whether nothing comes after it.
    pub(super) fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::InProgress | Self::Downloading)
    }
}

impl Job {
    pub(super) fn standing(&self) -> Standing<'_> {
        query::by_time(self.created_at, &self.id)
    }

    pub(super) fn change(&mut self, status: JobStatus, detail: &str, now: SystemTime) {
        self.status = status;
        self.status_detail = Some(detail.to_owned());
        self.last_updated_at = now;
    }

    /// A job in progress is complete when each of its executions has ended.
    pub(super) fn complete_if_done(&mut self, now: SystemTime) {
        let done = self.executions.iter().all(|execution| execution.status.is_final());
        if self.status == JobStatus::InProgress && done {
            self.change(JobStatus::Completed, "All executions in terminal status", now);
            self.completed_at = Some(now);
        }
    }

    /// FOTAV2Job, or FotaJobV2Plus where it was made by criteria.
    pub(super) fn document(&self) -> Value {
        let mut target = json!({ "deviceIds": self.target_device_ids, "tags": self.target_tags });
        if let Some(kind) = &self.target_firmware_type {
            target["firmwareType"] = kind.as_str().into();
        }
        if !self.target_firmware_versions.is_empty() {
            target["firmwareVersions"] = json!(self.target_firmware_versions);
        }
        let mut document = json!({
            "jobId": self.id,
            "status": self.status,
            "createdAt": iso8601(self.created_at),
            "lastUpdatedAt": iso8601(self.last_updated_at),
            "target": target,
            "firmware": self.firmware,
            "executionStats": self.stats(),
        });
        let texts =
            [("name", &self.name), ("description", &self.description), ("statusDetail", &self.status_detail)];
        for (name, text) in texts {
            if let Some(text) = text {
                document[name] = text.as_str().into();
            }
        }
        if let Some(completed_at) = self.completed_at {
            document["completedAt"] = iso8601(completed_at).into();
        }
        if let Some(schedule) = &self.schedule {
            document["schedule"] = json!(schedule);
        }
        if let Some(list_type) = self.target_list_type {
            document["targetListType"] = json!(list_type);
        }
        document
    }

    fn stats(&self) -> Value {
        let count = |status| self.executions.iter().filter(|execution| execution.status == status).count();
        let completed = self.executions.iter().filter(|execution| execution.status.is_final()).count();
        json!({
            "completedExecutions": completed,
            "executions": self.executions.len(),
            "devices": self.executions.len(),
            "timedOut": count(ExecutionStatus::TimedOut),
            "removed": 0,
            "downloading": count(ExecutionStatus::Downloading),
            "inProgress": count(ExecutionStatus::InProgress),
            "queued": count(ExecutionStatus::Queued),
            "rejected": count(ExecutionStatus::Rejected),
            "failed": count(ExecutionStatus::Failed),
            "succeeded": count(ExecutionStatus::Succeeded),
            "cancelled": count(ExecutionStatus::Cancelled),
        })
    }
}

impl Execution {
    pub(super) fn change(&mut self, status: ExecutionStatus, detail: Option<String>, now: SystemTime) {
        self.status = status;
        self.status_detail = detail;
        self.last_updated_at = now;
    }

    /// FOTAJobExecution: what a device is told of it.
    pub(super) fn document(&self, job: &Job, tenant_id: &str) -> Value {
        let Firmware { bundle_id, host, file_size, kind, version, uris } = &job.firmware;
        let mut document = json!({
            "executionId": self.id,
            "jobId": job.id,
            "deviceId": self.device_id,
            "tenantId": tenant_id,
            "status": self.status,
            "createdAt": iso8601(self.created_at),
            "lastUpdatedAt": iso8601(self.last_updated_at),
            "jobDocument": {
                "host": host,
                "path": uris.join(" "),
                "version": version,
                "bundleId": bundle_id,
                "fileSize": file_size,
                "firmwareType": kind,
            },
        });
        if let Some(detail) = &self.status_detail {
            document["statusDetail"] = detail.as_str().into();
        }
        document
    }

    /// FOTAJobExecutionState.
    pub(super) fn state(&self) -> Value {
        let mut document = json!({
            "deviceId": self.device_id,
            "status": self.status,
            "lastUpdatedAt": iso8601(self.last_updated_at),
        });
        if let Some(detail) = &self.status_detail {
            document["statusDetail"] = detail.as_str().into();
        }
        document
    }
}
