//! Teams: who may act for them, what they pay for, and what belongs to no device.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::{
    account::Account, alerts::Alerts, bulk::Operations, firmware::Bundles, fota::Jobs, messages::Messages,
    random, team_device::TeamDevices,
};

/// Settings of a team, for [`Builder::team`](crate::Builder::team). What is not said is made up at random.
#[derive(Clone, Default)]
pub struct Team {
    pub(crate) name: Option<String>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) api_keys: Vec<(String, Role)>,
    pub(crate) organization: Option<String>,
    pub(crate) project: Option<String>,
    pub(crate) auth_tokens: Vec<String>,
    pub(crate) plan: Option<Plan>,
}

impl Team {
    /// A team of that name, by which it is found again in a state file.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// Its tenant ID, which should be a UUID in lower case.
    #[must_use]
    pub fn tenant_id(mut self, id: impl Into<String>) -> Self {
        self.tenant_id = Some(id.into());
        self
    }

    /// One more user with a key of that role. Without any, the team has one owner with a random key.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>, role: Role) -> Self {
        self.api_keys.push((key.into(), role));
        self
    }

    /// The slugs of its organization and project. Default: `nrfcloud-` with the last twelve digits of the tenant ID,
    /// and `nrf-project`.
    #[must_use]
    pub fn project(mut self, organization: impl Into<String>, project: impl Into<String>) -> Self {
        self.organization = Some(organization.into());
        self.project = Some(project.into());
        self
    }

    /// One more organization auth token; it must begin with `oat_`. Without any, the team has a random one.
    #[must_use]
    pub fn auth_token(mut self, token: impl Into<String>) -> Self {
        self.auth_tokens.push(token.into());
        self
    }

    /// What it has subscribed to. Default: [`Plan::Enterprise`].
    #[must_use]
    pub fn plan(mut self, plan: Plan) -> Self {
        self.plan = Some(plan);
        self
    }
}

impl std::fmt::Debug for Team {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let roles: Vec<Role> = self.api_keys.iter().map(|(_, role)| *role).collect();
        f.debug_struct("Team")
            .field("name", &self.name)
            .field("tenant_id", &self.tenant_id)
            .field("api_keys", &format_args!("{roles:?} [redacted]"))
            .field("organization", &self.organization)
            .field("project", &self.project)
            .field("auth_tokens", &format_args!("{} [redacted]", self.auth_tokens.len()))
            .field("plan", &self.plan)
            .finish()
    }
}

/// What a user may do (facts 0.2). Viewers read, editors change devices, admins and owners also make service keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// Reads only.
    Viewer,
    /// Changes devices, jobs and messages as well.
    Editor,
    /// Makes service keys and tokens as well.
    Admin,
    /// Sees costs as well.
    Owner,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// A subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Plan {
    /// Without limits, with proxy usage declared.
    #[default]
    Enterprise,
    /// With limits; what goes beyond is refused with 40005.
    Developer(Limits),
}

/// What a developer may use (facts 11.3), each month save for the devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Devices in the account.
    pub devices: u32,
    /// Executions of FOTA jobs.
    #[serde(rename = "monthlyFOTAJobExecutions")]
    pub monthly_fota_job_executions: u32,
    /// Device messages that are stored.
    pub monthly_stored_device_messages: u32,
    /// Requests to location services.
    pub monthly_location_service_requests: u32,
}

impl Default for Limits {
    /// Round numbers; the real ones are a matter of the price list.
    fn default() -> Self {
        Self {
            devices: 10,
            monthly_fota_job_executions: 50,
            monthly_stored_device_messages: 3000,
            monthly_location_service_requests: 500,
        }
    }
}

/// A team of a running simulator, with what opens it. It is what [`CloudSim::teams`](crate::CloudSim::teams) gives.
#[derive(Clone, Serialize, Deserialize)]
pub struct TeamAccess {
    pub(crate) name: String,
    pub(crate) tenant_id: String,
    pub(crate) members: Vec<Member>,
    pub(crate) organization: String,
    pub(crate) project: String,
    pub(crate) auth_tokens: Vec<String>,
    pub(crate) plan: Plan,
}

/// One user of a team.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) user_id: String,
    pub(crate) api_key: String,
    pub(crate) role: Role,
}

