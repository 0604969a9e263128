//! Bulk operations: what becomes of an upload.
//!
//! An accepted upload is a promise, not a success: its rows are judged afterwards, each for itself. [`wait`]
//! polls until the end and reads the error file, so that [`BulkOutcome::results`] can tell row by row what
//! happened. [`Campaign`] does all of it for any number of uploads, and survives lost answers and being killed.

mod campaign;
mod cause;
mod error_file;
mod file;
mod journal;
mod outcome;
mod patience;
mod wait;

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::client::{Call, Client};
use crate::error::Error;
use crate::identifier::BulkOpId;
use crate::json::open_enum;
use crate::page::{Page, PageLimit, present, sealed};

pub use campaign::{
    Campaign, CampaignError, CampaignPolicy, CampaignReport, FailedRow, PartError, PartReport, UploadPart,
};
pub use cause::Cause;
pub use error_file::{ErrorFile, RowError};
pub use journal::{ContentDigest, Event, Journal, MemoryJournal, PartKey};
pub use outcome::{BulkOutcome, RowResult, Summary};
pub use wait::{Progress, WaitError, WaitPolicy, wait};

impl Client {
    /// FetchBulkOpsRequest: `GET /bulk-ops-requests/{bulkOpsRequestId}`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 404 for an unknown ID.
    pub async fn fetch_bulk_ops_request(&self, id: &BulkOpId) -> Result<BulkOpsRequest, Error> {
        Call::new(self, "FetchBulkOpsRequest", Method::GET, &["bulk-ops-requests", id.as_str()])
            .send(self)
            .await?
            .json()
    }

    /// ListBulkOpsRequests: `GET /bulk-ops-requests`, one page (10 entries unless told). Credentials: an API
    /// key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_bulk_ops_requests(
        &self,
        query: &ListBulkOpsRequests,
    ) -> Result<Page<BulkOpsRequest>, Error> {
        self.page(query).await
    }
}

/// A bulk operation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BulkOpsRequest {
    /// Its ID.
    pub bulk_ops_request_id: BulkOpId,
    /// What was uploaded to.
    pub endpoint: BulkEndpoint,
    /// How far it is.
    pub status: BulkStatus,
    /// When it was requested, ISO 8601 UTC.
    pub requested_at: String,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<String>,
    /// Where the uploaded rows can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploaded_data_url: Option<String>,
    /// Where results can be read, for kinds of operation that have any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_data_url: Option<String>,
    /// Where the errors can be read, row by row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_summary_url: Option<String>,
    /// Fields that this crate has no name for.
    #[serde(flatten)]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

impl BulkOpsRequest {
    /// Whether nothing will change any more. A status that this crate does not know is taken as final when
    /// the time of completion is there.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self.status {
            BulkStatus::Succeeded | BulkStatus::Failed => true,
            BulkStatus::Pending | BulkStatus::InProgress => false,
            BulkStatus::Other(_) => self.completed_at.is_some(),
        }
    }
}

open_enum! {
    /// How far a bulk operation is.
    BulkStatus {
        /// Not begun.
        Pending = "PENDING",
        /// Rows are being judged.
        InProgress = "IN_PROGRESS",
        /// Ended, and at least one row failed. The others may have succeeded.
        Failed = "FAILED",
        /// Ended, every row succeeded.
        Succeeded = "SUCCEEDED",
    }
}

open_enum! {
    /// Kind of a bulk operation.
    BulkEndpoint {
        /// OnboardDevices.
        OnboardDevices = "ONBOARD_DEVICES",
        /// OnboardDevices, in older answers.
        ProvisionDevices = "PROVISION_DEVICES",
        /// RegisterPublicKeys.
        RegisterPublicKeys = "REGISTER_PUBLIC_KEYS",
        /// RegisterCertificates.
        RegisterCertificates = "REGISTER_CERTIFICATES",
        /// Attestation tokens verified in bulk.
        VerifyAttestationTokens = "VERIFY_ATTESTATION_TOKENS",
        /// JWTs verified in bulk.
        VerifyJwts = "VERIFY_JWTS",
        /// Devices claimed in bulk.
        ClaimDeviceOwnership = "CLAIM_DEVICE_OWNERSHIP",
    }
}

/// Query of ListBulkOpsRequests. The default asks for the first page of all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListBulkOpsRequests {
    /// Only operations with this status.
    pub status: Option<BulkStatus>,
    /// Only operations requested at this time (ISO 8601 UTC) or later.
    pub start_requested_at: Option<String>,
    /// Only operations requested up to this time (ISO 8601 UTC).
    pub end_requested_at: Option<String>,
    /// Entries per page, 10 by default.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl sealed::Query for ListBulkOpsRequests {
    type Item = BulkOpsRequest;
    const OPERATION: &'static str = "ListBulkOpsRequests";

    fn path(&self) -> Vec<&str> {
        vec!["bulk-ops-requests"]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        present([
            ("status", self.status.as_ref().map(ToString::to_string)),
            ("startRequestedAt", self.start_requested_at.clone()),
            ("endRequestedAt", self.end_requested_at.clone()),
            ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
            ("pageNextToken", self.page_next_token.clone()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_are_kept_and_end_only_with_a_time_of_completion() {
        let text = r#"{"bulkOpsRequestId":"01EZZJVDQJPWT7V4FWNVDHNMM5","endpoint":"NEW_KIND","status":"RESTING",
            "requestedAt":"2022-11-29T00:56:40.337Z","completedAt":null,"more":[]}"#;
        let mut request: BulkOpsRequest = serde_json::from_str(text).unwrap();
        assert_eq!(request.status, BulkStatus::Other("RESTING".to_owned()));
        assert_eq!(request.endpoint.as_str(), "NEW_KIND");
        assert!(!request.is_final());
        assert_eq!(serde_json::to_value(&request).unwrap()["more"], serde_json::json!([]));
        request.completed_at = Some("2022-11-29T00:56:44.716Z".to_owned());
        assert!(request.is_final());
    }
}
