//! What `AT%JWT` is asked for.

use alloc::string::String;
use core::time::Duration;

use crate::credential::SecTag;

/// A request to the modem to make and sign a JSON Web Token (`AT%JWT`, facts section 7).
///
/// ```
/// use modem_at::{JwtRequest, SecTag};
///
/// let request = JwtRequest { sub: Some("nrf-352656106647673".into()), sec_tag: Some(SecTag::NRF_CLOUD), ..JwtRequest::default() };
/// # assert!(request.expires_in.is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JwtRequest {
    /// Time from `iat` to `exp`, in whole seconds; `None` or zero leaves both claims out. Needs a valid clock.
    pub expires_in: Option<Duration>,
    /// The claim `sub`; left out if `None`.
    pub sub: Option<String>,
    /// The claim `aud`; left out if `None`.
    pub aud: Option<String>,
    /// The slot of the key that signs; `None` is the device identity key.
    pub sec_tag: Option<SecTag>,
    /// Which key of that slot signs; without a `sec_tag` it has no effect.
    pub key_type: JwtKeyType,
}

/// Which key of a slot signs a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum JwtKeyType {
    /// 2: the client private key.
    #[default]
    ClientPrivateKey,
    /// 8: the endorsement key (nRF9160).
    EndorsementKey,
}

impl JwtKeyType {
    /// The number of the `key_type` parameter.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::ClientPrivateKey => 2,
            Self::EndorsementKey => 8,
        }
    }
}
