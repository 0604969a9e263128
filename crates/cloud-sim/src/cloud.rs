//! What the requests of one simulator share.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use crate::{
    builder::{Builder, ErrorFileFormat},
    bulk::Operations,
    clock::Clock,
    location::agnss::Answers,
    refusal::RefusalLog,
    registry::Registry,
};

/// The state behind the router.
pub(crate) struct Cloud {
    /// Host and port, for the URLs of files where a request does not say by which name it came.
    pub(crate) authority: String,
    pub(crate) team: Team,
    pub(crate) clock: Clock,
    pub(crate) bulk_delay: Duration,
    pub(crate) error_file: ErrorFileFormat,
    pub(crate) registry: Mutex<Registry>,
    pub(crate) operations: Mutex<Operations>,
    pub(crate) answers: Mutex<Answers>,
    pub(crate) refusals: RefusalLog,
    /// Becomes true when the simulator stops.
    pub(crate) stopped: watch::Receiver<bool>,
}

/// The one team, with its owner.
pub(crate) struct Team {
    pub(crate) tenant_id: String,
    pub(crate) user_id: String,
    pub(crate) api_key: String,
}

impl Cloud {
    pub(crate) fn new(
        settings: Builder,
        authority: String,
        team: Team,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        Self {
            authority,
            team,
            clock: settings.clock,
            bulk_delay: settings.bulk_delay,
            error_file: settings.error_file,
            registry: Mutex::default(),
            operations: Mutex::default(),
            answers: Mutex::default(),
            refusals: RefusalLog::new(settings.on_refusal),
            stopped,
        }
    }
}

/// Locks what requests share. A panic of another request cannot have left it half changed in a way that matters more
/// than answering the rest, so poison is passed over.
pub(crate) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
