//! Whether a token opens the door (facts 6.2 to 6.5). Only here are tokens read.

use std::{fmt::Display, sync::Arc};

use jwt_core::{Rules, UntrustedToken, nrfcloud};

use super::Caller;
use crate::{
    api_error::ApiError,
    cloud::{Cloud, lock},
    onboarding::rules,
    team::Tenant,
};

/// How the subject of an evaluation token begins (facts 6.5).
pub(crate) const EVALUATION_SUBJECT: &str = "nrfcloud-evaluation-device-";

/// Whose token it is: of an evaluation, of a proxy, or of a device, in this order.
///
/// A device is named by `sub`, or else by what stands after the first full stop of `iss`, and signs with the key that
/// the cloud holds for it. A proxy names its team in `aud` and signs with the team's service key. No other claim is
/// required; those that are there must hold now, without leeway, for what the real service allows is not published.
pub(super) fn caller(cloud: &Cloud, token: &str, custom_device: Option<&str>) -> Result<Caller, ApiError> {
    let token = UntrustedToken::parse(token).map_err(|error| refuse(&error))?;
    let mut buffer = vec![0; token.payload_len()];
    let claims = token.claims_unverified(&mut buffer).map_err(|error| refuse(&error))?;
    let sub = claims.sub().map(|sub| sub.to_string());
    let device_id = nrfcloud::device_id(&claims).map(|id| id.to_string());
    if let Some(subject) = sub.as_ref().filter(|sub| sub.starts_with(EVALUATION_SUBJECT))
        && let Some(team) = cloud.teams.iter().find(|team| lock(&team.account).is_evaluation_subject(subject))
    {
        let verified = token.verify(cloud.signer()?.verifier().verifier(), &mut buffer);
        let verified = verified.map_err(|error| refuse(&error))?;
        verified.validate(&at(cloud)).map_err(|violations| refuse(&violations))?;
        return Ok(Caller::Evaluation(Arc::clone(team), subject.clone()));
    }
    if let Some(team) = audience(cloud, &claims) {
        let key = lock(&team.account).service_key();
        if let Some(key) = key
            && let Ok(verified) = token.verify(key.verifier(), &mut buffer)
        {
            verified.validate(&at(cloud)).map_err(|violations| refuse(&violations))?;
            if let Some(id) = sub.as_deref().filter(|id| !rules::is_device_id(id)) {
                return Err(refuse(&format!("`sub` is no device ID: {id}")));
            }
            let for_device = custom_device.map(str::to_owned).or(sub);
            return Ok(Caller::Proxy(team, for_device));
        }
        if device_id.is_none() {
            return Err(refuse(&"`aud` is a team, but its service key did not sign this"));
        }
    }

    let device_id =
        device_id.ok_or_else(|| refuse(&"neither `sub` nor `iss` (`<chip>.<device ID>`) names a device"))?;
    let refuse = |reason: &dyn Display| refuse(reason).about(&device_id);
    let known = cloud.registry().key(&device_id).map(|(tenant_id, key)| (Arc::clone(tenant_id), key.clone()));
    let (tenant_id, key) =
        known.ok_or_else(|| refuse(&"no key is registered for this device and it is not onboarded"))?;
    let verified = token.verify(key.verifier(), &mut buffer).map_err(|error| refuse(&error))?;
    let rules = at(cloud).max_lifetime(nrfcloud::MAX_LIFETIME).allow_timeless();
    verified.validate(&rules).map_err(|violations| refuse(&violations))?;
    let team = cloud.team(&tenant_id).ok_or_else(|| refuse(&"its team is gone"))?;
    Ok(Caller::Device(Arc::clone(team), device_id))
}

/// The team that `aud` names, if it has a service key.
fn audience(cloud: &Cloud, claims: &jwt_core::ClaimsView<'_>) -> Option<Arc<Tenant>> {
    let mut found = None;
    claims.aud()?.for_each(|audience| {
        if let Some(team) = audience.as_str().and_then(|id| cloud.team(id)) {
            found = Some(Arc::clone(team));
        }
    });
    found
}

fn at(cloud: &Cloud) -> Rules<'static> {
    Rules::at(cloud.now_seconds()).leeway(0)
}

fn refuse(reason: &dyn Display) -> ApiError {
    ApiError::access_denied(format!("JSON Web Token: {reason}"))
}
