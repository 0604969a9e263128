//! UpdateDeviceImage and DeleteDeviceImage (facts 7.1).

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
};
use serde::{Deserialize, Serialize};

use super::no_such_device;
use crate::{
    api_error::ApiError,
    auth::Member,
    body::{self, Body},
    cloud::Cloud,
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    source_url: String,
}

pub(crate) async fn update(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let image = read(&headers, &body).map_err(|error| error.about(&id))?;
    set(&member, &cloud, &id, Some(image))
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

/// `{"sourceUrl": …}`, or a JPEG or PNG, as it is or in base64.
fn read(headers: &HeaderMap, body: &Body) -> Result<Image, ApiError> {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match content_type.split(';').next().unwrap_or_default() {
        "application/json" => {
            let Source { source_url } = body::json(headers, body)?;
            if source_url.starts_with("https://") || source_url.starts_with("http://") {
                Ok(Image::Elsewhere(source_url))
            } else {
                Err(ApiError::validation("sourceUrl must be an http or https URL."))
            }
        }
        _ => {
            let octets = body::binary(headers, body, LIMIT)?;
            let content_type = match octets.as_slice() {
                [0xff, 0xd8, 0xff, ..] => "image/jpeg",
                [0x89, b'P', b'N', b'G', ..] => "image/png",
                _ => return Err(ApiError::validation("The image is neither JPEG nor PNG.")),
            };
            let base64 = <base64ct::Base64 as base64ct::Encoding>::encode_string(&octets);
            Ok(Image::Here { content_type: content_type.into(), base64 })
        }
    }
}
