//! Private keys under a passphrase: PKCS#8 `EncryptedPrivateKeyInfo` with PBES2 (RFC 5958, RFC 8018).

use der::asn1::{AnyRef, ObjectIdentifier};
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::pkcs5::{self, pbes2};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::{KeyError, PrivateKey, pkcs8_info};
use crate::{asn1, pem};

impl PrivateKey {
    /// Reads PKCS#8 `EncryptedPrivateKeyInfo` with PBES2, RFC 8018 (PEM label `ENCRYPTED PRIVATE KEY`). PBKDF2 with
    /// HMAC-SHA-1, the default of openssl before 1.1, is read and never written.
    ///
    /// # Errors
    /// [`KeyError::Encryption`] names a scheme that is not read, [`KeyError::Cost`] one that asks for too much work,
    /// [`KeyError::Passphrase`] where the passphrase is not the right one.
    pub fn from_encrypted_pkcs8_der(der: &[u8], passphrase: &[u8]) -> Result<Self, KeyError> {
        let info = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|error| match (scheme(der), error) {
            (Some(scheme), _) => KeyError::Encryption(scheme),
            (None, pkcs8::Error::Asn1(error)) => KeyError::Der(error),
            _ => KeyError::Structure("EncryptedPrivateKeyInfo"),
        })?;
        affordable(&info)?;
        let plain = info.decrypt(passphrase).map_err(|error| match (error, scheme(der)) {
            (
                pkcs8::Error::EncryptedPrivateKey(
                    pkcs5::Error::UnsupportedAlgorithm { .. } | pkcs5::Error::NoPbes1CryptSupport,
                ),
                Some(scheme),
            ) => KeyError::Encryption(scheme),
            // A wrong key leaves bytes that are not DER: the two cannot be told apart.
            _ => KeyError::Passphrase,
        })?;
        Self::from_pkcs8_der(plain.as_bytes())
    }

    /// Encrypted PKCS#8 PEM (`ENCRYPTED PRIVATE KEY`): PBES2 with PBKDF2-HMAC-SHA-256, 600 000 rounds, and AES-256-CBC,
    /// which openssl, Python, Java and mbedTLS read.
    ///
    /// # Errors
    /// [`KeyError::EmptyPassphrase`], and [`KeyError::Provider`] where the random number generator fails.
    pub fn to_encrypted_pkcs8_pem(&self, passphrase: &[u8]) -> Result<Zeroizing<String>, KeyError> {
        if passphrase.is_empty() {
            return Err(KeyError::EmptyPassphrase);
        }
        let (mut salt, mut iv) = ([0; 16], [0; 16]);
        aws_lc_rs::rand::fill(&mut salt).map_err(|_| KeyError::Provider)?;
        aws_lc_rs::rand::fill(&mut iv).map_err(|_| KeyError::Provider)?;
        let parameters = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(PBKDF2_ROUNDS, &salt, iv)
            .map_err(|_| KeyError::Provider)?;
        let inner = self.sec1_der(None);
        let document =
            pkcs8_info(&inner).encrypt_with_params(parameters, passphrase).map_err(|_| KeyError::Provider)?;
        Ok(pem::encode_secret("ENCRYPTED PRIVATE KEY", document.as_bytes()))
    }
}

