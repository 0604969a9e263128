//! What a run took, told from one process to another.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// What a run took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The time of all iterations.
    pub time: Duration,
    /// The most memory that the process of this run alone ever had, in KiB, where that is known.
    pub peak_kib: Option<u64>,
}

impl From<Duration> for Run {
    fn from(time: Duration) -> Self {
        Self { time, peak_kib: None }
    }
}

impl std::iter::Sum for Run {
    fn sum<I: Iterator<Item = Self>>(runs: I) -> Self {
        runs.fold(Duration::ZERO.into(), |sum: Self, run| Self {
            time: sum.time + run.time,
            peak_kib: sum.peak_kib.max(run.peak_kib),
        })
    }
}

impl Run {
    /// What this process took since `start`, and the most memory that it ever had, where the system tells it.
    #[must_use]
    pub fn of_this_process(start: Instant) -> Self {
        let time = start.elapsed();
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB"));
        Self { time, peak_kib: peak.and_then(|kib| kib.trim().parse().ok()) }
    }
}

impl fmt::Display for Run {
    /// Nanoseconds, and the memory in KiB if it is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { time, peak_kib } = self;
        write!(f, "{}", time.as_nanos())?;
        peak_kib.map_or(Ok(()), |kib| write!(f, " {kib}"))
    }
}

impl FromStr for Run {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut numbers = text.split_whitespace().map(str::parse);
        let time = Duration::from_nanos(numbers.next().unwrap_or_else(|| "".parse())?);
        Ok(Self { time, peak_kib: numbers.next().transpose()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_read_as_it_is_told() {
        for peak_kib in [None, Some(5120)] {
            let run = Run { time: Duration::from_nanos(123_456_789), peak_kib };
            assert_eq!(run.to_string().parse(), Ok(run));
        }
        assert!("".parse::<Run>().is_err() && "1 x".parse::<Run>().is_err());
    }
}
