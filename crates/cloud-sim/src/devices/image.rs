//! UpdateDeviceImage and DeleteDeviceImage (facts 7.1).

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
};
use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};

use super::no_such_device;
use crate::{
    api_error::ApiError,
    auth::Member,
    body::{self, Body},
    cloud::Cloud,
    query::Params,
};

/// The published limit of such bodies, in characters of base64.
const LIMIT: usize = 1_333_333;

/// A picture of a device: elsewhere, or here.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Image {
    Elsewhere(String),
    Here { content_type: String, base64: String },
}

impl Image {
    /// What a device's document says; a picture that is here as a data URL.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Elsewhere(url) => url.clone(),
            Self::Here { content_type, base64 } => format!("data:{content_type};base64,{base64}"),
        }
    }
}

/// What a JSON body may be.
#[derive(Deserialize)]
#[serde(untagged, expecting = "sourceUrl or an image in base64")]
enum Source {
    #[serde(rename_all = "camelCase")]
    Elsewhere {
        source_url: String,
    },
    Here(String),
}

pub(crate) async fn update(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let mut params = Params::of(&uri)?;
    let source_url = params.one("sourceUrl")?;
    params.finish()?;
    let image = match source_url {
        Some(url) => elsewhere(url),
        None => read(&headers, &body),
    };
    set(&member, &cloud, &id, Some(image.map_err(|error| error.about(&id))?))
}

pub(crate) async fn delete(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    set(&member, &cloud, &id, None)
}

fn set(member: &Member, cloud: &Cloud, id: &str, image: Option<Image>) -> Result<StatusCode, ApiError> {
    let now = cloud.clock.now();
    let changed = cloud.registry_mut().change(member.team.id(), id, &cloud.store, |device| {
        device.image = image;
        device.touch(now);
    });
    changed.map(|()| StatusCode::ACCEPTED).ok_or_else(|| no_such_device(id))
}

fn elsewhere(url: String) -> Result<Image, ApiError> {
    if url.starts_with("https://") || url.starts_with("http://") {
        Ok(Image::Elsewhere(url))
    } else {
        Err(ApiError::validation("sourceUrl must be an http or https URL."))
    }
}

/// `{"sourceUrl": …}`, or a JPEG or PNG, as it is or in base64, as text or as a JSON text.
fn read(headers: &HeaderMap, body: &Body) -> Result<Image, ApiError> {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.split(';').next().unwrap_or_default() != "application/json" {
        return here(&body::binary(headers, body, LIMIT)?);
    }
    match body::json(headers, body)? {
        Source::Elsewhere { source_url } => elsewhere(source_url),
        Source::Here(text) if text.len() > LIMIT => Err(ApiError::validation("The body is too large.")),
        Source::Here(text) => {
            let octets = Base64::decode_vec(&text);
            here(&octets.map_err(|error| ApiError::validation(format!("The body is not base64: {error}.")))?)
        }
    }
}

fn here(octets: &[u8]) -> Result<Image, ApiError> {
    let content_type = match octets {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        _ => return Err(ApiError::validation("The image is neither JPEG nor PNG.")),
    };
    Ok(Image::Here { content_type: content_type.into(), base64: Base64::encode_string(octets) })
}
