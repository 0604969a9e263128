//! What nRF Cloud adds to RFC 7519.

use sha2::{Digest, Sha256};

use crate::json::JsonStr;
use crate::validate::{Issuer, Rules};
use crate::view::ClaimsView;

/// The longest life of a device's token, 7 days in seconds, to which Nordic's SDK cuts every request.
pub const MAX_LIFETIME: u64 = 7 * 24 * 60 * 60;

/// The life that Nordic's SDK gives a token by default, in seconds.
pub const DEFAULT_LIFETIME: u64 = 600;

/// A key's ID as a modem writes it into `kid`: SHA-256 over the DER SubjectPublicKeyInfo, 64 lower-case hex digits.
#[must_use]
pub fn key_id(spki_der: &[u8]) -> KeyId {
    let mut hex = [0; 64];
    for (pair, octet) in hex.chunks_exact_mut(2).zip(Sha256::digest(spki_der)) {
        let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble & 0xf)];
        pair.copy_from_slice(&[digit(octet >> 4), digit(octet)]);
    }
    KeyId(hex)
}

/// See [`key_id`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 64]);

impl KeyId {
    /// 64 lower-case hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        crate::ascii(&self.0)
    }
}

impl core::fmt::Display for KeyId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// The device that a token speaks for: `sub`, or what stands behind the first dot of `iss` (`nRF9160.<device ID>`).
#[must_use]
pub fn device_id<'b>(claims: &ClaimsView<'b>) -> Option<&'b str> {
    match claims.sub() {
        Some(sub) => sub.as_str(),
        None => claims.iss().as_ref().and_then(|iss: &JsonStr<'b>| iss.after_first('.')),
    }
}

/// A device token that names its device in `sub`. `exp` is not required: the guide's own token has none.
#[must_use]
pub const fn device_by_sub(now: u64, device_id: &str) -> Rules<'_> {
    Rules::at(now).max_lifetime(MAX_LIFETIME).sub(device_id)
}

/// A device token that names its device in `iss`, as a modem does when it is given no subject.
#[must_use]
pub const fn device_by_iss(now: u64, device_id: &str) -> Rules<'_> {
    Rules::at(now).max_lifetime(MAX_LIFETIME).iss(Issuer::Device(device_id))
}

/// A proxy token, signed by a team's service key: `aud` is the team ID. Its life has no known limit.
#[must_use]
pub const fn proxy(now: u64, team_id: &str) -> Rules<'_> {
    Rules::at(now).aud(team_id)
}
