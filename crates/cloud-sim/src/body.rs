//! Request bodies.

use std::ops::Deref;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use base64ct::{Base64, Encoding};
use serde::de::DeserializeOwned;

use crate::api_error::ApiError;

/// The limit of the gateway that the service is believed to stand behind; nothing is published, and a thousand
/// certificates are about one megabyte.
pub(crate) const LIMIT: usize = 10 * 1024 * 1024;

/// A whole body of at most [`LIMIT`] bytes.
pub(crate) struct Body(Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(ApiError::too_large(LIMIT))
            }
            Err(rejection) => Err(ApiError::validation(format!("The body cannot be read: {rejection}."))),
        }
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Reads a JSON body that says it is one.
pub(crate) fn json<T: DeserializeOwned>(headers: &HeaderMap, body: &Body) -> Result<T, ApiError> {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(ApiError::validation("Content-Type is not application/json."));
    }
    serde_json::from_slice(body)
        .map_err(|error| ApiError::validation(format!("The body is refused: {error}.")))
}

/// Octets as they are, or in base64 under `text/plain`; at most `limit` characters of text, and what they can hold.
pub(crate) fn binary(headers: &HeaderMap, body: &Body, limit: usize) -> Result<Vec<u8>, ApiError> {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_text = content_type.trim_start().to_ascii_lowercase().starts_with("text/plain");
    if body.len() > if is_text { limit } else { limit / 4 * 3 } {
        return Err(ApiError::validation("The body is too large."));
    }
    if !is_text {
        return Ok(body.to_vec());
    }
    let refuse =
        |error: &dyn std::fmt::Display| ApiError::validation(format!("The body is not base64: {error}."));
    let text = std::str::from_utf8(body).map_err(|error| refuse(&error))?;
    Base64::decode_vec(text.trim_end()).map_err(|error| refuse(&error))
}

/// Octets in a state file.
pub(crate) mod base64_text {
    use base64ct::{Base64, Encoding};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        Base64::encode_string(octets).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        Base64::decode_vec(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
