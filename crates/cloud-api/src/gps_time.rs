//! GPS time, and UTC beside it.
//!
//! GPS time counts without leap seconds from 1980-01-06 00:00:00 UTC. How far it is ahead of UTC is told by the
//! table of leap seconds (IERS Bulletin C; 18 s since 2017), or by the UTC parameters of assistance data
//! ([`UtcParameters`], type 1), which also know of a leap second that the table does not have yet. Nothing here
//! reads a clock.

use std::fmt;
use std::time::Duration;

use crate::agnss::UtcParameters;

const MILLIS_PER_SECOND: u64 = 1000;
const MILLIS_PER_DAY: u64 = 86_400 * MILLIS_PER_SECOND;
const DAYS_PER_WEEK: u64 = 7;
const MILLIS_PER_WEEK: u64 = DAYS_PER_WEEK * MILLIS_PER_DAY;

/// The epoch in seconds since 1970.
const EPOCH_UNIX: u64 = 315_964_800;

/// The days, counted from the epoch, that begin after a leap second: 1981-07-01 to 2017-01-01.
const LEAP_DAYS: [u64; 18] = [
    542, 907, 1272, 2003, 2917, 3648, 4013, 4560, 4925, 5290, 5839, 6386, 6935, 9492, 10588, 11865, 12960,
    13510,
];

/// Farther than any calendar, and near enough for all sums here to fit 64 bits.
const LATEST: u64 = MILLIS_PER_WEEK << 32;

/// A moment of GPS time, to the millisecond: 1980-01-06 00:00:00 UTC or later, and 2³² weeks after it at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct GpsTime {
    millis: u64,
}

impl GpsTime {
    /// The moment so long after the epoch, down to the millisecond.
    #[must_use]
    pub fn from_epoch(since: Duration) -> Self {
        Self { millis: u64::try_from(since.as_millis()).map_or(LATEST, |millis| millis.min(LATEST)) }
    }

    /// The moment `millis` milliseconds into a day; days count from 1980-01-06.
    #[must_use]
    pub fn from_day(day: u32, millis: u32) -> Self {
        Self { millis: u64::from(day) * MILLIS_PER_DAY + u64::from(millis) }
    }

    /// The moment `millis` milliseconds into a week; weeks count from 1980-01-06, and not modulo 1024 as
    /// satellites send them.
    #[must_use]
    pub fn from_week(week: u32, millis: u32) -> Self {
        Self { millis: u64::from(week) * MILLIS_PER_WEEK + u64::from(millis) }
    }

    /// The moment of a POSIX time, which is the time since 1970-01-01 00:00:00 UTC without leap seconds, by the
    /// table of leap seconds. What is before the epoch counts as the epoch.
    ///
    /// POSIX time has no count for a leap second of its own, so this never gives a moment in one.
    #[must_use]
    pub fn from_unix(since_1970: Duration) -> Self {
        let utc = Self::posix(since_1970);
        let leaps = LEAP_DAYS.partition_point(|day| *day <= utc.day()) as u64;
        utc.after(Duration::from_secs(leaps))
    }

    /// The moment of a POSIX time by the parameters of assistance data, as [`to_utc_by`](Self::to_utc_by) has
    /// it.
    #[must_use]
    pub fn from_unix_by(since_1970: Duration, parameters: &UtcParameters) -> Self {
        let utc = Self::posix(since_1970);
        let leaps = if signed(utc.millis) < utc.change(parameters) {
            parameters.delta_tls
        } else {
            parameters.delta_tlsf
        };
        let ahead = i64::from(leaps) * 1000 + utc.drift_millis(parameters);
        Self { millis: unsigned(signed(utc.millis) + ahead) }
    }

    /// POSIX time as if it were GPS time.
    fn posix(since_1970: Duration) -> Self {
        Self::from_epoch(since_1970.saturating_sub(Duration::from_secs(EPOCH_UNIX)))
    }

