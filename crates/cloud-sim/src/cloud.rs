//! What the requests of one simulator share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, SystemTime},
};

use tokio::sync::watch;

use crate::{
    association::Association,
    authority::{Authority, AuthorityError, Signer},
    builder::{Builder, ErrorFileFormat},
    clock::{Clock, since_1970},
    fault::Faults,
    location::{Located, agnss::Answers, pgps::Files},
    provisioning::Provisioning,
    refusal::RefusalLog,
    registry::Registry,
    store::Store,
    team::Tenant,
    ulid::Ulids,
    usage::Usage,
};

/// The state behind the router.
pub(crate) struct Cloud {
    /// Host and port, for the URLs of files where a request does not say by which name it came.
    pub(crate) authority: String,
    /// All teams; the first is the one of [`CloudSim::api_key`](crate::CloudSim::api_key).
    pub(crate) teams: Vec<Arc<Tenant>>,
    /// Each API key's team and the place of its user there.
    pub(crate) api_keys: HashMap<String, (Arc<Tenant>, usize)>,
    pub(crate) clock: Clock,
    pub(crate) bulk_delay: Duration,
    pub(crate) error_file: ErrorFileFormat,
    /// Signs evaluation tokens and the certificates that the cloud itself makes.
    signer: Signer,
    registry: RwLock<Registry>,
    pub(crate) association: Mutex<Association>,
    pub(crate) usage: Mutex<Usage>,
    pub(crate) provisioning: Mutex<Provisioning>,
    pub(crate) located: Located,
    pub(crate) answers: Mutex<Answers>,
    pub(crate) prediction_files: Mutex<Files>,
    /// Whether `/admin/…` and the page answer other machines.
    pub(crate) admin_from_anywhere: bool,
    pub(crate) faults: Faults,
    pub(crate) refusals: RefusalLog,
    pub(crate) store: Store,
    pub(crate) ulids: Ulids,
    last_moment: Mutex<SystemTime>,
    /// Becomes true when the simulator stops.
    pub(crate) stopped: watch::Receiver<bool>,
}

/// What a [`Cloud`] begins with: made new, or found in a state file.
pub(crate) struct Beginning {
    pub(crate) teams: Vec<Arc<Tenant>>,
    pub(crate) signer: Signer,
    pub(crate) registry: Registry,
    pub(crate) association: Association,
    pub(crate) usage: Usage,
    pub(crate) provisioning: Provisioning,
    pub(crate) located: Located,
    pub(crate) store: Store,
}

impl Cloud {
    pub(crate) fn new(
        settings: Builder,
        authority: String,
        beginning: Beginning,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let Beginning { teams, signer, registry, association, usage, provisioning, located, store } =
            beginning;
        let users = teams.iter().flat_map(|team| {
            let members = team.access.members.iter().enumerate();
            members.map(move |(place, member)| (member.api_key.clone(), (Arc::clone(team), place)))
        });
        Self {
            authority,
            api_keys: users.collect(),
            teams,
            clock: settings.clock,
            bulk_delay: settings.bulk_delay,
            error_file: settings.error_file,
            signer,
            registry: RwLock::new(registry),
            association: Mutex::new(association),
            usage: Mutex::new(usage),
            provisioning: Mutex::new(provisioning),
            located,
            answers: Mutex::default(),
            prediction_files: Mutex::default(),
            admin_from_anywhere: settings.admin_from_anywhere,
            faults: Faults::new(settings.faults),
            refusals: RefusalLog::new(settings.on_refusal),
            store,
            ulids: Ulids::default(),
            last_moment: Mutex::new(SystemTime::UNIX_EPOCH),
            stopped,
        }
    }

    pub(crate) fn signer(&self) -> Result<&Authority, AuthorityError> {
        self.signer.get(&self.store)
    }

    pub(crate) fn team(&self, tenant_id: &str) -> Option<&Arc<Tenant>> {
        self.teams.iter().find(|team| team.id() == tenant_id)
    }

    /// The devices and keys, to look at; many may at once.
    pub(crate) fn registry(&self) -> RwLockReadGuard<'_, Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The devices and keys, to change.
    pub(crate) fn registry_mut(&self) -> RwLockWriteGuard<'_, Registry> {
        self.registry.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time now, for what is kept in the order of its coming: in one millisecond, each a little later than the one
    /// before.
    pub(crate) fn moment(&self) -> SystemTime {
        let now = self.clock.now();
        let mut last = lock(&self.last_moment);
        let is_same = since_1970(now).as_millis() == since_1970(*last).as_millis();
        let next = last.checked_add(Duration::from_nanos(1)).filter(|next| is_same && *next > now);
        *last = next.unwrap_or(now);
        *last
    }

    /// Seconds since 1970 by the simulator's clock.
    pub(crate) fn now_seconds(&self) -> u64 {
        since_1970(self.clock.now()).as_secs()
    }
}

/// Locks what requests share. A panic of another request cannot have left it half changed in a way that matters more
/// than answering the rest, so poison is passed over.
pub(crate) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
