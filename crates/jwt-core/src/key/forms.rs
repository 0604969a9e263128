//! The forms in which a P-256 key comes in files, for every back end.

use super::{KeyError, POINT_LEN, SPKI_LEN};

/// What stands before the point: SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING (RFC 5480 section 2). DER has no other
/// form for it.
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

pub(super) fn spki(point: &[u8; POINT_LEN]) -> [u8; SPKI_LEN] {
    let mut der = [0; SPKI_LEN];
    der[..SPKI_PREFIX.len()].copy_from_slice(&SPKI_PREFIX);
    der[SPKI_PREFIX.len()..].copy_from_slice(point);
    der
}

pub(super) fn point_of_spki(der: &[u8]) -> Result<&[u8], KeyError> {
    der.strip_prefix(&SPKI_PREFIX).ok_or(KeyError::Der("SubjectPublicKeyInfo"))
}

/// The scalar and, where it stands beside it, the public point of a PKCS#8 `PrivateKeyInfo` (RFC 5958).
#[cfg(feature = "der")]
pub(super) fn pkcs8_parts(der: &[u8]) -> Result<(&[u8; 32], Option<&[u8]>), KeyError> {
    use pkcs8::PrivateKeyInfoRef;

    let info = PrivateKeyInfoRef::try_from(der).map_err(|_| KeyError::Der("PrivateKeyInfo"))?;
    info.algorithm.assert_algorithm_oid(EC_PUBLIC_KEY).map_err(|_| KeyError::Algorithm)?;
    if info.algorithm.parameters_oid().ok() != Some(PRIME256V1) {
        return Err(KeyError::Algorithm);
    }
    sec1_parts(info.private_key.as_bytes())
}

/// The same of a SEC1 `ECPrivateKey` (RFC 5915).
#[cfg(feature = "der")]
pub(super) fn sec1_parts(der: &[u8]) -> Result<(&[u8; 32], Option<&[u8]>), KeyError> {
    let key = sec1::EcPrivateKey::try_from(der).map_err(|_| KeyError::Der("ECPrivateKey"))?;
    if key.parameters.is_some_and(|parameters| parameters.named_curve() != Some(PRIME256V1)) {
        return Err(KeyError::Algorithm);
    }
    let scalar = key.private_key.try_into().map_err(|_| KeyError::Algorithm)?;
    Ok((scalar, key.public_key))
}

#[cfg(feature = "der")]
const EC_PUBLIC_KEY: pkcs8::ObjectIdentifier = pkcs8::ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
#[cfg(feature = "der")]
const PRIME256V1: pkcs8::ObjectIdentifier = pkcs8::ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// Longest DER taken out of a PEM: more than any P-256 key needs.
#[cfg(feature = "pem")]
pub(super) const MAX_DER: usize = 256;

/// Decodes the first PEM block whose label is one of `labels`; openssl puts `EC PARAMETERS` before the key.
#[cfg(feature = "pem")]
pub(super) fn pem_block<'a>(
    pem: &str,
    labels: &[&'static str],
    der: &'a mut [u8; MAX_DER],
) -> Result<(&'static str, &'a [u8]), KeyError> {
    const BEGIN: &str = "-----BEGIN ";
    for (start, _) in pem.match_indices(BEGIN) {
        let block = &pem[start..];
        let label = labels.iter().find(|label| {
            block[BEGIN.len()..].strip_prefix(**label).is_some_and(|rest| rest.starts_with("-----"))
        });
        let Some(label) = label else { continue };
        // The decoder takes nothing behind the block.
        let end = block.find("-----END ").and_then(|at| Some(at + 9 + block[at + 9..].find("-----")? + 5));
        let block = block.get(..end.ok_or(KeyError::Pem)?).ok_or(KeyError::Pem)?;
        let (_, der) = pem_rfc7468::decode(block.as_bytes(), der).map_err(|error| match error {
            // Too long for P-256: RSA, most likely.
            pem_rfc7468::Error::Length => KeyError::Algorithm,
            _ => KeyError::Pem,
        })?;
        return Ok((label, der));
    }
    Err(KeyError::Pem)
}

/// The constructors that need DER or PEM, the same for every back end.
macro_rules! from_files {
    () => {
        /// From a PKCS#8 `PrivateKeyInfo` (RFC 5958).
        ///
        /// # Errors
        /// [`KeyError`] if it holds no P-256 key, or a public key that is not the private one's own.
        #[cfg(feature = "der")]
        pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
            Self::from_parts(super::forms::pkcs8_parts(der)?)
        }

        /// From a SEC1 `ECPrivateKey` (RFC 5915).
        ///
        /// # Errors
        /// [`KeyError`] if it holds no P-256 key, or a public key that is not the private one's own.
        #[cfg(feature = "der")]
        pub fn from_sec1_der(der: &[u8]) -> Result<Self, KeyError> {
            Self::from_parts(super::forms::sec1_parts(der)?)
        }

        /// From the first `PRIVATE KEY` or `EC PRIVATE KEY` block of a PEM text; openssl's `EC PARAMETERS` before it are skipped.
        ///
        /// # Errors
        /// [`KeyError`] if there is no such block or no P-256 key in it.
        #[cfg(feature = "pem")]
        pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
            let mut der = zeroize::Zeroizing::new([0; super::forms::MAX_DER]);
            match super::forms::pem_block(pem, &["PRIVATE KEY", "EC PRIVATE KEY"], &mut der)? {
                ("PRIVATE KEY", der) => Self::from_pkcs8_der(der),
                (_, der) => Self::from_sec1_der(der),
            }
        }

        #[cfg(feature = "der")]
        fn from_parts((scalar, point): (&[u8; 32], Option<&[u8]>)) -> Result<Self, KeyError> {
            let key = Self::from_scalar(scalar)?;
            match point {
                Some(point) if VerifyingKey::from_sec1_point(point)? != *key.verifying_key() => {
                    Err(KeyError::Mismatch)
                }
                _ => Ok(key),
            }
        }
    };
}
pub(super) use from_files;

/// The parts of a public key that need no arithmetic, the same for every back end.
macro_rules! public_forms {
    () => {
        /// From a DER SubjectPublicKeyInfo of [`SPKI_LEN`](super::SPKI_LEN) bytes (RFC 5480).
        ///
        /// # Errors
        /// [`KeyError`] if it is anything else than P-256 with an uncompressed point.
        pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
            Self::from_sec1_point(super::forms::point_of_spki(der)?)
        }

        /// From the first `PUBLIC KEY` block of a PEM text.
        ///
        /// # Errors
        /// [`KeyError`] if there is no such block or no P-256 key in it.
        #[cfg(feature = "pem")]
        pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
            let mut der = [0; super::forms::MAX_DER];
            let (_, der) = super::forms::pem_block(pem, &["PUBLIC KEY"], &mut der)?;
            Self::from_spki_der(der)
        }

        /// DER SubjectPublicKeyInfo (RFC 5480).
        #[must_use]
        pub fn to_spki_der(&self) -> [u8; super::SPKI_LEN] {
            super::forms::spki(&self.to_sec1_point())
        }

        /// The key's ID as a modem writes it into `kid`.
        #[must_use]
        pub fn key_id(&self) -> crate::nrfcloud::KeyId {
            crate::nrfcloud::key_id(&self.to_spki_der())
        }
    };
}
pub(super) use public_forms;
