//! Who is asking. API keys open the team's endpoints, tokens those of devices (facts 0.2 and 6.1).

mod jwt;

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use crate::{api_error::ApiError, cloud::Cloud};

/// The caller holds the team's API key.
pub(crate) struct Team;

/// The caller has shown a token that the named device signed.
pub(crate) struct Device {
    pub(crate) id: String,
}

/// Either of them, for the endpoints that take both.
pub(crate) enum Caller {
    Team,
    Device(Device),
}

impl FromRequestParts<Arc<Cloud>> for Team {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, cloud: &Arc<Cloud>) -> Result<Self, ApiError> {
        let credential = bearer(parts)?;
        if is_token(credential) {
            return Err(ApiError::access_denied("a JSON Web Token where only an API key is accepted"));
        }
        team(cloud, credential)
    }
}

impl FromRequestParts<Arc<Cloud>> for Device {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, cloud: &Arc<Cloud>) -> Result<Self, ApiError> {
        let credential = bearer(parts)?;
        if credential == cloud.team.api_key {
            return Err(ApiError::access_denied("an API key where only a JSON Web Token is accepted"));
        }
        jwt::device(cloud, credential).map(|id| Self { id })
    }
}

impl FromRequestParts<Arc<Cloud>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, cloud: &Arc<Cloud>) -> Result<Self, ApiError> {
        let credential = bearer(parts)?;
        if is_token(credential) {
            jwt::device(cloud, credential).map(|id| Self::Device(Device { id }))
        } else {
            team(cloud, credential).map(|Team| Self::Team)
        }
    }
}

fn team(cloud: &Cloud, credential: &str) -> Result<Team, ApiError> {
    if credential == cloud.team.api_key { Ok(Team) } else { Err(ApiError::access_denied("unknown API key")) }
}

/// The text after `Bearer `, which is taken in just this spelling.
fn bearer(parts: &Parts) -> Result<&str, ApiError> {
    let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or_else(|| ApiError::access_denied("no Authorization header"))?;
    if values.next().is_some() {
        return Err(ApiError::access_denied("more than one Authorization header"));
    }
    let text =
        value.to_str().map_err(|_| ApiError::access_denied("the Authorization header is not ASCII"))?;
    let credential = text
        .strip_prefix("Bearer ")
        .ok_or_else(|| ApiError::access_denied("the Authorization header does not begin with `Bearer `"))?;
    if credential.is_empty() {
        return Err(ApiError::access_denied("nothing after `Bearer `"));
    }
    Ok(credential)
}

/// A token has full stops; an API key has none.
fn is_token(credential: &str) -> bool {
    credential.contains('.')
}
