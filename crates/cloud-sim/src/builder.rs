//! How a simulator is set up.

use std::{
    collections::HashMap,
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, SystemTime},
};

use pki::{cose::Uuid, key::PublicKey};

use crate::{
    clock::Clock,
    fault::Fault,
    refusal::{Listener, Refusal},
    server::CloudSim,
    team::{Plan, Role, Team},
};

/// The time that the real service was seen to take for small uploads (facts 2.1: 3 to 4.5 s).
const BULK_DELAY: Duration = Duration::from_secs(3);

/// Settings of a [`CloudSim`], made by [`CloudSim::builder`].
pub struct Builder {
    pub(crate) listen: SocketAddr,
    pub(crate) first_team: Team,
    pub(crate) more_teams: Vec<Team>,
    #[cfg(feature = "state")]
    pub(crate) state: Option<std::path::PathBuf>,
    pub(crate) bulk_delay: Duration,
    pub(crate) clock: Clock,
    pub(crate) error_file: ErrorFileFormat,
    pub(crate) identities: HashMap<Uuid, PublicKey>,
    pub(crate) only_known_identities: bool,
    pub(crate) admin_from_anywhere: bool,
    pub(crate) faults: Vec<Fault>,
    pub(crate) on_refusal: Option<Listener>,
}

impl Builder {
    /// The address to listen on. Default: 127.0.0.1 with a free port.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// The API key of the first team's owner. Default: 40 random lower-case hex digits, the form of real ones.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.first_team.api_keys = vec![(key.into(), Role::Owner)];
        self
    }

    /// The slugs of the first team's organization and project. Default: as of [`Team::project`].
    #[must_use]
    pub fn project(mut self, organization: impl Into<String>, project: impl Into<String>) -> Self {
        self.first_team = self.first_team.project(organization, project);
        self
    }

    /// The organization auth token of the first team; it must begin with `oat_`. Default: a random one.
    #[must_use]
    pub fn auth_token(mut self, token: impl Into<String>) -> Self {
        self.first_team.auth_tokens = vec![token.into()];
        self
    }

    /// What the first team has subscribed to. Default: [`Plan::Enterprise`].
    #[must_use]
    pub fn plan(mut self, plan: Plan) -> Self {
        self.first_team.plan = Some(plan);
        self
    }

    /// Another first team than the one that is made up.
    #[must_use]
    pub fn first_team(mut self, team: Team) -> Self {
        self.first_team = team;
        self
    }

    /// One more team in the same cloud.
    #[must_use]
    pub fn team(mut self, team: Team) -> Self {
        self.more_teams.push(team);
        self
    }

    /// Keeps everything in a SQLite file: teams with their keys, devices, operations, messages, jobs. It is made where
    /// there is none. What was answered is in the file, whatever happens to the process; bulk operations that were
    /// under way go on. Whoever can read the file has all keys of the simulated cloud.
    #[cfg(feature = "state")]
    #[must_use]
    pub fn state(mut self, file: impl Into<std::path::PathBuf>) -> Self {
        self.state = Some(file.into());
        self
    }

    /// How long a bulk operation takes. Default: 3 s. With zero it is over before the upload is answered.
    #[must_use]
    pub fn bulk_delay(mut self, delay: Duration) -> Self {
        self.bulk_delay = delay;
        self
    }

    /// Where the time of day is read. Default: the system's clock. Delays are real time whatever it says.
    #[must_use]
    pub fn clock(mut self, source: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(source);
        self
    }

    /// The form of the error files of bulk operations. Default: the current one.
    #[must_use]
    pub fn error_file(mut self, format: ErrorFileFormat) -> Self {
        self.error_file = format;
        self
    }

    /// The identity key of a device, which its attestation tokens and its tokens for the provisioning service must be
    /// signed with. The key of a device that is not told is found from what it signs: the first message is taken on
    /// trust, those that follow must fit.
    #[must_use]
    pub fn identity(mut self, device: Uuid, key: PublicKey) -> Self {
        self.identities.insert(device, key);
        self
    }

    /// Whether devices are refused whose identity key was not told. Default: they are not.
    #[must_use]
    pub fn only_known_identities(mut self, only: bool) -> Self {
        self.only_known_identities = only;
        self
    }

    /// Whether other machines may see the page at `/` and use `/admin/…`. Default: only this one may.
    #[must_use]
    pub fn admin_from_anywhere(mut self, allowed: bool) -> Self {
        self.admin_from_anywhere = allowed;
        self
    }

    /// One more fault on demand, asked after those that were set before.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Called with every refusal as it happens, before the client has the answer.
    #[must_use]
    pub fn on_refusal(mut self, listener: impl Fn(&Refusal) + Send + Sync + 'static) -> Self {
        self.on_refusal = Some(Arc::new(listener));
        self
    }

    /// Binds the address and starts to serve, on the tokio runtime of the caller.
    ///
    /// # Errors
    /// [`StartError`], when a key or a token cannot stand in a header, two teams have something in common that tells
    /// teams apart, the address cannot be bound, the state file cannot be used, or the system has no random bytes.
    pub async fn start(self) -> Result<CloudSim, StartError> {
        CloudSim::start_with(self).await
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            first_team: Team::default(),
            more_teams: Vec::new(),
            #[cfg(feature = "state")]
            state: None,
            bulk_delay: BULK_DELAY,
            clock: Clock::default(),
            error_file: ErrorFileFormat::default(),
            identities: HashMap::new(),
            only_known_identities: false,
            admin_from_anywhere: false,
            faults: Vec::new(),
            on_refusal: None,
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("listen", &self.listen)
            .field("first_team", &self.first_team)
            .field("more_teams", &self.more_teams)
            .field("bulk_delay", &self.bulk_delay)
            .field("error_file", &self.error_file)
            .finish_non_exhaustive()
    }
}

