//! What a device hears: cells and access points, judged by the published rules (facts 5.3).

use std::ops::RangeInclusive;

use serde::Deserialize;
use serde_json::Value;

use super::{
    cells::Cell,
    mac::Mac,
    question::{Mnc, judge_cell},
};
use crate::api_error::ApiError;

/// What can be located.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) cells: Vec<Cell>,
    /// Whether a neighbour was heard beside one cell.
    pub(super) has_neighbours: bool,
    /// Those of a fixed address; at least two where the request names any.
    pub(super) access_points: Vec<Mac>,
}

/// The members of a cell or ground-fix request. Others are passed over.
#[derive(Debug, Default, Deserialize)]
pub(super) struct CellFields {
    lte: Option<Vec<LteCell>>,
    ltecatm: Option<Vec<LteCell>>,
    nbiot: Option<Vec<LteCell>>,
}

#[derive(Debug, Deserialize)]
struct LteCell {
    mcc: i64,
    mnc: Mnc,
    eci: i64,
    tac: i64,
    rsrp: Option<f64>,
    rsrq: Option<f64>,
    pci: Option<i64>,
    earfcn: Option<i64>,
    adv: Option<i64>,
    #[serde(default)]
    nmr: Vec<Neighbour>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Neighbour {
    earfcn: i64,
    pci: i64,
    rsrp: Option<f64>,
    rsrq: Option<f64>,
    eci: Option<i64>,
    #[serde(rename = "timeDiff")]
    _time_diff: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccessPoint {
    mac_address: Mac,
    #[serde(rename = "ssid")]
    _ssid: Option<String>,
    signal_strength: Option<f64>,
    age: Option<f64>,
    #[serde(rename = "signalToNoiseRatio")]
    _signal_to_noise_ratio: Option<f64>,
    channel: Option<f64>,
    frequency: Option<f64>,
}

const ECI: RangeInclusive<i64> = 0..=268_435_455;
const PCI: RangeInclusive<i64> = 0..=503;
const EARFCN: RangeInclusive<i64> = 0..=262_143;
const RSRP: RangeInclusive<f64> = -157.0..=-44.0;
const RSRQ: RangeInclusive<f64> = -34.5..=3.5;
const ADV: RangeInclusive<i64> = 0..=20_512;
/// What devices send for an advance that they do not know.
const ADV_UNKNOWN: i64 = 65_535;

impl Survey {
    /// Whether more than one cell alone was heard.
    pub(super) fn has_several_cells(&self) -> bool {
        self.cells.len() > 1 || self.has_neighbours
    }

    pub(super) fn add_cells(&mut self, fields: CellFields) -> Result<(), ApiError> {
        let CellFields { lte, ltecatm, nbiot } = fields;
        for cell in [lte, ltecatm, nbiot].into_iter().flatten().flatten() {
            self.has_neighbours |= !cell.nmr.is_empty();
            self.cells.push(cell.judge()?);
        }
        Ok(())
    }

    /// Judges one access point by itself.
    pub(super) fn check_access_point(point: Value) -> Result<(), ApiError> {
        access_point(point)?.judge()
    }

    /// An array of access points, or in the old form an object with one. Addresses that someone made up for himself tell
    /// nothing, and recorded requests are full of them: they are passed over.
    pub(super) fn add_wifi(&mut self, wifi: Value) -> Result<(), ApiError> {
        let list = match wifi {
            Value::Object(mut object) => object.remove("accessPoints").unwrap_or_default(),
            other => other,
        };
        let Value::Array(list) = list else {
            return Err(ApiError::validation("The access points are no array."));
        };
        let points = list.into_iter().map(access_point).collect::<Result<Vec<_>, _>>()?;
        for point in &points {
            point.judge()?;
        }
        let fixed = points.iter().map(|point| point.mac_address);
        self.access_points =
            fixed.filter(|mac| !mac.is_locally_administered() && !mac.is_multicast()).collect();
        self.access_points.sort_unstable();
        self.access_points.dedup();
        if self.access_points.len() < 2 {
            return Err(ApiError::validation(
                "At least two access points are needed whose addresses are universally administered.",
            ));
        }
        Ok(())
    }
}

fn access_point(point: Value) -> Result<AccessPoint, ApiError> {
    serde_json::from_value(point)
        .map_err(|error| ApiError::validation(format!("The access point is refused: {error}.")))
}

impl LteCell {
    fn judge(self) -> Result<Cell, ApiError> {
        within("rsrp", self.rsrp, &RSRP)?;
        within("rsrq", self.rsrq, &RSRQ)?;
        within("pci", self.pci, &PCI)?;
        within("earfcn", self.earfcn, &EARFCN)?;
        within("adv", self.adv.filter(|adv| *adv != ADV_UNKNOWN), &ADV)?;
        for neighbour in &self.nmr {
            within("nmr.earfcn", Some(neighbour.earfcn), &EARFCN)?;
            within("nmr.pci", Some(neighbour.pci), &PCI)?;
            within("nmr.rsrp", neighbour.rsrp, &RSRP)?;
            within("nmr.rsrq", neighbour.rsrq, &RSRQ)?;
            within("nmr.eci", neighbour.eci, &ECI)?;
        }
        let cell = judge_cell(Some(self.mcc), Some(self.mnc), Some(self.tac), Some(self.eci))?;
        cell.ok_or_else(|| ApiError::validation("A cell is mcc, mnc, tac and eci together."))
    }
}

impl AccessPoint {
    fn judge(&self) -> Result<(), ApiError> {
        within("signalStrength", self.signal_strength, &(-128.0..=0.0))?;
        within("age", self.age, &(0.0..=f64::MAX))?;
        if self.channel.is_some() && self.frequency.is_some() {
            return Err(ApiError::validation("An access point has either channel or frequency."));
        }
        Ok(())
    }
}

fn within<T: PartialOrd + std::fmt::Display>(
    name: &str,
    value: Option<T>,
    range: &RangeInclusive<T>,
) -> Result<(), ApiError> {
    match value {
        Some(value) if !range.contains(&value) => {
            Err(ApiError::validation(format!("{name} must be {} to {}.", range.start(), range.end())))
        }
        _ => Ok(()),
    }
}
