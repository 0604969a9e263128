//! The time of day, and times in words.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

/// Seconds since 1970-01-01T00:00:00Z. A clock before that counts as 1970.
pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A moment for people: `2026-11-24 04:10:00 UTC`.
pub(crate) struct Utc(pub(crate) u64);

impl Display for Utc {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match i64::try_from(self.0).ok().and_then(|seconds| Timestamp::from_second(seconds).ok()) {
            Some(time) => write!(f, "{} UTC", time.strftime("%Y-%m-%d %H:%M:%S")),
            None => write!(f, "{} s after 1970", self.0),
        }
    }
}

/// A moment for programs: `2026-11-24T04:10:00Z`.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    Timestamp::try_from(time).map_or_else(
        |_| Utc(unix_seconds(time)).to_string(),
        |time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}

/// The month of a moment, in UTC: `2026-11`.
pub(crate) fn month(time: SystemTime) -> String {
    rfc3339(time).chars().take(7).collect()
}

/// A moment seen from another: `in 10 min`, `2 h ago`.
pub(crate) fn relative(time: u64, now: u64) -> String {
    match time.cmp(&now) {
        std::cmp::Ordering::Equal => "now".to_owned(),
        std::cmp::Ordering::Greater => format!("in {}", Span(time - now)),
        std::cmp::Ordering::Less => format!("{} ago", Span(now - time)),
    }
}

/// A number of seconds in its two largest units: `9 min 58 s`.
pub(crate) struct Span(pub(crate) u64);

impl Display for Span {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 5] =
            [(31_557_600, "a"), (86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
        let first = UNITS.iter().position(|(size, _)| self.0 >= *size).unwrap_or(UNITS.len() - 1);
        let (size, name) = UNITS[first];
        write!(f, "{} {name}", self.0 / size)?;
        if let Some((next, name)) = UNITS.get(first + 1)
            && self.0 % size / next > 0
        {
            write!(f, " {} {name}", self.0 % size / next)?;
        }
        Ok(())
    }
}

/// The same, and the number itself where the units hide it: `1 min 35 s (95 s)`.
pub(crate) struct Exact(pub(crate) u64);

impl Display for Exact {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)?;
        if self.0 < 60 { Ok(()) } else { write!(f, " ({} s)", self.0) }
    }
}

/// A moment on the command line: seconds since 1970, or RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) u64);

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Self).map_err(|_| MomentError { value: text.to_owned() });
        }
        text.parse::<Timestamp>()
            .ok()
            .and_then(|time| u64::try_from(time.as_second()).ok())
            .map(Self)
            .ok_or_else(|| MomentError { value: text.to_owned() })
    }
}

impl Display for Moment {
    /// As nRF Cloud takes it: `2026-11-24T04:10:00.000Z`. What lies beyond the year 9999 is its end.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let time = i64::try_from(self.0).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        write!(f, "{}", time.unwrap_or(Timestamp::MAX).strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    }
}

/// A text that is no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("time {value:?}: is neither seconds since 1970 nor RFC 3339, as 2026-11-24T04:10:00Z is")]
pub(crate) struct MomentError {
    value: String,
}

/// A whole number of seconds on the command line: `90`, `90s`, `10m`, `2h`, `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) u64);

impl Seconds {
    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl FromStr for Seconds {
    type Err = SecondsError;

    fn from_str(text: &str) -> Result<Self, SecondsError> {
        let error = || SecondsError { value: text.to_owned() };
        let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
        let factor = match unit {
            "" | "s" => 1,
            "m" | "min" => 60,
            "h" => 3600,
            "d" => 86_400,
            _ => return Err(error()),
        };
        let number: u64 = digits.parse().map_err(|_| error())?;
        number.checked_mul(factor).map(Self).ok_or_else(error)
    }
}

/// A text that is no number of seconds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("duration {value:?}: is not a whole number with the unit s, m, h or d, as 10m is")]
pub(crate) struct SecondsError {
    value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_their_two_largest_units() {
        for (seconds, text) in
            [(0, "0 s"), (59, "59 s"), (60, "1 min"), (598, "9 min 58 s"), (7200, "2 h"), (90_061, "1 d 1 h")]
        {
            assert_eq!(Span(seconds).to_string(), text);
        }
        assert_eq!(
            (Exact(59).to_string(), Exact(95).to_string()),
            ("59 s".into(), "1 min 35 s (95 s)".into())
        );
        assert_eq!(relative(100, 100), "now");
        assert_eq!(relative(160, 100), "in 1 min");
        assert_eq!(relative(40, 100), "1 min ago");
    }

    #[test]
    fn moments_and_durations_are_read_or_refused() {
        assert_eq!("1700000000".parse(), Ok(Moment(1_700_000_000)));
        assert_eq!("2023-11-14T22:13:20Z".parse(), Ok(Moment(1_700_000_000)));
        assert_eq!("2023-11-14T23:13:20+01:00".parse(), Ok(Moment(1_700_000_000)));
        assert_eq!(Moment(1_700_000_000).to_string(), "2023-11-14T22:13:20.000Z");
        assert_eq!(Moment(u64::MAX).to_string()[..4], *"9999");
        for text in ["", "yesterday", "2023-11-14", "1969-12-31T23:59:59Z", "99999999999999999999"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
        assert_eq!("10m".parse(), Ok(Seconds(600)));
        assert_eq!("7d".parse(), Ok(Seconds(604_800)));
        assert_eq!("90".parse(), Ok(Seconds(90)));
        for text in ["", "m", "-1", "1.5h", "10 m", "1w", "99999999999999999999d"] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
        assert_eq!(Utc(1_700_000_000).to_string(), "2023-11-14 22:13:20 UTC");
    }
}