/// The scheme in words: the `pkcs5` crate does not name one that it does not have.
fn scheme(der: &[u8]) -> Option<String> {
    let [algorithm, _] = asn1::children(der).ok()?.try_into().ok()?;
    let algorithm: AlgorithmIdentifierRef<'_> = algorithm.decode_as().ok()?;
    let parts = || {
        let [kdf, cipher] = asn1::children_of(&algorithm.parameters?).ok()?.try_into().ok()?;
        Some((derivation(&kdf)?, name(cipher.decode_as::<AlgorithmIdentifierRef<'_>>().ok()?.oid)))
    };
    Some(match parts() {
        Some((kdf, cipher)) if algorithm.oid == PBES2 => format!("PBES2 of {kdf} and {cipher}"),
        _ => format!("the scheme {}", name(algorithm.oid)),
    })
}

/// How the key comes from the passphrase.
fn derivation(any: &AnyRef<'_>) -> Option<String> {
    let algorithm: AlgorithmIdentifierRef<'_> = any.decode_as().ok()?;
    if algorithm.oid != PBKDF2 {
        return Some(name(algorithm.oid));
    }
    // Salt, rounds, perhaps the length, perhaps the function: without it, HMAC-SHA-1 (RFC 8018 appendix A.2).
    let parameters = asn1::children_of(&algorithm.parameters?).ok()?;
    let function = parameters.iter().find_map(|any| any.decode_as::<AlgorithmIdentifierRef<'_>>().ok());
    Some(format!("PBKDF2 with {}", function.map_or_else(|| "HMAC-SHA-1".to_owned(), |one| name(one.oid))))
}

/// The name of an algorithm where it has one here, and its object identifier.
fn name(oid: ObjectIdentifier) -> String {
    match NAMES.iter().find(|(_, known)| *known == oid) {
        Some((name, _)) => format!("{name} ({oid})"),
        None => oid.to_string(),
    }
}

const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");

/// Those of schemes that are met: what openssl wrote by default before 1.1, Java, and PKCS#12.
const NAMES: [(&str, ObjectIdentifier); 17] = [
    ("pbeWithMD5AndDES-CBC", ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.3")),
    ("pbeWithSHA1AndDES-CBC", ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.10")),
    ("pbeWithSHA1And128BitRC4", ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.1")),
    ("pbeWithSHA1And3-KeyTripleDES-CBC", ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3")),
    ("pbeWithSHA1And40BitRC2-CBC", ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6")),
    ("HMAC-SHA-1", ObjectIdentifier::new_unwrap("1.2.840.113549.2.7")),
    ("HMAC-SHA-224", ObjectIdentifier::new_unwrap("1.2.840.113549.2.8")),
    ("HMAC-SHA-256", ObjectIdentifier::new_unwrap("1.2.840.113549.2.9")),
    ("HMAC-SHA-384", ObjectIdentifier::new_unwrap("1.2.840.113549.2.10")),
    ("HMAC-SHA-512", ObjectIdentifier::new_unwrap("1.2.840.113549.2.11")),
    ("scrypt", ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11591.4.11")),
    ("DES-CBC", ObjectIdentifier::new_unwrap("1.3.14.3.2.7")),
    ("RC2-CBC", ObjectIdentifier::new_unwrap("1.2.840.113549.3.2")),
    ("DES-EDE3-CBC", ObjectIdentifier::new_unwrap("1.2.840.113549.3.7")),
    ("AES-128-CBC", ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.2")),
    ("AES-192-CBC", ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.22")),
    ("AES-256-CBC", ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42")),
];

/// OWASP's figure for PBKDF2 with HMAC-SHA-256.
const PBKDF2_ROUNDS: u32 = 600_000;
/// A second or two of work.
const MOST_PBKDF2_ROUNDS: u32 = 5_000_000;
/// 1 GiB.
const MOST_SCRYPT_MEMORY: u64 = 1 << 30;

fn affordable(info: &EncryptedPrivateKeyInfoRef<'_>) -> Result<(), KeyError> {
    let Some(pbes2) = info.encryption_algorithm.pbes2() else { return Ok(()) };
    match &pbes2.kdf {
        pbes2::Kdf::Pbkdf2(params) if params.iteration_count > MOST_PBKDF2_ROUNDS => {
            Err(KeyError::Cost(format!("{} rounds of PBKDF2", params.iteration_count)))
        }
        pbes2::Kdf::Scrypt(params) => {
            let memory =
                128_u64.saturating_mul(params.cost_parameter).saturating_mul(u64::from(params.block_size));
            let work = memory.saturating_mul(u64::from(params.parallelization));
            if memory > MOST_SCRYPT_MEMORY || work > 16 * MOST_SCRYPT_MEMORY {
                return Err(KeyError::Cost(format!("{} MiB of scrypt", work >> 20)));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
