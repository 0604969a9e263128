//! A-GNSS data for the present day, of a constellation that exists only here (facts 4.2 to 4.4).
//!
//! The satellites fly on orbits of the right kind (six GPS planes, three of Galileo, the figure of eight of QZSS)
//! from fixed elements, so that the same clock gives the same bytes. A receiver that follows the usual algorithm
//! finds them where [`orbit`] says they are, to about a kilometre; it will not find them in the sky.

mod constellation;
mod element;
mod encoder;
mod gps_time;
mod orbit;
mod prediction;

use std::time::SystemTime;

use constellation::Satellite;
use encoder::Encoder;
use gps_time::GpsTime;
pub(crate) use prediction::Predictions;

/// `filtered` gives at most this many satellites (facts 4.1); here of each constellation.
const MAX_FILTERED: usize = 16;

/// The one version of the payload's format.
const SCHEMA_VERSION: u8 = 1;

/// The order of the blocks in the newest recorded answer (facts 4.2).
const BLOCK_ORDER: [u8; 16] = [7, 1, 2, 3, 4, 5, 6, 8, 9, 11, 12, 13, 14, 15, 16, 17];

/// A place on the ground, WGS 84, height 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Position {
    /// Degrees, north positive.
    pub(crate) latitude: f64,
    /// Degrees, east positive.
    pub(crate) longitude: f64,
    /// Radius of the circle around it, in metres.
    pub(crate) uncertainty: f64,
}

/// What goes into a payload.
#[derive(Debug)]
pub(crate) struct Contents<'a> {
    /// Element types, in any order; 8 is left out without `position`.
    pub(crate) types: &'a [u8],
    pub(crate) position: Option<Position>,
    /// With an elevation mask in degrees, only the ephemerides of satellites above it at `position`.
    pub(crate) mask: Option<u8>,
}

/// The payload for `now`: the schema version, then a block for each type.
pub(crate) fn payload(now: SystemTime, contents: &Contents<'_>) -> Vec<u8> {
    let now = GpsTime::from_system(now);
    let mut out = Encoder::default();
    out.u8(SCHEMA_VERSION);
    for kind in BLOCK_ORDER.into_iter().filter(|kind| contents.types.contains(kind)) {
        block(&mut out, kind, now, contents);
    }
    out.into_bytes()
}

/// The file of these predictions.
pub(crate) fn prediction_file(predictions: Predictions) -> Vec<u8> {
    let mut out = Encoder::default();
    predictions.write(&mut out);
    out.into_bytes()
}

/// `now` in the time of GPS.
pub(crate) fn gps_now(now: SystemTime) -> GpsTime {
    GpsTime::from_system(now)
}

fn block(out: &mut Encoder, kind: u8, now: GpsTime, contents: &Contents<'_>) {
    match kind {
        1 => out.block(1, &[()], |out, ()| element::utc(out, now)),
        2 => out.block(2, &in_view(constellation::gps(), now, contents), |out, sat| {
            element::gps_ephemeris(out, sat, now);
        }),
        3 => out.block(3, &constellation::gps(), |out, sat| element::gps_almanac(out, sat, now)),
        4 => out.block(4, &[()], |out, ()| element::klobuchar(out)),
        5 => out.block(5, &[()], |out, ()| element::nequick(out)),
        6 => out.block(6, &in_view(constellation::gps(), now, contents), element::time_of_week),
        7 => out.block(7, &[()], |out, ()| element::system_clock(out, now)),
        8 => {
            if let Some(position) = contents.position {
                out.block(8, &[()], |out, ()| element::location(out, position));
            }
        }
        9 => out.block(9, &[()], |out, ()| element::gps_integrity(out)),
        11 => out.block(11, &constellation::qzss(), |out, sat| element::qzss_almanac(out, sat, now)),
        12 => out.block(12, &in_view(constellation::qzss(), now, contents), |out, sat| {
            element::qzss_ephemeris(out, sat, now);
        }),
        13 => out.block(13, &[()], |out, ()| element::qzss_integrity(out)),
        14 => out.block(14, &constellation::galileo(), |out, sat| element::galileo_almanac(out, sat, now)),
        15 => out.block(15, &in_view(constellation::galileo(), now, contents), |out, sat| {
            element::galileo_ephemeris(out, sat, now);
        }),
        16 => out.block(16, &[()], |out, ()| element::ggto(out, now)),
        17 => out.block(17, &[()], |out, ()| element::galileo_integrity(out)),
        _ => {}
    }
}

