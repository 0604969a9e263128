//! One whole out of ranges: fragments, continuation after a break, and a new beginning when the data changes.

use std::num::NonZeroU64;
use std::time::Duration;

use backon::ExponentialBackoff;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG};

use super::range::{ByteRange, ContentRange};
use crate::client::{Answer, Call, Client};
use crate::error::{AnswerProblem, Error, TransportError, TransportKind};
use crate::retry::RetryPolicy;

/// How a whole is fetched.
///
/// After a break the rest alone is asked for. The waits before that are those of the client's
/// [`RetryPolicy`]; its `retries` are the further attempts after the last byte that came, its `budget` is for all
/// waits together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchPolicy {
    /// Bytes to ask for at a time; all at once if `None`. A device takes small fragments for want of memory,
    /// 1700 bytes by default in nRF Connect SDK; on a host there is no need for any.
    pub fragment: Option<NonZeroU64>,
    /// How often to begin anew when the data turns out to be another than before.
    pub restarts: u32,
}

impl Default for FetchPolicy {
    /// All at once; two new beginnings.
    fn default() -> Self {
        Self { fragment: None, restarts: 2 }
    }
}

/// What happens while a whole is fetched.
#[derive(Debug)]
#[non_exhaustive]
pub enum FetchEvent<'a> {
    /// So many bytes are there.
    Received {
        /// Bytes from the beginning.
        have: u64,
        /// Length of the whole, where it is known.
        total: Option<u64>,
    },
    /// The connection broke; the rest is asked for after a wait.
    Interrupted {
        /// Bytes from the beginning, which are kept.
        have: u64,
        /// The break.
        error: &'a TransportError,
        /// How long the wait is.
        wait: Duration,
    },
    /// What is there was thrown away, and the fetch begins anew.
    Restarted {
        /// Bytes thrown away.
        lost: u64,
        /// Why.
        reason: RestartReason,
    },
}

/// Why a fetch begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestartReason {
    /// The whole has another length than before.
    #[error("the data changed: first {before} bytes long, then {after}")]
    Length {
        /// Length told first.
        before: u64,
        /// Length told later.
        after: u64,
    },
    /// The whole has the same length, and another entity tag.
    #[error("the data changed: it has another entity tag")]
    EntityTag,
    /// The service has nothing where the rest should be (status 416).
    #[error("the data changed: it ends before byte {first}")]
    Shorter {
        /// First byte asked for.
        first: u64,
    },
    /// The service sent all of it where a range was asked for (status 200).
    #[error("the service sent all of the data where only the rest was asked for")]
    RangeIgnored,
}

