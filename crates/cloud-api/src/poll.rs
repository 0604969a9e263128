//! Asking again and again until something has ended.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::bulk::WaitPolicy;
use crate::error::Error;
use crate::retry::asked_for;

/// Why the end was not seen.
#[derive(Debug)]
pub(crate) enum GivenUp<T> {
    /// The deadline was reached.
    Deadline {
        /// What was seen last.
        last: Option<T>,
        /// Time since the first call.
        waited: Duration,
    },
    /// An attempt failed for a reason that does not pass, or once too often.
    Failed(Error),
}

/// Asks as patiently as the policy says until what comes back is final. `tell` hears of each answer, and of each failure after which it
/// is asked again, with the time since the call.
pub(crate) async fn until<T, F>(
    policy: WaitPolicy,
    mut ask: impl FnMut() -> F,
    is_final: impl Fn(&T) -> bool,
    mut tell: impl FnMut(Result<&T, &Error>, Duration),
) -> Result<T, GivenUp<T>>
where
    F: Future<Output = Result<T, Error>>,
{
    let start = Instant::now();
    let mut failures = 0;
    let mut asked = Duration::ZERO;
    let mut last = None;
    loop {
        let elapsed = start.elapsed();
        let due = elapsed.saturating_add(policy.delay(elapsed).max(asked)).min(policy.deadline);
        sleep(due.saturating_sub(elapsed)).await;
        match ask().await {
            Ok(answer) => {
                (failures, asked) = (0, Duration::ZERO);
                tell(Ok(&answer), start.elapsed());
                if is_final(&answer) {
                    return Ok(answer);
                }
                last = Some(answer);
            }
            Err(error) if policy.tolerates(&error, failures, start) => {
                failures += 1;
                asked = asked_for(&error);
                tell(Err(&error), start.elapsed());
            }
            Err(error) => return Err(GivenUp::Failed(error)),
        }
        if due == policy.deadline {
            return Err(GivenUp::Deadline { last, waited: start.elapsed() });
        }
    }
}