    /// Time since the epoch.
    #[must_use]
    pub fn since_epoch(self) -> Duration {
        Duration::from_millis(self.millis)
    }

    /// Days since 1980-01-06.
    #[must_use]
    pub fn day(self) -> u64 {
        self.millis / MILLIS_PER_DAY
    }

    /// Milliseconds since the beginning of the day.
    #[must_use]
    pub fn millisecond_of_day(self) -> u64 {
        self.millis % MILLIS_PER_DAY
    }

    /// Weeks since 1980-01-06.
    #[must_use]
    pub fn week(self) -> u64 {
        self.millis / MILLIS_PER_WEEK
    }

    /// Milliseconds since the beginning of the week, Sunday 00:00.
    #[must_use]
    pub fn millisecond_of_week(self) -> u64 {
        self.millis % MILLIS_PER_WEEK
    }

    /// The moment `period` later.
    #[must_use]
    pub fn after(self, period: Duration) -> Self {
        Self::from_epoch(self.since_epoch().saturating_add(period))
    }

    /// The moment in UTC, by the table of leap seconds.
    #[must_use]
    pub fn to_utc(self) -> Utc {
        let count = |millis: u64| millis * MILLIS_PER_SECOND;
        let leaps = (0..)
            .zip(LEAP_DAYS)
            .take_while(|(before, day)| day * MILLIS_PER_DAY + count(before + 1) <= self.millis)
            .count();
        let utc = self.millis - count(leaps as u64);
        // The leap second itself is the sixty-first of the day that ends.
        let is_leap = LEAP_DAYS.get(leaps).is_some_and(|day| utc >= day * MILLIS_PER_DAY);
        Utc::new(utc, is_leap)
    }

    /// The moment in UTC by the parameters of assistance data (IS-GPS-200 section 20.3.3.5.2.4). They count
    /// weeks modulo 256, so they must be less than two years older or newer than the moment.
    #[must_use]
    pub fn to_utc_by(self, parameters: &UtcParameters) -> Utc {
        let leap = 1000 * (i64::from(parameters.delta_tlsf) - i64::from(parameters.delta_tls));
        let ahead = i64::from(parameters.delta_tls) * 1000 + self.drift_millis(parameters);
        let utc = signed(self.millis) - ahead;
        let change = self.change(parameters);
        if utc < change + leap.min(0) {
            Utc::new(unsigned(utc), false)
        } else if utc < change + leap {
            Utc::new(unsigned(utc), true)
        } else {
            Utc::new(unsigned(utc - leap), false)
        }
    }

    /// When the leap seconds change: the end of day `dn`, of which 1 is Sunday, in milliseconds of UTC.
    fn change(self, parameters: &UtcParameters) -> i64 {
        let week = self.week_near(parameters.wn_lsf);
        (week * 7 + i64::from(parameters.dn)) * signed(MILLIS_PER_DAY)
    }

    /// What the parameters' polynomial adds to the leap seconds, in milliseconds. In practice it is zero.
    #[expect(clippy::cast_possible_truncation, reason = "below 2.1 s plus 2^31 · 2^-50 s/s over 128 weeks")]
    fn drift_millis(self, parameters: &UtcParameters) -> i64 {
        let weeks = signed(self.week()) - self.week_near(parameters.wn_t);
        let second = self.millisecond_of_week() as f64 / 1000.0;
        let elapsed = second - parameters.tot_s() + 604_800.0 * weeks as f64;
        ((parameters.a0_s() + parameters.a1_s_per_s() * elapsed) * 1000.0).round() as i64
    }

    /// The week nearest to this moment that is `week` modulo 256.
    fn week_near(self, week: u8) -> i64 {
        let own = signed(self.week());
        let ahead = (i64::from(week) - own).rem_euclid(256);
        own + if ahead < 128 { ahead } else { ahead - 256 }
    }
}

/// A moment in UTC, to the millisecond. [`Display`](fmt::Display) gives the form of RFC 3339,
/// `2026-07-03T12:14:43.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Utc {
    /// Since the epoch, leap seconds left out. In a leap second, the count of the second before it.
    millis: u64,
    is_leap_second: bool,
}

