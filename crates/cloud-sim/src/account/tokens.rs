//! Service keys, service tokens and evaluation tokens (facts 6.4 to 6.6).

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{Json, extract::State};
use jwt_core::Claims;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    api_error::ApiError,
    auth::{EVALUATION_SUBJECT, Member},
    authority,
    clock::{iso8601, since_1970},
    cloud::{Cloud, lock},
    credential::PublicKey,
    random,
    team::Plan,
};

const EVALUATION_LIFE: Duration = Duration::from_secs(30 * 86_400);
const SERVICE_TOKEN_LIFE: u64 = 365 * 86_400;

/// The public half of the key that the team's proxies sign with, and the token that was made with the private one.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServiceKey {
    pub(super) public_key: PublicKey,
    pub(super) created_at: String,
    token: String,
}

/// When the 30 days end, and the last token that was made in them.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Evaluation {
    pub(super) subject: String,
    expires: SystemTime,
    token: String,
}

/// GenerateServiceKeyAndToken: the key before it is void from now on.
pub(crate) async fn make_service_key_and_token(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
) -> Result<Json<Value>, ApiError> {
    if matches!(member.team.access.plan, Plan::Developer(_)) {
        return Err(ApiError::validation("The plan has no proxy usage declared."));
    }
    let now = since_1970(cloud.clock.now()).as_secs();
    let (key, public_key) = authority::service_key()?;
    let claims = Claims::new().aud(member.team.id()).iat(now).exp(now + SERVICE_TOKEN_LIFE);
    let token = authority::sign(&claims, &key)?;
    let mut account = lock(&member.team.account);
    let created_at = iso8601(cloud.clock.now());
    account.service = Some(ServiceKey { public_key, created_at, token: token.clone() });
    account.keep(&member.team, &cloud.store);
    Ok(Json(json!({ "key": key.to_pkcs8_pem().as_str(), "token": token })))
}

/// GetServiceToken.
pub(crate) async fn service_token(member: Member) -> Result<Json<Value>, ApiError> {
    let account = lock(&member.team.account);
    let none = || ApiError::entity_not_found("Service token of team", member.team.id());
    let service = account.service.as_ref().ok_or_else(none)?;
    Ok(Json(json!({ "createdAt": service.created_at, "token": service.token })))
}

/// GenerateServiceEvaluationToken: the first call starts the 30 days, later ones give another token with the same end.
pub(crate) async fn make_evaluation_token(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
) -> Result<Json<Value>, ApiError> {
    let mut account = lock(&member.team.account);
    let now = cloud.clock.now();
    let (subject, expires) = match &account.evaluation {
        Some(Evaluation { subject, expires, .. }) => (subject.clone(), *expires),
        None => (format!("{EVALUATION_SUBJECT}{}", random::uuid()?), now + EVALUATION_LIFE),
    };
    let claims =
        Claims::new().exp(since_1970(expires).as_secs()).iat(since_1970(now).as_secs()).sub(&subject);
    let token = cloud.signer()?.sign(&claims)?;
    let evaluation = account.evaluation.insert(Evaluation { subject: subject.clone(), expires, token });
    let document = evaluation.document();
    account.keep(&member.team, &cloud.store);
    Ok(Json(document))
}

/// GetServiceEvaluationToken.
pub(crate) async fn evaluation_token(member: Member) -> Result<Json<Value>, ApiError> {
    let account = lock(&member.team.account);
    let none = || ApiError::entity_not_found("Evaluation token of team", member.team.id());
    account.evaluation.as_ref().map(|evaluation| Json(evaluation.document())).ok_or_else(none)
}

impl Evaluation {
    /// The end is that of the token, to the second.
    fn document(&self) -> Value {
        let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(since_1970(self.expires).as_secs());
        json!({ "expires": iso8601(expires), "token": self.token })
    }
}
