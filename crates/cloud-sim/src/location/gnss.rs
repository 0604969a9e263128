//! RecordGnssCoordinates (facts 5.2).

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    coordinates::{self, number},
    history, nmea,
};
use crate::{
    api_error::ApiError,
    auth::Asker,
    body::{self, Body},
    cloud::Cloud,
};

#[derive(Deserialize)]
struct Coordinates {
    lat: f64,
    lon: f64,
    acc: Option<f64>,
    alt: Option<f64>,
    spd: Option<f64>,
    hdg: Option<f64>,
}

/// Numbers, or one sentence of NMEA 0183 as a JSON string or as plain text.
pub(crate) async fn record(
    asker: Asker,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let coordinates = if content_type.starts_with("text/plain") {
        let text =
            std::str::from_utf8(&body).map_err(|_| ApiError::validation("The body is not UTF-8 text."))?;
        of_sentence(text)?
    } else {
        match body::json::<Value>(&headers, &body)? {
            Value::String(text) => of_sentence(&text)?,
            object => serde_json::from_value(object)
                .map_err(|error| ApiError::validation(format!("The body is refused: {error}.")))?,
        }
    };
    let Coordinates { lat, lon, acc, alt, spd, hdg } = coordinates;
    coordinates::check(lat, lon)?;
    if acc.is_some_and(|acc| acc < 0.0) || spd.is_some_and(|spd| spd < 0.0) {
        return Err(ApiError::validation("acc and spd must not be negative."));
    }
    if hdg.is_some_and(|hdg| !(0.0..=360.0).contains(&hdg)) {
        return Err(ApiError::validation("hdg must be 0 to 360."));
    }
    let mut meta = Map::new();
    for (name, value) in [("acc", acc), ("alt", alt), ("spd", spd), ("hdg", hdg)] {
        if let Some(value) = value {
            meta.insert(name.into(), number(value));
        }
    }
    history::record_gnss(&cloud, &asker, (lat, lon, acc.unwrap_or_default()), meta)?;
    Ok(StatusCode::ACCEPTED)
}

fn of_sentence(text: &str) -> Result<Coordinates, ApiError> {
    let nmea::Fix { latitude, longitude, altitude, speed, heading } = nmea::read(text)
        .map_err(|reason| ApiError::validation(format!("The NMEA sentence is refused: {reason}.")))?;
    Ok(Coordinates { lat: latitude, lon: longitude, acc: None, alt: altitude, spd: speed, hdg: heading })
}
