//! What an operation should reach, measured so that a busy machine does not decide.
//!
//! A time alone says as much about the machine's other work as about the operation. So both sides of a ratio are run in turn, in
//! batches of half a millisecond, thousands of times; each round gives a ratio, and the median of these is told, with the bounds between
//! which the true median lies in 95 of 100 runs.

use std::io;
use std::time::Duration;

use serde_json::json;

use crate::Operation;

/// How long a target is measured, in all its rounds.
const BUDGET: Duration = Duration::from_secs(6);

/// Something that an operation should reach.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The operation's name.
    pub operation: &'static str,
    /// What it should reach.
    pub goal: Goal,
}

/// What an operation should reach.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// So many times the throughput of another one.
    Speed {
        /// The other operation's name.
        of: &'static str,
        /// The smallest ratio that will do.
        at_least: f64,
    },
    /// A time for one iteration.
    Nanoseconds {
        /// The longest that will do.
        at_most: f64,
    },
    /// The most memory that any run of it may have, in KiB.
    Kibibytes {
        /// The most that will do.
        at_most: f64,
    },
}

/// What was measured.
#[derive(Debug)]
pub(crate) struct Measured {
    target: Target,
    median: f64,
    low: f64,
    high: f64,
    rounds: usize,
}

impl Target {
    /// So many times the throughput of `of`.
    #[must_use]
    pub const fn faster(operation: &'static str, of: &'static str, at_least: f64) -> Self {
        Self { operation, goal: Goal::Speed { of, at_least } }
    }

    /// At most so many nanoseconds each.
    #[must_use]
    pub const fn at_most(operation: &'static str, nanoseconds: f64) -> Self {
        Self { operation, goal: Goal::Nanoseconds { at_most: nanoseconds } }
    }

    /// At least so many in a second.
    #[must_use]
    pub const fn per_second(operation: &'static str, at_least: f64) -> Self {
        Self::at_most(operation, 1e9 / at_least)
    }

    /// At most so many MiB, whatever it is given.
    #[must_use]
    pub const fn memory(operation: &'static str, mebibytes: f64) -> Self {
        Self { operation, goal: Goal::Kibibytes { at_most: mebibytes * 1024.0 } }
    }

