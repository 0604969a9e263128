//! Alerts that devices sent.

use reqwest::Method;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::identifier::{DeviceId, Uuid};
use crate::json::{answer, open_enum};
use crate::page::{Page, PageLimit, PageSort, joined, present, sealed};

impl Client {
    /// ListDeviceAlerts: `GET /alerts`, one page. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_device_alerts(&self, query: &ListDeviceAlerts) -> Result<Page<DeviceAlert>, Error> {
        self.page(query).await
    }

    /// ArchiveDeviceAlert: `PATCH /alerts/{id}/archive`. Credentials: an API key. Gives the alert as it is now.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 404 for an unknown ID.
    pub async fn archive_device_alert(&self, id: &Uuid) -> Result<DeviceAlert, Error> {
        let path = ["alerts", id.as_str(), "archive"];
        Call::new(self, "ArchiveDeviceAlert", Method::PATCH, &path).send(self).await?.json()
    }

    /// RestoreDeviceAlert: `PATCH /alerts/{id}/restore`. Credentials: an API key. Gives the alert as it is now.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 404 for an unknown ID.
    pub async fn restore_device_alert(&self, id: &Uuid) -> Result<DeviceAlert, Error> {
        let path = ["alerts", id.as_str(), "restore"];
        Call::new(self, "RestoreDeviceAlert", Method::PATCH, &path).send(self).await?.json()
    }
}

answer! {
    /// An alert. Times are ISO 8601 UTC.
    DeviceAlert {
        /// Its ID.
        id: Uuid,
        /// The device that sent it.
        device_id: DeviceId,
        /// Whether it was archived.
        status: AlertStatus,
    }
    may {
        /// When the device made it.
        created_at: Option<String>,
        /// When it was received.
        received_at: Option<String>,
        /// When it was archived or restored.
        status_changed_at: Option<String>,
        /// User who archived or restored it.
        status_changed_by: Option<String>,
        /// The device's message.
        original_message: serde_json::Value,
    }
}

open_enum! {
    /// Whether an alert was archived.
    AlertStatus {
        /// Not archived.
        Active = "ACTIVE",
        /// Archived.
        Archived = "ARCHIVED",
    }
}

/// Query of ListDeviceAlerts. The default asks for the first page of all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListDeviceAlerts {
    /// Only alerts of these devices.
    pub device_ids: Vec<DeviceId>,
    /// Only alerts with this status.
    pub status: Option<AlertStatus>,
    /// Order; the newest first by default.
    pub page_sort: Option<PageSort>,
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl sealed::Query for ListDeviceAlerts {
    type Item = DeviceAlert;
    const OPERATION: &'static str = "ListDeviceAlerts";

    fn path(&self) -> Vec<&str> {
        vec!["alerts"]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        present([
            ("deviceIds", joined(&self.device_ids)),
            ("status", self.status.as_ref().map(ToString::to_string)),
            ("pageSort", self.page_sort.as_ref().map(ToString::to_string)),
            ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
            ("pageNextToken", self.page_next_token.clone()),
        ])
    }
}
