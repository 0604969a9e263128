//! What to ask for: types of assistance data, and where the device is.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::agnss::ElementType;
use crate::identifier::DeviceId;

pub use crate::parameter::InvalidParameter;

/// Which assistance data to ask for.
///
/// An empty list of types leaves the choice to the service, which is 1, 2, 3, 4, 6, 7 and 9. Type 8
/// (location) and `filtered` need the serving cell; without it the service leaves them out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AssistanceRequest {
    types: Vec<ElementType>,
    cell: Option<ServingCell>,
    filtered: Option<bool>,
    mask: Option<u8>,
    device_id: Option<DeviceId>,
}

/// What the service gives when no types are named.
const DEFAULT_TYPES: [ElementType; 7] = [
    ElementType::GpsUtc,
    ElementType::GpsEphemeris,
    ElementType::GpsAlmanac,
    ElementType::Klobuchar,
    ElementType::GpsTow,
    ElementType::GpsClock,
    ElementType::GpsIntegrity,
];

impl AssistanceRequest {
    /// A request for the service's own choice of types.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for these types, in this order. A type named twice counts once.
    #[must_use]
    pub fn types(mut self, types: impl IntoIterator<Item = ElementType>) -> Self {
        self.types.clear();
        for kind in types {
            if !self.types.contains(&kind) {
                self.types.push(kind);
            }
        }
        self
    }

    /// Says where the device is.
    #[must_use]
    pub fn cell(mut self, cell: ServingCell) -> Self {
        self.cell = Some(cell);
        self
    }

    /// Asks for the ephemerides of those satellites only that stand at least `mask` degrees (0 to 90; the
    /// service takes 5 when `None`) above the horizon at the cell.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a mask above 90 degrees.
    pub fn filtered(mut self, mask: Option<u8>) -> Result<Self, InvalidParameter> {
        if let Some(degrees) = mask {
            InvalidParameter::check("mask", i64::from(degrees), 0, 90)?;
        }
        self.filtered = Some(true);
        self.mask = mask;
        Ok(self)
    }

    /// Names the device that a proxy asks for, in the header `x-custom-device-id`.
    #[must_use]
    pub fn device(mut self, device_id: DeviceId) -> Self {
        self.device_id = Some(device_id);
        self
    }

    pub(super) fn device_id(&self) -> Option<&DeviceId> {
        self.device_id.as_ref()
    }

    /// The query of `HEAD /location/agnss`.
    pub(super) fn query(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if !self.types.is_empty() {
            pairs.push(("types", list(&self.types)));
        }
        self.push_rest(&mut pairs);
        pairs
    }

    /// The query that Nordic's guide prints, in its order.
    pub(super) fn deprecated_query(&self) -> Vec<(&'static str, String)> {
        let types = if self.types.is_empty() { &DEFAULT_TYPES[..] } else { &self.types };
        let mut pairs = vec![("requestType", "custom".to_owned()), ("customTypes", list(types))];
        self.push_rest(&mut pairs);
        pairs
    }

    fn push_rest(&self, pairs: &mut Vec<(&'static str, String)>) {
        if let Some(cell) = &self.cell {
            pairs.push(("mcc", cell.mcc.to_string()));
            pairs.push(("mnc", cell.mnc.to_string()));
            pairs.push(("tac", cell.tac.to_string()));
            pairs.push(("eci", cell.eci.to_string()));
            pairs.extend(cell.rsrp.map(|rsrp| ("rsrp", rsrp.to_string())));
        }
        pairs.extend(self.filtered.map(|filtered| ("filtered", filtered.to_string())));
        pairs.extend(self.mask.map(|mask| ("mask", mask.to_string())));
    }
}

fn list(types: &[ElementType]) -> String {
    types.iter().map(|kind| kind.number().to_string()).collect::<Vec<_>>().join(",")
}

impl Serialize for AssistanceRequest {
    /// The body of `POST /location/agnss`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;

        let mut map = serializer.serialize_map(None)?;
        if !self.types.is_empty() {
            let numbers: Vec<u8> = self.types.iter().map(|kind| kind.number()).collect();
            map.serialize_entry("types", &numbers)?;
        }
        if let Some(cell) = &self.cell {
            map.serialize_entry("mcc", &cell.mcc)?;
            map.serialize_entry("mnc", &cell.mnc)?;
            map.serialize_entry("tac", &cell.tac)?;
            map.serialize_entry("eci", &cell.eci)?;
            if let Some(rsrp) = cell.rsrp {
                map.serialize_entry("rsrp", &rsrp)?;
            }
        }
        if let Some(filtered) = self.filtered {
            map.serialize_entry("filtered", &filtered)?;
        }
        if let Some(mask) = self.mask {
            map.serialize_entry("mask", &mask)?;
        }
        map.end()
    }
}

