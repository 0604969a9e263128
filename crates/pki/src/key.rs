//! P-256 keys: the private key that signs, the public key that verifies, and the forms they are written in.

mod encrypted;

use std::fmt::{self, Debug, Display, Formatter};
use std::sync::Arc;

use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
    UnparsedPublicKey,
};
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Encode};
use p256::ecdsa::Signature;
use pkcs8::PrivateKeyInfoRef;
use sec1::{EcParameters, EcPrivateKey};
use signature::{Keypair, Signer, Verifier};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use crate::asn1::{self, EC_PUBLIC_KEY, P256};
use crate::hex::Hex;
use crate::pem;

/// A P-256 private key, ready to sign with ES256 (ECDSA with SHA-256, RFC 7518 section 3.4).
///
/// The scalar lives inside aws-lc, which wipes it when the last clone is dropped. `Debug` shows the public half only.
#[derive(Clone)]
pub struct PrivateKey {
    pair: Arc<EcdsaKeyPair>,
    public: PublicKey,
}

impl PrivateKey {
    /// A fresh key from the operating system's random numbers.
    ///
    /// # Errors
    /// [`KeyError::Provider`] where the random number generator fails.
    pub fn generate() -> Result<Self, KeyError> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_| KeyError::Provider)
            .and_then(Self::from_pair)
    }

    /// The key with this secret scalar, 32 octets, most significant first.
    ///
    /// # Errors
    /// [`KeyError::Scalar`] for zero and for anything not below the order of the curve.
    pub fn from_scalar(scalar: &[u8; 32]) -> Result<Self, KeyError> {
        let sec1 = Zeroizing::new(
            EcPrivateKey {
                private_key: scalar,
                parameters: Some(EcParameters::NamedCurve(P256)),
                public_key: None,
            }
            .to_der()?,
        );
        EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, &sec1)
            .map_err(|_| KeyError::Scalar)
            .and_then(Self::from_pair)
    }

    /// Reads PKCS#8 `PrivateKeyInfo`, RFC 5958 (PEM label `PRIVATE KEY`).
    ///
    /// # Errors
    /// [`KeyError::Unusable`] names a key that is not P-256; [`KeyError::Mismatch`] where the public half, which can stand
    /// inside the SEC1 key and, from version 2 on, beside it, does not belong to the scalar; the others say what is wrong
    /// with the encoding.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        let info = PrivateKeyInfoRef::try_from(der).map_err(|error| match error {
            pkcs8::Error::Asn1(error) => KeyError::Der(error),
            _ => KeyError::Structure("PKCS#8 PrivateKeyInfo"),
        })?;
        let secret = info.private_key.as_bytes();
        match asn1::key_kind(&info.algorithm, None) {
            KeyKind::P256 => {}
            KeyKind::Rsa { .. } => return Err(KeyKind::Rsa { bits: asn1::rsa_private_bits(secret) }.into()),
            other => return Err(other.into()),
        }
        let private = Self::from_sec1(&EcPrivateKey::from_der(secret)?, true)?;
        match info.public_key {
            Some(outer) => private.with_own_point(outer.as_bytes().ok_or(KeyError::PointForm { length: 0 })?),
            None => Ok(private),
        }
    }

    /// Reads SEC1 `ECPrivateKey`, RFC 5915 (PEM label `EC PRIVATE KEY`). The curve may be left out, as RFC 5915 allows:
    /// then 32 octets are taken to be P-256.
    ///
    /// # Errors
    /// As [`Self::from_pkcs8_der`]; [`KeyError::Mismatch`] where the public half inside does not belong to the scalar.
    pub fn from_sec1_der(der: &[u8]) -> Result<Self, KeyError> {
        match EcPrivateKey::from_der(der) {
            Ok(key) => Self::from_sec1(&key, false),
            Err(_) if asn1::has_explicit_curve(der) => Err(KeyKind::EcUnnamedCurve.into()),
            Err(error) => Err(error.into()),
        }
    }

    fn from_sec1(key: &EcPrivateKey<'_>, curve_known: bool) -> Result<Self, KeyError> {
        match key.parameters.and_then(EcParameters::named_curve) {
            Some(P256) => {}
            Some(other) => return Err(asn1::curve_kind(other).into()),
            None if curve_known || key.private_key.len() == 32 => {}
            None => return Err(KeyKind::EcUnnamedCurve.into()),
        }
        let scalar: &[u8; 32] =
            key.private_key.try_into().map_err(|_| KeyError::ScalarLength(key.private_key.len()))?;
        let private = Self::from_scalar(scalar)?;
        match key.public_key {
            Some(point) => private.with_own_point(point),
            None => Ok(private),
        }
    }

    /// The key itself, if `point` is its public half.
    fn with_own_point(self, point: &[u8]) -> Result<Self, KeyError> {
        if PublicKey::from_sec1_point(point)? == self.public { Ok(self) } else { Err(KeyError::Mismatch) }
    }

    fn from_pair(pair: EcdsaKeyPair) -> Result<Self, KeyError> {
        let point = pair.public_key().as_ref().try_into().map_err(|_| KeyError::Provider)?;
        Ok(Self { pair: Arc::new(pair), public: PublicKey { point } })
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    /// The secret scalar, 32 octets, most significant first.
    fn scalar(&self) -> Zeroizing<[u8; 32]> {
        let bin: EcPrivateKeyBin<'_> =
            self.pair.private_key().as_be_bytes().expect("aws-lc can always write a key it holds");
        let mut scalar = Zeroizing::new([0; 32]);
        scalar.copy_from_slice(bin.as_ref());
        scalar
    }

    fn sec1_der(&self, parameters: Option<EcParameters>) -> Zeroizing<Vec<u8>> {
        let scalar = self.scalar();
        let key =
            EcPrivateKey { private_key: scalar.as_slice(), parameters, public_key: Some(&self.public.point) };
        secret_der(&key)
    }

    /// PKCS#8 PEM (`PRIVATE KEY`), as `openssl genpkey` writes it.
    #[must_use]
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        pem::encode_secret("PRIVATE KEY", &self.to_pkcs8_der())
    }

    /// PKCS#8 DER.
    #[must_use]
    pub fn to_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        let inner = self.sec1_der(None);
        secret_der(&pkcs8_info(&inner))
    }

    /// SEC1 PEM as `openssl ecparam -genkey` writes it and Nordic's guide shows it: `EC PARAMETERS`, then
    /// `EC PRIVATE KEY`.
    #[must_use]
    pub fn to_sec1_pem(&self) -> Zeroizing<String> {
        let curve = secret_der(&P256);
        let key = self.sec1_der(Some(EcParameters::NamedCurve(P256)));
        let mut text = Zeroizing::new(String::with_capacity(512));
        text.push_str(&pem::encode("EC PARAMETERS", &curve));
        text.push_str(&pem::encode_secret("EC PRIVATE KEY", &key));
        text
    }
}

