//! Latitude and longitude: their ranges, how they are written, and how far apart two places are.

use serde_json::{Number, Value};

use crate::{api_error::ApiError, assistance::Position};

/// In degrees. A number outside cannot be of a place.
pub(super) fn check(latitude: f64, longitude: f64) -> Result<(), ApiError> {
    if !(-90.0..=90.0).contains(&latitude) {
        return Err(ApiError::validation("lat must be -90 to 90."));
    }
    if !(-180.0..=180.0).contains(&longitude) {
        return Err(ApiError::validation("lon must be -180 to 180."));
    }
    Ok(())
}

/// With eight digits behind the point at most, as the recorded answers have it.
pub(super) fn rounded(degrees: f64) -> f64 {
    (degrees * 1e8).round() / 1e8
}

/// A number without a fraction where it has none: uncertainties are integers, save those of Wi-Fi.
pub(super) fn number(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be an integer that is not large")]
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return (value as i64).into();
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// Metres along the surface of a sphere (haversine).
pub(super) fn distance(one: Position, other: Position) -> f64 {
    const RADIUS: f64 = 6_371_000.0;
    let (lat1, lat2) = (one.latitude.to_radians(), other.latitude.to_radians());
    let half_lat = (lat2 - lat1) / 2.0;
    let half_lon = (other.longitude - one.longitude).to_radians() / 2.0;
    let a = half_lat.sin().powi(2) + lat1.cos() * lat2.cos() * half_lon.sin().powi(2);
    2.0 * RADIUS * a.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_of_latitude_is_a_nautical_mile() {
        let at = |latitude, longitude| Position { latitude, longitude, uncertainty: 0.0 };
        assert!((distance(at(63.0, 10.0), at(63.0 + 1.0 / 60.0, 10.0)) - 1852.0).abs() < 2.0);
        assert!((distance(at(0.0, 179.5), at(0.0, -179.5)) - 111_195.0).abs() < 10.0);
    }

    #[test]
    fn whole_numbers_have_no_point() {
        assert_eq!(number(440.0).to_string(), "440");
        assert_eq!(number(14.772).to_string(), "14.772");
    }
}
