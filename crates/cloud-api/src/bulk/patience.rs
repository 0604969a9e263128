//! Asking again what changes nothing.

use std::time::Duration;

use backon::ExponentialBackoff;
use tokio::time::sleep;

use crate::error::Error;
use crate::retry::{RetryPolicy, asked_for};

/// Whether a failure tells nothing about the question: all but a refusal by the service itself. A web page or half an
/// answer comes from something in between.
pub(super) fn is_passing(error: &Error) -> bool {
    match error {
        Error::Service(error) => matches!(error.status, 408 | 425 | 429) || error.status >= 500,
        Error::Answer(_) => true,
        other => other.is_transient(),
    }
}

/// The waits between attempts: those of the [`RetryPolicy`], and never shorter than the service asked for. There is
/// no budget: what may have been taken is not given up for having waited long.
#[derive(Debug)]
pub(super) struct Patience {
    waits: ExponentialBackoff,
}

impl Patience {
    /// So many attempts, the first one included.
    pub(super) fn new(attempts: u32, first_delay: Duration, longest_delay: Duration) -> Self {
        let retries = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        let policy = RetryPolicy { retries, first_delay, longest_delay, budget: Duration::MAX };
        Self { waits: policy.waits() }
    }

    /// Waits before another attempt; an error if there is none.
    pub(super) async fn bear(&mut self, error: Error) -> Result<(), Error> {
        if !is_passing(&error) {
            return Err(error);
        }
        let Some(wait) = self.waits.next() else { return Err(error) };
        sleep(wait.max(asked_for(&error))).await;
        Ok(())
    }
}
