//! `+CFUN`: which parts of the modem are on.

use core::fmt;

/// A functional mode of `AT+CFUN` (facts, section 12.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FunctionalMode {
    /// 0: everything off; settings are written to flash.
    Minimum,
    /// 1: LTE and GNSS on.
    Full,
    /// 2: receive only (newer firmware).
    ReceiveOnly,
    /// 4: flight mode.
    Flight,
    /// 20: LTE off, GNSS as it was.
    LteOff,
    /// 21: LTE on, GNSS as it was.
    LteOn,
    /// 30: GNSS off, LTE as it was.
    GnssOff,
    /// 31: GNSS on, LTE as it was.
    GnssOn,
    /// 40: UICC off.
    UiccOff,
    /// 41: UICC on.
    UiccOn,
    /// 44: flight mode with the UICC on.
    FlightWithUicc,
}

impl FunctionalMode {
    const ALL: [Self; 11] = [
        Self::Minimum,
        Self::Full,
        Self::ReceiveOnly,
        Self::Flight,
        Self::LteOff,
        Self::LteOn,
        Self::GnssOff,
        Self::GnssOn,
        Self::UiccOff,
        Self::UiccOn,
        Self::FlightWithUicc,
    ];

    /// The number that `AT+CFUN` takes.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Minimum => 0,
            Self::Full => 1,
            Self::ReceiveOnly => 2,
            Self::Flight => 4,
            Self::LteOff => 20,
            Self::LteOn => 21,
            Self::GnssOff => 30,
            Self::GnssOn => 31,
            Self::UiccOff => 40,
            Self::UiccOn => 41,
            Self::FlightWithUicc => 44,
        }
    }

    /// Whether credentials can surely be written, deleted and generated: in modes 0 and 4. Elsewhere the modem
    /// answers `+CME ERROR: 518`, or may do so.
    #[must_use]
    pub const fn is_offline(self) -> bool {
        matches!(self, Self::Minimum | Self::Flight)
    }
}

impl TryFrom<u8> for FunctionalMode {
    type Error = FunctionalModeError;

    fn try_from(number: u8) -> Result<Self, FunctionalModeError> {
        Self::ALL.into_iter().find(|mode| mode.number() == number).ok_or(FunctionalModeError { number })
    }
}

impl fmt::Display for FunctionalMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Minimum => "minimum",
            Self::Full => "full",
            Self::ReceiveOnly => "receive only",
            Self::Flight => "flight",
            Self::LteOff => "LTE off",
            Self::LteOn => "LTE on",
            Self::GnssOff => "GNSS off",
            Self::GnssOn => "GNSS on",
            Self::UiccOff => "UICC off",
            Self::UiccOn => "UICC on",
            Self::FlightWithUicc => "flight with UICC on",
        };
        write!(f, "{} ({name})", self.number())
    }
}

/// A number that is no functional mode of an nRF91-series modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("functional mode {number} is not one of 0, 1, 2, 4, 20, 21, 30, 31, 40, 41, 44")]
pub struct FunctionalModeError {
    number: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_round() {
        for mode in FunctionalMode::ALL {
            assert_eq!(FunctionalMode::try_from(mode.number()), Ok(mode));
        }
        assert!(FunctionalMode::try_from(3).is_err());
    }
}
