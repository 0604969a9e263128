//! The faults that are set, and what they mean for one request.

use std::{
    fmt,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{Amount, Effect, Fault, OperationFaults, Skew, in_hand::InHand};
use crate::cloud::lock;

/// A fault that is set, and what it did so far.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FaultReport {
    /// The fault.
    pub fault: Fault,
    /// How many requests (for a `bulk` fault: operations) it was for.
    pub asked: u64,
    /// How many of them had it.
    pub fired: u64,
}

impl fmt::Display for FaultReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} of {}", self.fault, self.fired, self.asked)
    }
}

/// All that are set, in their order.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Read on every request, so that there is no lock to take where no fault is set.
    any: AtomicBool,
    set: Mutex<Vec<FaultReport>>,
}

/// What is to happen to one request.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    pub(super) latency: Duration,
    pub(super) ahead: Duration,
    pub(super) behind: Duration,
    /// The fault that settles it, and how.
    pub(super) verdict: Option<(Verdict, String)>,
    pub(super) truncate: Option<Amount>,
    pub(super) slow: Option<(usize, Duration)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Status { status: u16, retry_after: Option<u32>, taken: bool },
    Html(u16),
    Reset { taken: bool },
}

impl Verdict {
    /// Whether the request is done all the same.
    pub(super) fn is_taken(self) -> bool {
        matches!(self, Self::Status { taken: true, .. } | Self::Reset { taken: true })
    }
}

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        let this = Self::default();
        this.replace(faults);
        this
    }

    pub(crate) fn replace(&self, faults: Vec<Fault>) {
        let mut set = lock(&self.set);
        *set = faults.into_iter().map(FaultReport::new).collect();
        self.any.store(!set.is_empty(), Ordering::Release);
    }

    pub(crate) fn add(&self, fault: Fault) {
        lock(&self.set).push(FaultReport::new(fault));
        self.any.store(true, Ordering::Release);
    }

    pub(crate) fn report(&self) -> Vec<FaultReport> {
        lock(&self.set).clone()
    }

    /// None where no fault is set at all.
    pub(super) fn plan(&self, method: &str, path: &str) -> Option<Plan> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let mut plan = Plan::default();
        for report in lock(&self.set).iter_mut() {
            if matches!(report.fault.effect, Effect::Bulk(_)) || !report.turn(method, path) {
                continue;
            }
            plan.add(&report.fault, report.asked);
            if plan.verdict.is_some() {
                break;
            }
        }
        Some(plan)
    }

    /// Asked once for each bulk operation, while its upload is in hand.
    pub(crate) fn of_operation(&self) -> OperationFaults {
        let mut faults = OperationFaults::default();
        InHand::with(|InHand { method, path, .. }| {
            for report in lock(&self.set).iter_mut() {
                if let Effect::Bulk(effect) = report.fault.effect
                    && report.turn(method, path)
                {
                    faults.add(effect);
                }
            }
        });
        faults
    }
}

impl FaultReport {
    fn new(fault: Fault) -> Self {
        Self { fault, asked: 0, fired: 0 }
    }

    /// Counts a request, and says whether it has the fault.
    fn turn(&mut self, method: &str, path: &str) -> bool {
        if !self.fault.requests.contain(method, path) {
            return false;
        }
        self.asked += 1;
        let comes = self.fault.turn.comes(self.asked, self.fired);
        self.fired += u64::from(comes);
        comes
    }
}

impl Plan {
    fn add(&mut self, fault: &Fault, number: u64) {
        // Not the same as decides whether it is this request's turn.
        let dice = || fault.turn.dice(!number);
        let settle = |verdict| Some((verdict, fault.to_string()));
        match &fault.effect {
            Effect::Latency(range) => {
                let width = range.end().saturating_sub(*range.start());
                self.latency += *range.start() + width.mul_f64(dice());
            }
            Effect::Status { codes, retry_after, taken } => {
                let width = f64::from(codes.end() - codes.start() + 1);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "at least 0 and below the width, which is at most 200"
                )]
                let status = codes.start() + (width * dice()) as u16;
                self.verdict = settle(Verdict::Status { status, retry_after: *retry_after, taken: *taken });
            }
            Effect::Html(status) => self.verdict = settle(Verdict::Html(*status)),
            Effect::Reset { taken } => self.verdict = settle(Verdict::Reset { taken: *taken }),
            Effect::Truncate(amount) => self.truncate = Some(*amount),
            Effect::Slow { bytes, pause } => self.slow = Some((bytes.get(), *pause)),
            Effect::Clock(Skew::Ahead(by)) => self.ahead += *by,
            Effect::Clock(Skew::Behind(by)) => self.behind += *by,
            // Asked when the operation is accepted.
            Effect::Bulk(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(texts: &[&str]) -> Faults {
        Faults::new(texts.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn the_first_that_settles_a_request_ends_the_list() {
        let faults =
            faults(&["latency 1s", "clock +5s on GET *", "status 503 every 2", "latency 2s", "html"]);
        let first = faults.plan("POST", "/v1/devices").unwrap();
        assert_eq!(first.latency, Duration::from_secs(3));
        assert_eq!(first.verdict, Some((Verdict::Html(502), "html 502".into())));
        let second = faults.plan("GET", "/v1/devices").unwrap();
        assert_eq!((second.latency, second.ahead), (Duration::from_secs(1), Duration::from_secs(5)));
        let status = Verdict::Status { status: 503, retry_after: None, taken: false };
        assert_eq!(second.verdict, Some((status, "status 503 every 2".into())));
        let counts: Vec<String> = faults.report().iter().map(ToString::to_string).collect();
        assert_eq!(
            counts,
            [
                "latency 1s: 2 of 2",
                "clock +5s on GET *: 1 of 1",
                "status 503 every 2: 1 of 2",
                "latency 2s: 1 of 1",
                "html 502: 1 of 1"
            ]
        );
    }

    #[test]
    fn ranges_give_all_their_values_and_no_others() {
        let faults = faults(&["status 500..504 seed 3"]);
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..200 {
            let Some((Verdict::Status { status, .. }, _)) = faults.plan("GET", "/").unwrap().verdict else {
                panic!("a status")
            };
            *seen.entry(status).or_insert(0) += 1;
        }
        assert_eq!(seen.keys().copied().collect::<Vec<_>>(), [500, 501, 502, 503, 504]);
    }

    #[test]
    fn without_faults_there_is_no_plan() {
        let faults = faults(&["html"]);
        assert!(faults.plan("GET", "/").is_some());
        faults.replace(Vec::new());
        assert_eq!(faults.plan("GET", "/"), None);
        assert_eq!(faults.of_operation(), OperationFaults::default());
    }
}
