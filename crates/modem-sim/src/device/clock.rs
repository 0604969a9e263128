//! The modem's date and time: `+CCLK` and `%CCLK`.

use super::Device;
use super::answer::Reply;
use super::command::{Form, Parameters};
use super::refusal::Refusal;

const SECONDS_PER_DAY: i64 = 86_400;

/// A valid date and time: how far it is from the host's, and the local zone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// Seconds that the modem is ahead of the `now` it is given.
    ahead: i64,
    /// Quarters of an hour east of UTC.
    zone: i8,
    /// Hours of daylight saving time, already part of the zone.
    daylight: u8,
}

impl Clock {
    /// Seconds since 1970 by the modem's reckoning.
    pub(super) fn seconds(&self, now: u64) -> u64 {
        now.saturating_add_signed(self.ahead)
    }

    /// `yy/MM/dd,hh:mm:ss` and the zone, in local time (3GPP TS 27.007, 8.15).
    fn show(&self, now: u64) -> String {
        let utc = i64::try_from(self.seconds(now)).unwrap_or(i64::MAX - SECONDS_PER_DAY);
        let local = utc + i64::from(self.zone) * 900;
        let (year, month, day) = civil_from_days(local.div_euclid(SECONDS_PER_DAY));
        let second = local.rem_euclid(SECONDS_PER_DAY);
        format!(
            "{:02}/{month:02}/{day:02},{:02}:{:02}:{:02}{:+03}",
            year.rem_euclid(100),
            second / 3600,
            second / 60 % 60,
            second % 60,
            self.zone
        )
    }

    /// Reads what `show` writes; years are those from 2000 to 2099.
    fn parse(text: &str, now: u64) -> Option<Self> {
        let bytes: &[u8; 20] = text.as_bytes().try_into().ok()?;
        let separators = [(2, b'/'), (5, b'/'), (8, b','), (11, b':'), (14, b':')];
        if separators.iter().any(|(index, separator)| bytes[*index] != *separator) {
            return None;
        }
        let pair = |index: usize| -> Option<i64> {
            let (tens, ones) =
                (char::from(bytes[index]).to_digit(10)?, char::from(bytes[index + 1]).to_digit(10)?);
            Some(i64::from(tens * 10 + ones))
        };
        let (year, month, day) = (2000 + pair(0)?, pair(3)?, pair(6)?);
        let (hour, minute, second) = (pair(9)?, pair(12)?, pair(15)?);
        let zone = match bytes[17] {
            b'+' => pair(18)?,
            b'-' => -pair(18)?,
            _ => return None,
        };
        let days = days_from_civil(year, month, day);
        let exists = (1..=12).contains(&month) && civil_from_days(days) == (year, month, day);
        if !exists || hour > 23 || minute > 59 || second > 59 || !(-48..=56).contains(&zone) {
            return None;
        }
        let utc = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - zone * 900;
        Some(Self { ahead: utc.checked_sub_unsigned(now)?, zone: i8::try_from(zone).ok()?, daylight: 0 })
    }
}

impl Device {
    /// `+CCLK` and `%CCLK`, which adds the daylight saving time.
    pub(super) fn clock(&mut self, form: Form<'_>, name: &str, now: u64) -> Result<Reply, Refusal> {
        let with_daylight = name == "%CCLK";
        match form {
            Form::Read => {
                let clock = self.clock.ok_or(Refusal::PHONE_FAILURE)?;
                let daylight = if with_daylight { format!(",{}", clock.daylight) } else { String::new() };
                Ok(Reply::line(&format!("{name}: \"{}\"{daylight}", clock.show(now))))
            }
            Form::Set(parameters) => {
                let parameters = Parameters::parse(parameters)?;
                let text = parameters.text(0)?.ok_or(Refusal::PHONE_FAILURE)?;
                let mut clock = Clock::parse(text, now).ok_or(Refusal::PHONE_FAILURE)?;
                match (with_daylight, parameters.len()) {
                    (false, 1) => {}
                    (true, 2) => clock.daylight = parameters.required(1)?,
                    _ => return Err(Refusal::PHONE_FAILURE),
                }
                if clock.daylight > 2 {
                    return Err(Refusal::PHONE_FAILURE);
                }
                self.clock = Some(clock);
                Ok(Reply::default())
            }
            Form::Execute | Form::Test => Err(Refusal::PHONE_FAILURE),
        }
    }
}

/// `yyyymmddhhmmssZ`
pub(super) fn show_compact(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX - SECONDS_PER_DAY);
    let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
    let second = seconds.rem_euclid(SECONDS_PER_DAY);
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

/// Days from 1970-01-01 to a day of the Gregorian calendar; the year is taken to begin in March, so that the leap day is
/// its last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + day_of_year - 719_468
}

/// The inverse of `days_from_civil`.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_based = (5 * day_of_year + 2) / 153;
    let month = (march_based + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * march_based + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_is_right_at_its_corners() {
        for (days, date) in [
            (0, (1970, 1, 1)),
            (-1, (1969, 12, 31)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (19_907, (2024, 7, 3)),
        ] {
            assert_eq!(civil_from_days(days), date);
            let (year, month, day) = date;
            assert_eq!(days_from_civil(year, month, day), days);
        }
        for days in (-800_000..800_000).step_by(37) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }

    #[test]
    fn the_documented_example_is_read_and_shown() {
        // 2024-07-03 21:29:34 at seven hours west of UTC.
        let clock = Clock::parse("24/07/03,21:29:34-28", 1_000).unwrap();
        assert_eq!(clock.seconds(1_000), 1_720_067_374);
        assert_eq!(clock.show(1_000), "24/07/03,21:29:34-28");
        assert_eq!(clock.show(1_002), "24/07/03,21:29:36-28");
        assert_eq!(Clock::default().show(1_720_067_374), "24/07/04,04:29:34+00");
        assert_eq!(Clock::default().show(u64::MAX).len(), 20);
        assert_eq!(show_compact(1_720_067_374), "20240704042934Z");
    }

    #[test]
    fn times_that_do_not_exist_are_refused() {
        for bad in [
            "",
            "24/07/03,21:29:34",
            "24/02/30,21:29:34+00",
            "23/02/29,21:29:34+00",
            "24/13/03,21:29:34+00",
            "24/00/03,21:29:34+00",
            "24/07/00,21:29:34+00",
            "24/07/03,24:29:34+00",
            "24/07/03,21:60:34+00",
            "24/07/03,21:29:60+00",
            "24/07/03,21:29:34+57",
            "24/07/03,21:29:34 00",
            "24-07-03,21:29:34+00",
            "2a/07/03,21:29:34+00",
        ] {
            assert!(Clock::parse(bad, 0).is_none(), "{bad}");
        }
    }
}
