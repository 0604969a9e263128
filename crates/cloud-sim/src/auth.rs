//! Who is asking, and whether the endpoint takes such a caller (facts 0.2, 6 and 9). Which takes which stands in
//! [`crate::routes::table`].

mod jwt;

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, Method, header, request::Parts},
    middleware::Next,
    response::Response,
};

pub(crate) use self::jwt::EVALUATION_SUBJECT;
use crate::{
    api_error::ApiError,
    cloud::{Cloud, lock},
    onboarding::rules,
    routes::table::Endpoint,
    team::{OAT_PREFIX, Role, Tenant},
    usage::Fulfilled,
};

/// What an endpoint asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auth {
    /// Nothing.
    Open,
    /// K: an API key.
    Key,
    /// KJ: an API key, or the token of a device or a proxy.
    KeyOrToken,
    /// JE: the token of a device or a proxy, or an evaluation token.
    Token,
    /// An organization auth token for the organization and the project in the path.
    Organization,
}

/// A caller who has been let in.
#[derive(Clone)]
pub(crate) enum Caller {
    /// An API key, with the place of its user in the team.
    Member(Arc<Tenant>, usize),
    /// A token signed with the key of this device.
    Device(Arc<Tenant>, String),
    /// A token signed with the team's service key, and the device that it speaks for.
    Proxy(Arc<Tenant>, Option<String>),
    /// An evaluation token, and its subject.
    Evaluation(Arc<Tenant>, String),
    /// An organization auth token, and the device that is spoken for.
    Organization(Arc<Tenant>, Option<String>),
}

/// The user of an endpoint that only takes API keys.
pub(crate) struct Member {
    pub(crate) team: Arc<Tenant>,
    pub(crate) user_id: String,
    pub(crate) role: Role,
}

/// Who asks a location service.
pub(crate) struct Asker {
    pub(crate) team: Arc<Tenant>,
    /// The device that is asked for, where one is named.
    pub(crate) device_id: Option<String>,
    /// The device, or whoever asks without naming one: to tell askers apart, and for the log.
    pub(crate) id: String,
    /// Whether it is an evaluation, which answers say (facts 6.5).
    pub(crate) evaluation: bool,
}

/// Lets a caller in or not, sees to the limits of the plan, and counts what was answered.
pub(crate) async fn guard(
    State((cloud, endpoint)): State<(Arc<Cloud>, Endpoint)>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let Some(caller) = identify(&cloud, endpoint, &request)? else { return Ok(next.run(request).await) };
    let team = endpoint.meter.map(|_| Arc::clone(caller.team()));
    if let Some(team) = &team {
        lock(&cloud.usage).check_location(team, cloud.clock.now())?;
    }
    request.extensions_mut().insert(caller);
    let response = next.run(request).await;
    if let (Some(team), Some(service)) = (team, endpoint.meter)
        && response.status().is_success()
    {
        let fulfilled =
            response.extensions().get::<Fulfilled>().map_or(service, |Fulfilled(service)| service);
        lock(&cloud.usage).record(&cloud.store, &team, "LOCATION", fulfilled, 1, cloud.clock.now());
    }
    Ok(response)
}

fn identify(cloud: &Cloud, endpoint: Endpoint, request: &Request) -> Result<Option<Caller>, ApiError> {
    let headers = request.headers();
    let caller = match endpoint.auth {
        Auth::Open => return Ok(None),
        Auth::Organization => organization(cloud, request)?,
        Auth::Key => {
            let credential = bearer(headers)?;
            if is_token(credential) {
                return Err(ApiError::access_denied("a JSON Web Token where only an API key is accepted"));
            }
            member(cloud, credential)?
        }
        Auth::KeyOrToken => {
            let credential = bearer(headers)?;
            if is_token(credential) {
                let caller = jwt::caller(cloud, credential, custom_device(headers)?)?;
                if matches!(caller, Caller::Evaluation(..)) {
                    return Err(ApiError::access_denied("an evaluation token is for location services only"));
                }
                caller
            } else {
                member(cloud, credential)?
            }
        }
        Auth::Token => {
            let credential = bearer(headers)?;
            if cloud.api_keys.contains_key(credential) {
                return Err(ApiError::access_denied("an API key where only a JSON Web Token is accepted"));
            }
            jwt::caller(cloud, credential, custom_device(headers)?)?
        }
    };
    if let Caller::Member(team, place) = &caller {
        let role = team.access.members.get(*place).map_or(Role::Viewer, |member| member.role);
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let needed = if reads { Role::Viewer } else { endpoint.role };
        if role < needed {
            return Err(ApiError::access_denied(format!(
                "{} needs the role {}, the key has {}",
                endpoint.operation,
                needed.name(),
                role.name()
            )));
        }
    }
    Ok(Some(caller))
}

