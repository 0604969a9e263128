//! The simulator's clock, and the form in which nRF Cloud writes a time.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::fault;

/// Where the simulator reads the time of day.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    pub(crate) fn new(source: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    pub(crate) fn now(&self) -> SystemTime {
        fault::skewed((self.0)())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(SystemTime::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// The time since 1970; zero for anything earlier, which no caller needs.
pub(crate) fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// ISO 8601 in UTC with milliseconds, as in `2022-11-29T03:03:48.054Z` (facts 0.3).
pub(crate) fn iso8601(time: SystemTime) -> String {
    let since = since_1970(time);
    let (year, month, day) = civil(since.as_secs() / 86_400);
    let of_day = since.as_secs() % 86_400;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let milli = since.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Year, month and day of the proleptic Gregorian calendar. The year is counted from March, which puts the leap
/// day at its end; 146 097 days are the 400 years after which the calendar repeats.
pub(crate) fn civil(days_since_1970: u64) -> (u64, u64, u64) {
    let days = days_since_1970 + 719_468; // since 1 March of the year 0
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// `2022-11-29T03:03:48Z` or `…48.054Z` in the second form, so that times can be compared as text.
pub(crate) fn with_millis(text: &str) -> Option<String> {
    const FORM: &[u8] = b"0000-00-00T00:00:00";
    let (date, rest) = text.split_at_checked(FORM.len())?;
    let fits =
        date.bytes().zip(FORM).all(|(b, form)| if *form == b'0' { b.is_ascii_digit() } else { b == *form });
    let fraction = rest.strip_suffix('Z')?;
    match (fits, fraction.strip_prefix('.')) {
        (true, None) if fraction.is_empty() => Some(format!("{date}.000Z")),
        (true, Some(digits)) if digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit()) => {
            Some(text.to_owned())
        }
        _ => None,
    }
}

/// Milliseconds since 1970 of a time in the form of [`with_millis`]; none for a day or an hour that does not exist.
pub(crate) fn parse_iso8601(text: &str) -> Option<u64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let milli = number(20..23)?;
    // The reverse of `civil`: days from 1 March of the year 0 on.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day.checked_sub(1)?;
    let days = days.checked_sub(719_468)?;
    if civil(days) != (year, month, day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + milli)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> String {
        iso8601(UNIX_EPOCH + Duration::from_millis(millis))
    }

    #[test]
    fn writes_times_as_nrf_cloud_does() {
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(1_669_691_028_054), "2022-11-29T03:03:48.054Z");
        assert_eq!(at(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(at(1_772_323_199_999), "2026-02-28T23:59:59.999Z");
        assert_eq!(at(1_772_323_200_000), "2026-03-01T00:00:00.000Z");
        assert_eq!(at(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn reads_times_back() {
        for millis in [0, 951_782_400_000, 1_669_691_028_054, 1_772_323_199_999, 4_107_542_400_000] {
            assert_eq!(parse_iso8601(&at(millis)), Some(millis));
        }
        for other in ["2026-02-29T00:00:00.000Z", "2026-13-01T00:00:00.000Z", "2026-01-01T24:00:00.000Z"] {
            assert_eq!(parse_iso8601(other), None, "{other}");
        }
    }

    #[test]
    fn completes_times_to_compare_them() {
        assert_eq!(with_millis("2022-11-29T03:03:48Z").as_deref(), Some("2022-11-29T03:03:48.000Z"));
        assert_eq!(with_millis("2022-11-29T03:03:48.054Z").as_deref(), Some("2022-11-29T03:03:48.054Z"));
        for other in
            ["2022-11-29", "2022-11-29T03:03:48", "2022-11-29T03:03:48.Z", "2022-11-29 03:03:48Z", "ø"]
        {
            assert_eq!(with_millis(other), None, "{other}");
        }
    }
}
