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

/// The device that a token speaks for: `sub` where there is one, or else what [`device_of_issuer`] finds in `iss`.
///
/// The two may differ, and `sub` counts: a modem always writes its hardware's UUID into `iss`, while the device may be onboarded
/// under another name, its IMEI's say (a recorded token has the `iss` `nRF9160.504e5353-…` and the `sub` `nrf-352656106108148`). `iss`
/// names the device only where no subject was given. [`device_by_sub`] and [`device_by_iss`] keep to this: a token that passes
/// either of them for a device ID speaks for that device here. A `sub` without a character names nobody.
///
/// Compare it with `==`, which decodes escapes.
#[must_use]
pub fn device_id<'b>(claims: &ClaimsView<'b>) -> Option<JsonStr<'b>> {
    match claims.sub() {
        Some(sub) => Some(sub).filter(|sub| !sub.is_empty()),
        None => device_of_issuer(claims.iss()?),
    }
}

/// The device ID in an issuer of the form `<chip>.<device ID>`, `nRF9160.50363154-3930-4d96-80f9-13121cf35adc` say: what stands behind
/// the first dot. An issuer without a dot, a chip or a device ID is no device.
#[must_use]
pub fn device_of_issuer(issuer: JsonStr<'_>) -> Option<JsonStr<'_>> {
    let (chip, device_id) = issuer.split_once('.')?;
    (!chip.is_empty() && !device_id.is_empty()).then_some(device_id)
}

/// A device token that names its device in `sub`, whatever its `iss` says, see [`device_id`].
///
/// nRF Cloud takes the guide's own token, whose payload has nothing but `sub`: so a token without `exp` and `iat` passes, which
/// [`Rules::timeless_allowed`] can take back. One with `iat` alone is valid for [`MAX_LIFETIME`].
#[must_use]
pub const fn device_by_sub(now: u64, device_id: &str) -> Rules<'_> {
    Rules::at(now).max_lifetime(MAX_LIFETIME).allow_timeless().sub(device_id)
}

/// A device token that names its device in `iss`, as a modem does when it is given no subject. A `sub` that is there all the same
/// must be the device ID, too. Times are judged as by [`device_by_sub`].
#[must_use]
pub const fn device_by_iss(now: u64, device_id: &str) -> Rules<'_> {
    Rules::at(now).max_lifetime(MAX_LIFETIME).allow_timeless().iss(Issuer::Device(device_id))
}

/// A proxy token, signed by a team's service key: `aud` is the team ID. Its life has no known limit.
#[must_use]
pub const fn proxy(now: u64, team_id: &str) -> Rules<'_> {
    Rules::at(now).aud(team_id)
}
