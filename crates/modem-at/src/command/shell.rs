//! Commands of a shell without AT: `cred` and `nrf_cloud_cred` (facts, sections 13 and 14).

#[cfg(feature = "std")]
use alloc::format;
use alloc::string::{String, ToString as _};
use core::time::Duration;

use zeroize::Zeroizing;

use super::{Command, CommandError, Expects};
#[cfg(feature = "std")]
use crate::credential::{CredentialType, SecTag};
use crate::redact;

/// The longest line of a shell: its buffer is 256 bytes with the final NUL unless the firmware says otherwise
/// (`CONFIG_SHELL_CMD_BUFF_SIZE`), and it drops what is beyond without a word.
pub const MAX_SHELL_LINE: usize = 255;

/// How much base64 goes into one `cred buf`: whole groups of four, and the line stays below [`MAX_SHELL_LINE`].
#[cfg(feature = "std")]
pub(crate) const SHELL_CHUNK: usize = 240;

impl Command {
    /// Any command of a shell without AT. Its answer is whatever comes before the next prompt.
    ///
    /// # Errors
    /// [`CommandError`] if the text is empty, holds a byte that does more than stand for itself in a shell, or is longer than 255
    /// bytes.
    pub fn shell(text: &str) -> Result<Self, CommandError> {
        Self::for_shell(Zeroizing::new(text.to_string()), 15)
    }

    /// `cred buf clear`.
    #[cfg(feature = "std")]
    pub(crate) fn clear_buffer() -> Self {
        Self::shell("cred buf clear").expect("a constant without odd bytes")
    }

    /// `cred buf <chunk>`.
    #[cfg(feature = "std")]
    pub(crate) fn fill_buffer(chunk: &str) -> Result<Self, CommandError> {
        let head = "cred buf ";
        let mut text = Zeroizing::new(String::with_capacity(head.len() + chunk.len()));
        text.push_str(head);
        text.push_str(chunk);
        Self::for_shell(text, 15)
    }

    /// `cred add <tag> <TYPE> DEFAULT bint`.
    #[cfg(feature = "std")]
    pub(crate) fn add_credential(sec_tag: SecTag, kind: &str) -> Result<Self, CommandError> {
        Self::shell(&format!("cred add {sec_tag} {kind} DEFAULT bint"))
    }

    /// `cred del <tag> <TYPE>`.
    #[cfg(feature = "std")]
    pub(crate) fn del_credential(sec_tag: SecTag, kind: &str) -> Result<Self, CommandError> {
        Self::shell(&format!("cred del {sec_tag} {kind}"))
    }

    /// `cred list [<tag> [<TYPE>]]`.
    #[cfg(feature = "std")]
    pub(crate) fn list_tls_credentials(slot: Option<(SecTag, Option<&str>)>) -> Result<Self, CommandError> {
        Ok(Self::shell(&match slot {
            None => "cred list".to_string(),
            Some((sec_tag, None)) => format!("cred list {sec_tag}"),
            Some((sec_tag, Some(kind))) => format!("cred list {sec_tag} {kind}"),
        })?
        .repeatable())
    }

    /// `nrf_cloud_cred <verb> <tag>[ "<attributes>"]`.
    #[cfg(feature = "std")]
    pub(crate) fn device_key(
        verb: &str,
        sec_tag: SecTag,
        attributes: Option<&str>,
    ) -> Result<Self, CommandError> {
        Self::shell(&match attributes {
            None => format!("nrf_cloud_cred {verb} {sec_tag}"),
            Some(attributes) => {
                super::check_argument("attributes", attributes, false)?;
                format!("nrf_cloud_cred {verb} {sec_tag} \"{attributes}\"")
            }
        })
    }

    /// Whether this is for a shell without AT.
    pub(crate) const fn is_for_a_shell(&self) -> bool {
        matches!(self.expects, Expects::UntilPrompt)
    }

    fn for_shell(text: Zeroizing<String>, seconds: u64) -> Result<Self, CommandError> {
        let label = redact::shell_command(&text);
        if text.trim_ascii().is_empty() {
            return Err(CommandError::Empty { field: "command" });
        }
        if let Some((position, byte)) =
            text.bytes().enumerate().find(|(_, byte)| !matches!(byte, b' '..=b'[' | b']'..=b'~'))
        {
            return Err(CommandError::Byte { field: "command", byte, position });
        }
        if text.len() > MAX_SHELL_LINE {
            return Err(CommandError::TooLongForShell { command: label, length: text.len() });
        }
        Ok(Self {
            text,
            label,
            expects: Expects::UntilPrompt,
            timeout: Duration::from_secs(seconds),
            repeatable: false,
            secret_reply: false,
        })
    }
}

/// The name that `cred` has for a type of credential.
#[cfg(feature = "std")]
pub(crate) const fn shell_type(kind: CredentialType) -> Option<&'static str> {
    match kind {
        CredentialType::RootCa => Some("CA"),
        CredentialType::ClientCertificate => Some("SERV"),
        CredentialType::ClientPrivateKey => Some("PK"),
        CredentialType::Psk => Some("PSK"),
        CredentialType::PskIdentity => Some("PSK_ID"),
        _ => None,
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_the_smallest_shell() {
        let chunk = "A".repeat(SHELL_CHUNK);
        let command = Command::fill_buffer(&chunk).unwrap();
        assert!(command.text().len() <= MAX_SHELL_LINE);
        assert_eq!(command.label(), "cred buf [240 bytes]");
        let error = Command::shell(&"x".repeat(256)).unwrap_err().to_string();
        assert!(
            error.ends_with(" is 256 bytes long; a shell takes 255 and drops the rest silently"),
            "{error}"
        );
        assert_eq!(Command::shell(" ").unwrap_err().to_string(), "command is empty");
        assert_eq!(
            Command::shell("a\tb").unwrap_err().to_string(),
            "command holds the byte 0x09 at 1, which an AT command cannot carry"
        );
    }
}
