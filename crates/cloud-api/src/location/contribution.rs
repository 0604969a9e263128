//! Survey data: cells and access points seen at a known place.

use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::{AccessPoint, LteCell, Place, Position};
use crate::client::{Call, Client, DONE};
use crate::error::Error;
use crate::identifier::Uuid;
use crate::json::{answer, open_enum};
use crate::page::{Page, PageLimit, PageSort, present, sealed};

impl Client {
    /// ContributeLocationData: `POST /location/contribute`. Credentials: a device's JWT, or a project. Gives
    /// the ID of the contribution. Never sent twice.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn contribute_location_data(&self, request: &ContributionRequest) -> Result<Uuid, Error> {
        #[derive(Deserialize)]
        struct Made {
            id: Uuid,
        }

        let made: Made = Call::new(self, "ContributeLocationData", Method::POST, &["location", "contribute"])
            .json(request)
            .success(DONE)
            .send(self)
            .await?
            .json()?;
        Ok(made.id)
    }

    /// GetContributions: `GET /location/contribute`, one page. Credentials: a device's JWT, or a project.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn get_contributions(&self, query: &GetContributions) -> Result<Page<ContributionItem>, Error> {
        self.page(query).await
    }

    /// DeleteContribution: `DELETE /location/contribute/{id}`. Credentials: a device's JWT, or a project.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn delete_contribution(&self, id: &Uuid) -> Result<(), Error> {
        let path = ["location", "contribute", id.as_str()];
        Call::new(self, "DeleteContribution", Method::DELETE, &path).done(self).await
    }
}

/// What was seen at a place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContributionRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<ObservingDevice>,
    contributions: Vec<Contribution>,
    position: Surveyed,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Surveyed {
    #[serde(flatten)]
    place: Place,
    uncertainty: u32,
}

impl ContributionRequest {
    /// What was seen at a place that is known to so many metres.
    #[must_use]
    pub fn new(place: Place, uncertainty: u32, contributions: Vec<Contribution>) -> Self {
        Self { device: None, contributions, position: Surveyed { place, uncertainty } }
    }

    /// Adds the device that saw it.
    #[must_use]
    pub fn seen_by(mut self, device: ObservingDevice) -> Self {
        self.device = Some(device);
        self
    }
}

/// Cells and access points seen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Contribution {
    /// Cells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cell: Vec<CellObservation>,
    /// Access points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wifi: Vec<AccessPointObservation>,
}

/// A cell that was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CellObservation {
    /// The cell.
    pub cell: LteCell,
    /// Kind of its network.
    pub cell_type: LteKind,
    /// When, ISO 8601 UTC.
    pub observed_at: String,
}

/// An access point that was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessPointObservation {
    /// The access point.
    #[serde(flatten)]
    pub access_point: AccessPoint,
    /// When, ISO 8601 UTC.
    pub observed_at: String,
}

open_enum! {
    /// Kind of an LTE network.
    LteKind {
        /// LTE, not told apart.
        Lte = "LTE",
        /// LTE-M.
        LteM = "LTECATM",
        /// NB-IoT.
        NbIot = "NBIOT",
    }
}

/// A device that saw something.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObservingDevice {
    /// Its ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// Version of its firmware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firmware_version: Option<String>,
    /// Version of its modem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modem_version: Option<String>,
}

answer! {
    /// A contribution that was made.
    ContributionItem {
        /// Its ID.
        id: Uuid,
        /// The place.
        position: Position,
    }
    may {
        /// What was seen.
        contributions: Vec<Contribution>,
        /// The device that saw it.
        device: Option<ObservingDevice>,
        /// When it was made, ISO 8601 UTC.
        created_at: Option<String>,
    }
}

/// Query of GetContributions. The default asks for the first page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GetContributions {
    /// Order.
    pub page_sort: Option<PageSort>,
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl sealed::Query for GetContributions {
    type Item = ContributionItem;
    const OPERATION: &'static str = "GetContributions";

    fn path(&self) -> Vec<&str> {
        vec!["location", "contribute"]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        present([
            ("pageSort", self.page_sort.as_ref().map(ToString::to_string)),
            ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
            ("pageNextToken", self.page_next_token.clone()),
        ])
    }
}
