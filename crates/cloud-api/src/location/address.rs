//! The address of a place.

use reqwest::Method;

use super::Place;
use crate::client::{Call, Client};
use crate::error::Error;
use crate::json::answer;

impl Client {
    /// GetAddressDataFromCoordinates: `GET /location/geo`. Credentials: a device's JWT, or a project.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 404 when not even country and state are known.
    pub async fn get_address_data_from_coordinates(&self, place: Place) -> Result<GeoAddress, Error> {
        Call::new(self, "GetAddressDataFromCoordinates", Method::GET, &["location", "geo"])
            .query([("lat", place.lat().to_string()), ("lon", place.lon().to_string())])
            .send(self)
            .await?
            .json()
    }
}

answer! {
    /// The address of a place.
    GeoAddress {
        /// Degrees north.
        lat: f64,
        /// Degrees east.
        lon: f64,
        /// Radius in metres.
        uncertainty: f64,
        /// The address.
        address: Address,
    }
    may {
        /// The address in one line.
        formatted: String,
    }
}

answer! {
    /// Parts of an address. What is not known is absent or empty.
    Address {
        /// Country.
        country: String,
        /// State or region.
        state: String,
    }
    may {
        /// Code of the country.
        country_code: Option<String>,
        /// Code of the state.
        state_code: Option<String>,
        /// County.
        county: Option<String>,
        /// Postal code.
        postal_code: Option<String>,
        /// City.
        city: Option<String>,
        /// Suburb.
        suburb: Option<String>,
        /// Street.
        street: Option<String>,
        /// Number in the street.
        street_number: Option<String>,
    }
}