impl Signer<Signature> for PrivateKey {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        // aws-lc draws from its own generator; the one handed over is not used.
        let fixed = self.pair.sign(&SystemRandom::new(), message).map_err(|_| signature::Error::new())?;
        Signature::from_slice(fixed.as_ref())
    }
}

impl Keypair for PrivateKey {
    type VerifyingKey = PublicKey;

    fn verifying_key(&self) -> PublicKey {
        self.public
    }
}

impl Debug for PrivateKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("public", &self.public)
            .field("scalar", &format_args!("[redacted]"))
            .finish()
    }
}

/// A P-256 public key: a point that has been checked to be on the curve.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicKey {
    /// Uncompressed SEC1 form: 0x04, x, y.
    point: [u8; 65],
}

impl PublicKey {
    /// Reads an uncompressed SEC1 point: 65 octets, the first of them 0x04.
    ///
    /// # Errors
    /// [`KeyError::PointForm`] for another length or form, [`KeyError::Point`] for a point that is not on the curve.
    pub fn from_sec1_point(point: &[u8]) -> Result<Self, KeyError> {
        let whole: &[u8; 65] = match point {
            [2 | 3, ..] if point.len() == 33 => return Err(KeyError::CompressedPoint),
            [4, ..] => point.try_into().map_err(|_| KeyError::PointForm { length: point.len() })?,
            _ => return Err(KeyError::PointForm { length: point.len() }),
        };
        // aws-lc decodes the point here, and with that checks that it lies on the curve.
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, whole).map_err(|_| KeyError::Point)?;
        Ok(Self { point: *whole })
    }

    /// Reads DER SubjectPublicKeyInfo, RFC 5480 (PEM label `PUBLIC KEY`).
    ///
    /// # Errors
    /// [`KeyError::Unusable`] names a key that is not P-256; otherwise as [`Self::from_sec1_point`].
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_spki(&SubjectPublicKeyInfoRef::from_der(der)?)
    }

    pub(crate) fn from_spki(spki: &SubjectPublicKeyInfoRef<'_>) -> Result<Self, KeyError> {
        match asn1::spki_kind(spki) {
            KeyKind::P256 => {
                let point = spki.subject_public_key.as_bytes().ok_or(KeyError::PointForm { length: 0 })?;
                Self::from_sec1_point(point)
            }
            other => Err(other.into()),
        }
    }

    /// The uncompressed SEC1 point: 0x04, then x and y.
    #[must_use]
    pub fn sec1_point(&self) -> &[u8; 65] {
        &self.point
    }

    /// DER SubjectPublicKeyInfo: always 91 octets for a P-256 key.
    #[must_use]
    pub fn to_spki_der(&self) -> [u8; 91] {
        let mut der = [0; 91];
        der[..SPKI_PREFIX.len()].copy_from_slice(&SPKI_PREFIX);
        der[SPKI_PREFIX.len()..].copy_from_slice(&self.point);
        der
    }

    /// PEM SubjectPublicKeyInfo (`PUBLIC KEY`), LF line ends and a final line break.
    #[must_use]
    pub fn to_spki_pem(&self) -> String {
        pem::encode("PUBLIC KEY", &self.to_spki_der())
    }

    /// What Nordic's modems put into the JWT header as `kid`: SHA-256 of the DER SubjectPublicKeyInfo, in lower-case
    /// hexadecimal.
    #[must_use]
    pub fn key_id(&self) -> String {
        Hex(asn1::sha256(&self.to_spki_der()).as_slice()).to_string()
    }

    /// The subject key identifier of RFC 5280 section 4.2.1.2 in the SHA-256 form of RFC 7093 section 2, method 1: the
    /// leftmost 160 bits of the hash of the point.
    pub(crate) fn subject_key_identifier(&self) -> [u8; 20] {
        let mut identifier = [0; 20];
        identifier.copy_from_slice(&asn1::sha256(&self.point)[..20]);
        identifier
    }
}

