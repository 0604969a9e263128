//! GetLocationFromCellsOrWifiNetworks, GetLocationFromCells, GetLocationFromWifiNetworks and GetSingleCellLocation
//! (facts 5.3 and 5.4).

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    anchors::Anchor,
    cells,
    fix::{self, Fix},
    history,
    question::Question,
    survey::{CellFields, Survey},
};
use crate::{
    api_error::ApiError,
    assistance::{self, Contents},
    auth::Asker,
    body::{self, Body},
    cloud::{Cloud, lock},
    query::Params,
    usage::Fulfilled,
};

#[derive(Deserialize)]
struct GroundFixFields {
    #[serde(flatten)]
    cells: CellFields,
    wifi: Option<Value>,
}

/// The query of all of them.
struct Flags {
    reply: bool,
    fallback: bool,
    high_confidence: bool,
    alternate: bool,
    /// Metres below which no alternate is given.
    distance: f64,
}

impl Flags {
    /// `doReply` is a boolean or a number, and so are the others here; `cont` changes nothing (facts 5.3).
    fn of(uri: &Uri) -> Result<Self, ApiError> {
        let mut params = Params::of(uri)?;
        let flag = |params: &mut Params, name: &str, default: bool| match params.one(name)?.as_deref() {
            None => Ok(default),
            Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(_) => Err(ApiError::validation(format!("{name} must be true, false, 1 or 0."))),
        };
        let _contribute = flag(&mut params, "cont", true)?;
        let distance = match params.one("dist")? {
            None => 0.0,
            Some(text) => text.parse().map_err(|_| ApiError::validation("dist must be a number."))?,
        };
        let flags = Self {
            reply: flag(&mut params, "doReply", true)?,
            fallback: flag(&mut params, "fallback", true)?,
            high_confidence: flag(&mut params, "hiConf", false)?,
            alternate: flag(&mut params, "alt", false)?,
            distance,
        };
        params.finish()?;
        Ok(flags)
    }
}

pub(crate) async fn ground_fix(
    asker: Asker,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let flags = Flags::of(&uri)?;
    let fields: GroundFixFields = body::json(&headers, &body)?;
    let mut survey = Survey::default();
    survey.add_cells(fields.cells)?;
    if let Some(wifi) = fields.wifi {
        survey.add_wifi(wifi)?;
    }
    if survey.cells.is_empty() && survey.access_points.is_empty() {
        return Err(ApiError::validation("The body has neither lte, ltecatm, nbiot nor wifi."));
    }
    let fix = locate(&cloud, &asker, &survey, &flags)?;
    Ok(answer(&asker, &flags, &fix, |document| {
        document.insert("fulfilledWith".into(), fix.kind.name(asker.evaluation).into());
        let other =
            fix::by_cells(&survey, flags.fallback).filter(|other| other.kind != fix.kind && flags.alternate);
        if let Some(other) = other.filter(|other| fix.distance_to(other) >= flags.distance) {
            document.insert("alt".into(), fix.alternate(&other, asker.evaluation));
        }
    }))
}

pub(crate) async fn cell(
    asker: Asker,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let flags = Flags::of(&uri)?;
    let mut survey = Survey::default();
    survey.add_cells(body::json(&headers, &body)?)?;
    if survey.cells.is_empty() {
        return Err(ApiError::validation("The body has neither lte, ltecatm nor nbiot."));
    }
    let fix = locate(&cloud, &asker, &survey, &flags)?;
    Ok(answer(&asker, &flags, &fix, |document| {
        document.insert("fulfilledWith".into(), fix.kind.name(asker.evaluation).into());
    }))
}

/// Its answer does not say by what it was found.
pub(crate) async fn wifi(
    asker: Asker,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let flags = Flags::of(&uri)?;
    let fields: Value = body::json(&headers, &body)?;
    if fields.get("accessPoints").is_none() {
        return Err(ApiError::validation("The body has no accessPoints."));
    }
    let mut survey = Survey::default();
    survey.add_wifi(fields)?;
    let fix = locate(&cloud, &asker, &survey, &flags)?;
    Ok(answer(&asker, &flags, &fix, |_| {}))
}

/// In binary unless JSON is asked for. The binary form is taken to be A-GNSS data with the location alone.
pub(crate) async fn single_cell(
    asker: Asker,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
) -> Result<Response, ApiError> {
    let mut params = Params::of(&uri)?;
    let is_json = match params.one("format")?.as_deref() {
        None | Some("binary") => false,
        Some("json") => true,
        Some(_) => return Err(ApiError::validation("format must be json or binary.")),
    };
    let cell = Question::cell_of(params)?;
    let position = cells::locate(&cell, false).ok_or_else(|| not_found(&asker))?;
    let fix = Fix { position, kind: fix::Kind::OneCell, anchors: Vec::new() };
    history::record(&cloud, &asker, &fix)?;
    let mut response = if is_json {
        Json(fix.document()).into_response()
    } else {
        let contents = Contents { types: &[8], position: Some(position), mask: None };
        let payload = assistance::payload(cloud.clock.now(), &contents);
        ([(header::CONTENT_TYPE, "application/octet-stream")], payload).into_response()
    };
    response.extensions_mut().insert(Fulfilled(fix.kind.name(asker.evaluation)));
    Ok(response)
}

fn locate(cloud: &Cloud, asker: &Asker, survey: &Survey, flags: &Flags) -> Result<Fix, ApiError> {
    let heard: Vec<Anchor> = lock(&cloud.located.anchors).heard(&asker.team, &survey.access_points);
    let fix = fix::best(survey, &heard, flags.fallback).ok_or_else(|| not_found(asker))?;
    let fix = if flags.high_confidence { fix.with_high_confidence() } else { fix };
    history::record(cloud, asker, &fix)?;
    Ok(fix)
}

fn not_found(asker: &Asker) -> ApiError {
    ApiError::location_not_found().about(&asker.id)
}

fn answer(
    asker: &Asker,
    flags: &Flags,
    fix: &Fix,
    add: impl FnOnce(&mut serde_json::Map<String, Value>),
) -> Response {
    let mut response = if flags.reply {
        let mut document = fix.document();
        add(&mut document);
        Json(document).into_response()
    } else {
        StatusCode::OK.into_response()
    };
    response.extensions_mut().insert(Fulfilled(fix.kind.name(asker.evaluation)));
    response
}
