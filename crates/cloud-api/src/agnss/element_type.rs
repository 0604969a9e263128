//! The types of assistance data, by number and name.

use std::fmt;
use std::ops::RangeInclusive;

/// Type of assistance data, by nRF Cloud's numbers. 10 is not among them: it marks predictions (P-GPS).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[non_exhaustive]
pub enum ElementType {
    /// 1: from GPS time to UTC.
    GpsUtc = 1,
    /// 2: exact orbits of GPS satellites, good for hours.
    GpsEphemeris = 2,
    /// 3: rough orbits of GPS satellites, good for weeks.
    GpsAlmanac = 3,
    /// 4: ionosphere, Klobuchar model.
    Klobuchar = 4,
    /// 5: ionosphere, NeQuick model.
    NeQuick = 5,
    /// 6: time of week, per GPS satellite.
    GpsTow = 6,
    /// 7: GPS time.
    GpsClock = 7,
    /// 8: rough position of the device.
    Location = 8,
    /// 9: which GPS satellites are unhealthy.
    GpsIntegrity = 9,
    /// 11: rough orbits of QZSS satellites.
    QzssAlmanac = 11,
    /// 12: exact orbits of QZSS satellites.
    QzssEphemeris = 12,
    /// 13: which QZSS satellites are unhealthy.
    QzssIntegrity = 13,
    /// 14: rough orbits of Galileo satellites.
    GalileoAlmanac = 14,
    /// 15: exact orbits of Galileo satellites.
    GalileoEphemeris = 15,
    /// 16: between GPS time and Galileo time.
    GpsGalileoOffset = 16,
    /// 17: which Galileo satellites are unhealthy.
    GalileoIntegrity = 17,
}

/// A number is no type of assistance data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no type of assistance data: 1 to 9 and 11 to 17 are")]
pub struct UnknownElementType(pub u8);

impl ElementType {
    /// All types, by number.
    pub const ALL: [Self; 16] = [
        Self::GpsUtc,
        Self::GpsEphemeris,
        Self::GpsAlmanac,
        Self::Klobuchar,
        Self::NeQuick,
        Self::GpsTow,
        Self::GpsClock,
        Self::Location,
        Self::GpsIntegrity,
        Self::QzssAlmanac,
        Self::QzssEphemeris,
        Self::QzssIntegrity,
        Self::GalileoAlmanac,
        Self::GalileoEphemeris,
        Self::GpsGalileoOffset,
        Self::GalileoIntegrity,
    ];

    /// nRF Cloud's number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Name, in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GpsUtc => "GPS UTC parameters",
            Self::GpsEphemeris => "GPS ephemerides",
            Self::GpsAlmanac => "GPS almanac",
            Self::Klobuchar => "Klobuchar ionosphere",
            Self::NeQuick => "NeQuick ionosphere",
            Self::GpsTow => "GPS time of week",
            Self::GpsClock => "GPS system clock",
            Self::Location => "location",
            Self::GpsIntegrity => "GPS integrity",
            Self::QzssAlmanac => "QZSS almanac",
            Self::QzssEphemeris => "QZSS ephemerides",
            Self::QzssIntegrity => "QZSS integrity",
            Self::GalileoAlmanac => "Galileo almanac",
            Self::GalileoEphemeris => "Galileo ephemerides",
            Self::GpsGalileoOffset => "GPS to Galileo time offset",
            Self::GalileoIntegrity => "Galileo integrity",
        }
    }

    /// Satellite numbers that an element of this type may have (nrfxlib's `nrf_modem_gnss.h`; Galileo OS SIS
    /// ICD).
    pub(super) fn satellites(self) -> RangeInclusive<u8> {
        match self {
            Self::QzssAlmanac | Self::QzssEphemeris => 193..=202,
            Self::GalileoAlmanac | Self::GalileoEphemeris => 1..=36,
            _ => 1..=32,
        }
    }

    /// Square roots of the semi-major axes that the satellites of an element of this type can have, in √m.
    ///
    /// Nominal are 5153.6 (GPS), 6493.4 (QZSS) and 5440.6 (Galileo; 5289 for its two satellites in a lower
    /// orbit). The bounds lie hundreds of kilometres away from that. Data whose octets from 0x80 on were
    /// replaced by a text encoding lies far outside, for these values begin with such an octet.
    pub(super) fn sqrt_axes(self) -> RangeInclusive<f64> {
        match self {
            Self::QzssAlmanac | Self::QzssEphemeris => 6400.0..=6600.0,
            Self::GalileoAlmanac | Self::GalileoEphemeris => 5200.0..=5550.0,
            _ => 5050.0..=5250.0,
        }
    }
}

impl TryFrom<u8> for ElementType {
    type Error = UnknownElementType;

    fn try_from(number: u8) -> Result<Self, UnknownElementType> {
        Self::ALL.into_iter().find(|kind| kind.number() == number).ok_or(UnknownElementType(number))
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.number(), self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names() {
        let numbers: Vec<u8> = ElementType::ALL.into_iter().map(ElementType::number).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17]);
        for kind in ElementType::ALL {
            assert_eq!(ElementType::try_from(kind.number()), Ok(kind));
        }
        assert_eq!(
            ElementType::try_from(10).unwrap_err().to_string(),
            "10 is no type of assistance data: 1 to 9 and 11 to 17 are"
        );
        assert_eq!(ElementType::NeQuick.to_string(), "5 (NeQuick ionosphere)");
    }
}
