//! Follows a job to its end.

use std::time::Duration;

use super::{FotaJob, FotaJobStatus};
use crate::bulk::WaitPolicy;
use crate::client::Client;
use crate::error::Error;
use crate::identifier::Uuid;
use crate::poll::{self, GivenUp};

/// What [`wait`] tells while it waits.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A poll came back.
    Polled {
        /// The job as it is now.
        job: &'a FotaJob,
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

/// A job was not seen to end. It goes on all the same: its ID stays good for another [`wait`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// Not ended when the deadline was reached.
    #[error("FOTA job {id} had not ended after {} s{}", .waited.as_secs(), last_status(.last.as_deref()))]
    Deadline {
        /// The job.
        id: Uuid,
        /// How it was seen last, if it was seen at all.
        last: Option<Box<FotaJob>>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Polling failed.
    #[error("FOTA job {id} could not be followed")]
    Poll {
        /// The job.
        id: Uuid,
        /// Why.
        #[source]
        error: Error,
    },
}

fn last_status(last: Option<&FotaJob>) -> String {
    last.map_or_else(String::new, |job| format!("; its last status is {}", job.status))
}

/// Polls until the job is completed, cancelled or being deleted. What became of each device is told by
/// [`list_fota_job_execution_statuses`](Client::list_fota_job_execution_statuses).
///
/// Dropping the future ends the waiting, and nothing else.
///
/// # Errors
///
/// [`WaitError`]
pub async fn wait(
    client: &Client,
    id: &Uuid,
    policy: WaitPolicy,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<FotaJob, WaitError> {
    let tell = |polled: Result<&FotaJob, &Error>, elapsed| {
        progress(match polled {
            Ok(job) => Progress::Polled { job, elapsed },
            Err(error) => Progress::Interrupted { error, elapsed },
        });
    };
    let ended = poll::until(policy, || client.fetch_fota_job(id), FotaJob::is_final, tell).await;
    ended.map_err(|given_up| match given_up {
        GivenUp::Deadline { last, waited } => {
            WaitError::Deadline { id: id.clone(), last: last.map(Box::new), waited }
        }
        GivenUp::Failed(error) => WaitError::Poll { id: id.clone(), error },
    })
}

impl FotaJob {
    /// Whether nothing more becomes of it. A status that this crate does not know is taken for one that changes.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(
            self.status,
            FotaJobStatus::Completed | FotaJobStatus::Cancelled | FotaJobStatus::DeletionInProgress
        )
    }
}
