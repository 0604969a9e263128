//! The one retry policy: which failures are worth a second attempt, how long to wait, and when to stop.
//!
//! | request | tried again |
//! |---|---|
//! | twice is as once (RFC 9110 section 9.2.2): GET, HEAD, PUT, DELETE, PATCH, some POST | when the connection failed or broke, on 429, and on 502 to 504 |
//! | the same methods, where a second one is answered in another way | when there was no connection, and on 429: it was not taken |
//! | every other POST, and PATCH that makes something new | never |
//!
//! The PATCH requests of this API set members to values; none counts or appends. The second row is UpdateDeviceState
//! in a version that was seen (the first one changes it), CancelFOTAJob and UpdateFOTAJobExecutionStatus (what has
//! ended does not end again). A DELETE that finds nothing any more, after one whose answer was lost, has succeeded.
//!
//! An upload is never sent twice from here: after a lost answer only the list of bulk operations can tell whether it
//! was taken. A time-out is not tried again: it has taken its time already.
//!
//! Below this, the HTTP stack may send a request again on a new connection, but only one that never left, or
//! that the peer says it has not processed (RFC 9113 section 8.7). Neither is blind.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder, Retryable as _};
use reqwest::Method;

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

    pub(crate) async fn run<T, F, Fut>(&self, repeat: Repeat, attempt: F) -> Result<T, Error>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        let mut left = self.budget;
        attempt
            .retry(self.backoff())
            .when(|error| repeat.is_worth_another_attempt(error))
            .adjust(|error, planned| {
                let wait = planned?.max(asked_for(error));
                left = left.checked_sub(wait)?;
                Some(wait)
            })
            .await
    }

    /// The waits before the further attempts, whatever the budget. Whoever asks again by another way than
    /// [`run`](Self::run) waits as long.
    pub(crate) fn waits(&self) -> ExponentialBackoff {
        self.backoff().build()
    }

    fn backoff(&self) -> ExponentialBuilder {
        ExponentialBuilder::new()
            .with_min_delay(self.first_delay)
            .with_max_delay(self.longest_delay)
            .with_max_times(self.retries)
            .with_jitter()
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

/// What a second sending of a request would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Nothing more than the first did, and its answer is as good.
    Idempotent,
    /// The same; but a connection that breaks is the caller's affair, who goes on from there.
    Resumed,
    /// Nothing more, but after a first that was taken its answer would be another one.
    UnlessTaken,
    /// Perhaps the same again.
    Never,
}

impl Repeat {
    pub(crate) fn of(method: &Method) -> Self {
        match *method {
            Method::GET | Method::HEAD | Method::PUT | Method::DELETE | Method::PATCH => Self::Idempotent,
            _ => Self::Never,
        }
    }

    fn is_worth_another_attempt(self, error: &Error) -> bool {
        match error {
            Error::Transport(error) if error.kind.is_before_connection() => self != Self::Never,
            Error::Transport(error) => self == Self::Idempotent && error.kind.is_broken_connection(),
            Error::Service(error) => match error.status {
                429 => self != Self::Never,
                502..=504 => matches!(self, Self::Idempotent | Self::Resumed),
                _ => false,
            },
            Error::Request(_) | Error::Answer(_) => false,
        }
    }
}

/// How long the service asks to wait.
pub(crate) fn asked_for(error: &Error) -> Duration {
    match error {
        Error::Service(error) => error.retry_after.unwrap_or(Duration::ZERO),
        Error::Request(_) | Error::Transport(_) | Error::Answer(_) => Duration::ZERO,
    }
}

/// `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date. A date is counted from the answer's own `Date`,
/// so no clock of ours is asked; without one it is left to the growing delay.
pub(crate) fn parse_retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = httpdate::parse_http_date(value).ok()?;
    let now = httpdate::parse_http_date(date?.trim()).ok()?;
    Some(then.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::error::ServiceError;

    fn refusal(status: u16, retry_after: Option<u64>) -> Error {
        ServiceError::parse("ListDevices", status, None, retry_after.map(Duration::from_secs), b"").into()
    }

    async fn attempts(policy: RetryPolicy, repeat: Repeat, status: u16, retry_after: Option<u64>) -> usize {
        let count = Cell::new(0);
        let result: Result<(), Error> = policy
            .run(repeat, || {
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
    async fn what_is_twice_as_once_is_tried_again_on_429_and_502_to_504() {
        for (status, expected) in [(429, 4), (502, 4), (503, 4), (504, 4), (500, 1), (401, 1), (404, 1)] {
            assert_eq!(attempts(QUICK, Repeat::Idempotent, status, None).await, expected, "{status}");
        }
    }

    #[tokio::test]
    async fn what_is_answered_otherwise_a_second_time_is_tried_again_only_when_it_was_not_taken() {
        for (status, expected) in [(429, 4), (502, 1), (503, 1), (504, 1), (500, 1)] {
            assert_eq!(attempts(QUICK, Repeat::UnlessTaken, status, None).await, expected, "{status}");
        }
    }

    #[test]
    fn methods_of_each_kind() {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH] {
            assert_eq!(Repeat::of(&method), Repeat::Idempotent);
        }
        assert_eq!(Repeat::of(&Method::POST), Repeat::Never);
    }

    #[tokio::test]
    async fn an_upload_is_sent_once() {
        assert_eq!(attempts(QUICK, Repeat::Never, 503, None).await, 1);
        assert_eq!(attempts(RetryPolicy::NONE, Repeat::Idempotent, 503, None).await, 1);
    }

    #[tokio::test]
    async fn a_retry_after_beyond_the_budget_ends_the_attempts_at_once() {
        assert_eq!(attempts(QUICK, Repeat::Idempotent, 429, Some(2)).await, 1);
        let broke = RetryPolicy { budget: Duration::ZERO, ..QUICK };
        assert_eq!(attempts(broke, Repeat::Idempotent, 429, None).await, 1);
    }

    #[test]
    fn retry_after_in_seconds_or_as_a_date() {
        const DATE: &str = "Wed, 21 Oct 2026 07:28:00 GMT";
        assert_eq!(parse_retry_after(" 7 ", None), Some(Duration::from_secs(7)));
        assert_eq!(parse_retry_after("-1", Some(DATE)), None);
        assert_eq!(parse_retry_after(DATE, None), None);
        assert_eq!(
            parse_retry_after(DATE, Some("Wed, 21 Oct 2026 07:27:15 GMT")),
            Some(Duration::from_secs(45))
        );
        assert_eq!(parse_retry_after(DATE, Some("Wed, 21 Oct 2026 07:29:00 GMT")), Some(Duration::ZERO));
        assert_eq!(parse_retry_after(DATE, Some("yesterday")), None);
    }
}
