//! Elements of every type, with any values that such an element can have.

use cloud_api::agnss::{
    Almanac, Buffer, Element, EncodeError, Encoder, Ephemeris, GalileoAlmanac, GalileoEphemeris,
    GalileoIntegrity, GpsGalileoOffset, Integrity, Klobuchar, Location, NeQuick, SystemClock, TimeOfWeek,
    UtcParameters, kind,
};

/// The longest element; shorter ones take the beginning of so many bytes.
pub(crate) type Raw = [u8; 62];

/// Any values, for a type that has no rule.
pub(crate) fn from_raw<E: Element>(raw: &Raw) -> E {
    E::read(&raw[..E::SIZE]).unwrap()
}

pub(crate) fn utc(raw: &Raw) -> UtcParameters {
    let any: UtcParameters = from_raw(raw);
    UtcParameters { tot: any.tot % 148, dn: any.dn.rem_euclid(7) + 1, ..any }
}

pub(crate) fn gps_ephemeris(raw: &Raw) -> Ephemeris {
    let any: Ephemeris = from_raw(raw);
    Ephemeris {
        sv_id: any.sv_id % 32 + 1,
        toc: any.toc % 37_800,
        toe: any.toe % 37_800,
        sqrt_a: (5051 << 19) + any.sqrt_a % (198 << 19),
        ..any
    }
}

pub(crate) fn qzss_ephemeris(raw: &Raw) -> Ephemeris {
    let any = gps_ephemeris(raw);
    Ephemeris { sv_id: 193 + any.sv_id % 10, sqrt_a: any.sqrt_a + (1350 << 19), ..any }
}

pub(crate) fn gps_almanac(raw: &Raw) -> Almanac {
    let any: Almanac = from_raw(raw);
    Almanac {
        sv_id: any.sv_id % 32 + 1,
        toa: any.toa % 148,
        sqrt_a: (5051 << 11) + any.sqrt_a % (198 << 11),
        ..any
    }
}

pub(crate) fn qzss_almanac(raw: &Raw) -> Almanac {
    let any = gps_almanac(raw);
    Almanac { sv_id: 193 + any.sv_id % 10, sqrt_a: any.sqrt_a + (1350 << 11), ..any }
}

pub(crate) fn time_of_week(raw: &Raw) -> TimeOfWeek {
    let any: TimeOfWeek = from_raw(raw);
    TimeOfWeek { sv_id: any.sv_id % 32 + 1, ..any }
}

pub(crate) fn clock(raw: &Raw) -> SystemClock {
    let any: SystemClock = from_raw(raw);
    SystemClock { time_full_s: any.time_full_s % 86_400, time_frac_ms: any.time_frac_ms % 1000, ..any }
}

pub(crate) fn location(raw: &Raw) -> Location {
    let any: Location = from_raw(raw);
    Location {
        latitude: any.latitude % (1 << 23),
        longitude: any.longitude % (1 << 23),
        orientation_major: any.orientation_major % 180,
        confidence: any.confidence % 129,
        ..any
    }
}

pub(crate) fn galileo_almanac(raw: &Raw) -> GalileoAlmanac {
    let any: GalileoAlmanac = from_raw(raw);
    GalileoAlmanac { sv_id: any.sv_id % 36 + 1, wn: any.wn % 4, toa: any.toa % 1008, ..any }
}

pub(crate) fn galileo_ephemeris(raw: &Raw) -> GalileoEphemeris {
    let any: GalileoEphemeris = from_raw(raw);
    GalileoEphemeris {
        sv_id: any.sv_id % 36 + 1,
        toc: any.toc % 10_080,
        toe: any.toe % 10_080,
        sqrt_a: (5201 << 19) + any.sqrt_a % (348 << 19),
        ..any
    }
}

/// Writes a block of the type at an index of [`ElementType::ALL`](cloud_api::agnss::ElementType::ALL).
pub(crate) fn write<B: Buffer>(
    encoder: &mut Encoder<B>,
    index: usize,
    raw: &[Raw],
) -> Result<(), EncodeError> {
    macro_rules! block {
        ($kind:ident, $make:expr) => {
            encoder.block(kind::$kind, raw.iter().map($make))
        };
    }
    match index {
        0 => block!(GPS_UTC, utc),
        1 => block!(GPS_EPHEMERIS, gps_ephemeris),
        2 => block!(GPS_ALMANAC, gps_almanac),
        3 => block!(KLOBUCHAR, from_raw::<Klobuchar>),
        4 => block!(NEQUICK, from_raw::<NeQuick>),
        5 => block!(GPS_TOW, time_of_week),
        6 => block!(GPS_CLOCK, clock),
        7 => block!(LOCATION, location),
        8 => block!(GPS_INTEGRITY, from_raw::<Integrity>),
        9 => block!(QZSS_ALMANAC, qzss_almanac),
        10 => block!(QZSS_EPHEMERIS, qzss_ephemeris),
        11 => block!(QZSS_INTEGRITY, from_raw::<Integrity>),
        12 => block!(GALILEO_ALMANAC, galileo_almanac),
        13 => block!(GALILEO_EPHEMERIS, galileo_ephemeris),
        14 => block!(GPS_GALILEO_OFFSET, from_raw::<GpsGalileoOffset>),
        15 => block!(GALILEO_INTEGRITY, from_raw::<GalileoIntegrity>),
        _ => panic!("there are sixteen types"),
    }
    .map(|_| ())
}
