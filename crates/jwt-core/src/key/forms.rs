//! The forms in which a P-256 key comes in files, for every back end.

#[cfg(feature = "der")]
use super::KeyError;

/// What a file has of a private key: the scalar, and the public points that stand beside it.
#[cfg(feature = "der")]
pub(super) struct Parts<'a> {
    pub(super) scalar: &'a [u8; 32],
    pub(super) points: [Option<&'a [u8]>; 2],
}

/// The parts of a PKCS#8 `PrivateKeyInfo` (RFC 5958), in which the public key may stand twice: in the SEC1 structure and, from version
/// 2 on, beside it.
#[cfg(feature = "der")]
pub(super) fn pkcs8_parts(der: &[u8]) -> Result<Parts<'_>, KeyError> {
    use pkcs8::PrivateKeyInfoRef;

    let info = PrivateKeyInfoRef::try_from(der).map_err(|_| KeyError::Der("PrivateKeyInfo"))?;
    info.algorithm.assert_algorithm_oid(EC_PUBLIC_KEY).map_err(|_| KeyError::Algorithm)?;
    if info.algorithm.parameters_oid().ok() != Some(PRIME256V1) {
        return Err(KeyError::Algorithm);
    }
    let Parts { scalar, points: [inner, _] } = sec1_parts(info.private_key.as_bytes())?;
    let outer = match info.public_key {
        Some(bits) => Some(bits.as_bytes().ok_or(KeyError::Point)?),
        None => None,
    };
    Ok(Parts { scalar, points: [inner, outer] })
}

/// The parts of a SEC1 `ECPrivateKey` (RFC 5915).
#[cfg(feature = "der")]
pub(super) fn sec1_parts(der: &[u8]) -> Result<Parts<'_>, KeyError> {
    let key = sec1::EcPrivateKey::try_from(der).map_err(|_| KeyError::Der("ECPrivateKey"))?;
    if key.parameters.is_some_and(|parameters| parameters.named_curve() != Some(PRIME256V1)) {
        return Err(KeyError::Algorithm);
    }
    let scalar = key.private_key.try_into().map_err(|_| KeyError::Algorithm)?;
    Ok(Parts { scalar, points: [key.public_key, None] })
}

#[cfg(feature = "der")]
const EC_PUBLIC_KEY: pkcs8::ObjectIdentifier = pkcs8::ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
#[cfg(feature = "der")]
const PRIME256V1: pkcs8::ObjectIdentifier = pkcs8::ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

#[cfg(feature = "pem")]
pub(super) use super::MAX_PEM_DER_LEN as MAX_DER;

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
            pem_rfc7468::Error::Length => KeyError::TooLong,
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
        fn from_parts(parts: super::forms::Parts<'_>) -> Result<Self, KeyError> {
            let key = Self::from_scalar(parts.scalar)?;
            for point in parts.points.into_iter().flatten() {
                if VerifyingKey::from_sec1_point(point)? != *key.verifying_key() {
                    return Err(KeyError::Mismatch);
                }
            }
            Ok(key)
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
            Self::from_sec1_point(super::point_of_spki(der)?)
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
            super::spki_of_point(&self.to_sec1_point())
        }

        /// The key's ID as a modem writes it into `kid`.
        #[must_use]
        pub fn key_id(&self) -> crate::nrfcloud::KeyId {
            crate::nrfcloud::key_id(&self.to_spki_der())
        }
    };
}
pub(super) use public_forms;

/// The traits that the keys of every back end have, beside `Signer` and `Verifier`: with these, changing the back end changes the
/// key's type in the caller's code, and nothing else.
macro_rules! key_traits {
    () => {
        impl AsRef<VerifyingKey> for SigningKey {
            fn as_ref(&self) -> &VerifyingKey {
                self.verifying_key()
            }
        }

        /// Gives [`signature::Keypair`], too.
        impl signature::KeypairRef for SigningKey {
            type VerifyingKey = VerifyingKey;
        }

        impl zeroize::ZeroizeOnDrop for SigningKey {}

        impl core::fmt::Debug for SigningKey {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("SigningKey([redacted])")
            }
        }

        impl core::fmt::Debug for VerifyingKey {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "VerifyingKey(kid {})", self.key_id())
            }
        }
    };
}
pub(super) use key_traits;
