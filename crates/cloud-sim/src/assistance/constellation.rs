//! The satellites: real numbers of planes, real sizes of orbits, places of our own.

use std::f64::consts::TAU;

use super::orbit::{self, EPOCH, Orbit};

/// One satellite with all that its messages say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Satellite {
    /// As in the payload: GPS 1–32, QZSS 193–202, Galileo 1–36.
    pub(super) sv_id: u8,
    pub(super) orbit: Orbit,
    pub(super) ripple: Ripple,
    /// Clock offset in seconds at the epoch of the constellation.
    pub(super) clock_bias: f64,
    /// Clock drift in s/s.
    pub(super) clock_drift: f64,
    /// Group delay in seconds.
    pub(super) group_delay: f64,
    /// In the almanac, marked as unhealthy, and without ephemeris.
    pub(super) unhealthy: bool,
}

/// The six small corrections of an ephemeris, of the usual size (a few hundred metres). They are sent and not flown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ripple {
    /// Amplitudes of sine and cosine in the radius, in metres.
    pub(super) radius: (f64, f64),
    /// In the argument of latitude, in radians.
    pub(super) latitude: (f64, f64),
    /// In the inclination, in radians.
    pub(super) inclination: (f64, f64),
}

/// The one GPS satellite out of service.
const UNHEALTHY_GPS: u8 = 13;

/// 32 satellites on six planes, one of them unhealthy.
pub(super) fn gps() -> Vec<Satellite> {
    (1..=32_u8)
        .map(|sv_id| {
            let (plane, slot) = ((sv_id - 1) % 6, (sv_id - 1) / 6);
            let slots = if plane < 2 { 6.0 } else { 5.0 };
            let wobble = Wobble::new(0, sv_id);
            let perigee = TAU * wobble.unit(1);
            let latitude =
                TAU * (f64::from(slot) / slots + f64::from(plane) / 24.0) + 0.05 * wobble.signed(2);
            let orbit = Orbit {
                semi_major_axis: 26_560_000.0 + 900.0 * wobble.signed(3),
                eccentricity: 0.001 + 0.018 * wobble.unit(4),
                inclination: (55.0 + 1.2 * wobble.signed(5)).to_radians(),
                inclination_rate: 3e-10 * wobble.signed(6),
                node: TAU * f64::from(plane) / 6.0 + 0.03 * wobble.signed(7),
                node_rate: -8.0e-9 + 2e-10 * wobble.signed(8),
                perigee,
                anomaly: latitude - perigee,
                extra_motion: 4.5e-9 + 3e-10 * wobble.signed(9),
            };
            wobble.satellite(sv_id, orbit, sv_id == UNHEALTHY_GPS)
        })
        .collect()
}

/// Galileo's satellites in service.
const GALILEO: [u8; 27] =
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 19, 21, 23, 24, 25, 26, 27, 29, 30, 31, 33, 34, 36];

/// 27 satellites on three planes.
pub(super) fn galileo() -> Vec<Satellite> {
    (0_u8..)
        .zip(GALILEO)
        .map(|(index, sv_id)| {
            let (plane, slot) = (index % 3, index / 3);
            let wobble = Wobble::new(1, sv_id);
            let perigee = TAU * wobble.unit(1);
            let latitude = TAU * (f64::from(slot) / 9.0 + f64::from(plane) / 27.0);
            let orbit = Orbit {
                semi_major_axis: 29_600_000.0 + 400.0 * wobble.signed(3),
                eccentricity: 0.0001 + 0.0004 * wobble.unit(4),
                inclination: (56.0 + 0.8 * wobble.signed(5)).to_radians(),
                inclination_rate: 2e-10 * wobble.signed(6),
                node: TAU * f64::from(plane) / 3.0 + 0.3,
                node_rate: -5.5e-9 + 1e-10 * wobble.signed(8),
                perigee,
                anomaly: latitude - perigee,
                extra_motion: 2.9e-9 + 1e-10 * wobble.signed(9),
            };
            wobble.satellite(sv_id, orbit, false)
        })
        .collect()
}

/// QZSS: two on the figure of eight over Japan, one that stands still.
const QZSS: [u8; 3] = [194, 195, QZSS_STILL];
/// The geostationary one, whose almanac has other reference values.
pub(super) const QZSS_STILL: u8 = 199;

