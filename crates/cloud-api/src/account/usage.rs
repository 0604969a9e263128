//! What a team has used.

use reqwest::Method;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::json::answer;
use crate::page::{Page, PageLimit, PageSort, present, sealed};

impl Client {
    /// FetchApiUsageSummary: `GET /account/usage/summary`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn fetch_api_usage_summary(&self) -> Result<ApiUsageSummary, Error> {
        Call::new(self, "FetchApiUsageSummary", Method::GET, &["account", "usage", "summary"])
            .send(self)
            .await?
            .json()
    }

    /// ListApiUsage: `GET /account/usage`, one page. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_api_usage(&self, query: &ListApiUsage) -> Result<Page<UsageRecord>, Error> {
        self.page(query).await
    }
}

answer! {
    /// Use of all services by date.
    ApiUsageSummary {
        /// Devices there are now.
        current_devices: DeviceCounts,
        /// Use by date.
        services: Vec<ServiceUsage>,
    }
    may {}
}

answer! {
    /// Number of devices by type.
    DeviceCounts {}
    may {
        /// Devices with an IP address of their own.
        generic: u64,
        /// Gateways.
        gateway: u64,
        /// Bluetooth LE devices behind gateways.
        #[serde(rename = "bluetoothLE")]
        bluetooth_le: u64,
        /// All of them.
        total: u64,
    }
}

answer! {
    /// Use of all services on one date.
    ServiceUsage {
        /// The date.
        date: String,
    }
    may {
        /// FOTA job executions.
        fota_job_executions: u64,
        /// Location services by name: `AGPS`, `PGPS`, `SCELL`, `MCELL`, `WIFI`, `REVERSE_GEO`.
        location_services: std::collections::BTreeMap<String, LocationUsage>,
        /// Device messages stored.
        stored_device_messages: u64,
        /// Messages routed.
        messages_routed: u64,
    }
}

answer! {
    /// Use of one location service.
    LocationUsage {}
    may {
        /// Number of requests.
        requests: u64,
        /// Number of devices that made them.
        devices_using: u64,
    }
}

answer! {
    /// Use of one service in a day or month.
    UsageRecord {
        /// `LOCATION`, `FOTA`, `MESSAGES`, `IDENTITY`, `PROVISIONING` or another.
        service: String,
        /// Number of uses.
        sum: f64,
    }
    may {
        /// Day or month.
        date: Option<String>,
        /// Kind of the service, for example `MCELL`.
        service_type: Option<String>,
        /// How it was used: `REST`, `MQTT`, `UNIQUE_DEVICES`, `GRAPHQL`, `ANY`.
        source: Option<String>,
    }
}

/// Query of ListApiUsage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListApiUsage {
    /// First day (`2026-11-24`) or month (`2026-11`); a month asks for sums by month.
    pub inclusive_start: String,
    /// Day or month after the last, in the same form.
    pub exclusive_end: String,
    /// Order; the newest first by default.
    pub page_sort: Option<PageSort>,
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl ListApiUsage {
    /// The first page of what was used between these days or months.
    #[must_use]
    pub fn between(inclusive_start: impl Into<String>, exclusive_end: impl Into<String>) -> Self {
        Self {
            inclusive_start: inclusive_start.into(),
            exclusive_end: exclusive_end.into(),
            page_sort: None,
            page_limit: None,
            page_next_token: None,
        }
    }
}

impl sealed::Query for ListApiUsage {
    type Item = UsageRecord;
    const OPERATION: &'static str = "ListApiUsage";

    fn path(&self) -> Vec<&str> {
        vec!["account", "usage"]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        present([
            ("inclusiveStart", Some(self.inclusive_start.clone())),
            ("exclusiveEnd", Some(self.exclusive_end.clone())),
            ("pageSort", self.page_sort.as_ref().map(ToString::to_string)),
            ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
            ("pageNextToken", self.page_next_token.clone()),
        ])
    }
}
