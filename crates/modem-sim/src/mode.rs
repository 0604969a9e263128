//! What stands between the serial port and the modem.

use core::fmt;
use core::str::FromStr;

/// The firmware that a host talks to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// The AT host library: commands as they are, no echo, no prompt.
    #[default]
    AtHost,
    /// A Zephyr shell with the command `at`.
    AtShell,
    /// The modem shell (mosh): as the AT shell, with another prompt and another text for a failing driver.
    ModemShell,
    /// An AT shell in which `at at_cmd_mode start` was said. Ctrl-X Ctrl-Q leads back to its prompt.
    AtCommandMode,
    /// Serial Modem, formerly `serial_lte_modem`.
    SerialModem,
    /// A Zephyr shell without a modem, with the TLS credentials shell `cred` (Wi-Fi kits).
    TlsShell,
    /// As `TlsShell`, with `nrf_cloud_cred`, which makes keys that stay inside (PSA).
    CredShell,
    /// An nRF93M1 with its own AT firmware.
    Nrf93,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 8] = [
        Self::AtHost,
        Self::AtShell,
        Self::ModemShell,
        Self::AtCommandMode,
        Self::SerialModem,
        Self::TlsShell,
        Self::CredShell,
        Self::Nrf93,
    ];

    /// The name that [`FromStr`] reads.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtHost => "at",
            Self::AtShell => "at-shell",
            Self::ModemShell => "modem-shell",
            Self::AtCommandMode => "at-cmd-mode",
            Self::SerialModem => "serial-modem",
            Self::TlsShell => "tls-shell",
            Self::CredShell => "cred-shell",
            Self::Nrf93 => "nrf93",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mode {
    type Err = ModeError;

    fn from_str(text: &str) -> Result<Self, ModeError> {
        let mode = Self::ALL.into_iter().find(|mode| mode.name() == text);
        mode.ok_or_else(|| ModeError { value: text.to_owned() })
    }
}

/// A text that names no [`Mode`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "mode `{value}` is not one of at, at-shell, modem-shell, at-cmd-mode, serial-modem, tls-shell, cred-shell, nrf93"
)]
pub struct ModeError {
    value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_round_and_the_error_lists_them_all() {
        for mode in Mode::ALL {
            assert_eq!(mode.to_string().parse(), Ok(mode));
        }
        let names: Vec<_> = Mode::ALL.into_iter().map(Mode::name).collect();
        assert_eq!(
            "at-host".parse::<Mode>().unwrap_err().to_string(),
            format!("mode `at-host` is not one of {}", names.join(", "))
        );
    }
}