/// The healthy satellites; where a mask is set, those above it, at most [`MAX_FILTERED`], in the order of their IDs.
fn in_view(satellites: Vec<Satellite>, now: GpsTime, contents: &Contents<'_>) -> Vec<Satellite> {
    let healthy = satellites.into_iter().filter(|sat| !sat.unhealthy);
    let (Some(mask), Some(position)) = (contents.mask, contents.position) else { return healthy.collect() };
    let elevation = |sat: &Satellite| orbit::elevation(position, sat.orbit.position(now));
    let mut visible: Vec<(f64, Satellite)> = healthy
        .map(|sat| (elevation(&sat), sat))
        .filter(|(degrees, _)| *degrees >= f64::from(mask))
        .collect();
    visible.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    visible.truncate(MAX_FILTERED);
    visible.sort_by_key(|(_, sat)| sat.sv_id);
    visible.into_iter().map(|(_, sat)| sat).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// Reads numbers as a receiver would.
    struct Cursor<'a>(&'a [u8]);

    impl Cursor<'_> {
        fn signed<const BYTES: usize>(&mut self, exponent: i32) -> f64 {
            let (bytes, rest) = self.0.split_at(BYTES);
            self.0 = rest;
            let negative = bytes[BYTES - 1] & 0x80 != 0;
            let mut whole = if negative { [0xff; 8] } else { [0; 8] };
            whole[..BYTES].copy_from_slice(bytes);
            i64::from_le_bytes(whole) as f64 * f64::from(exponent).exp2()
        }

        fn unsigned<const BYTES: usize>(&mut self, exponent: i32) -> f64 {
            let (bytes, rest) = self.0.split_at(BYTES);
            self.0 = rest;
            let mut whole = [0; 8];
            whole[..BYTES].copy_from_slice(bytes);
            u64::from_le_bytes(whole) as f64 * f64::from(exponent).exp2()
        }
    }

    /// IS-GPS-200, table 20-IV, from `w` to `cuc`, at `second` of the week of the reference time `toe`.
    fn user_algorithm(message: &mut Cursor<'_>, toe: f64, second: f64, gravity: f64) -> [f64; 3] {
        let pi = std::f64::consts::PI;
        let w = message.signed::<4>(-31) * pi;
        let delta_n = message.signed::<2>(-43) * pi;
        let m0 = message.signed::<4>(-31) * pi;
        let omega_dot = message.signed::<4>(-43) * pi;
        let e = message.unsigned::<4>(-33);
        let idot = message.signed::<2>(-43) * pi;
        let root_a = message.unsigned::<4>(-19);
        let i0 = message.signed::<4>(-31) * pi;
        let omega0 = message.signed::<4>(-31) * pi;
        let [crs, cis, cus, crc, cic, cuc] =
            [-5, -29, -29, -5, -29, -29].map(|exponent| message.signed::<2>(exponent));

        let a = root_a * root_a;
        let tk = second - toe;
        let mk = m0 + ((gravity / (a * a * a)).sqrt() + delta_n) * tk;
        let mut ek = mk;
        for _ in 0..20 {
            ek = mk + e * ek.sin();
        }
        let nu = ((1.0 - e * e).sqrt() * ek.sin() / (1.0 - e * ek.cos()))
            .atan2((ek.cos() - e) / (1.0 - e * ek.cos()));
        let phi = nu + w;
        let (s2, c2) = (2.0 * phi).sin_cos();
        let u = phi + cus * s2 + cuc * c2;
        let r = a * (1.0 - e * ek.cos()) + crs * s2 + crc * c2;
        let i = i0 + cis * s2 + cic * c2 + idot * tk;
        let (x, y) = (r * u.cos(), r * u.sin());
        let earth = 7.2921151467e-5;
        let node = omega0 + (omega_dot - earth) * tk - earth * toe;
        [x * node.cos() - y * i.cos() * node.sin(), x * node.sin() + y * i.cos() * node.cos(), y * i.sin()]
    }

    fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    }

    /// What a receiver computes from the messages is where the satellites fly, save for the small corrections.
    #[test]
    fn a_receiver_finds_the_satellites_where_they_are() {
        for hours in [0, 31, 163, 167, 168, 20_000] {
            let now = UNIX_EPOCH + Duration::from_secs(1_783_080_883 + hours * 3600);
            let time = GpsTime::from_system(now);
            let constellations = [
                (2, 62, constellation::gps()),
                (12, 62, constellation::qzss()),
                (15, 61, constellation::galileo()),
            ];
            for (kind, size, satellites) in constellations {
                let payload = payload(now, &Contents { types: &[kind], position: None, mask: None });
                let satellites = satellites.iter().filter(|sat| !sat.unhealthy);
                for (message, sat) in payload[4..].chunks(size).zip(satellites) {
                    assert_eq!(message[0], sat.sv_id);
                    let mut cursor = Cursor(&message[if kind == 15 { 15 } else { 16 }..]);
                    let toe = cursor.unsigned::<2>(0) * if kind == 15 { 60.0 } else { 16.0 };
                    let mut second = time.since(time.week_start());
                    if second - toe > 302_400.0 {
                        second -= 604_800.0;
                    } else if toe - second > 302_400.0 {
                        second += 604_800.0;
                    }
                    assert!((second - toe).abs() <= 7200.0, "toe {toe} at {second}");
                    let found = user_algorithm(&mut cursor, toe, second, 3.986005e14);
                    let off = distance(found, sat.orbit.position(time));
                    assert!(
                        off < 1500.0,
                        "type {kind}, satellite {}: {off} m off after {hours} h",
                        sat.sv_id
                    );
                }
            }
        }
    }
}
