//! Kepler orbits that turn slowly, and what is above the horizon.

use super::{Position, gps_time::GpsTime};

/// The Earth's gravity in m³/s² and its turn in rad/s, as receivers are to take them (IS-GPS-200, table 20-IV).
const GRAVITY: f64 = 3.986_005e14;
const EARTH_RATE: f64 = 7.292_115_146_7e-5;

/// The moment for which [`Orbit::node`] and [`Orbit::anomaly`] hold: the start of GPS week 2400, 4 January 2026.
pub(super) const EPOCH: GpsTime = GpsTime::from_seconds(2400 * super::gps_time::WEEK);

/// Angles in radians, rates in radians per second.
#[derive(Debug, Clone, Copy)]
pub(super) struct Orbit {
    /// Metres.
    pub(super) semi_major_axis: f64,
    pub(super) eccentricity: f64,
    pub(super) inclination: f64,
    /// Sent and not flown: over the hours of an ephemeris it is a few metres.
    pub(super) inclination_rate: f64,
    /// Right ascension of the ascending node at [`EPOCH`].
    pub(super) node: f64,
    pub(super) node_rate: f64,
    /// Argument of perigee.
    pub(super) perigee: f64,
    /// Mean anomaly at [`EPOCH`].
    pub(super) anomaly: f64,
    /// What the mean motion is above the one that the axis gives.
    pub(super) extra_motion: f64,
}

impl Orbit {
    /// The axis of a circular orbit of one turn per turn of the Earth.
    pub(super) fn geosynchronous_axis() -> f64 {
        (GRAVITY / (EARTH_RATE * EARTH_RATE)).cbrt()
    }

    pub(super) fn anomaly_at(&self, time: GpsTime) -> f64 {
        let motion = (GRAVITY / self.semi_major_axis.powi(3)).sqrt() + self.extra_motion;
        self.anomaly + motion * time.since(EPOCH)
    }

    /// The node's longitude counted from where Greenwich stood at the start of the week of `reference`: what a
    /// message with that reference time calls Ω0.
    pub(super) fn node_for_message(&self, reference: GpsTime) -> f64 {
        self.node_at(reference) - greenwich(reference.week_start())
    }

    /// Earth-centred, Earth-fixed coordinates in metres.
    pub(super) fn position(&self, time: GpsTime) -> [f64; 3] {
        let eccentric = eccentric_anomaly(self.anomaly_at(time), self.eccentricity);
        let e = self.eccentricity;
        let radius = self.semi_major_axis * (1.0 - e * eccentric.cos());
        let true_anomaly = ((1.0 - e * e).sqrt() * eccentric.sin()).atan2(eccentric.cos() - e);
        let (along, across) = (true_anomaly + self.perigee).sin_cos();
        let (sin_node, cos_node) = (self.node_at(time) - greenwich(time)).sin_cos();
        let (sin_tilt, cos_tilt) = self.inclination.sin_cos();
        [
            radius * (across * cos_node - along * cos_tilt * sin_node),
            radius * (across * sin_node + along * cos_tilt * cos_node),
            radius * along * sin_tilt,
        ]
    }

    fn node_at(&self, time: GpsTime) -> f64 {
        self.node + self.node_rate * time.since(EPOCH)
    }
}

/// The angle of the Greenwich meridian from the vernal equinox, by the mean sidereal time at [`EPOCH`] and the rate
/// that receivers assume.
pub(super) fn greenwich(time: GpsTime) -> f64 {
    // 280.46061837° + 360.98564736629° per day since noon of 1 January 2000 (UTC); the epoch is 9499.5 days later, less
    // the 18 leap seconds.
    const AT_EPOCH: f64 = 1.807_158;
    AT_EPOCH + EARTH_RATE * time.since(EPOCH)
}

/// Degrees above the horizon of `place`.
pub(super) fn elevation(place: Position, satellite: [f64; 3]) -> f64 {
    const EQUATOR: f64 = 6_378_137.0;
    const ECCENTRICITY_SQUARED: f64 = 6.694_379_990_14e-3;
    let (sin_lat, cos_lat) = place.latitude.to_radians().sin_cos();
    let (sin_lon, cos_lon) = place.longitude.to_radians().sin_cos();
    let normal = EQUATOR / (1.0 - ECCENTRICITY_SQUARED * sin_lat * sin_lat).sqrt();
    let ground = [
        normal * cos_lat * cos_lon,
        normal * cos_lat * sin_lon,
        normal * (1.0 - ECCENTRICITY_SQUARED) * sin_lat,
    ];
    let up = [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat];
    let sight: [f64; 3] = std::array::from_fn(|axis| satellite[axis] - ground[axis]);
    let length = sight.iter().map(|part| part * part).sum::<f64>().sqrt();
    let height: f64 = sight.iter().zip(up).map(|(part, up)| part * up).sum();
    (height / length).asin().to_degrees()
}

/// Kepler's equation; five rounds are exact to the last bit for the small eccentricities here.
fn eccentric_anomaly(mean: f64, eccentricity: f64) -> f64 {
    (0..5).fold(mean, |guess, _| {
        guess - (guess - eccentricity * guess.sin() - mean) / (1.0 - eccentricity * guess.cos())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_satellite_straight_above_is_at_ninety_degrees() {
        let place = Position { latitude: 0.0, longitude: 90.0, uncertainty: 0.0 };
        assert!((elevation(place, [0.0, 26_000_000.0, 0.0]) - 90.0).abs() < 1e-9);
        assert!(elevation(place, [0.0, -26_000_000.0, 0.0]) < -89.0);
    }

    #[test]
    fn solves_keplers_equation() {
        for mean in [-3.0, -0.1, 0.0, 1.0, 3.1, 500.0] {
            let eccentric = eccentric_anomaly(mean, 0.076);
            assert!((eccentric - 0.076 * eccentric.sin() - mean).abs() < 1e-12);
        }
    }
}
