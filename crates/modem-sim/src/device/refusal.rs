//! Why a command was refused: the number of `+CME ERROR`.

use super::command::BadParameter;

/// A mobile equipment error (3GPP TS 27.007, 9.2, and Nordic's from 512 on).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(u16);

impl Refusal {
    /// Also the answer to an unknown command, and wherever the facts name no number.
    pub(crate) const PHONE_FAILURE: Self = Self(0);
    pub(crate) const INCORRECT_PARAMETERS: Self = Self(50);
    pub(crate) const NOT_FOUND: Self = Self(513);
    pub(crate) const NO_ACCESS: Self = Self(514);
    pub(crate) const MEMORY_FULL: Self = Self(515);
    pub(crate) const NOT_WHILE_ACTIVE: Self = Self(518);
    pub(crate) const ALREADY_EXISTS: Self = Self(519);
    pub(crate) const JWT_FAILED: Self = Self(525);
    pub(crate) const INVALID_CONTENT: Self = Self(527);
    pub(crate) const POWER_OFF_WARNING: Self = Self(528);
    pub(crate) const NO_CLAIM_TOKEN: Self = Self(529);
    /// The state file could not be written.
    pub(crate) const MEMORY_FAILURE: Self = Self(23);

    /// Any number.
    pub(crate) const fn numbered(number: u16) -> Self {
        Self(number)
    }

    /// The final result line with `AT+CMEE=2`: the words of 3GPP TS 27.007, 9.2.1, and the number of what has none there.
    pub(crate) fn in_words(self) -> String {
        let words = match self {
            Self::PHONE_FAILURE => "phone failure",
            Self::MEMORY_FAILURE => "memory failure",
            Self::INCORRECT_PARAMETERS => "Incorrect parameters",
            _ => return self.result(true),
        };
        format!("+CME ERROR: {words}\r\n")
    }

    /// The final result line: the number is shown from `AT+CMEE=1` on.
    pub(crate) fn result(self, numeric: bool) -> String {
        if numeric { format!("+CME ERROR: {}\r\n", self.0) } else { "ERROR\r\n".to_owned() }
    }
}

impl From<BadParameter> for Refusal {
    /// Commands whose documentation names 50 say so themselves.
    fn from(_: BadParameter) -> Self {
        Self::PHONE_FAILURE
    }
}
