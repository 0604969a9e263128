//! Commands as a back end sees them, and what an answer of the device means (facts 8.2).

use std::{sync::Arc, time::SystemTime};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use pki::keygen::{KeygenKind, KeygenMessage};
use serde_json::{Value, json};

use super::{
    Claimed, Provisioning,
    command::{Answer, Command, Order, Status, Task, Telling},
};
use crate::{
    api_error::ApiError,
    auth::Member,
    body::{self, Body},
    cloud::{Cloud, lock},
    credential::{Credential, PublicKey},
    registry::NewDevice,
};

/// "At most 20 commands per device" (facts 8.2); taken for those that are not over.
const MAX_COMMANDS: usize = 20;

/// CreateDeviceProvisioningCommand.
pub(crate) async fn create(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path(device_id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let order: Order = body::json(&headers, &body)?;
    order.request.check().map_err(|rule| ApiError::validation(rule).about(&device_id))?;
    let command = Command::new(order, cloud.clock.now())?;
    let mut provisioning = lock(&cloud.provisioning);
    let claimed = provisioning.of_team(&member.team, &device_id)?;
    if claimed.commands.iter().filter(|command| !command.is_over()).count() >= MAX_COMMANDS {
        let message = format!("A device has at most {MAX_COMMANDS} commands that are not over.");
        return Err(ApiError::validation(message).about(&device_id));
    }
    let document = command.document();
    claimed.commands.push(command);
    claimed.save(&cloud.store);
    Ok((StatusCode::CREATED, Json(document)))
}

/// FetchDeviceProvisioningCommand.
pub(crate) async fn fetch(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    Path((device_id, command_id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let mut provisioning = lock(&cloud.provisioning);
    let claimed = provisioning.of_team(&member.team, &device_id)?;
    let command = claimed.commands.iter().find(|command| command.id == command_id);
    let command = command
        .ok_or_else(|| ApiError::entity_not_found("Provisioning command", &command_id).about(&device_id))?;
    Ok(Json(command.document()))
}

/// Takes one answer of a claimed device. False where nobody asked, or it is not of the right kind.
pub(super) fn answer(
    cloud: &Cloud,
    provisioning: &mut Provisioning,
    device_id: &str,
    correlation_id: &str,
    answer: Answer,
) -> bool {
    let now = cloud.clock.now();
    let Some(claimed) = provisioning.claimed.get_mut(device_id) else { return false };
    let found = claimed.commands.iter_mut().enumerate().filter(|(_, command)| !command.is_over()).find_map(
        |(place, command)| {
            let step =
                command.steps.iter_mut().find(|step| step.correlation_id == correlation_id && !step.done)?;
            Some((place, step))
        },
    );
    let Some((place, step)) = found else { return false };
    let message = match (&step.telling, answer) {
        (Telling::At { .. }, Answer::At(message)) => Ok(message),
        (Telling::Config(_), Answer::ConfigDone) | (Telling::Finished, Answer::FinishedDone) => {
            Ok(String::new())
        }
        (_, Answer::Error { cme_error, message }) => {
            Err(json!({ "error": { "cmeError": cme_error, "message": message } }))
        }
        _ => return false,
    };
    step.done = true;
    match message {
        Err(error) => claimed.commands[place].finish(Status::Failed, Some(error), now),
        Ok(message) if claimed.commands[place].steps.iter().all(|step| step.done) => {
            let request = claimed.commands[place].order.request.clone();
            let outcome = complete(cloud, provisioning, device_id, &request, &message, now);
            let (status, response) = match outcome {
                Ok(response) => (Status::Succeeded, response),
                Err(reason) => (Status::Failed, Some(json!({ "error": { "message": reason } }))),
            };
            if let Some(claimed) = provisioning.claimed.get_mut(device_id) {
                claimed.commands[place].finish(status, response, now);
            }
        }
        Ok(_) => {}
    }
    if let Some(claimed) = provisioning.claimed.get(device_id) {
        claimed.save(&cloud.store);
    }
    true
}

/// What follows from the last answer to a command; the response that the back end is shown, or why it failed.
fn complete(
    cloud: &Cloud,
    provisioning: &mut Provisioning,
    device_id: &str,
    request: &Task,
    message: &str,
    now: SystemTime,
) -> Result<Option<Value>, String> {
    let kind = match request {
        Task::CertificateSigningRequest(_) => KeygenKind::Csr,
        Task::ClientPrivateKeyGeneration(_) | Task::CloudAccessKeyGeneration(_) => KeygenKind::PublicKey,
        _ => return Ok(None),
    };
    let made = KeygenMessage::decode(message).map_err(|error| format!("the answer to AT%KEYGEN: {error}"))?;
    let holds_together = made.check().map_err(|error| error.to_string());
    holds_together
        .and_then(|()| provisioning.identities.check_keygen(&made, &cloud.store))
        .map_err(|error| format!("the answer to AT%KEYGEN: {error}"))?;
    if made.device_uuid().to_string() != device_id || made.kind() != kind {
        return Err("the answer to AT%KEYGEN is of another device or another kind".into());
    }
    // `%KEYGEN: "…"`, or what stands between the quotes.
    let text = message.split('"').nth(1).unwrap_or(message).trim();
    let name = request.name();
    if let Task::CloudAccessKeyGeneration(_) = request {
        onboard(cloud, provisioning, device_id, made.public_key().sec1_point(), now)?;
    }
    let member = if kind == KeygenKind::Csr { "csr" } else { "message" };
    Ok(Some(json!({ name: { member: text } })))
}

/// The cloud access key makes a device of the team out of it, or becomes the key of the one that it is.
fn onboard(
    cloud: &Cloud,
    provisioning: &Provisioning,
    device_id: &str,
    point: &[u8],
    now: SystemTime,
) -> Result<(), String> {
    let key = PublicKey::from_point(point).ok_or("the point is not on the curve")?;
    let Claimed { tenant_id, .. } = provisioning.claimed.get(device_id).ok_or("the device is not claimed")?;
    let limit = cloud.team(tenant_id).and_then(|team| team.limits()).map(|limits| limits.devices);
    let tenant_id: Arc<str> = Arc::from(tenant_id.as_str());
    let mut registry = cloud.registry_mut();
    let taken = if registry.device(&tenant_id, device_id).is_some() {
        registry.register_key(&tenant_id, device_id.to_owned(), key, &cloud.store)
    } else {
        let device = NewDevice {
            id: device_id.to_owned(),
            sub_type: None,
            tags: Vec::new(),
            firmware_types: Vec::new(),
            credential: Credential::PublicKey(key),
        };
        registry.onboard(&tenant_id, device, limit, now, &cloud.store)
    };
    taken.map_err(|refusal| refusal.to_string())
}
