//! The public key.

use core::fmt;

use jwt_core::key::{point_of_spki, spki_of_point};
use jwt_core::nrfcloud::{KeyId, key_id};
use signature::{Error, Verifier};

use crate::assembly;
use crate::integer::{Words, octets, words};
use crate::nonce::sha256;
use crate::{KeyError, POINT_LEN, SPKI_LEN, Signature};

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    /// Coordinates of a point on the curve.
    x: Words,
    y: Words,
}

impl VerifyingKey {
    /// From an uncompressed point of [`POINT_LEN`] bytes (SEC 1 section 2.3.3).
    ///
    /// # Errors
    /// [`KeyError::Point`] if it has another form or is not on the curve.
    pub fn from_sec1_point(point: &[u8]) -> Result<Self, KeyError> {
        let point = point.try_into().map_err(|_| KeyError::Point)?;
        let (x, y) = assembly::point(point).ok_or(KeyError::Point)?;
        Ok(Self { x, y })
    }

    /// From a DER SubjectPublicKeyInfo of [`SPKI_LEN`] bytes (RFC 5480).
    ///
    /// # Errors
    /// [`KeyError`] if it is anything else than P-256 with an uncompressed point.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_sec1_point(point_of_spki(der)?)
    }

    pub(crate) fn from_coordinates(x: Words, y: Words) -> Self {
        Self { x, y }
    }

    /// The uncompressed point.
    #[must_use]
    pub fn to_sec1_point(&self) -> [u8; POINT_LEN] {
        let mut point = [4; POINT_LEN];
        point[1..33].copy_from_slice(&octets(&self.x));
        point[33..].copy_from_slice(&octets(&self.y));
        point
    }

    /// DER SubjectPublicKeyInfo (RFC 5480).
    #[must_use]
    pub fn to_spki_der(&self) -> [u8; SPKI_LEN] {
        spki_of_point(&self.to_sec1_point())
    }

    /// The key's ID as a modem writes it into `kid`.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        key_id(&self.to_spki_der())
    }
}

impl Verifier<Signature> for VerifyingKey {
    fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), Error> {
        let hash = sha256(message);
        let (mut r, mut s) = ([0; 8], [0; 8]);
        write_scalars(signature, &mut r, &mut s);
        if assembly::verify((&self.x, &self.y), &hash, (&r, &s)) { Ok(()) } else { Err(Error::new()) }
    }
}

/// In its own frame, so that the octets do not lie under the assembly's.
#[inline(never)]
fn write_scalars(signature: &Signature, r: &mut Words, s: &mut Words) {
    let octets = signature.split_bytes();
    *r = words(&octets.0.into());
    *s = words(&octets.1.into());
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey(kid {})", self.key_id())
    }
}