impl Utc {
    /// In a leap second, `millis` is the count of the second after it.
    fn new(millis: u64, is_leap_second: bool) -> Self {
        let back = if is_leap_second { MILLIS_PER_SECOND } else { 0 };
        Self { millis: millis.saturating_sub(back), is_leap_second }
    }

    /// Year, month (1 to 12) and day (1 to 31) of the Gregorian calendar.
    #[must_use]
    pub fn date(self) -> (u64, u8, u8) {
        date(self.millis / MILLIS_PER_DAY)
    }

    /// Hour, minute and second of the day; the second is 60 in a leap second.
    #[must_use]
    pub fn time(self) -> (u8, u8, u8) {
        let second = self.millis % MILLIS_PER_DAY / MILLIS_PER_SECOND;
        let of = |number: u64| u8::try_from(number).unwrap_or(u8::MAX);
        (of(second / 3600), of(second / 60 % 60), of(second % 60) + u8::from(self.is_leap_second))
    }

    /// Millisecond of the second, 0 to 999.
    #[must_use]
    pub fn millisecond(self) -> u64 {
        self.millis % MILLIS_PER_SECOND
    }

    /// The POSIX time: since 1970-01-01 00:00:00 UTC, leap seconds left out. A leap second has the count of the
    /// second after it.
    #[must_use]
    pub fn to_unix(self) -> Duration {
        let leap = Duration::from_secs(self.is_leap_second.into());
        Duration::from_secs(EPOCH_UNIX) + Duration::from_millis(self.millis) + leap
    }
}

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((year, month, day), (hour, minute, second)) = (self.date(), self.time());
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z",
            self.millisecond()
        )
    }
}

