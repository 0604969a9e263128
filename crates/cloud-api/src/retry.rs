//! The one retry policy: which failures are worth a second attempt, how long to wait, and when to stop.
//!
//! Only requests that change nothing are sent again, and only when the connection failed, or the service
//! answered 429 or 502 to 504. An upload is never sent twice from here: after a lost answer only the list of
//! bulk operations can tell whether it was taken.
//!
//! Below this, the HTTP stack may send a request again on a new connection, but only one that never left, or
//! that the peer says it has not processed (RFC 9113 section 8.7). Neither is blind.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};

use crate::error::Error;

/// How often and how long a repeatable request is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Further attempts after the first.
    pub retries: usize,
    /// Wait before the first further attempt. It doubles each time, and up to as much again is added at
    /// random.
    pub first_delay: Duration,
    /// Longest wait before an attempt, unless the service asks for a longer one by `Retry-After`.
    pub longest_delay: Duration,
    /// Longest sum of all waits. A `Retry-After` beyond it ends the attempts at once.
    pub budget: Duration,
}

impl RetryPolicy {
    /// One attempt only.
    pub const NONE: Self = Self {
        retries: 0,
        first_delay: Duration::ZERO,
        longest_delay: Duration::ZERO,
        budget: Duration::ZERO,
    };

    pub(crate) async fn run<T, F, Fut>(&self, repeatable: bool, attempt: F) -> Result<T, Error>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        let retries = if repeatable { self.retries } else { 0 };
        let backoff = ExponentialBuilder::new()
            .with_min_delay(self.first_delay)
            .with_max_delay(self.longest_delay)
            .with_max_times(retries)
            .with_jitter();
        let mut left = self.budget;
        attempt
            .retry(backoff)
            .when(is_worth_another_attempt)
            .adjust(|error, planned| {
                let wait = planned?.max(asked_for(error));
                left = left.checked_sub(wait)?;
                Some(wait)
            })
            .await
    }
}

impl Default for RetryPolicy {
    /// Four further attempts, 0.25 s to 10 s apart, 60 s of waiting in all.
    fn default() -> Self {
        Self {
            retries: 4,
            first_delay: Duration::from_millis(250),
            longest_delay: Duration::from_secs(10),
            budget: Duration::from_secs(60),
        }
    }
}

fn is_worth_another_attempt(error: &Error) -> bool {
    match error {
        Error::Transport(error) => error.kind.is_before_connection(),
        Error::Service(error) => matches!(error.status, 429 | 502..=504),
        Error::Answer(_) => false,
    }
}

fn asked_for(error: &Error) -> Duration {
    match error {
        Error::Service(error) => error.retry_after.unwrap_or(Duration::ZERO),
        Error::Transport(_) | Error::Answer(_) => Duration::ZERO,
    }
}

/// `Retry-After` as a number of seconds (RFC 9110 section 10.2.3). Its other form, a date, would need a clock
/// and is left to the growing delay.
pub(crate) fn parse_retry_after(value: &str) -> Option<Duration> {
    value.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::error::ServiceError;

    fn refusal(status: u16, retry_after: Option<u64>) -> Error {
        ServiceError::parse("ListDevices", status, None, retry_after.map(Duration::from_secs), b"").into()
    }

    async fn attempts(policy: RetryPolicy, repeatable: bool, status: u16, retry_after: Option<u64>) -> usize {
        let count = Cell::new(0);
        let result: Result<(), Error> = policy
            .run(repeatable, || {
                count.set(count.get() + 1);
                std::future::ready(Err(refusal(status, retry_after)))
            })
            .await;
        assert_eq!(result.unwrap_err().status(), Some(status));
        count.get()
    }

    const QUICK: RetryPolicy = RetryPolicy {
        retries: 3,
        first_delay: Duration::from_millis(1),
        longest_delay: Duration::from_millis(2),
        budget: Duration::from_secs(1),
    };

    #[tokio::test]
    async fn repeatable_requests_are_tried_again_on_429_and_502_to_504_only() {
        for (status, expected) in [(429, 4), (502, 4), (503, 4), (504, 4), (500, 1), (401, 1), (404, 1)] {
            assert_eq!(attempts(QUICK, true, status, None).await, expected, "{status}");
        }
    }

    #[tokio::test]
    async fn an_upload_is_sent_once() {
        assert_eq!(attempts(QUICK, false, 503, None).await, 1);
        assert_eq!(attempts(RetryPolicy::NONE, true, 503, None).await, 1);
    }

    #[tokio::test]
    async fn a_retry_after_beyond_the_budget_ends_the_attempts_at_once() {
        assert_eq!(attempts(QUICK, true, 429, Some(2)).await, 1);
        let broke = RetryPolicy { budget: Duration::ZERO, ..QUICK };
        assert_eq!(attempts(broke, true, 429, None).await, 1);
    }

    #[test]
    fn retry_after_in_seconds_only() {
        assert_eq!(parse_retry_after(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(parse_retry_after("-1"), None);
        assert_eq!(parse_retry_after("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }
}