impl TeamAccess {
    /// The team's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The team's ID, a UUID.
    #[must_use]
    pub fn tenant_id(&self) -> &str {
        &self.tenant_id
    }

    /// The API key of its first user.
    #[must_use]
    pub fn api_key(&self) -> &str {
        self.members.first().map_or("", |member| &member.api_key)
    }

    /// The slug of its organization in URLs.
    #[must_use]
    pub fn organization(&self) -> &str {
        &self.organization
    }

    /// The slug of its project in URLs.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Its first organization auth token.
    #[must_use]
    pub fn auth_token(&self) -> &str {
        self.auth_tokens.first().map_or("", String::as_str)
    }

    /// From settings, with what is left open taken from `known` or made up.
    pub(crate) fn new(settings: Team, name: String, known: Option<Self>) -> Result<Self, getrandom::Error> {
        let (known_members, known) = match known {
            Some(known) => (known.members.clone(), Some(known)),
            None => (Vec::new(), None),
        };
        let tenant_id = match (settings.tenant_id, &known) {
            (Some(id), _) => id,
            (None, Some(known)) => known.tenant_id.clone(),
            (None, None) => random::uuid()?,
        };
        let api_keys = match (settings.api_keys.is_empty(), known_members.is_empty()) {
            (false, _) => settings.api_keys,
            (true, true) => vec![(random::api_key()?, Role::Owner)],
            (true, false) => {
                known_members.iter().map(|member| (member.api_key.clone(), member.role)).collect()
            }
        };
        let user_of = |place: usize| known_members.get(place).map(|member| member.user_id.clone());
        let members = api_keys.into_iter().enumerate().map(|(place, (api_key, role))| {
            let user_id = user_of(place).map_or_else(random::uuid, Ok)?;
            Ok(Member { user_id, api_key, role })
        });
        let members = members.collect::<Result<Vec<_>, getrandom::Error>>()?;
        let auth_tokens = match (settings.auth_tokens.is_empty(), &known) {
            (false, _) => settings.auth_tokens,
            (true, Some(known)) => known.auth_tokens.clone(),
            (true, None) => vec![format!("{OAT_PREFIX}{}", random::api_key()?)],
        };
        let of_known = |part: fn(&Self) -> &String| known.as_ref().map(|known| part(known).clone());
        let organization = settings.organization.or_else(|| of_known(|known| &known.organization));
        let project = settings.project.or_else(|| of_known(|known| &known.project));
        let last = tenant_id.get(tenant_id.len().saturating_sub(12)..).unwrap_or_default();
        Ok(Self {
            organization: organization.unwrap_or_else(|| format!("nrfcloud-{last}")),
            project: project.unwrap_or_else(|| "nrf-project".into()),
            plan: settings.plan.or(known.map(|known| known.plan)).unwrap_or_default(),
            name,
            tenant_id,
            members,
            auth_tokens,
        })
    }
}

impl std::fmt::Debug for TeamAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TeamAccess")
            .field("name", &self.name)
            .field("tenant_id", &self.tenant_id)
            .field("organization", &self.organization)
            .field("project", &self.project)
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

/// How an organization auth token begins (facts 9.1).
pub(crate) const OAT_PREFIX: &str = "oat_";

/// A team with all that is its own, each part behind its own lock. Devices stand in the registry, for their IDs are
/// unique over all teams.
pub(crate) struct Tenant {
    pub(crate) access: TeamAccess,
    pub(crate) account: Mutex<Account>,
    pub(crate) operations: Mutex<Operations>,
    pub(crate) messages: Mutex<Messages>,
    pub(crate) alerts: Mutex<Alerts>,
    pub(crate) bundles: Mutex<Bundles>,
    pub(crate) jobs: Mutex<Jobs>,
    pub(crate) team_devices: Mutex<TeamDevices>,
}

impl Tenant {
    pub(crate) fn id(&self) -> &str {
        &self.access.tenant_id
    }

    /// Where in a state file something of this team stands.
    pub(crate) fn key(&self, id: &str) -> String {
        format!("{}/{id}", self.access.tenant_id)
    }

    pub(crate) fn limits(&self) -> Option<Limits> {
        match self.access.plan {
            Plan::Enterprise => None,
            Plan::Developer(limits) => Some(limits),
        }
    }
}
