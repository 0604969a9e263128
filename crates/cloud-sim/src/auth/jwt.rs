//! Whether a token opens the door (facts 6.2 and 6.3). Only here is `jwt-core` used.

use jwt_core::{Rules, UntrustedToken, nrfcloud};

use crate::{
    api_error::ApiError,
    clock::since_1970,
    cloud::{Cloud, lock},
};

/// The device that signed `token`, by the key that the cloud holds for it.
///
/// The device is named by `sub`, or else by what stands after the first full stop of `iss`. No claim is required;
/// those that are there must hold now, without leeway, for what the real service allows is not published.
pub(super) fn device(cloud: &Cloud, token: &str) -> Result<String, ApiError> {
    let refuse =
        |reason: &dyn std::fmt::Display| ApiError::access_denied(format!("JSON Web Token: {reason}"));
    let token = UntrustedToken::parse(token).map_err(|error| refuse(&error))?;
    let mut buffer = vec![0; token.payload_len()];
    let claims = token.claims_unverified(&mut buffer).map_err(|error| refuse(&error))?;
    let device_id = nrfcloud::device_id(&claims)
        .ok_or_else(|| refuse(&"neither `sub` nor `iss` (`<chip>.<device ID>`) names a device"))?
        .chars()
        .collect::<String>();

    let refuse = |reason: &dyn std::fmt::Display| refuse(reason).about(&device_id);
    let key = lock(&cloud.registry).key(&device_id).copied();
    let key = key.ok_or_else(|| refuse(&"no key is registered for this device and it is not onboarded"))?;
    let verified = token.verify(&key, &mut buffer).map_err(|error| refuse(&error))?;
    let now = since_1970(cloud.clock.now()).as_secs();
    let rules = Rules::at(now).leeway(0).max_lifetime(nrfcloud::MAX_LIFETIME).allow_timeless();
    verified.validate(&rules).map_err(|violations| refuse(&violations))?;
    Ok(device_id)
}
