//! GetAddressDataFromCoordinates (facts 5.4): the nearest town of the table, if it is near.

use axum::{Json, http::Uri};
use serde_json::{Value, json};

use super::{
    coordinates::{self, distance, number, rounded},
    places::{PLACES, Place},
};
use crate::{api_error::ApiError, assistance::Position, auth::Asker, query::Params};

/// Metres within which a place has a town's address.
const NEAR: f64 = 100_000.0;

pub(crate) async fn fetch(asker: Asker, uri: Uri) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let degrees = |params: &mut Params, name: &str| {
        let text = params.one(name)?.ok_or_else(|| ApiError::validation(format!("{name} is missing.")))?;
        text.parse::<f64>().map_err(|_| ApiError::validation(format!("{name} must be a number.")))
    };
    let (latitude, longitude) = (degrees(&mut params, "lat")?, degrees(&mut params, "lon")?);
    params.finish()?;
    coordinates::check(latitude, longitude)?;
    let here = Position { latitude, longitude, uncertainty: 0.0 };
    let metres = |place: &Place| {
        distance(here, Position { latitude: place.latitude, longitude: place.longitude, uncertainty: 0.0 })
    };
    let nearest = PLACES.iter().min_by(|one, other| metres(one).total_cmp(&metres(other)));
    let place = nearest
        .filter(|place| metres(place) <= NEAR)
        .ok_or_else(|| ApiError::location_not_found().about(&asker.id))?;
    Ok(Json(json!({
        "lat": number(rounded(place.latitude)),
        "lon": number(rounded(place.longitude)),
        "uncertainty": number(metres(place).round()),
        "formatted": format!("{}, {}, {}", place.city, place.state, place.country),
        "address": {
            "country": place.country,
            "countryCode": place.country_code,
            "state": place.state,
            "city": place.city,
        },
    })))
}