fn member(cloud: &Cloud, credential: &str) -> Result<Caller, ApiError> {
    if credential.starts_with(OAT_PREFIX) {
        return Err(ApiError::access_denied(
            "an organization auth token outside of /v1/organizations/…/location",
        ));
    }
    let known = cloud.api_keys.get(credential).ok_or_else(|| ApiError::access_denied("unknown API key"))?;
    Ok(Caller::Member(Arc::clone(&known.0), known.1))
}

/// `/v1/organizations/{org}/projects/{project}/location/…` with `Authorization: Bearer oat_…`.
fn organization(cloud: &Cloud, request: &Request) -> Result<Caller, ApiError> {
    let headers = request.headers();
    let credential = bearer(headers)?;
    if !credential.starts_with(OAT_PREFIX) {
        return Err(ApiError::malformed_auth_token());
    }
    let holds = |team: &&Arc<Tenant>| team.access.auth_tokens.iter().any(|token| token == credential);
    let mut holders = cloud.teams.iter().filter(holds).peekable();
    if holders.peek().is_none() {
        return Err(ApiError::access_denied("unknown organization auth token"));
    }
    let mut path = request.uri().path().split('/').skip(3);
    let (organization, project) = (path.next().unwrap_or_default(), path.nth(1).unwrap_or_default());
    if !holders.any(|team| team.access.organization == organization) {
        return Err(ApiError::access_denied("the organization auth token is of another organization"));
    }
    let of_project =
        |team: &&Arc<Tenant>| team.access.organization == organization && team.access.project == project;
    let no_project = || ApiError::entity_not_found("Project", project);
    let team = cloud.teams.iter().find(of_project).ok_or_else(no_project)?;
    match headers.get("x-nrfcloud-tenantid") {
        Some(id) if id.as_bytes() != team.id().as_bytes() => {
            return Err(ApiError::access_denied("x-nrfcloud-tenantid is not the tenant ID of the project"));
        }
        None if request.uri().path().ends_with("/location/wifi") => {
            return Err(ApiError::access_denied("location/wifi needs the header x-nrfcloud-tenantid"));
        }
        _ => {}
    }
    Ok(Caller::Organization(Arc::clone(team), custom_device(headers)?.map(str::to_owned)))
}

/// The text after `Bearer `, which is taken in just this spelling.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
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

/// The device that a proxy speaks for (facts 4.1).
fn custom_device(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get("x-custom-device-id") else { return Ok(None) };
    let id = value.to_str().ok().filter(|id| rules::is_device_id(id));
    id.map(Some).ok_or_else(|| ApiError::validation("x-custom-device-id is not a device ID."))
}

/// A token has full stops; an API key has none.
fn is_token(credential: &str) -> bool {
    credential.contains('.')
}

impl Caller {
    pub(crate) fn team(&self) -> &Arc<Tenant> {
        match self {
            Self::Member(team, _)
            | Self::Device(team, _)
            | Self::Proxy(team, _)
            | Self::Evaluation(team, _)
            | Self::Organization(team, _) => team,
        }
    }

    /// Refuses the token of one device for another.
    pub(crate) fn check_device(&self, device_id: &str) -> Result<(), ApiError> {
        match self {
            Self::Device(_, id) | Self::Proxy(_, Some(id)) if id != device_id => {
                Err(ApiError::access_denied("a device's token for another device").about(id))
            }
            _ => Ok(()),
        }
    }

    /// Whether a device itself speaks, or someone for it.
    pub(crate) fn is_device(&self) -> bool {
        matches!(self, Self::Device(..) | Self::Proxy(..))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        // The guard stands before every endpoint of the table that asks for a caller.
        parts.extensions.remove::<Self>().ok_or_else(|| ApiError::internal("an endpoint without a guard"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Member {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if let Caller::Member(team, place) = Caller::from_request_parts(parts, state).await?
            && let Some(member) = team.access.members.get(place)
        {
            return Ok(Self { user_id: member.user_id.clone(), role: member.role, team });
        }
        Err(ApiError::access_denied("an endpoint for API keys only"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let evaluation = matches!(caller, Caller::Evaluation(..));
        let (team, device_id, other) = match caller {
            Caller::Device(team, id) => (team, Some(id), String::new()),
            Caller::Proxy(team, id) => (team, id, "proxy".into()),
            Caller::Evaluation(team, subject) => (team, None, subject),
            Caller::Organization(team, id) => (team, id, "organization".into()),
            Caller::Member(..) => return Err(ApiError::access_denied("an endpoint for tokens only")),
        };
        // Two teams have no asker in common.
        let id = device_id.clone().unwrap_or_else(|| format!("{other} of {}", team.id()));
        Ok(Self { team, device_id, id, evaluation })
    }
}
