//! Dialects: what stands between the serial port and the modem, and how it wants its commands.
//!
//! This is the only place that knows how a command is wrapped. What comes back is unwrapped by the [`Engine`](crate::Engine).

use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use core::fmt;
use core::str::FromStr;

use zeroize::Zeroizing;

use crate::command::{Command, CommandError, MAX_COMMAND_LEN};

/// The firmware that a host talks to (facts, section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Dialect {
    /// The AT host library (`at_client`, most products): commands as they are, no echo.
    #[default]
    AtHost,
    /// A Zephyr shell with the command `at`: the AT shell and the modem shell. Text is stored with CR LF line breaks there,
    /// whatever was sent.
    AtShell,
    /// `at at_cmd_mode` inside a shell: commands as they are, with an echo. `|` ends a command, and 1023 bytes are the limit.
    AtCommandMode,
    /// Serial Modem, formerly `serial_lte_modem`.
    SerialModem,
    /// A Zephyr shell without a modem: `cred` and `nrf_cloud_cred` (Wi-Fi kits, nRF54).
    CredentialShell,
    /// The nRF93M1's own firmware.
    Nrf93,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 6] = [
        Self::AtHost,
        Self::AtShell,
        Self::AtCommandMode,
        Self::SerialModem,
        Self::CredentialShell,
        Self::Nrf93,
    ];

    /// The name that [`FromStr`] reads.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtHost => "at-host",
            Self::AtShell => "at-shell",
            Self::AtCommandMode => "at-cmd-mode",
            Self::SerialModem => "serial-modem",
            Self::CredentialShell => "credential-shell",
            Self::Nrf93 => "nrf93",
        }
    }

    /// Whether a Zephyr shell reads the commands: it echoes, it prints a prompt, and a line ends with CR.
    #[must_use]
    pub const fn is_shell(self) -> bool {
        matches!(self, Self::AtShell | Self::CredentialShell)
    }

    /// The longest line that is sent, in bytes. How much a shell takes (`CONFIG_SHELL_CMD_BUFF_SIZE`) is not known before;
    /// its echo tells.
    #[must_use]
    pub const fn max_line(self) -> usize {
        match self {
            Self::AtCommandMode => 1023,
            _ => MAX_COMMAND_LEN,
        }
    }

    /// The text that a slot holds after `content` was written: the shells turn every line break into CR LF.
    #[must_use]
    pub fn stored(self, content: &str) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::AtShell => content.replace("\r\n", "\n").replace('\n', "\r\n"),
            _ => content.to_string(),
        })
    }

    /// The line that goes over the wire, without its terminator.
    pub(crate) fn wrap(self, command: &Command) -> Result<Zeroizing<String>, CommandError> {
        let text = command.text();
        if command.is_for_a_shell() != (self == Self::CredentialShell) {
            return Err(CommandError::Unspoken { command: command.label().to_string(), dialect: self });
        }
        let line = match self {
            Self::AtShell => in_quotes(text, self)?,
            Self::AtCommandMode => match text.bytes().position(|byte| byte == b'|') {
                Some(position) => return Err(CommandError::Meaning { byte: b'|', position, dialect: self }),
                None => Zeroizing::new(text.to_string()),
            },
            _ => Zeroizing::new(text.to_string()),
        };
        if line.len() > self.max_line() {
            return Err(CommandError::TooLongForDialect {
                command: command.label().to_string(),
                length: line.len(),
                dialect: self,
            });
        }
        Ok(line)
    }

    /// A stored text as it came through the shell, which puts a CR before every LF.
    pub(crate) fn unwrap_text(self, text: &str) -> Cow<'_, str> {
        if self == Self::AtShell && text.contains("\r\n") {
            Cow::Owned(text.replace("\r\n", "\n"))
        } else {
            Cow::Borrowed(text)
        }
    }
}