impl Verifier<Signature> for PublicKey {
    fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), signature::Error> {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.point)
            .verify(message, &signature.to_bytes())
            .map_err(|_| signature::Error::new())
    }
}

impl Debug for PublicKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", Hex(&self.point))
    }
}

/// What a key is, where it may not be P-256.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// NIST P-256, also prime256v1 and secp256r1: the one that nRF Cloud takes.
    P256,
    /// NIST P-224.
    P224,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// The curve of Bitcoin, often taken for P-256.
    Secp256k1,
    /// An EC key on another named curve, by its object identifier.
    EcOther(String),
    /// An EC key whose curve is not named (left out, or explicit parameters).
    EcUnnamedCurve,
    /// RSA, with the length of its modulus where it could be read.
    Rsa {
        /// Length of the modulus in bits.
        bits: Option<usize>,
    },
    /// DSA.
    Dsa,
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// X25519, which cannot sign.
    X25519,
    /// Another algorithm, by its object identifier or name.
    Other(String),
}

impl Display for KeyKind {
    /// With its article, to follow "this is".
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::P256 => f.write_str("a P-256 key"),
            Self::P224 => f.write_str("a P-224 key"),
            Self::P384 => f.write_str("a P-384 key"),
            Self::P521 => f.write_str("a P-521 key"),
            Self::Secp256k1 => f.write_str("a secp256k1 key"),
            Self::EcOther(curve) => write!(f, "an EC key on the curve {curve}"),
            Self::EcUnnamedCurve => f.write_str("an EC key without a named curve"),
            Self::Rsa { bits: Some(bits) } => write!(f, "an RSA {bits} key"),
            Self::Rsa { bits: None } => f.write_str("an RSA key"),
            Self::Dsa => f.write_str("a DSA key"),
            Self::Ed25519 => f.write_str("an Ed25519 key"),
            Self::Ed448 => f.write_str("an Ed448 key"),
            Self::X25519 => f.write_str("an X25519 key"),
            Self::Other(name) => write!(f, "a key for the algorithm {name}"),
        }
    }
}

