//! Where devices were.

use reqwest::Method;

use super::AnchorSeen;
use crate::client::{Call, Client};
use crate::error::Error;
use crate::identifier::{DeviceId, Tag, Uuid};
use crate::json::{answer, number_or_text, open_enum};
use crate::page::{Page, PageLimit, PageSort, joined, present, sealed};

impl Client {
    /// GetLocationHistory: `GET /location/history`, one page. Credentials: an API key; of an admin, where the
    /// query names no device. Kept for about 27 weeks.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn get_location_history(
        &self,
        query: &GetLocationHistory,
    ) -> Result<Page<LocationRecord>, Error> {
        self.page(query).await
    }

    /// DeleteLocationHistory: `DELETE /location/history/{deviceId}/{id}`, one record. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn delete_location_history(&self, device_id: &DeviceId, id: &Uuid) -> Result<(), Error> {
        let path = ["location", "history", device_id.as_str(), id.as_str()];
        Call::new(self, "DeleteLocationHistory", Method::DELETE, &path).done(self).await
    }
}

answer! {
    /// Where a device was. The service writes the three numbers as texts.
    LocationRecord {
        /// ID of the record.
        id: Uuid,
        /// The device.
        device_id: DeviceId,
        /// Degrees north.
        #[serde(deserialize_with = "number_or_text")]
        lat: f64,
        /// Degrees east.
        #[serde(deserialize_with = "number_or_text")]
        lon: f64,
        /// Radius in metres.
        #[serde(deserialize_with = "number_or_text")]
        uncertainty: f64,
        /// When it was recorded, ISO 8601 UTC.
        inserted_at: String,
    }
    may {
        /// What it was found by. Absent or empty in records before 2021-12-10.
        service_type: Option<RecordSource>,
        /// More from a satellite receiver.
        meta: GnssMeta,
        /// The team's own access points that were seen.
        anchors: Vec<AnchorSeen>,
    }
}

answer! {
    /// What a satellite receiver said beside the position.
    #[derive(Default)]
    GnssMeta {}
    may {
        /// Accuracy in metres.
        acc: Option<f64>,
        /// Altitude in metres.
        alt: Option<f64>,
        /// Speed in m/s.
        spd: Option<f64>,
        /// Heading in degrees.
        hdg: Option<f64>,
    }
}

open_enum! {
    /// What a recorded position was found by.
    RecordSource {
        /// The team's own access points.
        Anchor = "ANCHOR",
        /// A satellite receiver.
        Gnss = "GNSS",
        /// A satellite receiver, in older records.
        Gps = "GPS",
        /// Several cells.
        MultiCell = "MCELL",
        /// Several cells, on trial.
        MultiCellEval = "MCELL_EVAL",
        /// One cell.
        SingleCell = "SCELL",
        /// One cell, on trial.
        SingleCellEval = "SCELL_EVAL",
        /// Wi-Fi access points.
        Wifi = "WIFI",
        /// Wi-Fi access points, on trial.
        WifiEval = "WIFI_EVAL",
    }
}

/// Query of GetLocationHistory. The default asks for the first page of all devices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GetLocationHistory {
    /// Only of this device.
    pub device_id: Option<DeviceId>,
    /// Only of the device with this identifier.
    pub device_identifier: Option<String>,
    /// Only of devices with these tags.
    pub tags: Vec<Tag>,
    /// Only the latest.
    pub latest: bool,
    /// Recorded at this time (ISO 8601 UTC) or later.
    pub inclusive_start: Option<String>,
    /// Recorded at this time (ISO 8601 UTC) or before.
    pub inclusive_end: Option<String>,
    /// Order; the newest first by default.
    pub page_sort: Option<PageSort>,
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl sealed::Query for GetLocationHistory {
    type Item = LocationRecord;
    const OPERATION: &'static str = "GetLocationHistory";

    fn path(&self) -> Vec<&str> {
        vec!["location", "history"]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        present([
            ("deviceId", self.device_id.as_ref().map(ToString::to_string)),
            ("deviceIdentifier", self.device_identifier.clone()),
            ("tags", joined(&self.tags)),
            ("latest", self.latest.then(|| "true".to_owned())),
            ("inclusiveStart", self.inclusive_start.clone()),
            ("inclusiveEnd", self.inclusive_end.clone()),
            ("pageSort", self.page_sort.as_ref().map(ToString::to_string)),
            ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
            ("pageNextToken", self.page_next_token.clone()),
        ])
    }
}
