//! Faults on demand: what a network, a proxy or the service may do to a request.

mod body;
mod bulk;
pub(crate) mod connection;
mod date;
mod error;
mod grammar;
mod in_hand;
pub(crate) mod layer;
mod plan;
mod requests;
mod turn;

use std::{
    fmt,
    num::{NonZeroU32, NonZeroUsize},
    ops::RangeInclusive,
    str::FromStr,
    time::Duration,
};

pub(crate) use self::{bulk::OperationFaults, in_hand::skewed, plan::Faults};
pub use self::{error::FaultError, plan::FaultReport};
use self::{requests::Requests, turn::Turn};

/// One fault: what happens, to which requests, and how often. It is written as text.
///
/// ```
/// use cloud_sim::Fault;
///
/// let fault: Fault = "status 503 on GET|POST /v1/devices* every 3 times 5".parse()?;
/// assert_eq!(fault.to_string(), "status 503 on GET|POST /v1/devices* every 3 times 5");
/// # Ok::<(), cloud_sim::FaultError>(())
/// ```
///
/// An effect comes first:
///
/// | effect | what happens |
/// |---|---|
/// | `latency 250ms`, `latency 1s..3s` | the request waits; between two times, at random |
/// | `status 429`, `status 429 retry-after 2` | refused, without and with `Retry-After` in seconds |
/// | `status 500..504` | refused, with one of these at random |
/// | `status 504 after` | taken, and its answer replaced |
/// | `html`, `html 200` | a proxy's page in HTML instead of an answer, 502 unless said otherwise; not taken |
/// | `reset before`, `reset after` | the connection is reset before or after the request was taken |
/// | `truncate 100`, `truncate 50%` | the answer's body breaks off after so many bytes or such a part of it |
/// | `slow 64 100ms` | the answer's body comes in pieces of so many bytes, each after a pause |
/// | `clock +90s`, `clock -1h` | the cloud's clock is ahead or behind: the `Date` header, and what it holds of tokens |
/// | `bulk stall`, `bulk stall 5s` | the bulk operation stays IN_PROGRESS for ever, or for so much longer |
/// | `bulk fail 3` | every third row of the bulk operation fails, with a message of no known cause |
/// | `bulk expired 3` | every third row fails, for its certificate is said to be expired |
/// | `bulk old-format` | the bulk operation's error file has the form from before December 2025 |
///
/// Conditions follow, each at most once and in any order. Without any, every request has the fault.
///
/// | condition | which requests |
/// |---|---|
/// | `on METHOD PATH` | methods with a bar between, or `*`; a path in which `*` stands for anything. No query |
/// | `every 3` | of these the third, the sixth, … |
/// | `chance 0.33`, `chance 0.33 seed 7` | of these about a third, the same ones in every run; the seed is 0 unless said |
/// | `skip 10` | not the first ten |
/// | `times 5` | no more than five |
///
/// Several faults are asked in their order. The first that refuses, resets or replaces settles the request, and those
/// behind it are not asked; the others add up (of two that truncate, or slow down, the last one counts). A `bulk` fault
/// is asked when an operation is accepted, and counts those.
/// No fault touches `/admin/` or the page at `/`.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    effect: Effect,
    requests: Requests,
    turn: Turn,
}

#[derive(Debug, Clone, PartialEq)]
enum Effect {
    Latency(RangeInclusive<Duration>),
    Status { codes: RangeInclusive<u16>, retry_after: Option<u32>, taken: bool },
    Html(u16),
    Reset { taken: bool },
    Truncate(Amount),
    Slow { bytes: NonZeroUsize, pause: Duration },
    Clock(Skew),
    Bulk(BulkEffect),
}

/// How much of a body is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Amount {
    Bytes(usize),
    /// Below 100.
    Percent(u8),
}

/// How far a clock is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Skew {
    Ahead(Duration),
    Behind(Duration),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BulkEffect {
    /// Without an end, for ever.
    Stall(Option<Duration>),
    Fail(NonZeroU32),
    Expired(NonZeroU32),
    OldFormat,
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        grammar::read(text)
    }
}

/// As it is read, with one space between words and the conditions in the order of the table.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.effect, self.requests, self.turn)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = |taken: &bool| if *taken { "after" } else { "before" };
        match self {
            Self::Latency(range) if range.start() == range.end() => {
                write!(f, "latency {}", Span(*range.start()))
            }
            Self::Latency(range) => write!(f, "latency {}..{}", Span(*range.start()), Span(*range.end())),
            Self::Status { codes, retry_after, taken } => {
                write!(f, "status {}", codes.start())?;
                if codes.start() != codes.end() {
                    write!(f, "..{}", codes.end())?;
                }
                if let Some(seconds) = retry_after {
                    write!(f, " retry-after {seconds}")?;
                }
                if *taken { f.write_str(" after") } else { Ok(()) }
            }
            Self::Html(status) => write!(f, "html {status}"),
            Self::Reset { taken } => write!(f, "reset {}", when(taken)),
            Self::Truncate(Amount::Bytes(bytes)) => write!(f, "truncate {bytes}"),
            Self::Truncate(Amount::Percent(percent)) => write!(f, "truncate {percent}%"),
            Self::Slow { bytes, pause } => write!(f, "slow {bytes} {}", Span(*pause)),
            Self::Clock(Skew::Ahead(by)) => write!(f, "clock +{}", Span(*by)),
            Self::Clock(Skew::Behind(by)) => write!(f, "clock -{}", Span(*by)),
            Self::Bulk(effect) => write!(f, "bulk {effect}"),
        }
    }
}

impl fmt::Display for BulkEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stall(None) => f.write_str("stall"),
            Self::Stall(Some(time)) => write!(f, "stall {}", Span(*time)),
            Self::Fail(each) => write!(f, "fail {each}"),
            Self::Expired(each) => write!(f, "expired {each}"),
            Self::OldFormat => f.write_str("old-format"),
        }
    }
}

/// A time in the largest unit that says it without a fraction.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let (unit, name) = grammar::UNITS
            .into_iter()
            .rev()
            .find(|(unit, _)| millis != 0 && millis.is_multiple_of(u128::from(*unit)))
            .unwrap_or(grammar::UNITS[0]);
        write!(f, "{}{name}", millis / u128::from(unit))
    }
}
