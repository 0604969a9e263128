//! What `AT%KEYGEN` is asked for.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::credential::SecTag;

/// A request to the modem to make a key (`AT%KEYGEN`, facts section 8).
///
/// ```
/// use modem_at::{Command, KeygenRequest, KeygenResponse, SecTag};
///
/// let request = KeygenRequest {
///     attributes: Some("CN=nrf-352656106647673".into()),
///     key_usage: Some("101010000".parse()?),
///     ..KeygenRequest::new(SecTag::NRF_CLOUD, KeygenResponse::Csr)
/// };
/// let command = Command::keygen_with(&request).expect("these can be sent");
/// assert_eq!(command.text(), "AT%KEYGEN=16842753,2,0,\"CN=nrf-352656106647673\",\"101010000\"");
/// # Ok::<(), modem_at::KeyUsageError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeygenRequest {
    /// Where the key is kept.
    pub sec_tag: SecTag,
    /// Which key, and what is answered.
    pub response: KeygenResponse,
    /// The subject of a request or a certificate, such as `CN=nrf-352656106647673,O=Example`. Without them the CN is the device UUID.
    pub attributes: Option<String>,
    /// What the key may be used for; without it, the modem's own choice.
    pub key_usage: Option<KeyUsage>,
}

impl KeygenRequest {
    /// A request without attributes and key usage.
    #[must_use]
    pub const fn new(sec_tag: SecTag, response: KeygenResponse) -> Self {
        Self { sec_tag, response, attributes: None, key_usage: None }
    }
}

/// Which key `AT%KEYGEN` makes, and what it answers: always a message that the device signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeygenResponse {
    /// 2,0: a client private key, and a PKCS #10 certificate signing request.
    Csr,
    /// 2,1: a client private key, and a SubjectPublicKeyInfo.
    PublicKey,
    /// 8: an endorsement key pair, and a SubjectPublicKeyInfo. If the key exists, the answer is made from it.
    EndorsementKey,
    /// 14,2: a client private key and a certificate that it signs itself, from mfw_nrf91x1_2.0.2 on.
    SelfSignedCertificate,
}

impl KeygenResponse {
    /// The parameters `key_type` and `response_content`.
    #[must_use]
    pub const fn parameters(self) -> &'static str {
        match self {
            Self::Csr => "2,0",
            Self::PublicKey => "2,1",
            Self::EndorsementKey => "8",
            Self::SelfSignedCertificate => "14,2",
        }
    }
}

/// The key usage of a request (RFC 5280, section 4.2.1.3): nine bits, the first of which is digitalSignature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyUsage([bool; 9]);

impl FromStr for KeyUsage {
    type Err = KeyUsageError;

    /// Reads nine characters 0 or 1, of which one at least is 1.
    fn from_str(text: &str) -> Result<Self, KeyUsageError> {
        let error = || KeyUsageError { value: text.chars().take(40).collect() };
        let bits: [u8; 9] = text.as_bytes().try_into().map_err(|_| error())?;
        if !bits.iter().all(|bit| matches!(bit, b'0' | b'1')) || !bits.contains(&b'1') {
            return Err(error());
        }
        Ok(Self(bits.map(|bit| bit == b'1')))
    }
}

impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&bit| f.write_str(if bit { "1" } else { "0" }))
    }
}

/// A text that is no [`KeyUsage`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key usage `{value}` is not nine bits such as 101010000")]
pub struct KeyUsageError {
    value: String,
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn key_usage_is_nine_bits() {
        assert_eq!("101010000".parse::<KeyUsage>().unwrap().to_string(), "101010000");
        for text in ["", "10101000", "1010100000", "10101000x", "000000000"] {
            assert_eq!(
                text.parse::<KeyUsage>().unwrap_err().to_string(),
                alloc::format!("key usage `{text}` is not nine bits such as 101010000")
            );
        }
    }
}
