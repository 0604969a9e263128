//! GetPredictionData, its deprecated form, and the file that it names (facts 5.1).

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::range::Asked;
use crate::{
    api_error::ApiError,
    assistance::{self, Predictions},
    auth::Asker,
    cloud::{Cloud, lock},
    query::Params,
};

/// The files that were asked for, by name. The oldest give way.
#[derive(Debug, Default)]
pub(crate) struct Files(BTreeMap<String, Predictions>);

const MAX_FILES: usize = 1000;

const DEFAULT_COUNT: u16 = 42;
const MAX_COUNT: u16 = 84;
/// Of two hours each, which is two weeks as well.
const MAX_SHORT_COUNT: u16 = 168;
const SHORTEST: u16 = 120;
const LONGEST: u16 = 480;
const DEFAULT_INTERVAL: u16 = 240;
/// How many days ahead a start may be.
const AHEAD: u64 = 14;

pub(crate) async fn fetch(
    asker: Asker,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let predictions = asked(&cloud, &uri).map_err(|error| error.about(&asker.id))?;
    let name = predictions.file_name();
    let mut files = lock(&cloud.prediction_files);
    if files.0.len() >= MAX_FILES && !files.0.contains_key(&name) {
        files.0.pop_first();
    }
    files.0.insert(name.clone(), predictions);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or(&cloud.authority);
    Ok(Json(json!({ "host": host, "path": format!("public/{name}") })))
}

/// `GET /public/<name>` without authentication, in parts where a Range says so. Without one it is 200: this host is
/// another than the API's.
pub(crate) async fn download(
    State(cloud): State<Arc<Cloud>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let predictions = lock(&cloud.prediction_files).0.get(&name).copied();
    let predictions = predictions.ok_or_else(|| ApiError::resource_not_found(uri.path()))?;
    let file = Bytes::from(assistance::prediction_file(predictions));
    let size = file.len();
    let asked = Asked::of(&headers);
    let is_whole = asked == Ok(Asked::All);
    let bytes = asked.and_then(|asked| asked.within(size)).map_err(|reason| ApiError::range(size, reason))?;
    let kind = (header::CONTENT_TYPE, "application/octet-stream".to_owned());
    if is_whole {
        return Ok(([kind, (header::ACCEPT_RANGES, "bytes".to_owned())], file).into_response());
    }
    let range = format!("bytes {}-{}/{size}", bytes.start, bytes.end - 1);
    let headers = [kind, (header::CONTENT_RANGE, range)];
    Ok((StatusCode::PARTIAL_CONTENT, headers, file.slice(bytes)).into_response())
}

fn asked(cloud: &Cloud, uri: &Uri) -> Result<Predictions, ApiError> {
    let mut params = Params::of(uri)?;
    let count = number(&mut params, "predictionCount")?;
    let interval = number(&mut params, "predictionIntervalMinutes")?.unwrap_or(DEFAULT_INTERVAL);
    let day: Option<u64> = number(&mut params, "startGpsDay")?;
    let second: Option<u64> = number(&mut params, "startGpsTimeOfDaySeconds")?;
    params.finish()?;

    if !(SHORTEST..=LONGEST).contains(&interval) || !interval.is_multiple_of(60) {
        let message = format!("predictionIntervalMinutes must be {SHORTEST} to {LONGEST}, a multiple of 60.");
        return Err(ApiError::validation(message));
    }
    let most = if interval == SHORTEST { MAX_SHORT_COUNT } else { MAX_COUNT };
    let count = count.unwrap_or(DEFAULT_COUNT);
    if !(1..=most).contains(&count) {
        return Err(ApiError::validation(format!("predictionCount must be 1 to {most}.")));
    }
    let now = assistance::gps_now(cloud.clock.now());
    let first_day = day.unwrap_or(now.day());
    if !(now.day()..=now.day() + AHEAD).contains(&first_day) {
        let message = format!("startGpsDay must be {} to {}.", now.day(), now.day() + AHEAD);
        return Err(ApiError::validation(message));
    }
    if second.is_some_and(|second| second > 86_400) {
        return Err(ApiError::validation("startGpsTimeOfDaySeconds must be 0 to 86400."));
    }
    let period = u64::from(interval) * 60;
    // From the one that holds now, where the time is left open; else from the beginning of the day.
    let second = second.unwrap_or(if day.is_none() { now.second_of_day() / period * period } else { 0 });
    Ok(Predictions::new(first_day, second, count, interval))
}

fn number<T: std::str::FromStr>(params: &mut Params, name: &str) -> Result<Option<T>, ApiError> {
    let Some(text) = params.one(name)? else { return Ok(None) };
    text.parse().map(Some).map_err(|_| ApiError::validation(format!("{name} must be a whole number.")))
}
