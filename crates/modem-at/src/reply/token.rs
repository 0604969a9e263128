//! The token of `AT%JWT`.

use alloc::string::{String, ToString as _};

use base64ct::{Base64UrlUnpadded, Encoding};

use super::is_base64url;
use crate::identity::DeviceUuid;

/// A token that the modem made, with the claims that this crate itself looks at. Nothing is verified here.
#[derive(Clone, PartialEq, Eq)]
pub struct Jwt {
    token: String,
    issuer: Option<String>,
    expires: bool,
}

impl Jwt {
    /// The compact form.
    #[must_use]
    pub fn into_token(self) -> String {
        self.token
    }

    /// Whether the payload has the claim `exp`.
    #[must_use]
    pub const fn has_expiry(&self) -> bool {
        self.expires
    }

    /// The device UUID in the claim `iss`, which is `<chip>.<UUID>` in a token of the identity key.
    #[must_use]
    pub fn device_uuid(&self) -> Option<DeviceUuid> {
        let (_chip, uuid) = self.issuer.as_deref()?.split_once('.')?;
        uuid.parse().ok()
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let token: String = text
            .chars()
            .filter(|&letter| letter != '=')
            .map(|letter| match letter {
                '+' => '-',
                '/' => '_',
                letter => letter,
            })
            .collect();
        let mut parts = token.split('.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || signature.len() != 86 || !is_base64url(signature) {
            return None;
        }
        // A character that was lost or came twice makes other bytes of all that follow it.
        let header = Base64UrlUnpadded::decode_vec(header).ok()?;
        serde_json_core::from_slice::<Header<'_>>(&header)
            .ok()
            .filter(|(header, _)| header.alg == "ES256")?;
        // Real payloads end in spaces, which JSON allows.
        let payload = Base64UrlUnpadded::decode_vec(payload).ok()?;
        let (claims, _) = serde_json_core::from_slice::<Claims<'_>>(&payload).ok()?;
        let issuer = claims.iss.map(str::to_string);
        let expires = claims.exp.is_some();
        Some(Self { token, issuer, expires })
    }
}

#[derive(serde::Deserialize)]
struct Header<'a> {
    alg: &'a str,
}

/// The claims that are looked at; others are passed over.
#[derive(serde::Deserialize)]
struct Claims<'a> {
    iss: Option<&'a str>,
    exp: Option<u64>,
}

impl core::fmt::Debug for Jwt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Jwt([redacted], {} characters)", self.token.len())
    }
}
