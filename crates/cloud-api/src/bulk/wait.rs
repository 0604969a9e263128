//! Polls a bulk operation to its end.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error_file::ErrorFile;
use super::outcome::{BulkOutcome, Summary};
use super::patience::is_passing;
use super::{BulkOpsRequest, BulkStatus};
use crate::client::Client;
use crate::error::Error;
use crate::identifier::BulkOpId;
use crate::poll::{self, GivenUp};
use crate::retry::asked_for;

/// How patiently [`wait`] polls.
///
/// The wait before each poll is a share of the time that has passed, so an operation that took long is asked after
/// more seldom: with the default the end is noticed at most 0.25 s late in the first 5 s, then at most a twentieth of
/// the time late, and never more than 5 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitPolicy {
    /// Shortest wait, also before the first poll.
    pub shortest_delay: Duration,
    /// Longest wait between two polls.
    pub longest_delay: Duration,
    /// Each wait is this percentage of the time since the call of [`wait`].
    pub share_percent: u32,
    /// When to give up, counted from the call of [`wait`]. The last poll is made then; it takes as long as
    /// the client's time-outs let it.
    pub deadline: Duration,
    /// How many polls (or downloads of the error file) in a row may fail for a passing reason before that is the
    /// answer: anything but a refusal by the service. The client's own [`RetryPolicy`](crate::retry::RetryPolicy)
    /// comes before and counts as one poll. A `Retry-After` is obeyed; one that goes beyond the deadline is the
    /// answer at once.
    pub tolerated_failures: u32,
}

impl Default for WaitPolicy {
    /// 0.25 s to 5 s between two polls, a twentieth of the time that has passed; gives up after 10 minutes, or
    /// after 4 failures in a row.
    fn default() -> Self {
        Self {
            shortest_delay: Duration::from_millis(250),
            longest_delay: Duration::from_secs(5),
            share_percent: 5,
            deadline: Duration::from_secs(600),
            tolerated_failures: 3,
        }
    }
}

impl WaitPolicy {
    pub(crate) fn delay(&self, elapsed: Duration) -> Duration {
        let share = elapsed.saturating_mul(self.share_percent) / 100;
        share.max(self.shortest_delay).min(self.longest_delay)
    }

    /// Whether to ask again after so many failures, in a wait that began at `start`.
    pub(crate) fn tolerates(&self, error: &Error, failures: u32, start: Instant) -> bool {
        let asked = asked_for(error);
        is_passing(error)
            && failures < self.tolerated_failures
            && (asked.is_zero() || start.elapsed().saturating_add(asked) <= self.deadline)
    }
}

/// What [`wait`] tells while it waits.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A poll came back.
    Polled {
        /// The operation as it is now.
        request: &'a BulkOpsRequest,
        /// Time since the call of [`wait`].
        elapsed: Duration,
    },
    /// A poll failed for a passing reason; another follows.
    Interrupted {
        /// The failure.
        error: &'a Error,
        /// Time since the call of [`wait`].
        elapsed: Duration,
    },
}

/// A bulk operation was not seen to end. It goes on all the same: its ID stays good for another [`wait`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// Not ended when the deadline was reached.
    #[error("bulk operation {id} had not ended after {} s{}", .waited.as_secs(), last_status(.last.as_deref()))]
    Deadline {
        /// The operation.
        id: BulkOpId,
        /// How it was seen last, if it was seen at all.
        last: Option<Box<BulkOpsRequest>>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Polling failed.
    #[error("bulk operation {id} could not be followed")]
    Poll {
        /// The operation.
        id: BulkOpId,
        /// Why.
        #[source]
        error: Error,
    },
}

fn last_status(last: Option<&BulkOpsRequest>) -> String {
    last.map_or_else(String::new, |request| format!("; its last status is {}", request.status))
}

/// Polls until the bulk operation has ended; then, if it failed, reads its error file.
///
/// The error file is fetched without an `Authorization` header, as it lies outside the API. That it cannot be
/// fetched or understood is no error here but said in [`BulkOutcome::summary`]: the operation ended all the
/// same.
///
/// Dropping the future ends the waiting, and nothing else.
///
/// # Errors
///
/// [`WaitError`]
pub async fn wait(
    client: &Client,
    id: &BulkOpId,
    policy: WaitPolicy,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<BulkOutcome, WaitError> {
    let start = Instant::now();
    let tell = |polled: Result<&BulkOpsRequest, &Error>, elapsed| {
        progress(match polled {
            Ok(request) => Progress::Polled { request, elapsed },
            Err(error) => Progress::Interrupted { error, elapsed },
        });
    };
    let ended =
        poll::until(policy, || client.fetch_bulk_ops_request(id), BulkOpsRequest::is_final, tell).await;
    let request = ended.map_err(|given_up| match given_up {
        GivenUp::Deadline { last, waited } => {
            WaitError::Deadline { id: id.clone(), last: last.map(Box::new), waited }
        }
        GivenUp::Failed(error) => WaitError::Poll { id: id.clone(), error },
    })?;
    let summary = summary(client, &request, policy, start).await;
    Ok(BulkOutcome::new(request, summary))
}

async fn summary(client: &Client, request: &BulkOpsRequest, policy: WaitPolicy, start: Instant) -> Summary {
    if request.status == BulkStatus::Succeeded {
        return Summary::NotNeeded;
    }
    let Some(url) = &request.error_summary_url else {
        return Summary::NotOffered;
    };
    let mut failures = 0;
    loop {
        match client.download_error_summary(url).await {
            Ok(file) => return Summary::Read(ErrorFile::parse(&file)),
            Err(error) if policy.tolerates(&error, failures, start) => {
                failures += 1;
                let wait = policy.shortest_delay.saturating_mul(failures).min(policy.longest_delay);
                sleep(wait.max(asked_for(&error))).await;
            }
            Err(error) => return Summary::Unavailable(error),
        }
    }
}