    /// Whether all that it needs is among these operations.
    #[must_use]
    pub fn can_be_measured(&self, operations: &[Operation<'_>]) -> bool {
        let there = |name| operations.iter().any(|operation| operation.name() == name);
        let of = match self.goal {
            Goal::Speed { of, .. } => Some(of),
            Goal::Nanoseconds { .. } | Goal::Kibibytes { .. } => None,
        };
        there(self.operation) && of.is_none_or(there)
    }

    pub(crate) fn measure(self, operations: &mut [Operation<'_>]) -> Measured {
        let place = |name| {
            let found = operations.iter().position(|operation| operation.name() == name);
            found.unwrap_or_else(|| panic!("no operation is named {name}"))
        };
        let own = place(self.operation);
        let values = match self.goal {
            Goal::Speed { of, .. } => {
                let [own, other] = operations
                    .get_disjoint_mut([own, place(of)])
                    .expect("an operation is not compared with itself");
                speeds(own, other)
            }
            Goal::Nanoseconds { .. } => times(&mut operations[own]),
            Goal::Kibibytes { .. } => vec![peak(&mut operations[own])],
        };
        Measured::new(self, values)
    }
}

/// The ratio of throughputs, round by round.
fn speeds(own: &mut Operation<'_>, other: &mut Operation<'_>) -> Vec<f64> {
    let mut own = Batch::of(own);
    let mut other = Batch::of(other);
    let rounds = rounds(own.operation.batch() + other.operation.batch());
    (0..rounds)
        .map(|round| {
            // In turn, so that neither side always follows the other.
            let (own, other) = if round % 2 == 0 {
                let own = own.nanoseconds();
                (own, other.nanoseconds())
            } else {
                let other = other.nanoseconds();
                (own.nanoseconds(), other)
            };
            other / own
        })
        .collect()
}

fn times(operation: &mut Operation<'_>) -> Vec<f64> {
    let rounds = rounds(operation.batch());
    let mut batch = Batch::of(operation);
    (0..rounds).map(|_| batch.nanoseconds()).collect()
}

#[expect(clippy::cast_precision_loss, reason = "memory is far below 2^53 KiB")]
fn peak(operation: &mut Operation<'_>) -> f64 {
    if operation.peak_kib().is_none() {
        operation.run(1);
    }
    let name = operation.name();
    operation.peak_kib().unwrap_or_else(|| panic!("{name} does not tell its memory")) as f64
}

fn rounds(one: Duration) -> u32 {
    u32::try_from(BUDGET.as_nanos() / one.as_nanos()).expect("a few thousand")
}

struct Batch<'o, 'a> {
    operation: &'o mut Operation<'a>,
    iterations: u64,
}

impl<'o, 'a> Batch<'o, 'a> {
    /// Finds how many iterations make a batch. This also warms caches and branch predictors.
    fn of(operation: &'o mut Operation<'a>) -> Self {
        let mut iterations = 1;
        loop {
            let time = operation.run(iterations);
            if time >= operation.batch() {
                return Self { operation, iterations };
            }
            // Towards the goal in steps that a first slow iteration cannot mislead.
            let factor = operation.batch().as_nanos() / time.as_nanos().max(1) + 1;
            iterations *= u64::try_from(factor).unwrap_or(2).clamp(2, 8);
        }
    }

    /// For one element.
    #[expect(clippy::cast_precision_loss, reason = "both numbers are far below 2^53")]
    fn nanoseconds(&mut self) -> f64 {
        let time = self.operation.run(self.iterations);
        time.as_nanos() as f64 / (self.iterations * self.operation.elements()) as f64
    }
}

impl Measured {
    fn new(target: Target, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let rounds = values.len();
        // The ranks between which a median lies with 95 %: n/2 -+ 0.98 sqrt(n), by the binomial distribution.
        let reach = rounds.isqrt() * 98 / 100;
        let at = |rank: usize| values[rank.min(rounds - 1)];
        Self {
            target,
            median: at(rounds / 2),
            low: at((rounds / 2).saturating_sub(reach)),
            high: at(rounds / 2 + reach),
            rounds,
        }
    }

    /// One line of JSON.
    pub(crate) fn tell(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let Self { target, median, low, high, rounds } = self;
        let mut line = json!({
            "operation": target.operation,
            "median": median,
            "low": low,
            "high": high,
            "rounds": rounds,
        });
        match target.goal {
            Goal::Speed { of, at_least } => {
                line["of"] = of.into();
                line["at_least"] = at_least.into();
            }
            Goal::Nanoseconds { at_most } => line["at_most"] = at_most.into(),
            Goal::Kibibytes { at_most } => {
                line["at_most"] = at_most.into();
                line["unit"] = "KiB".into();
            }
        }
        writeln!(out, "{line}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Run;

    fn named(name: &'static str, nanoseconds: u64) -> Operation<'static> {
        // A clock of its own: so long, whatever the machine does.
        Operation::with_clock(name, move |iterations| Duration::from_nanos(iterations * nanoseconds))
    }

    #[test]
    fn twice_as_fast_is_a_ratio_of_two() {
        let mut operations = [named("slow", 40_000), named("fast", 20_000)];
        let goal = Goal::Speed { of: "slow", at_least: 1.5 };
        let measured = Target { operation: "fast", goal }.measure(&mut operations);
        let mut line = Vec::new();
        measured.tell(&mut line).unwrap();
        let line: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(
            line,
            json!({"operation": "fast", "of": "slow", "at_least": 1.5, "median": 2.0, "low": 2.0, "high": 2.0, "rounds": 6000})
        );
    }

    #[test]
    fn a_time_is_of_one_iteration() {
        let target = Target { operation: "op", goal: Goal::Nanoseconds { at_most: 1000.0 } };
        let measured = target.measure(&mut [named("op", 700)]);
        assert_eq!((measured.median, measured.rounds), (700.0, 12_000));
    }

    #[test]
    fn memory_is_the_most_of_all_runs() {
        let mut peaks = [7, 9, 8].into_iter();
        let run = |_| Run { time: Duration::from_secs(1), peak_kib: peaks.next() };
        let mut operations = [Operation::with_clock("op", run)];
        (0..3).for_each(|_| _ = operations[0].run(1));
        let mut line = Vec::new();
        let target = Target { operation: "op", goal: Goal::Kibibytes { at_most: 10.0 } };
        target.measure(&mut operations).tell(&mut line).unwrap();
        let line: serde_json::Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(
            line,
            json!({"operation": "op", "at_most": 10.0, "unit": "KiB", "median": 9.0, "low": 9.0, "high": 9.0, "rounds": 1})
        );
    }

    #[test]
    fn the_bounds_of_the_median_are_ranks() {
        let target = Target { operation: "op", goal: Goal::Nanoseconds { at_most: 0.0 } };
        let measured = Measured::new(target, (0..10_000).map(f64::from).collect());
        assert_eq!((measured.low, measured.median, measured.high), (4902.0, 5000.0, 5098.0));
    }
}