/// Year, month and day of a day counted from the epoch.
fn date(day: u64) -> (u64, u8, u8) {
    const DAYS_IN_400_YEARS: u64 = 146_097;
    // The epoch is the sixth day of 1980.
    let mut left = day + 5;
    let mut year = 1980 + left / DAYS_IN_400_YEARS * 400;
    left %= DAYS_IN_400_YEARS;
    while left >= 365 + u64::from(is_leap_year(year)) {
        left -= 365 + u64::from(is_leap_year(year));
        year += 1;
    }
    let february = if is_leap_year(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    // Fewer than the 31 days of December are left.
    let day = u8::try_from(left).map_or(31, |before| before + 1);
    (year, month, day)
}

fn is_leap_year(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINCE_2017: UtcParameters = UtcParameters {
        a1: -7,
        a0: -2,
        tot: 15,
        wn_t: 121,
        delta_tls: 18,
        // Week 1929, the last days of 2016.
        wn_lsf: 137,
        dn: 7,
        delta_tlsf: 18,
    };

    fn gps(day: u32, second: u32) -> GpsTime {
        GpsTime::from_day(day, second * 1000)
    }

    #[test]
    fn the_moments_of_the_recorded_payloads() {
        for (day, second, utc) in [
            (0, 0, "1980-01-06T00:00:00.000Z"),
            (15_195, 48_729, "2021-08-13T13:31:51.000Z"),
            (16_980, 44_101, "2026-07-03T12:14:43.000Z"),
            (16_980, 28_800, "2026-07-03T07:59:42.000Z"),
        ] {
            assert_eq!(gps(day, second).to_utc().to_string(), utc);
        }
        let time = gps(16_980, 44_101);
        assert_eq!((time.week(), time.millisecond_of_week()), (2425, 476_101_000));
        assert_eq!((time.day(), time.millisecond_of_day()), (16_980, 44_101_000));
        assert_eq!(GpsTime::from_week(2425, 476_101_000), time);
        assert_eq!(time.to_utc().to_unix(), Duration::from_secs(1_783_080_883));
        assert_eq!(GpsTime::from_unix(Duration::from_secs(1_783_080_883)), time);
        assert_eq!(time.to_utc_by(&SINCE_2017), time.to_utc());
    }

    #[test]
    fn the_last_leap_second() {
        let midnight = 13_510 * 86_400;
        for (second, utc, unix) in [
            (midnight + 16, "2016-12-31T23:59:59.000Z", 1_483_228_799),
            (midnight + 17, "2016-12-31T23:59:60.000Z", 1_483_228_800),
            (midnight + 18, "2017-01-01T00:00:00.000Z", 1_483_228_800),
        ] {
            let time = GpsTime::from_epoch(Duration::from_secs(second));
            assert_eq!(time.to_utc().to_string(), utc);
            assert_eq!(time.to_utc().to_unix().as_secs(), unix);
        }
        let half = GpsTime::from_epoch(Duration::from_millis((midnight + 17) * 1000 + 500));
        assert_eq!(half.to_utc().to_string(), "2016-12-31T23:59:60.500Z");
    }

    #[test]
    fn a_leap_second_to_come_is_in_the_parameters() {
        // The end of Sunday, 2026-07-12, one more and one less.
        let week = 2427;
        let midnight = week * 7 * 86_400 + 86_400;
        let at = |second: u64, delta_tlsf| {
            let parameters = UtcParameters { wn_lsf: 123, dn: 1, delta_tlsf, ..SINCE_2017 };
            let time = GpsTime::from_epoch(Duration::from_secs(second));
            let utc = time.to_utc_by(&parameters);
            let (_, _, seconds) = utc.time();
            if seconds < 60 {
                assert_eq!(GpsTime::from_unix_by(utc.to_unix(), &parameters), time);
            }
            utc.to_string()
        };
        assert_eq!(at(midnight + 17, 19), "2026-07-12T23:59:59.000Z");
        assert_eq!(at(midnight + 18, 19), "2026-07-12T23:59:60.000Z");
        assert_eq!(at(midnight + 19, 19), "2026-07-13T00:00:00.000Z");
        assert_eq!(at(midnight + 16, 17), "2026-07-12T23:59:58.000Z");
        assert_eq!(at(midnight + 17, 17), "2026-07-13T00:00:00.000Z");
        assert_eq!(at(midnight + 18, 18), "2026-07-13T00:00:00.000Z");
    }

    #[test]
    fn the_polynomial_counts() {
        let parameters = UtcParameters { a0: 1 << 30, ..SINCE_2017 };
        assert_eq!(gps(16_980, 44_101).to_utc_by(&parameters).to_string(), "2026-07-03T12:14:42.000Z");
    }

    #[test]
    fn the_calendar_through_2100() {
        let mut expected = (1980, 1, 6);
        for day in 0..45_000 {
            assert_eq!(date(day), expected);
            let (year, month, day) = &mut expected;
            let length = match *month {
                2 if *year % 4 == 0 && *year != 2100 => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            *day += 1;
            if *day > length {
                (*day, *month) = (1, *month + 1);
            }
            if *month > 12 {
                (*month, *year) = (1, *year + 1);
            }
        }
        assert_eq!(expected, (2103, 3, 22));
        assert_eq!(date(146_097 * 2 + 359), (2780, 12, 30));
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for since in [Duration::ZERO, Duration::MAX] {
            let time = GpsTime::from_epoch(since);
            assert!(!time.to_utc().to_string().is_empty());
            for delta_tls in [i8::MIN, i8::MAX] {
                let parameters = UtcParameters { delta_tls, a0: i32::MIN, a1: i32::MIN, ..SINCE_2017 };
                assert!(!time.to_utc_by(&parameters).to_string().is_empty());
                assert!(GpsTime::from_unix_by(since, &parameters) >= GpsTime::default());
            }
            assert_eq!(time.after(Duration::MAX).since_epoch().as_millis(), u128::from(LATEST));
        }
        assert_eq!(GpsTime::from_unix(Duration::ZERO), GpsTime::default());
    }
}
