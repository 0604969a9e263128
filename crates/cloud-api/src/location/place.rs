//! A place on Earth.

use serde::Serialize;

use crate::parameter::InvalidParameter;

/// A place on Earth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Place {
    lat: f64,
    lon: f64,
}

impl Place {
    /// Degrees north (−90 to 90) and east (−180 to 180).
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a value outside its range.
    pub fn new(lat: f64, lon: f64) -> Result<Self, InvalidParameter> {
        InvalidParameter::check("lat", lat, -90.0, 90.0)?;
        InvalidParameter::check("lon", lon, -180.0, 180.0)?;
        Ok(Self { lat, lon })
    }

    /// Degrees north.
    #[must_use]
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Degrees east.
    #[must_use]
    pub fn lon(self) -> f64 {
        self.lon
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_on_earth() {
        assert!(Place::new(-90.0, 180.0).is_ok());
        assert_eq!(Place::new(90.5, 0.0).unwrap_err().to_string(), "lat \"90.5\" is not in -90 to 90");
        assert!(Place::new(0.0, f64::NAN).is_err());
    }
}
