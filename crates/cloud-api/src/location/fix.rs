//! Where a device is, by cells, access points or its own receiver.

use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::{AccessPoints, CellRequest, LteCell, MacAddress, Place};
use crate::client::{Answer, Call, Client, DONE};
use crate::error::Error;
use crate::identifier::DeviceId;
use crate::json::{answer, open_enum, plain_number};
use crate::page::present;

impl Client {
    /// GetLocationFromCellsOrWifiNetworks: `POST /location/ground-fix`. Credentials: a device's JWT, or a
    /// project. Wi-Fi is tried first, then the cells.
    ///
    /// `None` when [`FixOptions::do_reply`] is false: the position is stored, and not told.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 422 for fewer than two usable access points.
    pub async fn get_location_from_cells_or_wifi_networks(
        &self,
        request: &GroundFixRequest,
        options: &FixOptions,
    ) -> Result<Option<GroundFix>, Error> {
        let operation = "GetLocationFromCellsOrWifiNetworks";
        self.locate(operation, "ground-fix", request, options).await?.json_if_any()
    }

    /// GetLocationFromCells: `POST /location/cell`. Credentials: a device's JWT, or a project. See
    /// [`get_location_from_cells_or_wifi_networks`](Client::get_location_from_cells_or_wifi_networks).
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn get_location_from_cells(
        &self,
        request: &CellRequest,
        options: &FixOptions,
    ) -> Result<Option<GroundFix>, Error> {
        self.locate("GetLocationFromCells", "cell", request, options).await?.json_if_any()
    }

    /// GetLocationFromWifiNetworks: `POST /location/wifi`. Credentials: a device's JWT, or a project. See
    /// [`get_location_from_cells_or_wifi_networks`](Client::get_location_from_cells_or_wifi_networks).
    ///
    /// # Errors
    ///
    /// [`Error`]; status 422 for fewer than two usable access points.
    pub async fn get_location_from_wifi_networks(
        &self,
        access_points: &AccessPoints,
        options: &FixOptions,
    ) -> Result<Option<Position>, Error> {
        let body = WifiRequest { access_points };
        self.locate("GetLocationFromWifiNetworks", "wifi", &body, options).await?.json_if_any()
    }

    async fn locate(
        &self,
        operation: &'static str,
        service: &str,
        body: &impl Serialize,
        options: &FixOptions,
    ) -> Result<Answer, Error> {
        Call::new(self, operation, Method::POST, &["location", service])
            .query(options.pairs())
            .custom_device(options.device_id.as_ref())
            .json(body)
            .success(DONE)
            .send(self)
            .await
    }

    /// RecordGnssCoordinates: `POST /location/gnss`. Credentials: a device's JWT, or a project.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn record_gnss_coordinates(&self, position: &GnssPosition) -> Result<(), Error> {
        Call::new(self, "RecordGnssCoordinates", Method::POST, &["location", "gnss"])
            .json(position)
            .done(self)
            .await
    }
}

/// What a device sees. At least a cell or two access points are needed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct GroundFixRequest {
    /// The cells.
    #[serde(flatten)]
    pub cells: CellRequest,
    /// The access points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wifi: Option<AccessPoints>,
}

impl From<CellRequest> for GroundFixRequest {
    fn from(cells: CellRequest) -> Self {
        Self { cells, wifi: None }
    }
}

impl From<LteCell> for GroundFixRequest {
    fn from(cell: LteCell) -> Self {
        CellRequest::from(cell).into()
    }
}

impl From<AccessPoints> for GroundFixRequest {
    fn from(wifi: AccessPoints) -> Self {
        Self { cells: CellRequest::default(), wifi: Some(wifi) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WifiRequest<'a> {
    access_points: &'a AccessPoints,
}

/// How to locate. `None` leaves the choice to the service.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FixOptions {
    /// Whether to tell the position, and not only to store it. The service does by default.
    pub do_reply: Option<bool>,
    /// Whether to give a rough estimate from the tracking area when nothing better is known. The service does
    /// by default; if not, that is an error.
    pub fallback: Option<bool>,
    /// Whether the uncertainty is for a confidence of 95 %, and not of 68 %.
    pub hi_conf: Option<bool>,
    /// Whether what was seen may be used to improve the service; so by its name, it is not described.
    pub cont: Option<bool>,
    /// Whether to give another location too; so by its name, it is not described. Ground fix only.
    pub alt: Option<bool>,
    /// A distance for `alt`; so by its name, it is not described. Ground fix only.
    pub dist: Option<f64>,
    /// The device that a proxy asks for.
    pub device_id: Option<DeviceId>,
}

impl FixOptions {
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let flag = |flag: Option<bool>| flag.map(|flag| flag.to_string());
        present([
            ("doReply", flag(self.do_reply)),
            ("fallback", flag(self.fallback)),
            ("hiConf", flag(self.hi_conf)),
            ("cont", flag(self.cont)),
            ("alt", flag(self.alt)),
            ("dist", self.dist.map(|distance| distance.to_string())),
        ])
    }
}

