//! What a simulator begins with: made new, or found in its state file.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use serde::de::DeserializeOwned;
use tokio::task::JoinHandle;

use crate::{
    account::{self, Account},
    alerts::{self, Alert, Alerts},
    association::Association,
    authority::{self, Authority, AuthorityError, Signer},
    builder::{Builder, StartError},
    bulk::{self, Operation, Operations},
    cloud::Beginning,
    firmware::{self, Bundle, Bundles},
    fota::{self, Job, Jobs},
    location::Located,
    messages::{self, Message, Messages},
    provisioning::Provisioning,
    registry::Registry,
    store::{Found, Store, StoreError},
    team::{OAT_PREFIX, Team, TeamAccess, Tenant},
    team_device::{self, TeamDevices},
    usage::Usage,
};

/// How teams are called in the state file, by their names; the first team is the one without a name of its own.
const TEAM: &str = "team";
const FIRST_TEAM: &str = "Simulated team";

/// Opens the state file where there is one, and puts everything in its place. The task is the one that writes.
pub(crate) async fn begin(
    settings: &Builder,
    now: SystemTime,
) -> Result<(Beginning, Option<JoinHandle<()>>), StartError> {
    let (store, mut found, writer) = open(settings).await?;
    let kept = found.take::<authority::Kept>(authority::KIND)?.pop();
    let authority = kept.map(|(_, kept)| Authority::load(&kept, now)).transpose()?;
    let teams = teams(settings, &mut found, &store)?;
    let mut parts = Parts::of(&mut found)?;
    let teams = teams.into_iter().map(|access| Arc::new(parts.tenant(access))).collect();
    let beginning = Beginning {
        teams,
        signer: Signer::new(authority, now),
        registry: Registry::load(&mut found)?,
        association: Association::load(&mut found)?,
        usage: Usage::load(&mut found)?,
        located: Located::load(&mut found)?,
        provisioning: Provisioning::load(&mut found, &settings.identities, settings.only_known_identities)?,
        store,
    };
    beginning.store.settled().await?;
    Ok((beginning, writer))
}

#[cfg(feature = "state")]
async fn open(settings: &Builder) -> Result<(Store, Found, Option<JoinHandle<()>>), StoreError> {
    let Some(path) = &settings.state else { return Ok((Store::default(), Found::default(), None)) };
    let (store, found, writer) = crate::store::open(path).await?;
    Ok((store, found, Some(writer)))
}

#[cfg(not(feature = "state"))]
#[expect(clippy::unused_async, reason = "the other one waits")]
async fn open(_: &Builder) -> Result<(Store, Found, Option<JoinHandle<()>>), StoreError> {
    Ok((Store::default(), Found::default(), None))
}

/// The teams that were asked for, then those that only the state file has.
fn teams(settings: &Builder, found: &mut Found, store: &Store) -> Result<Vec<TeamAccess>, StartError> {
    let mut known: HashMap<String, TeamAccess> = found.take(TEAM)?.into_iter().collect();
    let asked = std::iter::once(&settings.first_team).chain(&settings.more_teams);
    let mut teams = Vec::new();
    for (place, team) in asked.enumerate() {
        check(team)?;
        let unnamed = || if place == 0 { FIRST_TEAM.into() } else { format!("{FIRST_TEAM} {}", place + 1) };
        let name = team.name.clone().unwrap_or_else(unnamed);
        let before = known.remove(&name);
        teams.push(TeamAccess::new(team.clone(), name, before).map_err(StartError::Random)?);
    }
    let mut rest: Vec<TeamAccess> = known.into_values().collect();
    rest.sort_by(|one, other| one.name.cmp(&other.name));
    teams.extend(rest);
    unique("name", teams.iter().map(|team| &team.name))?;
    unique("tenant ID", teams.iter().map(|team| &team.tenant_id))?;
    unique("API key", teams.iter().flat_map(|team| &team.members).map(|member| &member.api_key))?;
    unique("organization and project", teams.iter().map(|team| (&team.organization, &team.project)))?;
    // Only now: what is refused must not stand in the file.
    for team in &teams {
        store.put(TEAM, &team.name, team);
    }
    Ok(teams)
}

fn check(team: &Team) -> Result<(), StartError> {
    let visible = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    if !team.api_keys.iter().all(|(key, _)| visible(key) && !key.contains('.')) {
        return Err(StartError::ApiKey);
    }
    let plain = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !team.tenant_id.as_deref().is_none_or(plain) {
        return Err(StartError::TenantId);
    }
    if !team.auth_tokens.iter().all(|token| visible(token) && token.starts_with(OAT_PREFIX)) {
        return Err(StartError::AuthToken);
    }
    Ok(())
}

fn unique<T: Hash + Eq>(what: &'static str, values: impl Iterator<Item = T>) -> Result<(), StartError> {
    let mut seen = HashSet::new();
    for value in values {
        if !seen.insert(value) {
            return Err(StartError::Twice(what));
        }
    }
    Ok(())
}

type ByTeam<T> = HashMap<String, Vec<(String, T)>>;

/// What the state file has of each team.
struct Parts {
    accounts: HashMap<String, Account>,
    operations: ByTeam<Operation>,
    messages: ByTeam<Message>,
    alerts: ByTeam<Alert>,
    bundles: ByTeam<Bundle>,
    jobs: ByTeam<Job>,
    team_devices: ByTeam<team_device::TeamDevice>,
}

impl Parts {
    fn of(found: &mut Found) -> Result<Self, StoreError> {
        Ok(Self {
            accounts: found.take(account::KIND)?.into_iter().collect(),
            operations: found.take_by_team(bulk::KIND)?,
            messages: found.take_by_team(messages::KIND)?,
            alerts: found.take_by_team(alerts::KIND)?,
            bundles: found.take_by_team(firmware::KIND)?,
            jobs: found.take_by_team(fota::KIND)?,
            team_devices: found.take_by_team(team_device::KIND)?,
        })
    }

    fn tenant(&mut self, access: TeamAccess) -> Tenant {
        let id = &access.tenant_id;
        let mut messages: Vec<Message> = values(&mut self.messages, id);
        messages.sort_by(|one, other| one.standing().cmp(&other.standing()));
        let mut alerts: Vec<Alert> = values(&mut self.alerts, id);
        alerts.sort_by(|one, other| one.standing().cmp(&other.standing()));
        Tenant {
            account: Mutex::new(self.accounts.remove(id).unwrap_or_default()),
            operations: Mutex::new(Operations::load(values(&mut self.operations, id))),
            messages: Mutex::new(Messages(messages)),
            alerts: Mutex::new(Alerts(alerts)),
            bundles: Mutex::new(Bundles(values(&mut self.bundles, id))),
            jobs: Mutex::new(Jobs::load(values(&mut self.jobs, id))),
            team_devices: Mutex::new(TeamDevices(
                self.team_devices.remove(id).unwrap_or_default().into_iter().collect(),
            )),
            access,
        }
    }
}

fn values<T: DeserializeOwned>(by_team: &mut ByTeam<T>, tenant_id: &str) -> Vec<T> {
    by_team.remove(tenant_id).unwrap_or_default().into_iter().map(|(_, value)| value).collect()
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::State(error.to_string())
    }
}

impl From<AuthorityError> for StartError {
    fn from(error: AuthorityError) -> Self {
        Self::Authority(error.to_string())
    }
}