/// Fetches a whole of at most `limit` bytes; `call` makes the request for all of it. Gives the status of the last
/// answer, too.
pub(crate) async fn fetch(
    client: &Client,
    call: impl Fn() -> Call,
    policy: FetchPolicy,
    limit: u64,
    mut on_event: impl FnMut(FetchEvent<'_>),
) -> Result<(u16, Vec<u8>), Error> {
    let mut whole = Whole::new(policy.fragment, limit);
    let mut patience = Patience::new(client.retry_policy());
    let mut restarts = policy.restarts;
    loop {
        let range = whole.next_range();
        let call = call().range(range.map(|range| range.to_string())).success(&[200, 206]).keep_part();
        let step = match call.send(client).await {
            Ok(answer) => whole.take(range, answer)?,
            Err(Error::Transport(error)) if is_break(&error) => Step::Broken(error),
            Err(error) if error.status() == Some(416) && whole.have() > 0 => {
                Step::Changed(RestartReason::Shorter { first: whole.have() }, error)
            }
            Err(error) => return Err(error),
        };
        match step {
            Step::Received => on_event(FetchEvent::Received { have: whole.have(), total: whole.total }),
            Step::Done { status, lost } => {
                if lost > 0 {
                    on_event(FetchEvent::Restarted { lost, reason: RestartReason::RangeIgnored });
                }
                on_event(FetchEvent::Received { have: whole.have(), total: whole.total });
                return Ok((status, whole.bytes));
            }
            Step::Broken(error) => {
                let have = whole.have();
                let Some(wait) = patience.next(have) else { return Err(error.into()) };
                on_event(FetchEvent::Interrupted { have, error: &error, wait });
                tokio::time::sleep(wait).await;
            }
            Step::Changed(reason, error) => {
                restarts = match restarts.checked_sub(1) {
                    Some(left) => left,
                    None => return Err(error),
                };
                on_event(FetchEvent::Restarted { lost: whole.have(), reason });
                whole = Whole::new(policy.fragment, limit);
            }
        }
    }
}

/// What is there, and what it is a part of.
struct Whole {
    bytes: Vec<u8>,
    total: Option<u64>,
    entity_tag: Option<String>,
    fragment: Option<NonZeroU64>,
    limit: u64,
}

enum Step {
    /// There is more, and more is to come.
    Received,
    /// So many bytes were lost because all came at once where the rest was asked for.
    Done {
        status: u16,
        lost: u64,
    },
    Broken(TransportError),
    /// This is no part of what is there; the error is for who has enough of it.
    Changed(RestartReason, Error),
}

impl Whole {
    fn new(fragment: Option<NonZeroU64>, limit: u64) -> Self {
        Self { bytes: Vec::new(), total: None, entity_tag: None, fragment, limit }
    }

    fn have(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// All at once is asked for without a range.
    fn next_range(&self) -> Option<ByteRange> {
        match (self.fragment, self.have()) {
            (Some(length), have) => Some(ByteRange::starting_at(have, length.get())),
            (None, 0) => None,
            (None, have) => Some(ByteRange::from_byte(have)),
        }
    }

    fn take(&mut self, asked: Option<ByteRange>, answer: Answer) -> Result<Step, Error> {
        if answer.status == 206 { self.take_part(asked, answer) } else { self.take_all(answer) }
    }

    /// Status 200: this is the whole, whatever was asked for.
    fn take_all(&mut self, mut answer: Answer) -> Result<Step, Error> {
        let total = answer.header(&CONTENT_LENGTH).and_then(|value| value.parse().ok());
        self.check_limit(total.unwrap_or(answer.body.len() as u64), &answer)?;
        let lost = self.have();
        self.total = total;
        self.entity_tag = entity_tag(&answer);
        // Of two beginnings of unknown kinship the later one is as good as the earlier.
        self.bytes = answer.body;
        Ok(match answer.cut.take() {
            Some(error) => Step::Broken(error),
            None => {
                self.total = Some(self.have());
                Step::Done { status: answer.status, lost }
            }
        })
    }

    /// Status 206: the next part, if it is what was asked for.
    fn take_part(&mut self, asked: Option<ByteRange>, mut answer: Answer) -> Result<Step, Error> {
        let part = content_range(&answer)?;
        if let Some(before) = self.total.filter(|total| *total != part.total) {
            let error = answer.unfit(AnswerProblem::Changed { before, after: part.total });
            return Ok(Step::Changed(RestartReason::Length { before, after: part.total }, error));
        }
        let entity_tag = entity_tag(&answer);
        if self.have() > 0 && matches!((&self.entity_tag, &entity_tag), (Some(old), Some(new)) if old != new)
        {
            let error = answer.unfit(AnswerProblem::Changed { before: part.total, after: part.total });
            return Ok(Step::Changed(RestartReason::EntityTag, error));
        }
        check_part(asked, part, &answer)?;
        self.check_limit(part.total, &answer)?;
        self.total = Some(part.total);
        self.entity_tag = entity_tag;
        self.bytes.append(&mut answer.body);
        Ok(match answer.cut.take() {
            Some(error) => Step::Broken(error),
            None if self.have() == part.total => Step::Done { status: answer.status, lost: 0 },
            None => Step::Received,
        })
    }

    fn check_limit(&self, length: u64, answer: &Answer) -> Result<(), Error> {
        if length > self.limit {
            return Err(answer.unfit(AnswerProblem::TooLong { limit: self.limit }));
        }
        Ok(())
    }
}

/// The `content-range` of an answer with status 206.
pub(super) fn content_range(answer: &Answer) -> Result<ContentRange, Error> {
    let value = answer.header(&CONTENT_RANGE).unwrap_or_default();
    value
        .parse()
        .map_err(|_| answer.unfit(AnswerProblem::Header { name: "content-range", value: value.to_owned() }))
}

/// Whether the body is the part that it says, and that is the one that was asked for, or its beginning.
pub(super) fn check_part(asked: Option<ByteRange>, part: ContentRange, answer: &Answer) -> Result<(), Error> {
    let asked_first = asked.map_or(0, ByteRange::first);
    let got = answer.body.len() as u64;
    let is_whole_part = if answer.cut.is_some() { got <= part.length() } else { got == part.length() };
    let is_asked_for = part.first == asked_first
        && asked.and_then(ByteRange::last).is_none_or(|asked_last| part.last <= asked_last);
    if is_whole_part && is_asked_for {
        return Ok(());
    }
    Err(answer.unfit(AnswerProblem::Range {
        asked_first,
        got: answer.body.len(),
        content_range: part.to_string(),
    }))
}

/// A strong one. A weak one may well be of the part alone (RFC 9110 section 8.8.1).
fn entity_tag(answer: &Answer) -> Option<String> {
    answer.header(&ETAG).filter(|tag| !tag.starts_with("W/")).map(str::to_owned)
}

/// Whether asking for the rest may help. What fails before there is a connection was tried again already.
fn is_break(error: &TransportError) -> bool {
    matches!(error.kind, TransportKind::Lost | TransportKind::Truncated | TransportKind::Timeout)
}

/// How many further breaks are borne.
struct Patience {
    policy: RetryPolicy,
    waits: ExponentialBackoff,
    left: Duration,
    best: u64,
}

impl Patience {
    fn new(policy: RetryPolicy) -> Self {
        Self { policy, waits: policy.waits(), left: policy.budget, best: 0 }
    }

    /// How long to wait after a break; `None` when it is enough.
    fn next(&mut self, have: u64) -> Option<Duration> {
        if have > self.best {
            self.best = have;
            self.waits = self.policy.waits();
        }
        let wait = self.waits.next()?;
        self.left = self.left.checked_sub(wait)?;
        Some(wait)
    }
}
