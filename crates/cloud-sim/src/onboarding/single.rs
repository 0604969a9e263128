//! OnboardDevice: one device, by JSON, at once (facts 1.2).

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;

use super::{
    row::{self, CredentialText, OnboardRow},
    rules,
};
use crate::{
    api_error::ApiError,
    auth::Member,
    body::{self, Body},
    bulk,
    cloud::Cloud,
    registry::RowRefusal,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Arguments {
    certificate: Option<String>,
    onboarding_token: Option<String>,
    sub_type: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    supported_firmware_types: Vec<String>,
}

pub(crate) async fn onboard_device(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(device_id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let refuse = |message: String| ApiError::validation(message).about(&device_id);
    let arguments: Arguments = body::json(&headers, &body)?;
    let row = arguments.into_row(device_id.clone()).map_err(|rule| refuse(format!("{rule}.")))?;
    bulk::onboard(&cloud, &member.team, row, cloud.clock.now()).map_err(|refusal| match refusal {
        RowRefusal::Limit(limit) => ApiError::limit("devices", limit).about(&device_id),
        refusal => refuse(refusal.to_string()),
    })?;
    Ok(StatusCode::ACCEPTED)
}

impl Arguments {
    fn into_row(self, device_id: String) -> Result<OnboardRow, &'static str> {
        let all = |values: &[String], rule: fn(&str) -> bool| values.iter().all(|value| rule(value));
        if !rules::is_device_id(&device_id) {
            return Err(row::DEVICE_ID);
        }
        if !self.sub_type.as_deref().is_none_or(rules::is_sub_type) {
            return Err(row::SUB_TYPE);
        }
        if !all(&self.tags, rules::is_tag) {
            return Err(row::TAG);
        }
        if !all(&self.supported_firmware_types, rules::is_firmware_type) {
            return Err(
                "each firmware type must be APP, MODEM, BOOT, SOFTDEVICE, BOOTLOADER, MDM_FULL, SMP or CUSTOM",
            );
        }
        let credential = match (self.certificate, self.onboarding_token) {
            (Some(pem), None) => CredentialText::from_pem(pem).ok_or(row::CREDENTIAL)?,
            (None, Some(token)) if rules::is_token(&token) => CredentialText::OnboardingToken(token),
            (None, Some(_)) => return Err("onboardingToken must be a JSON Web Token"),
            _ => return Err("either certificate or onboardingToken must be there"),
        };
        Ok(OnboardRow {
            device_id,
            sub_type: self.sub_type.filter(|text| !text.is_empty()),
            tags: self.tags,
            firmware_types: self.supported_firmware_types,
            credential,
        })
    }
}
