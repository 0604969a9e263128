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

/// The waits between attempts: those of the [`RetryPolicy`], and never shorter than the service asked for.
#[derive(Debug)]
pub(super) struct Patience {
    waits: ExponentialBackoff,
    left: Duration,
}

impl Patience {
    /// As many further attempts, waits and time as the policy has.
    pub(super) fn new(policy: RetryPolicy) -> Self {
        Self { waits: policy.waits(), left: policy.budget }
    }

    /// Waits before another attempt; an error if there is none, or no time to wait as long as the service asks.
    pub(super) async fn bear(&mut self, error: Error) -> Result<(), Error> {
        if !is_passing(&error) {
            return Err(error);
        }
        let Some(wait) = self.waits.next().map(|wait| wait.max(asked_for(&error))) else { return Err(error) };
        let Some(left) = self.left.checked_sub(wait) else { return Err(error) };
        self.left = left;
        sleep(wait).await;
        Ok(())
    }
}
