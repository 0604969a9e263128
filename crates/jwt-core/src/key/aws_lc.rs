//! Keys by AWS-LC (`aws-lc-rs`): the fastest on hosts, signatures with random nonces.

use alloc::sync::Arc;

use aws_lc_rs::agreement;
use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsBigEndian, EcPublicKeyUncompressedBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, ParsedPublicKey,
};
use signature::{Error, Signer, Verifier};

use super::forms::{from_files, key_traits, public_forms};
use super::{KeyError, POINT_LEN};
use crate::Signature;

/// A private key. A clone shares the scalar, which AWS-LC wipes when the last one is dropped.
#[derive(Clone)]
pub struct SigningKey {
    inner: Arc<EcdsaKeyPair>,
    random: SystemRandom,
    public: VerifyingKey,
}

impl SigningKey {
    /// From the private scalar, big-endian.
    ///
    /// # Errors
    /// [`KeyError::Scalar`] if it is zero or not below the order of the curve.
    pub fn from_scalar(scalar: &[u8; 32]) -> Result<Self, KeyError> {
        // An `EcdsaKeyPair` wants its public key; the key agreement half of the library can compute it.
        let private = agreement::PrivateKey::from_private_key(&agreement::ECDH_P256, scalar)
            .map_err(|_| KeyError::Scalar)?;
        let public = private.compute_public_key().map_err(|_| KeyError::Scalar)?;
        let point: EcPublicKeyUncompressedBin<'_> = public.as_be_bytes().map_err(|_| KeyError::Scalar)?;
        let inner = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            scalar,
            point.as_ref(),
        )
        .map_err(|_| KeyError::Scalar)?;
        Ok(Self {
            inner: Arc::new(inner),
            random: SystemRandom::new(),
            public: VerifyingKey::from_sec1_point(point.as_ref())?,
        })
    }

    /// The public key.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    from_files!();
}

impl Signer<Signature> for SigningKey {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, Error> {
        let octets = self.inner.sign(&self.random, message).map_err(|_| Error::new())?;
        Signature::from_slice(octets.as_ref())
    }
}

/// A public key, parsed once.
#[derive(Clone)]
pub struct VerifyingKey {
    inner: ParsedPublicKey,
    point: [u8; POINT_LEN],
}

impl VerifyingKey {
    /// From an uncompressed point of [`POINT_LEN`] bytes (SEC 1 section 2.3.3).
    ///
    /// # Errors
    /// [`KeyError::Point`] if it has another form or is not on the curve.
    pub fn from_sec1_point(point: &[u8]) -> Result<Self, KeyError> {
        let point: [u8; POINT_LEN] = point.try_into().map_err(|_| KeyError::Point)?;
        let inner = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).map_err(|_| KeyError::Point)?;
        Ok(Self { inner, point })
    }

    /// The uncompressed point.
    #[must_use]
    pub fn to_sec1_point(&self) -> [u8; POINT_LEN] {
        self.point
    }

    public_forms!();
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}

impl Eq for VerifyingKey {}

impl Verifier<Signature> for VerifyingKey {
    /// Hashes first and verifies then: AWS-LC's way of doing both at once sets up a context for it on the heap.
    fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), Error> {
        let mut der = [0; MAX_DER];
        let hash = digest::digest(&digest::SHA256, message);
        self.inner.verify_digest_sig(&hash, der_signature(signature, &mut der)).map_err(|_| Error::new())
    }
}

/// SEQUENCE { INTEGER r, INTEGER s } with a sign octet before each.
const MAX_DER: usize = 2 + 2 * (2 + 33);

/// AWS-LC verifies ASN.1; given 64 octets it makes them so itself, by way of the heap.
fn der_signature<'b>(signature: &Signature, der: &'b mut [u8; MAX_DER]) -> &'b [u8] {
    let mut len = 2;
    for integer in signature.to_bytes().chunks_exact(32) {
        // Neither r nor s is zero, so an octet is left.
        let zeros = integer.iter().take_while(|octet| **octet == 0).count();
        let integer = &integer[zeros..];
        let sign = usize::from(integer.first().is_some_and(|octet| octet & 0x80 != 0));
        let content = sign + integer.len();
        der[len] = 0x02;
        der[len + 1] = u8::try_from(content).unwrap_or(u8::MAX);
        der[len + 2 + sign..len + 2 + content].copy_from_slice(integer);
        len += 2 + content;
    }
    der[0] = 0x30;
    der[1] = u8::try_from(len - 2).unwrap_or(u8::MAX);
    &der[..len]
}

key_traits!();

#[cfg(test)]
mod tests {
    use super::{MAX_DER, der_signature};
    use crate::Signature;

    fn same_as_the_ecdsa_crate(octets: [u8; 64]) {
        let signature = Signature::from_slice(&octets).expect("in range");
        let mut der = [0; MAX_DER];
        assert_eq!(der_signature(&signature, &mut der), signature.to_der().as_bytes());
    }

    #[test]
    fn the_asn1_form_is_the_ecdsa_crates() {
        let mut octets = [0x7f; 64];
        same_as_the_ecdsa_crate(octets);
        for (at, octet) in [(0, 0x80), (32, 0xf0), (0, 0), (1, 0), (2, 0x80), (32, 0), (33, 0xff), (33, 0)] {
            octets[at] = octet;
            same_as_the_ecdsa_crate(octets);
        }
        let mut smallest = [0; 64];
        (smallest[31], smallest[63]) = (1, 1);
        same_as_the_ecdsa_crate(smallest);
        (smallest[31], smallest[63]) = (0x80, 0xff);
        same_as_the_ecdsa_crate(smallest);
    }
}
