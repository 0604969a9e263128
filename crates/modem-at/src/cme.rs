//! `+CME ERROR` codes of nRF91-series modems, as data.
//!
//! Source: Nordic's AT command references for nRF9160 and nRF91x1, and the code of their tools (facts, section 2.1).
//! What the user should do about a code is stored here as a phrase; printing it is the caller's business.

use core::fmt;

/// The number of a `+CME ERROR: <n>` final result.
///
/// ```
/// use modem_at::CmeCode;
///
/// let code = CmeCode::new(519);
/// assert_eq!(code.meaning(), Some("already exists"));
/// assert_eq!(code.to_string(), "+CME ERROR: 519 (already exists)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CmeCode(u16);

impl CmeCode {
    /// The command, or the feature it belongs to, is unknown to this modem.
    pub const PHONE_FAILURE: Self = Self(0);
    /// The item is not stored.
    pub const NOT_FOUND: Self = Self(513);
    /// Reading a private key, for example.
    pub const NO_ACCESS: Self = Self(514);
    /// The modem is not deactivated; `AT+CFUN=4` first.
    pub const ACTIVE_STATE: Self = Self(518);
    /// The slot is taken.
    pub const ALREADY_EXISTS: Self = Self(519);
    /// The content check of modem firmware 2.0.2 and later said no.
    pub const INVALID_CONTENT: Self = Self(527);

    /// Wraps a code as the modem gave it; codes outside the table are kept.
    #[must_use]
    pub const fn new(code: u16) -> Self {
        Self(code)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// What the code says, in a few words; `None` for a code that is not in [`TABLE`].
    #[must_use]
    pub fn meaning(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.meaning)
    }

    /// What helps, as an imperative phrase; `None` for a code that is not in [`TABLE`].
    #[must_use]
    pub fn cure(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.cure)
    }

    fn entry(self) -> Option<&'static CmeEntry> {
        TABLE.iter().find(|entry| entry.code == self.0)
    }
}

impl fmt::Display for CmeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meaning() {
            Some(meaning) => write!(f, "+CME ERROR: {} ({meaning})", self.0),
            None => write!(f, "+CME ERROR: {}", self.0),
        }
    }
}

/// One row of [`TABLE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CmeEntry {
    /// The number after `+CME ERROR: `.
    pub code: u16,
    /// What it means.
    pub meaning: &'static str,
    /// What to do about it.
    pub cure: &'static str,
}

/// Every code these commands are known to give, in ascending order.
pub const TABLE: &[CmeEntry] = &[
    row(0, "phone failure", "check the spelling: modems answer this to a command they do not know"),
    row(3, "operation not allowed", "check the functional mode with AT+CFUN?"),
    row(4, "operation not supported", "check that the modem firmware knows the command"),
    row(10, "SIM not inserted", "insert a SIM card, or go on without the network"),
    row(11, "SIM PIN required", "give the PIN with AT+CPIN, or go on without the network"),
    row(12, "SIM PUK required", "unblock the SIM card with its PUK"),
    row(13, "SIM failure", "check the SIM card"),
    row(14, "SIM busy", "wait a second and try again"),
    row(15, "SIM wrong", "check the SIM card, and that it is for this operator"),
    row(16, "incorrect password", "check the PIN or password; too many wrong ones block the card"),
    row(20, "memory full", "delete what is no longer used"),
    row(21, "invalid index", "check the numbers in the command"),
    row(22, "not found", "list what is stored"),
    row(23, "memory failure", "restart the modem and try again; its flash may be worn"),
    row(30, "no network service", "check antenna and coverage, and AT%XMONITOR"),
    row(31, "network timeout", "check the coverage and try again"),
    row(32, "network not allowed, emergency calls only", "check that the SIM card is active"),
    row(50, "incorrect parameters", "check the sec_tag, the type and the content"),
    row(51, "command or feature disabled in this firmware", "update the modem firmware"),
    row(60, "system error", "restart the kit and try again"),
    row(100, "unknown error", "restart the kit and try again"),
    row(513, "not found", "list the slots to see what is stored"),
    row(514, "no access", "private keys cannot be read; for other slots check the type and who owns the tag"),
    row(515, "memory full", "delete credentials that are no longer used"),
    row(518, "not allowed while the modem is active", "take the modem offline with AT+CFUN=4 first"),
    row(519, "already exists", "choose another sec_tag, or delete the slot if its content is not needed"),
    row(520, "authentication failed or already exists", "check the key that the command was signed with"),
    row(523, "key generation failed", "restart the kit and try again"),
    row(525, "JWT creation failed", "check that the sec_tag holds a private key, and the modem's clock"),
    row(527, "invalid content", "check the PEM: whole lines, right type, one block per slot, below 4 kB"),
    row(528, "not allowed while a power-off warning is active", "charge the battery or use another supply"),
    row(529, "claim token could not be made", "check that the sec_tag holds an ownership key"),
];

const fn row(code: u16, meaning: &'static str, cure: &'static str) -> CmeEntry {
    CmeEntry { code, meaning, cure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_no_double() {
        assert!(TABLE.windows(2).all(|pair| pair[0].code < pair[1].code));
    }

    #[test]
    fn an_unknown_code_is_shown_as_it_came() {
        let code = CmeCode::new(777);
        assert_eq!(code.to_string(), "+CME ERROR: 777");
        assert_eq!((code.meaning(), code.cure()), (None, None));
    }
}
