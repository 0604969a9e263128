//! Types of elements, and how a struct of raw fields is read from bytes.

use std::fmt;

/// The only schema version there is.
pub(super) const SCHEMA_VERSION: u8 = 1;

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

    /// Satellite numbers that an element of this type may have.
    pub(super) fn satellites(self) -> std::ops::RangeInclusive<u8> {
        match self {
            Self::QzssAlmanac | Self::QzssEphemeris => 193..=202,
            Self::GalileoAlmanac | Self::GalileoEphemeris => 1..=36,
            _ => 1..=32,
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

/// An element that is read from a fixed number of bytes.
pub trait Element: Sized + Copy {
    /// Size in bytes.
    const SIZE: usize;

    /// Reads the element; `None` when the bytes are not [`SIZE`](Self::SIZE) long.
    fn read(bytes: &[u8]) -> Option<Self>;

    /// The first field that cannot have its value in an element of this type.
    #[doc(hidden)]
    fn out_of_range(&self, kind: ElementType) -> Option<(&'static str, u32)> {
        let _ = kind;
        None
    }
}

/// 2 to the power of `exponent`, exactly. `exponent` must be a normal one, −1022 to 1023.
pub(super) const fn pow2(exponent: i32) -> f64 {
    #[expect(clippy::cast_sign_loss, reason = "an exponent of a normal number plus its bias is positive")]
    let biased = (exponent + 1023) as u64;
    f64::from_bits(biased << 52)
}

/// Makes a struct of little-endian fields, its reader, and a method in physical units for each field with a
/// scale.
macro_rules! element {
    (
        $(#[$meta:meta])*
        $name:ident: $size:literal $(, satellite $satellite:ident)? $(, check $check:ident)? {
            $(
                $(#[$field_meta:meta])*
                $field:ident: $type:ty $(=> $method:ident * $scale:expr)?,
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )+
        }

        impl $name {
            $( $(
                #[doc = concat!(
                    "The field [`", stringify!($field), "`](Self::", stringify!($field),
                    ") in the physical unit that the name of this method ends with."
                )]
                #[must_use]
                pub fn $method(&self) -> f64 {
                    self.$field as f64 * $scale
                }
            )? )+
        }

        impl $crate::agnss::Element for $name {
            const SIZE: usize = $size;

            fn read(bytes: &[u8]) -> Option<Self> {
                const { assert!($size == 0 $( + size_of::<$type>() )+); }
                if bytes.len() != $size {
                    return None;
                }
                let mut rest = bytes;
                $(
                    let (field, after) = rest.split_first_chunk()?;
                    let $field = <$type>::from_le_bytes(*field);
                    rest = after;
                )+
                let _ = rest;
                Some(Self { $( $field, )+ })
            }

            $(
                fn out_of_range(&self, kind: $crate::agnss::ElementType) -> Option<(&'static str, u32)> {
                    let known = kind.satellites().contains(&self.$satellite);
                    (!known).then_some((stringify!($satellite), u32::from(self.$satellite)))
                }
            )?

            $(
                fn out_of_range(&self, _: $crate::agnss::ElementType) -> Option<(&'static str, u32)> {
                    self.$check()
                }
            )?
        }
    };
}

pub(super) use element;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_are_exact() {
        assert_eq!(pow2(0), 1.0);
        assert_eq!(pow2(-50), 2f64.powi(-50));
        assert_eq!(pow2(16), 65536.0);
    }

    #[test]
    fn numbers_and_sizes_of_the_schema() {
        let sizes: Vec<(u8, usize)> =
            ElementType::ALL.into_iter().map(|kind| (kind.number(), kind.size())).collect();
        assert_eq!(
            sizes,
            [
                (1, 14),
                (2, 62),
                (3, 31),
                (4, 8),
                (5, 8),
                (6, 4),
                (7, 16),
                (8, 15),
                (9, 4),
                (11, 31),
                (12, 62),
                (13, 4),
                (14, 24),
                (15, 61),
                (16, 8),
                (17, 8),
            ]
        );
        assert_eq!(
            ElementType::try_from(10).unwrap_err().to_string(),
            "10 is no type of assistance data: 1 to 9 and 11 to 17 are"
        );
        assert_eq!(ElementType::NeQuick.to_string(), "5 (NeQuick ionosphere)");
    }
}
