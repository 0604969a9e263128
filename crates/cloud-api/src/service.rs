//! The service itself, and files that it keeps.

use reqwest::Method;
use serde_json::Value;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::identifier::DeviceId;
use crate::json::answer;
use crate::page::present;

impl Client {
    /// GetSystemStatus: `GET /status`. No credentials are sent.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn get_system_status(&self) -> Result<SystemStatus, Error> {
        Call::new(self, "GetSystemStatus", Method::GET, &["status"]).open().send(self).await?.json()
    }

    /// FetchOpenApiSpec: `GET /openapi.json`, the description of the API. No credentials are sent.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn fetch_open_api_spec(&self) -> Result<Value, Error> {
        Call::new(self, "FetchOpenApiSpec", Method::GET, &["openapi.json"]).open().send(self).await?.json()
    }

    /// FetchBinaryLogsUrl: `GET /binary-logs/url`, where the logs of a device can be read, as a zip archive.
    /// Credentials: an API key.
    ///
    /// `start` and `end` are ISO 8601 UTC, at most 24 hours apart.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn fetch_binary_logs_url(
        &self,
        device_id: &DeviceId,
        start: Option<&str>,
        end: Option<&str>,
    ) -> Result<FileDownload, Error> {
        let pairs = present([
            ("deviceId", Some(device_id.to_string())),
            ("start", start.map(str::to_owned)),
            ("end", end.map(str::to_owned)),
        ]);
        Call::new(self, "FetchBinaryLogsUrl", Method::GET, &["binary-logs", "url"])
            .query(pairs)
            .send(self)
            .await?
            .json()
    }
}

answer! {
    /// How the service is.
    SystemStatus {}
    may {
        /// `offline` while it is maintained.
        status: Option<String>,
        /// Whether people can log in to the portal.
        login: Option<bool>,
    }
}

answer! {
    /// A file to fetch.
    FileDownload {
        /// Where it is. No credentials are needed.
        url: String,
    }
    may {
        /// Its size in bytes.
        content_length: Option<u64>,
    }
}
