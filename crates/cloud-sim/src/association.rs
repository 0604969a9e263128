//! Hardware that is known by a code: CreateDeviceCertificate, AssociateDevice and DissociateDevice (facts 1.3, 7.5).

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, Uri},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    api_error::{ApiError, Code},
    auth::Member,
    body::Body,
    cloud::{Cloud, lock},
    credential::{self, Credential},
    onboarding::rules,
    query::Params,
    registry::{NewDevice, RowRefusal},
    store::{Found, Store, StoreError},
};

/// How they are called in the state file.
const KIND: &str = "hardware";

/// What is known of devices that CreateDeviceCertificate made certificates for.
#[derive(Default)]
pub(crate) struct Association(BTreeMap<String, Hardware>);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hardware {
    ownership_code: String,
    certificate: String,
}

impl Association {
    pub(crate) fn load(found: &mut Found) -> Result<Self, StoreError> {
        Ok(Self(found.take(KIND)?.into_iter().collect()))
    }

    /// The certificate of a device whose owner knows its code.
    fn certificate(&self, id: &str, code: &str) -> Result<String, ApiError> {
        match self.0.get(id) {
            None if id.starts_with(NORDIC) => Err(ApiError::coded(
                Code::NO_SUCH_PRODUCT,
                format!("There is no Nordic product {id} with this ownership code."),
            )),
            None => {
                Err(ApiError::coded(Code::NOT_PROVISIONED, format!("Device {id} is not provisioned yet.")))
            }
            Some(hardware) if hardware.ownership_code != code => {
                Err(ApiError::coded(Code::WRONG_OWNERSHIP_CODE, "The ownership code is wrong."))
            }
            Some(hardware) => Ok(hardware.certificate.clone()),
        }
    }

    fn insert(&mut self, id: String, hardware: Hardware, store: &Store) {
        store.put(KIND, &id, &hardware);
        self.0.insert(id, hardware);
    }
}

/// IDs of Nordic's own products begin so.
const NORDIC: &str = "nrf-";

/// CreateDeviceCertificate: a key and a certificate for hardware that has none; the body is its ownership code.
pub(crate) async fn create_certificate(
    _member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let ownership_code = code(&body)?;
    if !rules::is_device_id(&id) {
        return Err(ApiError::validation("deviceId must match /^[a-z0-9:_-]{1,128}$/i."));
    }
    if id.starts_with(NORDIC) {
        let message = format!("There is no Nordic product {id} with this ownership code.");
        return Err(ApiError::coded(Code::NO_SUCH_PRODUCT, message).about(&id));
    }
    let signer = cloud.signer()?;
    let identity = signer.identity(&id, cloud.clock.now())?;
    let document = json!({
        "clientId": id,
        "caCert": signer.certificate(),
        "clientCert": identity.certificate,
        "privateKey": identity.private_key,
    });
    let hardware = Hardware { ownership_code, certificate: identity.certificate };
    lock(&cloud.association).insert(id, hardware, &cloud.store);
    Ok((StatusCode::CREATED, Json(document)))
}

/// AssociateDevice: whoever knows the code has the device. Again, it may change the sub-type.
pub(crate) async fn associate(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
    uri: Uri,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let ownership_code = code(&body)?;
    let mut params = Params::of(&uri)?;
    let sub_type = params.one("subType")?;
    params.finish()?;
    if !sub_type.as_deref().is_none_or(rules::is_sub_type) {
        return Err(ApiError::validation(r"subType must match /[a-zA-Z0-9_.,@\/:#-]{0,799}/."));
    }
    let certificate = lock(&cloud.association).certificate(&id, &ownership_code);
    let certificate = certificate.map_err(|error| error.about(&id))?;
    let no_certificate =
        |refusal: RowRefusal| ApiError::coded(Code::NO_VALID_CERTIFICATE, refusal.to_string()).about(&id);
    let certificate = credential::certificate(&certificate).map_err(no_certificate)?;
    let team = &member.team;
    let mut registry = cloud.registry_mut();
    let known = registry.change(team.id(), &id, &cloud.store, |device| {
        if sub_type.is_some() {
            device.sub_type.clone_from(&sub_type);
        }
    });
    if known.is_some() {
        return Ok(StatusCode::ACCEPTED);
    }
    let device = NewDevice {
        id: id.clone(),
        sub_type,
        tags: Vec::new(),
        firmware_types: Vec::new(),
        credential: Credential::Certificate(certificate),
    };
    let limit = team.limits().map(|limits| limits.devices);
    let onboarded = registry.onboard(&Arc::from(team.id()), device, limit, cloud.clock.now(), &cloud.store);
    match onboarded {
        Ok(()) => Ok(StatusCode::ACCEPTED),
        Err(refusal @ RowRefusal::OfAnotherTeam(_)) => {
            Err(ApiError::coded(Code::OF_ANOTHER_ACCOUNT, refusal.to_string()).about(&id))
        }
        Err(RowRefusal::Limit(limit)) => Err(ApiError::limit("devices", limit)),
        Err(refusal) => Err(no_certificate(refusal)),
    }
}

/// DissociateDevice: the device belongs to nobody afterwards.
pub(crate) async fn dissociate(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let mut registry = cloud.registry_mut();
    if registry.delete(member.team.id(), &id, &cloud.store) {
        return Ok(StatusCode::ACCEPTED);
    }
    let (code, message) = if registry.key(&id).is_some() {
        (Code::NOT_IN_ACCOUNT, format!("Device {id} is not in your account."))
    } else {
        (Code::NO_SUCH_DEVICE_TO_DISSOCIATE, format!("Device {id} not found."))
    };
    Err(ApiError::coded(code, message).about(&id))
}

fn code(body: &Body) -> Result<String, ApiError> {
    let code = std::str::from_utf8(body).map(str::trim).unwrap_or_default();
    if code.is_empty() {
        return Err(ApiError::validation("The body must be the ownership code."));
    }
    Ok(code.to_owned())
}
