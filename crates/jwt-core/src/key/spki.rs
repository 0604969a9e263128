//! The public key as a certificate and `kid` see it.

use super::{KeyError, POINT_LEN, SPKI_LEN};

/// What stands before the point: SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING (RFC 5480 section 2). DER has no other
/// form for it.
const SPKI_PREFIX: [u8; SPKI_LEN - POINT_LEN] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The DER SubjectPublicKeyInfo (RFC 5480) of an uncompressed point, for back ends outside this crate. It is not looked at whether the
/// point is on the curve.
#[must_use]
pub fn spki_of_point(point: &[u8; POINT_LEN]) -> [u8; SPKI_LEN] {
    let mut der = [0; SPKI_LEN];
    der[..SPKI_PREFIX.len()].copy_from_slice(&SPKI_PREFIX);
    der[SPKI_PREFIX.len()..].copy_from_slice(point);
    der
}

/// What stands in a DER SubjectPublicKeyInfo for a P-256 key in the place of the point, for back ends outside this crate. Whether it is
/// a point has yet to be looked at.
///
/// # Errors
/// [`KeyError::Der`] if it is anything else.
pub fn point_of_spki(der: &[u8]) -> Result<&[u8], KeyError> {
    der.strip_prefix(&SPKI_PREFIX).ok_or(KeyError::Der("SubjectPublicKeyInfo"))
}
