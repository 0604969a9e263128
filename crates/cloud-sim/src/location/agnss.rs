//! GetAssistanceData and GetAssistanceDataSize (facts 4.1).

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use axum::{
    body,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use super::{
    cells,
    fix::{Fix, Kind},
    history,
    question::Question,
    range,
};
use crate::{
    api_error::ApiError,
    assistance::{self, Contents},
    auth::Asker,
    body::Body,
    cloud::{Cloud, lock},
};

/// The answer that each device is in the middle of.
#[derive(Debug, Default)]
pub(crate) struct Answers(HashMap<String, (Question, body::Bytes)>);

pub(crate) async fn get(
    asker: Asker,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, ApiError> {
    let question = Question::from_query(&uri).map_err(|error| error.about(&asker.id))?;
    part(&cloud, &asker, question, &headers)
}

pub(crate) async fn post(
    asker: Asker,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let question = Question::from_json(&headers, &body).map_err(|error| error.about(&asker.id))?;
    part(&cloud, &asker, question, &headers)
}

/// 200 with the size in `Content-Length`; the server leaves the body away.
pub(crate) async fn head(
    asker: Asker,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
) -> Result<Response, ApiError> {
    let question = Question::from_query(&uri).map_err(|error| error.about(&asker.id))?;
    let payload = make(cloud.clock.now(), &question).map_err(|error| error.about(&asker.id))?;
    Ok(([(header::CONTENT_TYPE, OCTET_STREAM)], payload).into_response())
}

const OCTET_STREAM: &str = "application/octet-stream";

/// 206 with the asked part. 206 is the only success that the API's description lists, so an answer without a Range
/// has it too, with all of the bytes.
fn part(cloud: &Cloud, asker: &Asker, question: Question, headers: &HeaderMap) -> Result<Response, ApiError> {
    let asked = range::Asked::of(headers);
    // A later part continues the answer that the first one was cut from, or the parts would not fit each other.
    let begun = match &asked {
        Ok(asked) if !asked.is_from_start() => lock(&cloud.answers).0.get(&asker.id).cloned(),
        _ => None,
    };
    let payload = match begun.filter(|(asked, _)| *asked == question) {
        Some((_, payload)) => payload,
        None => make(cloud.clock.now(), &question).map_err(|error| error.about(&asker.id))?,
    };
    let size = payload.len();
    let bytes = asked
        .and_then(|asked| asked.within(size))
        .map_err(|reason| ApiError::range(size, reason).about(&asker.id))?;
    // "An A-GNSS request with cell data also causes a single-cell location record" (facts 4.1); one for all parts.
    if bytes.start == 0
        && let Some(position) = question.cell.as_ref().and_then(|cell| cells::locate(cell, false))
    {
        history::record(cloud, asker, &Fix { position, kind: Kind::OneCell, anchors: Vec::new() })?;
    }
    if bytes.len() < size {
        lock(&cloud.answers).0.insert(asker.id.clone(), (question, payload.clone()));
    }
    let content_range = format!("bytes {}-{}/{size}", bytes.start, bytes.end - 1);
    let headers = [(header::CONTENT_TYPE, OCTET_STREAM), (header::CONTENT_RANGE, content_range.as_str())];
    Ok((StatusCode::PARTIAL_CONTENT, headers, payload.slice(bytes)).into_response())
}

fn make(now: SystemTime, question: &Question) -> Result<body::Bytes, ApiError> {
    let position = question.cell.as_ref().and_then(|cell| cells::locate(cell, false));
    let can_be_given = |kind: &u8| *kind != 8 || position.is_some();
    if !question.types.iter().any(can_be_given) {
        return Err(ApiError::validation("Type 8 needs a known cell: mcc, mnc, tac and eci."));
    }
    let mask = question.filtered.then_some(question.mask);
    Ok(assistance::payload(now, &Contents { types: &question.types, position, mask }).into())
}
