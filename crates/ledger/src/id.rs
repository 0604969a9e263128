//! What a run is known by.

use std::fmt::{self, Debug, Display, Formatter};
use std::str::FromStr;
use std::time::SystemTime;

use crate::error::LedgerError;
use crate::time::millis;

/// What a run is known by: a ULID, 48 bits of milliseconds since 1970 and 80 random ones, in 26 letters and digits. In
/// alphabetical order they are in that of their times.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(u128);

/// Crockford's digits, without I, L, O and U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 26;

impl RunId {
    pub(crate) fn new(now: SystemTime) -> Result<Self, LedgerError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes[6..]).map_err(|error| LedgerError::Random(error.to_string()))?;
        let time = millis(now).to_be_bytes();
        bytes[..6].copy_from_slice(&time[2..]);
        Ok(Self(u128::from_be_bytes(bytes)))
    }
}

impl Display for RunId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let digit = |place: usize| DIGITS[(self.0 >> (5 * place)) as usize & 31];
        (0..LENGTH).rev().try_for_each(|place| write!(f, "{}", char::from(digit(place))))
    }
}

impl Debug for RunId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "RunId({self})")
    }
}

impl FromStr for RunId {
    type Err = RunIdError;

    fn from_str(text: &str) -> Result<Self, RunIdError> {
        let error = || RunIdError { value: text.chars().take(40).collect() };
        // The first digit has three bits of 128.
        if text.len() != LENGTH || text.as_bytes()[0] > b'7' {
            return Err(error());
        }
        let mut digits = text.bytes().map(|byte| DIGITS.iter().position(|digit| *digit == byte));
        digits.try_fold(0, |id: u128, digit| Some(id << 5 | digit? as u128)).map(Self).ok_or_else(error)
    }
}

/// A text that is no [`RunId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("run {value:?}: is not 26 of the digits 0-9 and the letters A-Z without I, L, O and U")]
pub struct RunIdError {
    value: String,
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn later_runs_come_behind_earlier_ones() {
        let at = |seconds| RunId::new(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap().to_string();
        assert!(at(1_700_000_000) < at(1_700_000_001));
        // The millisecond 1469918176385 of the ULID specification.
        let id = RunId::new(UNIX_EPOCH + Duration::from_millis(1_469_918_176_385)).unwrap();
        assert_eq!(&id.to_string()[..10], "01ARYZ6S41");
    }

    #[test]
    fn what_is_no_run_is_refused() {
        for text in [
            "",
            "01ARYZ6S41",
            "81ARYZ6S410000000000000000",
            "01ARYZ6S41000000000000000U",
            "é1ARYZ6S4100000000000000",
        ] {
            assert!(text.parse::<RunId>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_back(id: u128) {
            let id = RunId(id);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }
}