/// Why a key could not be read or written.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A key of another kind.
    #[error("this is {0}; nRF Cloud needs P-256 (prime256v1)")]
    Unusable(KeyKind),
    /// Not the DER that was announced.
    #[error("not valid DER: {0}")]
    Der(#[from] der::Error),
    /// DER, but not this structure.
    #[error("not a {0}")]
    Structure(&'static str),
    /// A compressed point, which neither nRF Cloud nor its modems write.
    #[error("the point is in compressed form; the uncompressed form of 65 octets is needed")]
    CompressedPoint,
    /// Not an uncompressed point.
    #[error("a P-256 point is 65 octets that begin with 04; this is {length} octets of another form")]
    PointForm {
        /// Octets found.
        length: usize,
    },
    /// The coordinates do not satisfy the curve's equation.
    #[error("the point is not on the curve P-256")]
    Point,
    /// The scalar is zero or too large.
    #[error("the private scalar is not between 1 and the order of P-256")]
    Scalar,
    /// The scalar has not 32 octets.
    #[error("a P-256 scalar has 32 octets, this one has {0}")]
    ScalarLength(usize),
    /// The public half that is stored beside the scalar is not its own.
    #[error("the public key stored with this private key does not belong to it")]
    Mismatch,
    /// Encrypted in a way that is not read.
    #[error(
        "encrypted with {0}; only PBES2 with AES-CBC or AES-GCM and PBKDF2 with HMAC-SHA-1 or HMAC-SHA-2, or scrypt, is read"
    )]
    Encryption(String),
    /// Decrypting would take minutes or gigabytes.
    #[error("the passphrase hashing asks for {0}, which is more than this program will do")]
    Cost(String),
    /// The passphrase does not open the key.
    #[error("wrong passphrase, or the encrypted key is damaged")]
    Passphrase,
    /// A passphrase without a character protects nothing.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// The cryptographic provider failed.
    #[error("the cryptographic provider failed")]
    Provider,
}

impl From<KeyKind> for KeyError {
    fn from(kind: KeyKind) -> Self {
        Self::Unusable(kind)
    }
}

/// SubjectPublicKeyInfo of a P-256 key up to the point: every such key begins with these 26 octets.
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

fn secret_der(value: &impl Encode) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(value.to_der().expect("a P-256 key is far below DER's length limit"))
}

fn pkcs8_info(sec1: &[u8]) -> PrivateKeyInfoRef<'_> {
    let algorithm = AlgorithmIdentifierRef { oid: EC_PUBLIC_KEY, parameters: Some(AnyRef::from(&P256)) };
    PrivateKeyInfoRef::new(
        algorithm,
        OctetStringRef::new(sec1).expect("a P-256 key is far below DER's length limit"),
    )
}
