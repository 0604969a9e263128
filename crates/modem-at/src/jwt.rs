//! What `AT%JWT` is asked for.

use alloc::string::String;
use core::num::NonZeroU32;
use core::time::Duration;

use crate::command::CommandError;
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
    /// Time from `iat` to `exp`; `None` leaves both claims out, and the token never expires. Needs a valid clock.
    pub expires_in: Option<Lifetime>,
    /// The claim `sub`; left out if `None`.
    pub sub: Option<String>,
    /// The claim `aud`; left out if `None`.
    pub aud: Option<String>,
    /// The slot of the key that signs; `None` is the device identity key.
    pub sec_tag: Option<SecTag>,
    /// Which key of that slot signs; without a `sec_tag` it has no effect.
    pub key_type: JwtKeyType,
}

/// How long a token lives: a whole number of seconds from 1 on. To `AT%JWT` a lifetime of 0 is none at all, that is one without end,
/// which is asked for by leaving it out.
///
/// ```
/// use core::time::Duration;
/// use modem_at::Lifetime;
///
/// assert_eq!(Lifetime::new(Duration::from_secs(600))?.as_secs(), 600);
/// assert!(Lifetime::new(Duration::ZERO).is_err());
/// # Ok::<(), modem_at::CommandError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lifetime(NonZeroU32);

impl Lifetime {
    /// Takes a duration of whole seconds.
    ///
    /// # Errors
    /// [`CommandError::Lifetime`] for 0, for 2^32 s or more, and for parts of a second.
    pub fn new(duration: Duration) -> Result<Self, CommandError> {
        let seconds = u32::try_from(duration.as_secs()).ok().and_then(NonZeroU32::new);
        seconds
            .filter(|_| duration.subsec_nanos() == 0)
            .map(Self)
            .ok_or(CommandError::Lifetime { value: duration })
    }

    /// Its number of seconds.
    #[must_use]
    pub const fn as_secs(self) -> u32 {
        self.0.get()
    }
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

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn no_lifetime_is_zero_seconds() {
        for (duration, shown) in [
            (Duration::ZERO, "0ns"),
            (Duration::from_millis(1500), "1.5s"),
            (Duration::from_secs(1 << 32), "4294967296s"),
        ] {
            assert_eq!(
                Lifetime::new(duration).unwrap_err().to_string(),
                alloc::format!(
                    "a token lifetime of {shown} is not a whole number of seconds from 1 to 4294967295"
                )
            );
        }
        assert_eq!(Lifetime::new(Duration::from_secs(u32::MAX.into())).unwrap().as_secs(), u32::MAX);
    }
}
