//! LTE cells that a device sees.

use serde::{Deserialize, Deserializer, Serialize};

use crate::assistance::Mnc;
use crate::json::plain_number;
use crate::parameter::InvalidParameter;

/// Sent for a timing advance that the modem does not know.
const UNKNOWN_TIMING_ADVANCE: u32 = 65535;

/// The LTE cell that serves a device, with its neighbours as the modem measured them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Cell")]
pub struct LteCell(Cell);

/// A neighbouring cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Neighbor")]
pub struct NeighborCell(Neighbor);

/// The values before they are checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Cell {
    mcc: u16,
    #[serde(deserialize_with = "mnc")]
    mnc: Mnc,
    eci: u32,
    tac: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pci: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    earfcn: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    adv: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain_number")]
    rsrp: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain_number")]
    rsrq: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nmr: Option<Vec<NeighborCell>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Neighbor {
    earfcn: u32,
    pci: u16,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain_number")]
    rsrp: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain_number")]
    rsrq: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    eci: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain_number")]
    time_diff: Option<f64>,
}

impl LteCell {
    /// `mcc`: mobile country code, 100 to 999. `tac`: tracking area code. `eci`: E-UTRAN cell identity, 28
    /// bits.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a value outside its range.
    pub fn new(mcc: u16, mnc: Mnc, tac: u32, eci: u32) -> Result<Self, InvalidParameter> {
        Cell { mcc, mnc, eci, tac, pci: None, earfcn: None, adv: None, rsrp: None, rsrq: None, nmr: None }
            .try_into()
    }

    /// Adds the reference signal received power in dBm, −157 to −44.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a value outside that range.
    pub fn with_rsrp(self, dbm: f64) -> Result<Self, InvalidParameter> {
        Cell { rsrp: Some(dbm), ..self.0 }.try_into()
    }

    /// Adds the reference signal received quality in dB, −34.5 to 3.5.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a value outside that range.
    pub fn with_rsrq(self, db: f64) -> Result<Self, InvalidParameter> {
        Cell { rsrq: Some(db), ..self.0 }.try_into()
    }

    /// Adds the physical cell ID (0 to 503) and the channel (EARFCN, 0 to 262143).
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a value outside its range.
    pub fn with_channel(self, earfcn: u32, pci: Option<u16>) -> Result<Self, InvalidParameter> {
        Cell { earfcn: Some(earfcn), pci, ..self.0 }.try_into()
    }

    /// Adds the timing advance in units of 16 Ts, 0 to 20512; 65535 says that it is not known.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for another value.
    pub fn with_timing_advance(self, advance: u32) -> Result<Self, InvalidParameter> {
        Cell { adv: Some(advance), ..self.0 }.try_into()
    }

    /// Adds the neighbours.
    #[must_use]
    pub fn with_neighbors(mut self, neighbors: Vec<NeighborCell>) -> Self {
        self.0.nmr = Some(neighbors);
        self
    }

    /// Mobile country code.
    #[must_use]
    pub fn mcc(&self) -> u16 {
        self.0.mcc
    }

    /// Mobile network code.
    #[must_use]
    pub fn mnc(&self) -> &Mnc {
        &self.0.mnc
    }

    /// Tracking area code.
    #[must_use]
    pub fn tac(&self) -> u32 {
        self.0.tac
    }

    /// E-UTRAN cell identity.
    #[must_use]
    pub fn eci(&self) -> u32 {
        self.0.eci
    }

    /// The neighbours.
    #[must_use]
    pub fn neighbors(&self) -> &[NeighborCell] {
        self.0.nmr.as_deref().unwrap_or_default()
    }
}

impl NeighborCell {
    /// `earfcn`: channel, 0 to 262143. `pci`: physical cell ID, 0 to 503.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a value outside its range.
    pub fn new(earfcn: u32, pci: u16) -> Result<Self, InvalidParameter> {
        Neighbor { earfcn, pci, rsrp: None, rsrq: None, eci: None, time_diff: None }.try_into()
    }

    /// Adds received power in dBm (−157 to −44) and quality in dB (−34.5 to 3.5).
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a value outside its range.
    pub fn with_signal(self, rsrp: Option<f64>, rsrq: Option<f64>) -> Result<Self, InvalidParameter> {
        Neighbor { rsrp, rsrq, ..self.0 }.try_into()
    }

    /// Adds the cell identity, 28 bits.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a value outside that range.
    pub fn with_eci(self, eci: u32) -> Result<Self, InvalidParameter> {
        Neighbor { eci: Some(eci), ..self.0 }.try_into()
    }

    /// Adds the difference to the serving cell's time, in the unit of the modem's `%NCELLMEAS`.
    #[must_use]
    pub fn with_time_difference(mut self, difference: f64) -> Self {
        self.0.time_diff = Some(difference);
        self
    }
}

impl TryFrom<Cell> for LteCell {
    type Error = InvalidParameter;

