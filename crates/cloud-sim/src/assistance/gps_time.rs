//! GPS time: seconds without leap seconds since midnight of 6 January 1980.

use std::time::{Duration, SystemTime};

use crate::clock::since_1970;

/// 6 January 1980 in seconds since 1970.
const GPS_EPOCH: u64 = 315_964_800;
/// GPS time minus UTC since 2017.
pub(super) const LEAP_SECONDS: u8 = 18;

pub(super) const DAY: u64 = 86_400;
pub(super) const WEEK: u64 = 7 * DAY;

/// A moment of GPS time, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) struct GpsTime {
    seconds: u64,
    millis: u16,
}

impl GpsTime {
    /// Anything before 1980 counts as the beginning.
    pub(super) fn from_system(time: SystemTime) -> Self {
        let since = since_1970(time) + Duration::from_secs(LEAP_SECONDS.into());
        let seconds = since.as_secs().saturating_sub(GPS_EPOCH);
        // Under a thousand by the contract of `subsec_millis`.
        Self { seconds, millis: u16::try_from(since.subsec_millis()).unwrap_or(999) }
    }

    pub(super) const fn from_seconds(seconds: u64) -> Self {
        Self { seconds, millis: 0 }
    }

    /// Whole seconds since the beginning.
    pub(super) fn seconds(self) -> u64 {
        self.seconds
    }

    pub(super) fn millis(self) -> u16 {
        self.millis
    }

    /// Days since the beginning.
    pub(crate) fn day(self) -> u64 {
        self.seconds / DAY
    }

    pub(crate) fn second_of_day(self) -> u64 {
        self.seconds % DAY
    }

    pub(super) fn week(self) -> u64 {
        self.seconds / WEEK
    }

    pub(super) fn second_of_week(self) -> u64 {
        self.seconds % WEEK
    }

    /// The beginning of this week.
    pub(super) fn week_start(self) -> Self {
        Self::from_seconds(self.week() * WEEK)
    }

    /// This moment plus `ahead`, down to a multiple of `step`, both in seconds.
    pub(super) fn grid(self, ahead: u64, step: u64) -> Self {
        Self::from_seconds((self.seconds + ahead) / step * step)
    }

    /// Seconds from `earlier` to this moment, negative where it is later.
    pub(super) fn since(self, earlier: Self) -> f64 {
        // Exact: both are far below 2^53 milliseconds.
        let millis = |time: Self| time.seconds as f64 * 1000.0 + f64::from(time.millis);
        (millis(self) - millis(earlier)) / 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_weeks_as_gps_does() {
        // 2026-07-03 12:14:43 UTC, the moment of the recorded payload of 2026: day 16980, second 44101.
        let time = GpsTime::from_system(SystemTime::UNIX_EPOCH + Duration::from_millis(1_783_080_883_250));
        assert_eq!((time.day(), time.second_of_day(), time.millis()), (16_980, 44_101, 250));
        assert_eq!((time.week(), time.second_of_week()), (2425, 476_101));
        assert_eq!(time.grid(7200, 7200).second_of_week(), 482_400);
        assert_eq!(time.since(time.week_start()), 476_101.25);
    }

    #[test]
    fn starts_in_1980() {
        assert_eq!(GpsTime::from_system(SystemTime::UNIX_EPOCH).seconds(), 0);
    }
}