/// The LTE cell that serves the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServingCell {
    mcc: u16,
    mnc: Mnc,
    tac: u32,
    eci: u32,
    rsrp: Option<i16>,
}

impl ServingCell {
    /// `mcc`: mobile country code, 100 to 999. `tac`: tracking area code. `eci`: E-UTRAN cell identity, 28
    /// bits.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a value outside its range.
    pub fn new(mcc: u16, mnc: Mnc, tac: u32, eci: u32) -> Result<Self, InvalidParameter> {
        InvalidParameter::check("mcc", i64::from(mcc), 100, 999)?;
        InvalidParameter::check("eci", i64::from(eci), 0, (1 << 28) - 1)?;
        Ok(Self { mcc, mnc, tac, eci, rsrp: None })
    }

    /// Adds the reference signal received power in dBm, −157 to −44.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a value outside that range.
    pub fn with_rsrp(mut self, dbm: i16) -> Result<Self, InvalidParameter> {
        InvalidParameter::check("rsrp", i64::from(dbm), -157, -44)?;
        self.rsrp = Some(dbm);
        Ok(self)
    }
}

/// Mobile network code: one to three digits. Leading zeros are kept, for `1`, `01` and `001` are all in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mnc(String);

impl FromStr for Mnc {
    type Err = InvalidParameter;

    fn from_str(text: &str) -> Result<Self, InvalidParameter> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if digits && (1..=3).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidParameter {
                field: "mnc",
                value: text.to_owned(),
                rule: "one to three digits".to_owned(),
            })
        }
    }
}

impl TryFrom<u16> for Mnc {
    type Error = InvalidParameter;

    fn try_from(number: u16) -> Result<Self, InvalidParameter> {
        number.to_string().parse()
    }
}

impl fmt::Display for Mnc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Mnc {
    /// A number, or a text where leading zeros would be lost.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.parse::<u16>() {
            Ok(number) if number.to_string() == self.0 => serializer.serialize_u16(number),
            _ => serializer.serialize_str(&self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(numbers: &[u8]) -> Vec<ElementType> {
        numbers.iter().map(|number| ElementType::try_from(*number).unwrap()).collect()
    }

    #[test]
    fn body_of_the_facts_example() {
        let cell = ServingCell::new(242, "2".parse().unwrap(), 2305, 33_703_712).unwrap();
        let request = AssistanceRequest::new().types(types(&[2, 2])).cell(cell.clone());
        assert_eq!(
            serde_json::to_string(&request).unwrap(),
            r#"{"types":[2],"mcc":242,"mnc":2,"tac":2305,"eci":33703712}"#
        );
        let request = AssistanceRequest::new().cell(cell.with_rsrp(-92).unwrap()).filtered(Some(10)).unwrap();
        assert_eq!(
            serde_json::to_string(&request).unwrap(),
            r#"{"mcc":242,"mnc":2,"tac":2305,"eci":33703712,"rsrp":-92,"filtered":true,"mask":10}"#
        );
        assert_eq!(serde_json::to_string(&AssistanceRequest::new()).unwrap(), "{}");
    }

    #[test]
    fn leading_zeros_of_the_network_code_are_kept() {
        for (text, json) in [("1", "1"), ("0", "0"), ("01", "\"01\""), ("000", "\"000\""), ("410", "410")] {
            assert_eq!(serde_json::to_string(&text.parse::<Mnc>().unwrap()).unwrap(), json);
        }
        assert_eq!("1234".parse::<Mnc>().unwrap_err().to_string(), "mnc \"1234\" is not one to three digits");
        assert!("".parse::<Mnc>().is_err());
        assert!(Mnc::try_from(1000).is_err());
    }

    #[test]
    fn values_outside_their_range_are_refused() {
        let mnc = || Mnc::try_from(1).unwrap();
        assert_eq!(
            ServingCell::new(99, mnc(), 1, 1).unwrap_err().to_string(),
            "mcc \"99\" is not in 100 to 999"
        );
        assert_eq!(
            ServingCell::new(242, mnc(), 1, 1 << 28).unwrap_err().to_string(),
            "eci \"268435456\" is not in 0 to 268435455"
        );
        let cell = ServingCell::new(242, mnc(), 1, 0).unwrap();
        assert_eq!(
            AssistanceRequest::new().filtered(Some(91)).unwrap_err().to_string(),
            "mask \"91\" is not in 0 to 90"
        );
        assert_eq!(cell.with_rsrp(-43).unwrap_err().to_string(), "rsrp \"-43\" is not in -157 to -44");
    }
}