/// `at '<text>'`. A line break becomes the two characters `\n`, which the shell turns back in a write of `%CMNG` only; no other
/// backslash means itself there.
fn in_quotes(text: &str, dialect: Dialect) -> Result<Zeroizing<String>, CommandError> {
    let is_write = text.starts_with("AT%CMNG=0");
    // One allocation of the final size: a growing String would leave copies of a key behind.
    let extra = text.bytes().filter(|byte| matches!(byte, b'\n' | b'\'')).count();
    let mut line = Zeroizing::new(String::with_capacity(text.len() + extra + 5));
    line.push_str("at '");
    for (position, letter) in text.char_indices() {
        match letter {
            '\n' if is_write => line.push_str("\\n"),
            '\r' if is_write && text[position + 1..].starts_with('\n') => {}
            '\'' => line.push_str("\\'"),
            ' '..='[' | ']'..='~' => line.push(letter),
            other => {
                let byte = u8::try_from(other).unwrap_or(u8::MAX);
                return Err(CommandError::Meaning { byte, position, dialect });
            }
        }
    }
    line.push('\'');
    Ok(line)
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AtHost => "an AT host",
            Self::AtShell => "an AT shell",
            Self::AtCommandMode => "the AT command mode of a shell",
            Self::SerialModem => "Serial Modem",
            Self::CredentialShell => "a shell without AT commands",
            Self::Nrf93 => "an nRF93M1",
        })
    }
}

impl FromStr for Dialect {
    type Err = DialectError;

    /// Reads a [`name`](Self::name).
    fn from_str(text: &str) -> Result<Self, DialectError> {
        let dialect = Self::ALL.into_iter().find(|dialect| dialect.name() == text);
        dialect.ok_or_else(|| DialectError { value: text.chars().take(40).collect() })
    }
}

/// A text that names no [`Dialect`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "dialect `{value}` is not one of at-host, at-shell, at-cmd-mode, serial-modem, credential-shell, nrf93"
)]
pub struct DialectError {
    value: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::{CredentialType, SecTag};

    const TAG: SecTag = SecTag::NRF_CLOUD;

    #[test]
    fn a_shell_gets_quotes_and_two_characters_for_a_line_break() {
        let write = Command::write_credential(TAG, CredentialType::RootCa, "a\r\nb\nc").unwrap();
        let line = Dialect::AtShell.wrap(&write).unwrap();
        assert_eq!(*line, "at 'AT%CMNG=0,16842753,0,\"a\\nb\\nc\"'");
        assert_eq!(*Dialect::AtShell.stored("a\r\nb\nc"), "a\r\nb\r\nc");
        assert_eq!(*Dialect::AtHost.stored("a\r\nb\nc"), "a\r\nb\nc");
        let quote = Command::raw("AT+X=\"it's\"").unwrap();
        assert_eq!(*Dialect::AtShell.wrap(&quote).unwrap(), "at 'AT+X=\"it\\'s\"'");
        assert_eq!(Dialect::AtShell.unwrap_text("a\r\r\nb\r\n"), "a\r\nb\n");
    }

    #[test]
    fn what_a_dialect_cannot_carry_is_refused() {
        let error = |dialect: Dialect, text: &str| {
            dialect.wrap(&Command::raw(text).unwrap()).unwrap_err().to_string()
        };
        assert_eq!(
            error(Dialect::AtShell, "AT+X=\"a\\n\""),
            "the byte 0x5c at 7 has a meaning of its own in an AT shell, and cannot be sent there"
        );
        assert_eq!(
            error(Dialect::AtShell, "AT+X=\"a\nb\""),
            "the byte 0x0a at 7 has a meaning of its own in an AT shell, and cannot be sent there"
        );
        assert_eq!(
            error(Dialect::AtCommandMode, "AT+X=\"a|b\""),
            "the byte 0x7c at 7 has a meaning of its own in the AT command mode of a shell, and cannot be sent there"
        );
        assert_eq!(
            error(Dialect::AtCommandMode, &("AT+X=".to_string() + &"1".repeat(1019))),
            format!(
                "AT+X={} is 1024 bytes long, and the AT command mode of a shell takes 1023",
                "1".repeat(1019)
            )
        );
        assert_eq!(
            error(Dialect::CredentialShell, "AT+CGSN"),
            "AT+CGSN cannot be said to a shell without AT commands"
        );
    }

    #[test]
    fn names_go_round() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.name().parse(), Ok(dialect));
        }
        assert_eq!(
            "at".parse::<Dialect>().unwrap_err().to_string(),
            "dialect `at` is not one of at-host, at-shell, at-cmd-mode, serial-modem, credential-shell, nrf93"
        );
    }
}