    fn try_from(cell: Cell) -> Result<Self, InvalidParameter> {
        InvalidParameter::check("mcc", cell.mcc, 100, 999)?;
        check_signal(cell.rsrp, cell.rsrq)?;
        check_channel(cell.earfcn, cell.pci)?;
        check_eci(Some(cell.eci))?;
        if let Some(advance) = cell.adv.filter(|advance| *advance != UNKNOWN_TIMING_ADVANCE) {
            InvalidParameter::check("adv", advance, 0, 20512)?;
        }
        Ok(Self(cell))
    }
}

impl TryFrom<Neighbor> for NeighborCell {
    type Error = InvalidParameter;

    fn try_from(cell: Neighbor) -> Result<Self, InvalidParameter> {
        check_signal(cell.rsrp, cell.rsrq)?;
        check_channel(Some(cell.earfcn), Some(cell.pci))?;
        check_eci(cell.eci)?;
        Ok(Self(cell))
    }
}

fn check_signal(rsrp: Option<f64>, rsrq: Option<f64>) -> Result<(), InvalidParameter> {
    rsrp.map_or(Ok(()), |dbm| InvalidParameter::check("rsrp", dbm, -157.0, -44.0))?;
    rsrq.map_or(Ok(()), |db| InvalidParameter::check("rsrq", db, -34.5, 3.5))
}

fn check_channel(earfcn: Option<u32>, pci: Option<u16>) -> Result<(), InvalidParameter> {
    earfcn.map_or(Ok(()), |earfcn| InvalidParameter::check("earfcn", earfcn, 0, 262_143))?;
    pci.map_or(Ok(()), |pci| InvalidParameter::check("pci", pci, 0, 503))
}

fn check_eci(eci: Option<u32>) -> Result<(), InvalidParameter> {
    eci.map_or(Ok(()), |eci| InvalidParameter::check("eci", eci, 0, (1 << 28) - 1))
}

/// A network code is a number or a text, as leading zeros want it.
fn mnc<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Mnc, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Code {
        Number(u16),
        Text(String),
    }

    match Code::deserialize(deserializer)? {
        Code::Number(number) => Mnc::try_from(number),
        Code::Text(text) => text.parse(),
    }
    .map_err(serde::de::Error::custom)
}

/// Cells by the kind of network, as the service takes them. At least one is needed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CellRequest {
    /// LTE, of a kind that is not told apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lte: Vec<LteCell>,
    /// LTE-M.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ltecatm: Vec<LteCell>,
    /// NB-IoT.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nbiot: Vec<LteCell>,
}

impl From<LteCell> for CellRequest {
    fn from(cell: LteCell) -> Self {
        Self { lte: vec![cell], ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_cell() {
        let neighbor = NeighborCell::new(6400, 247)
            .unwrap()
            .with_signal(Some(-89.0), Some(-9.5))
            .unwrap()
            .with_eci(7)
            .unwrap()
            .with_time_difference(12.0);
        let cell = LteCell::new(242, "01".parse().unwrap(), 30401, 21_627_653)
            .and_then(|cell| cell.with_rsrp(-90.0)?.with_rsrq(-10.0)?.with_channel(6400, Some(3)))
            .and_then(|cell| cell.with_timing_advance(65535))
            .unwrap()
            .with_neighbors(vec![neighbor]);
        let text = r#"{"mcc":242,"mnc":"01","eci":21627653,"tac":30401,"pci":3,"earfcn":6400,"adv":65535,"rsrp":-90,"rsrq":-10,"nmr":[{"earfcn":6400,"pci":247,"rsrp":-89,"rsrq":-9.5,"eci":7,"timeDiff":12}]}"#;
        assert_eq!(serde_json::to_string(&cell).unwrap(), text);
        assert_eq!(serde_json::from_str::<LteCell>(text).unwrap(), cell);
        assert_eq!((cell.mcc(), cell.tac(), cell.eci(), cell.neighbors().len()), (242, 30401, 21_627_653, 1));
    }

    #[test]
    fn values_outside_their_range_are_refused_also_from_json() {
        let cell = || LteCell::new(242, Mnc::try_from(1).unwrap(), 1, 1).unwrap();
        for (result, message) in [
            (cell().with_rsrp(-43.9), "rsrp \"-43.9\" is not in -157 to -44"),
            (cell().with_rsrp(f64::NAN), "rsrp \"NaN\" is not in -157 to -44"),
            (cell().with_rsrq(3.6), "rsrq \"3.6\" is not in -34.5 to 3.5"),
            (cell().with_channel(262_144, None), "earfcn \"262144\" is not in 0 to 262143"),
            (cell().with_channel(1, Some(504)), "pci \"504\" is not in 0 to 503"),
            (cell().with_timing_advance(20513), "adv \"20513\" is not in 0 to 20512"),
            (
                LteCell::new(242, Mnc::try_from(1).unwrap(), 1, 1 << 28),
                "eci \"268435456\" is not in 0 to 268435455",
            ),
        ] {
            assert_eq!(result.unwrap_err().to_string(), message);
        }
        let error = serde_json::from_str::<LteCell>(r#"{"mcc":99,"mnc":1,"eci":1,"tac":1}"#).unwrap_err();
        assert!(error.to_string().contains("mcc \"99\" is not in 100 to 999"), "{error}");
    }
}
