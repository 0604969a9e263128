//! The modem's clock: `+CCLK` and `%CCLK`.

use alloc::format;
use alloc::string::String;
use core::fmt;

/// A moment as the modem's clock shows it: local time with its distance from UTC.
///
/// ```
/// use modem_at::ModemTime;
///
/// let time = ModemTime::from_unix_seconds(1_720_042_174)?;
/// assert_eq!(time.to_string(), "24/07/03,21:29:34+00");
/// let west: ModemTime = "24/07/03,21:29:34-28".parse()?;
/// assert_eq!(west.unix_seconds(), 1_720_042_174 + 7 * 3600);
/// # Ok::<(), modem_at::ModemTimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModemTime {
    /// Local time, in seconds since 1970-01-01 00:00:00 as if it were UTC.
    local_seconds: i64,
    /// Local time minus UTC, in quarters of an hour.
    zone_quarters: i8,
}

impl ModemTime {
    const FIRST: i64 = 946_684_800; // 2000-01-01 00:00:00
    const END: i64 = 4_102_444_800; // 2100-01-01 00:00:00

    /// The moment `seconds` after 1970-01-01 00:00:00 UTC, in UTC.
    ///
    /// # Errors
    /// [`ModemTimeError`] outside the years 2000 to 2099: the modem's year has two digits.
    pub fn from_unix_seconds(seconds: i64) -> Result<Self, ModemTimeError> {
        if !(Self::FIRST..Self::END).contains(&seconds) {
            return Err(ModemTimeError { value: format!("{seconds} s after 1970") });
        }
        Ok(Self { local_seconds: seconds, zone_quarters: 0 })
    }

    /// Seconds since 1970-01-01 00:00:00 UTC.
    #[must_use]
    pub fn unix_seconds(&self) -> i64 {
        self.local_seconds - i64::from(self.zone_quarters) * 15 * 60
    }
}

impl core::str::FromStr for ModemTime {
    type Err = ModemTimeError;

    /// Reads `yy/MM/dd,hh:mm:ss±zz`, where `±zz` may be missing (then UTC).
    fn from_str(text: &str) -> Result<Self, ModemTimeError> {
        parse(text).ok_or_else(|| ModemTimeError { value: text.chars().take(40).collect() })
    }
}

impl fmt::Display for ModemTime {
    /// The form that `AT+CCLK="…"` takes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.local_seconds.div_euclid(86_400);
        let second_of_day = self.local_seconds.rem_euclid(86_400);
        let (year, month, day) = civil_from_days(days);
        write!(
            f,
            "{:02}/{month:02}/{day:02},{:02}:{:02}:{:02}{:+03}",
            year % 100,
            second_of_day / 3600,
            second_of_day / 60 % 60,
            second_of_day % 60,
            self.zone_quarters
        )
    }
}

/// A time that the modem's clock cannot hold, or a text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not a time of the form yy/MM/dd,hh:mm:ss±zz in the years 2000 to 2099")]
pub struct ModemTimeError {
    value: String,
}

fn parse(text: &str) -> Option<ModemTime> {
    if !text.is_ascii() || text.len() < 17 {
        return None;
    }
    let (time, zone) = text.split_at(17);
    let bytes = time.as_bytes();
    for (position, separator) in [(2, b'/'), (5, b'/'), (8, b','), (11, b':'), (14, b':')] {
        if bytes[position] != separator {
            return None;
        }
    }
    let number = |position: usize| -> Option<i64> {
        let digits = &bytes[position..position + 2];
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| i64::from(digits[0] - b'0') * 10 + i64::from(digits[1] - b'0'))
    };
    let (year, month, day) = (2000 + number(0)?, number(3)?, number(6)?);
    let (hour, minute, second) = (number(9)?, number(12)?, number(15)?);
    let days = days_from_civil(year, month, day);
    if civil_from_days(days) != (year, month, day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let zone_quarters = match zone {
        "" => 0,
        signed if signed.len() == 3 && signed.starts_with(['+', '-']) => signed.parse().ok()?,
        _ => return None,
    };
    // The widest zones are UTC-12 and UTC+14.
    if !(-48..=56).contains(&zone_quarters) {
        return None;
    }
    Some(ModemTime { local_seconds: days * 86_400 + hour * 3600 + minute * 60 + second, zone_quarters })
}

/// Seconds since 1970-01-01 00:00:00 UTC of `yyyymmddhhmmssZ`, as `%CERTEXPIRY` has it.
pub(crate) fn seconds_of_utc_digits(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('Z').filter(|digits| digits.len() == 14)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |range: core::ops::Range<usize>| digits[range].parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let (hour, minute, second) = (number(8..10)?, number(10..12)?, number(12..14)?);
    let days = days_from_civil(year, month, day);
    let is_time = civil_from_days(days) == (year, month, day) && hour < 24 && minute < 60 && second < 60;
    is_time.then_some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    // The year starts in March, so that the leap day is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

/// The date that lies `days` after 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = year_of_era + era * 400;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_century_goes_round() {
        let first = ModemTime::FIRST / 86_400;
        let end = ModemTime::END / 86_400;
        for day in first..end {
            let (year, month, day_of_month) = civil_from_days(day);
            assert_eq!(days_from_civil(year, month, day_of_month), day);
            let time = ModemTime::from_unix_seconds(day * 86_400 + 86_399).unwrap();
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        assert_eq!(civil_from_days(first), (2000, 1, 1));
        assert_eq!(civil_from_days(end - 1), (2099, 12, 31));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "24/02/30,00:00:00",
            "23/02/29,00:00:00+00",
            "24/13/01,00:00:00+00",
            "24/00/01,00:00:00+00",
            "24/01/00,00:00:00+00",
            "24/07/03,24:00:00+00",
            "24/07/03,21:60:00+00",
            "24/07/03,21:29:60+00",
            "24/07/03 21:29:34+00",
            "24/07/03,21:29:34+0",
            "24/07/03,21:29:34+99",
            "24/07/03,21:29:34\u{a0}",
            "+CEREG: 5,\"0901\",7",
        ] {
            assert!(text.parse::<ModemTime>().is_err(), "{text}");
        }
        assert!(ModemTime::from_unix_seconds(0).is_err());
        assert!(ModemTime::from_unix_seconds(i64::MAX).is_err());
    }
}