pub(super) fn qzss() -> Vec<Satellite> {
    (0_u8..)
        .zip(QZSS)
        .map(|(index, sv_id)| {
            let wobble = Wobble::new(2, sv_id);
            let still = sv_id == QZSS_STILL;
            let node = TAU * f64::from(index) / 3.0 + 0.2;
            let node_rate = if still { 0.0 } else { -2.0e-9 };
            let perigee = if still { 0.0 } else { 270_f64.to_radians() };
            // The mean longitude stays over one meridian, for the axis gives one turn per turn of the Earth and the
            // extra motion makes up for the turn of the node.
            let meridian: f64 = if still { 127.0 } else { 137.0 };
            let orbit = Orbit {
                semi_major_axis: Orbit::geosynchronous_axis(),
                eccentricity: if still { 0.0002 } else { 0.075 },
                inclination: if still { 0.05_f64 } else { 41.0 + wobble.signed(5) }.to_radians(),
                inclination_rate: 0.0,
                node,
                node_rate,
                perigee,
                anomaly: meridian.to_radians() + orbit::greenwich(EPOCH) - node - perigee,
                extra_motion: -node_rate,
            };
            wobble.satellite(sv_id, orbit, false)
        })
        .collect()
}

/// Bit n for PRN n + 1.
pub(super) fn gps_unhealthy() -> u32 {
    1 << (UNHEALTHY_GPS - 1)
}

/// Bit n for PRN 193 + n; those that do not exist are marked, as in the recorded payload.
pub(super) fn qzss_unhealthy() -> u32 {
    (193..=202_u8).filter(|id| !QZSS.contains(id)).fold(0, |mask, id| mask | 1 << (id - 193))
}

/// Bit n for satellite n + 1, in the same way.
pub(super) fn galileo_unhealthy() -> u64 {
    (1..=36_u8).filter(|id| !GALILEO.contains(id)).fold(0, |mask, id| mask | 1 << (id - 1))
}

/// Small differences between satellites: numbers that look random and are always the same.
#[derive(Clone, Copy)]
struct Wobble(u64);

impl Wobble {
    fn new(constellation: u64, sv_id: u8) -> Self {
        Self(constellation << 32 | u64::from(sv_id) << 16)
    }

    /// From 0 to 1. The mixing is the finaliser of SplitMix64.
    fn unit(self, which: u64) -> f64 {
        let mut x = (self.0 + which).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let top = u32::try_from((x ^ x >> 31) >> 32).unwrap_or(u32::MAX);
        f64::from(top) / f64::from(u32::MAX)
    }

    /// From -1 to 1.
    fn signed(self, which: u64) -> f64 {
        2.0 * self.unit(which) - 1.0
    }

    fn satellite(self, sv_id: u8, orbit: Orbit, unhealthy: bool) -> Satellite {
        let ripple = Ripple {
            radius: (90.0 * self.signed(20), 220.0 + 60.0 * self.signed(21)),
            latitude: (8e-6 + 2e-6 * self.signed(22), 4e-6 * self.signed(23)),
            inclination: (1e-7 * self.signed(24), 1e-7 * self.signed(25)),
        };
        Satellite {
            sv_id,
            orbit,
            ripple,
            clock_bias: 4e-4 * self.signed(26),
            clock_drift: 1e-11 * self.signed(27),
            group_delay: 1e-8 * self.signed(28),
            unhealthy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Position, gps_time::GpsTime};
    use super::*;

    fn in_view(satellites: &[Satellite], place: (f64, f64), seconds: u64) -> usize {
        let place = Position { latitude: place.0, longitude: place.1, uncertainty: 0.0 };
        let time = GpsTime::from_seconds(seconds);
        satellites.iter().filter(|sat| orbit::elevation(place, sat.orbit.position(time)) > 5.0).count()
    }

    #[test]
    fn enough_satellites_are_in_view_anywhere_and_at_any_time() {
        for hour in 0..72 {
            let time = EPOCH.seconds() + 47 * 604_800 + hour * 3600;
            for place in [(63.42, 10.42), (0.0, -60.0), (-33.9, 151.2), (35.7, 139.7), (89.0, 0.0)] {
                let (gps, galileo) = (in_view(&gps(), place, time), in_view(&galileo(), place, time));
                assert!((5..=16).contains(&gps), "{gps} GPS at {place:?}, hour {hour}");
                assert!((5..=14).contains(&galileo), "{galileo} Galileo at {place:?}, hour {hour}");
            }
        }
    }

    #[test]
    fn qzss_stays_over_its_meridians() {
        for days in [0, 330, 3000] {
            for hour in 0..24 {
                let time = GpsTime::from_seconds(EPOCH.seconds() + days * 86_400 + hour * 3600);
                for sat in qzss() {
                    let [x, y, z] = sat.orbit.position(time);
                    let longitude = y.atan2(x).to_degrees();
                    assert!((110.0..160.0).contains(&longitude), "{} at {longitude}", sat.sv_id);
                    let radius = (x * x + y * y + z * z).sqrt();
                    assert!((38e6..46e6).contains(&radius));
                }
            }
        }
    }
}
