//! Asking again what changes nothing.

use std::time::Duration;

use tokio::time::sleep;

use crate::error::Error;

/// Whether a failure tells nothing about the question: all but a refusal by the service itself. A web page or half an
/// answer comes from something in between.
pub(super) fn is_passing(error: &Error) -> bool {
    match error {
        Error::Service(error) => matches!(error.status, 408 | 425 | 429) || error.status >= 500,
        Error::Answer(_) => true,
        other => other.is_transient(),
    }
}

/// The waits between attempts: doubled each time, and never shorter than the service asked for.
#[derive(Debug, Clone)]
pub(super) struct Patience {
    left: u32,
    next: Duration,
    longest: Duration,
}

impl Patience {
    /// So many attempts, the first one included.
    pub(super) fn new(attempts: u32, shortest: Duration, longest: Duration) -> Self {
        Self { left: attempts.saturating_sub(1), next: shortest, longest }
    }

    /// Waits before another attempt; an error if there is none.
    pub(super) async fn bear(&mut self, error: Error) -> Result<(), Error> {
        if !is_passing(&error) {
            return Err(error);
        }
        let Some(left) = self.left.checked_sub(1) else { return Err(error) };
        self.left = left;
        let asked_for = match &error {
            Error::Service(error) => error.retry_after.unwrap_or(Duration::ZERO),
            _ => Duration::ZERO,
        };
        sleep(self.next.max(asked_for)).await;
        self.next = self.next.saturating_mul(2).min(self.longest);
        Ok(())
    }
}
