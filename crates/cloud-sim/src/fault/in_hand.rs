//! The request in hand, for code that has no other sight of it: the clock, and the acceptance of a bulk operation.
//! The faults' layer runs each request in the scope of this value.

use std::time::{Duration, SystemTime};

tokio::task_local! {
    static IN_HAND: InHand;
}

#[derive(Debug, Clone)]
pub(super) struct InHand {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) ahead: Duration,
    pub(super) behind: Duration,
}

impl InHand {
    pub(super) async fn scope<T>(self, future: impl Future<Output = T>) -> T {
        IN_HAND.scope(self, future).await
    }

    /// Calls with the request that this code works for, if the faults' layer has let it through.
    pub(super) fn with<T>(use_it: impl FnOnce(&Self) -> T) -> Option<T> {
        IN_HAND.try_with(use_it).ok()
    }

    pub(super) fn skewed(&self, now: SystemTime) -> SystemTime {
        let ahead = now.checked_add(self.ahead).unwrap_or(now);
        ahead.checked_sub(self.behind).unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

/// The time that the request in hand is told.
pub(crate) fn skewed(now: SystemTime) -> SystemTime {
    InHand::with(|in_hand| in_hand.skewed(now)).unwrap_or(now)
}