answer! {
    /// A position by cells or access points.
    GroundFix {
        /// Degrees north.
        lat: f64,
        /// Degrees east.
        lon: f64,
        /// Radius in metres.
        uncertainty: f64,
    }
    may {
        /// What it was found by. MQTT answers, and some others, leave it out.
        fulfilled_with: Option<LocationSource>,
        /// The team's own access points that were seen.
        anchors: Vec<AnchorSeen>,
        /// Another location.
        alt: Option<AlternateLocation>,
    }
}

answer! {
    /// A position.
    Position {
        /// Degrees north.
        lat: f64,
        /// Degrees east.
        lon: f64,
        /// Radius in metres.
        uncertainty: f64,
    }
    may {
        /// The team's own access points that were seen.
        anchors: Vec<AnchorSeen>,
    }
}

answer! {
    /// Another location than the first.
    AlternateLocation {
        /// The location.
        loc: Box<GroundFix>,
        /// How far it is from the first.
        dist: f64,
    }
    may {}
}

answer! {
    /// One of the team's own access points.
    AnchorSeen {
        /// Its address.
        mac_address: MacAddress,
    }
    may {
        /// Its name.
        name: Option<String>,
    }
}

open_enum! {
    /// What a position was found by; `_EVAL` stands for an evaluation token.
    LocationSource {
        /// One cell.
        SingleCell = "SCELL",
        /// Several cells.
        MultiCell = "MCELL",
        /// Wi-Fi access points.
        Wifi = "WIFI",
        /// One cell, on trial.
        SingleCellEval = "SCELL_EVAL",
        /// Several cells, on trial.
        MultiCellEval = "MCELL_EVAL",
        /// Wi-Fi access points, on trial.
        WifiEval = "WIFI_EVAL",
        /// The team's own access points.
        Anchor = "ANCHOR",
    }
}

/// A position by a device's own receiver.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum GnssPosition {
    /// Coordinates.
    Coordinates(Coordinates),
    /// An NMEA sentence, for example `$GPGGA,…`.
    Nmea(String),
}

/// A place, and what else a receiver says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coordinates {
    #[serde(flatten)]
    place: Place,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "plain_number")]
    acc: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "plain_number")]
    alt: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "plain_number")]
    spd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "plain_number")]
    hdg: Option<f64>,
}

impl From<Place> for Coordinates {
    fn from(place: Place) -> Self {
        Self { place, acc: None, alt: None, spd: None, hdg: None }
    }
}

impl Coordinates {
    /// Adds the accuracy in metres.
    #[must_use]
    pub fn with_accuracy(self, metres: f64) -> Self {
        Self { acc: Some(metres), ..self }
    }

    /// Adds the altitude in metres.
    #[must_use]
    pub fn with_altitude(self, metres: f64) -> Self {
        Self { alt: Some(metres), ..self }
    }

    /// Adds speed in m/s and heading in degrees.
    #[must_use]
    pub fn with_movement(self, speed: f64, heading: f64) -> Self {
        Self { spd: Some(speed), hdg: Some(heading), ..self }
    }
}

impl From<Coordinates> for GnssPosition {
    fn from(coordinates: Coordinates) -> Self {
        Self::Coordinates(coordinates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gnss_positions_in_both_forms() {
        let place = Place::new(63.4216, 10.4385).unwrap();
        let position = Coordinates::from(place).with_accuracy(15.7).with_movement(0.06, 0.0);
        assert_eq!(
            serde_json::to_string(&GnssPosition::from(position)).unwrap(),
            r#"{"lat":63.4216,"lon":10.4385,"acc":15.7,"spd":0.06,"hdg":0}"#
        );
        assert_eq!(serde_json::to_string(&GnssPosition::Nmea("$GPGLL".to_owned())).unwrap(), "\"$GPGLL\"");
    }
}
