//! Values that must not be printed by accident.

use alloc::string::String;
use core::fmt;

use zeroize::Zeroizing;

/// The text of an attestation token, `<body>.<COSE signature>`, both base64url without padding.
///
/// Whoever reads the token of an unclaimed device can claim the device, so it is wiped when dropped and its `Debug`
/// shows its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct AttestationToken(Zeroizing<String>);

impl AttestationToken {
    pub(crate) fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The token, to be handed to the provisioning service or to a parser.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AttestationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttestationToken([redacted], {} characters)", self.0.len())
    }
}

/// The content of a credential slot, which may be a pre-shared key: wiped when dropped, not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct CredentialContent(Zeroizing<String>);

impl CredentialContent {
    pub(crate) fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text as it is stored, with its line breaks.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CredentialContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialContent([redacted], {} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let token = AttestationToken::new("2dn3hQFQUDYx.0oRDoQEmoQ".into());
        assert_eq!(format!("{token:?}"), "AttestationToken([redacted], 23 characters)");
        let content = CredentialContent::new("5c2b1f".into());
        assert_eq!(format!("{content:?}"), "CredentialContent([redacted], 6 bytes)");
    }
}
