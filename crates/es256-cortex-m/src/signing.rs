//! The private key.

use core::fmt;

use signature::{Error, Keypair, Signer};
use zeroize::{ZeroizeOnDrop, Zeroizing, zeroize_stack};

use crate::assembly;
use crate::integer::{Words, octets, words};
use crate::nonce::{nonce, sha256};
use crate::{KeyError, Signature, VerifyingKey};

/// A private key. It signs deterministically (RFC 6979), and its scalar is wiped when it is dropped.
#[derive(Clone)]
pub struct SigningKey {
    /// In 1..n: [`SigningKey::from_scalar`] has seen to it.
    scalar: Zeroizing<Words>,
}

impl SigningKey {
    /// From the private scalar, big-endian. The public key is not computed, so that a device that only signs does not pay for it.
    ///
    /// # Errors
    /// [`KeyError::Scalar`] if it is zero or not below the order of the curve.
    pub fn from_scalar(scalar: &[u8; 32]) -> Result<Self, KeyError> {
        let mut key = Self { scalar: Zeroizing::new([0; 8]) };
        let in_range = key.read_scalar(scalar);
        zeroize_stack::<WIPED>();
        if in_range { Ok(key) } else { Err(KeyError::Scalar) }
    }

    #[inline(never)]
    fn read_scalar(&mut self, scalar: &[u8; 32]) -> bool {
        *self.scalar = words(scalar);
        assembly::is_scalar(&self.scalar)
    }

    /// The public key. Each call computes it, which takes about as long as a signature. [`Keypair`] gives it in the same way with every
    /// back end.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        let key = self.compute_verifying_key();
        zeroize_stack::<WIPED>();
        key
    }

    #[inline(never)]
    fn compute_verifying_key(&self) -> VerifyingKey {
        let point = assembly::public_point(&self.scalar);
        let (x, y) = point.unwrap_or_else(|| unreachable!("the scalar was in range when the key was made"));
        VerifyingKey::from_coordinates(x, y)
    }

    /// Writes `r` and `s`, and says whether it could. In its own frame, so that [`zeroize_stack`] after it reaches all that it has
    /// left behind.
    #[inline(never)]
    fn compute_signature(&self, message: &[u8], r: &mut Words, s: &mut Words) -> bool {
        let hash = sha256(message);
        (0..ATTEMPTS).any(|attempt| {
            let k = nonce(&self.scalar, &hash, attempt);
            assembly::sign(&hash, &self.scalar, &k, r, s)
        })
    }
}

/// Octets of stack wiped after an operation with the secret scalar: more than it takes. Neither the assembly nor SHA-256 wipes what
/// it leaves there, and one nonce gives the key away. `embedded/firmware` looks for traces on the device.
const WIPED: usize = 2048;

/// How many nonces are tried. The first one is out of range once in 2^32 signatures, and more often only on faulty hardware.
const ATTEMPTS: usize = 4;

impl Signer<Signature> for SigningKey {
    /// Signs the SHA-256 of `message`. It fails only on faulty hardware.
    fn try_sign(&self, message: &[u8]) -> Result<Signature, Error> {
        let (mut r, mut s) = ([0; 8], [0; 8]);
        let made = self.compute_signature(message, &mut r, &mut s);
        zeroize_stack::<WIPED>();
        if made { assemble(&r, &s) } else { Err(Error::new()) }
    }
}

/// In its own frame: the range checks of [`Signature`] need more room than is to lie under the assembly's.
#[inline(never)]
fn assemble(r: &Words, s: &Words) -> Result<Signature, Error> {
    Signature::from_scalars(octets(r), octets(s))
}

impl Keypair for SigningKey {
    type VerifyingKey = VerifyingKey;

    fn verifying_key(&self) -> VerifyingKey {
        self.verifying_key()
    }
}

impl ZeroizeOnDrop for SigningKey {}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([redacted])")
    }
}