/// The two known forms of the file that lists the failed rows of a bulk operation (facts 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ErrorFileFormat {
    /// Since December 2025: `{"errors":["[0]: message", …]}`, rows counted from 0.
    #[default]
    Current,
    /// Before: one text with an escaped object of message → rows, counted from 1.
    Old,
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is taken, not of this machine, or not allowed.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The API key is empty or has a character other than visible ASCII, or a full stop, by which tokens are told
    /// from keys. The key itself is not repeated here.
    #[error("an API key is one or more visible ASCII characters without a full stop")]
    ApiKey,
    /// A tenant ID is empty or has a character other than ASCII letters, digits and hyphens; it stands in paths.
    #[error("a tenant ID is one or more ASCII letters, digits and hyphens")]
    TenantId,
    /// Two teams have the same name, tenant ID, API key, or organization and project. A secret is not repeated here.
    #[error("two teams have the same {0}")]
    Twice(&'static str),
    /// An organization auth token must begin with `oat_`, and be of visible ASCII characters.
    #[error("an organization auth token begins with `oat_` and has only visible ASCII characters")]
    AuthToken,
    /// The state file cannot be opened, read or understood.
    #[error("the state file cannot be used: {0}")]
    State(String),
    /// The cloud's own key or certificate could not be made.
    #[error("no key and certificate for the simulated cloud: {0}")]
    Authority(String),
    /// The operating system gave no random bytes.
    #[error("no random bytes from the operating system: {0}")]
    Random(getrandom::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_api_key() {
        let text = format!("{:?}", Builder::default().api_key("d8be845e816e45d4a9529a6cfcd459c88e3c22b5"));
        assert_eq!(
            text,
            "Builder { listen: 127.0.0.1:0, first_team: Team { name: None, tenant_id: None, api_keys: [Owner] [redacted], \
             organization: None, project: None, auth_tokens: 0 [redacted], plan: None }, more_teams: [], \
             bulk_delay: 3s, error_file: Current, .. }"
        );
    }
}
