//! The side of the device: it fetches commands and answers them, in CBOR (facts 8.3).

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use jwt_core::{Rules, UntrustedToken, nrfcloud};

use super::{
    Claimed, Provisioning, cbor,
    command::{Status, Step},
    commands, uuid,
};
use crate::{
    api_error::ApiError,
    auth::bearer,
    body::Body,
    cloud::{Cloud, lock},
    query::Params,
};

const CBOR: &str = "application/cbor";
/// Of the SDK: 5 to 20, and 10 by default.
const DEFAULT_LIMIT: usize = 10;
const MAX_LIMIT: usize = 20;

/// The next commands, or 204.
pub(crate) async fn fetch(
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let mut provisioning = lock(&cloud.provisioning);
    let device_id = identify(&cloud, &mut provisioning, &headers)?;
    let about = |error: ApiError| error.about(&device_id);
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    if !accept
        .split(',')
        .any(|kind| matches!(kind.split(';').next().unwrap_or_default().trim(), CBOR | "*/*"))
    {
        return Err(about(ApiError::by_library(StatusCode::UNSUPPORTED_MEDIA_TYPE)));
    }
    let mut params = Params::of(&uri)?;
    let after = params.one("after")?.unwrap_or_default();
    let max_size = number(&mut params, "rxMaxSize")?.unwrap_or(usize::MAX);
    let limit = number(&mut params, "limit")?.unwrap_or(DEFAULT_LIMIT);
    // What the device can send, and its versions, change nothing here.
    let _tx_max_size = number(&mut params, "txMaxSize")?;
    let _versions = (params.one("mver")?, params.one("cver")?);
    params.finish()?;
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(about(ApiError::bad_request(format!("limit must be 1 to {MAX_LIMIT}."))));
    }

    let Some(claimed) = provisioning.claimed.get_mut(&device_id) else {
        return Err(about(ApiError::forbidden("the device is not claimed")));
    };
    let mut next: Vec<&Step> = claimed.open_steps(&after).take(limit).collect();
    if next.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let mut body = cbor::commands(&next);
    while body.len() > max_size && next.len() > 1 {
        next.pop();
        body = cbor::commands(&next);
    }
    if body.len() > max_size {
        let message = format!("The next command has {} bytes, rxMaxSize is {max_size}.", body.len());
        return Err(about(ApiError::bad_request(message)));
    }
    let sent: Vec<String> = next.iter().map(|step| step.correlation_id.clone()).collect();
    claimed.mark_sent(&sent);
    claimed.save(&cloud.store);
    Ok(([(header::CONTENT_TYPE, CBOR)], body).into_response())
}

/// Takes the answers. The status of the real service's success is not published.
pub(crate) async fn respond(
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let mut provisioning = lock(&cloud.provisioning);
    let device_id = identify(&cloud, &mut provisioning, &headers)?;
    let about = |error: ApiError| error.about(&device_id);
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if content_type != Some(CBOR) {
        return Err(about(ApiError::by_library(StatusCode::UNSUPPORTED_MEDIA_TYPE)));
    }
    let answers = cbor::answers(&body)
        .map_err(|error| about(ApiError::bad_request(format!("The body is refused: {error}."))))?;
    for (correlation_id, answer) in answers {
        if !commands::answer(&cloud, &mut provisioning, &device_id, &correlation_id, answer) {
            let message = format!("Nothing was asked, or not this, under {correlation_id}.");
            return Err(about(ApiError::bad_request(message)));
        }
    }
    Ok(StatusCode::CREATED)
}

impl Claimed {
    /// What is to be told next: the steps without an answer of commands that are not over, in their order; those behind
    /// `after` where it names one of them.
    pub(super) fn open_steps(&self, after: &str) -> impl Iterator<Item = &Step> {
        let open =
            self.commands.iter().filter(|command| !command.is_over()).flat_map(|command| &command.steps);
        let known = open.clone().any(|step| step.correlation_id == after);
        let skip = move |step: &&Step| known && step.correlation_id != after;
        let behind = open.skip_while(skip).skip(usize::from(known));
        behind.filter(|step| !step.done)
    }

    pub(super) fn mark_sent(&mut self, sent: &[String]) {
        for command in &mut self.commands {
            if command.status == Status::Pending
                && command.steps.iter().any(|step| sent.contains(&step.correlation_id))
            {
                command.status = Status::InProgress;
            }
        }
    }
}

/// The claimed device that signed the token with its identity key: 401 without one, 403 with a wrong one or for a device
/// that is not claimed.
fn identify(cloud: &Cloud, provisioning: &mut Provisioning, headers: &HeaderMap) -> Result<String, ApiError> {
    let text = bearer(headers)?;
    let refuse = |reason: &dyn std::fmt::Display| ApiError::forbidden(format!("JSON Web Token: {reason}"));
    let token = UntrustedToken::parse(text).map_err(|error| refuse(&error))?;
    let mut buffer = vec![0; token.payload_len()];
    let claims = token.claims_unverified(&mut buffer).map_err(|error| refuse(&error))?;
    let named = nrfcloud::device_id(&claims).map(|id| id.to_string());
    let id =
        named.as_deref().and_then(uuid).ok_or_else(|| refuse(&"`iss` does not name a device by its UUID"))?;
    if !provisioning.claimed.contains_key(&id) {
        return Err(ApiError::forbidden("the device is not claimed").about(&id));
    }
    let checked = provisioning.identities.check_jwt(&id, &cloud.store, |key| {
        token.verify(key.verifier(), &mut vec![0; token.payload_len()]).is_ok()
    });
    checked.map_err(|reason| refuse(&reason).about(&id))?;
    let rules = Rules::at(cloud.now_seconds()).leeway(0);
    rules.check(&claims).map_err(|violations| refuse(&violations).about(&id))?;
    Ok(id)
}

fn number(params: &mut Params, name: &str) -> Result<Option<usize>, ApiError> {
    let Some(text) = params.one(name)? else { return Ok(None) };
    let number = text.parse().map_err(|_| ApiError::bad_request(format!("{name} must be a number.")));
    number.map(Some)
}
