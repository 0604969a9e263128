//! The few DER questions that the format crates do not answer: which bytes were signed, and of what kind a key is.

use der::asn1::{AnyRef, ObjectIdentifier, UintRef};
use der::{Reader, SliceReader, Tag, TagNumber, Tagged};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::key::KeyKind;

/// id-ecPublicKey, RFC 5480 section 2.1.1.
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// secp256r1, also named prime256v1 and P-256, RFC 5480 section 2.1.1.1.
pub(crate) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// ecdsa-with-SHA256, RFC 5758 section 3.2.
pub(crate) const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ED448: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.113");
const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");
const P224: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.33");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");

/// The first element of the outermost SEQUENCE, with its header: what the signature of a certificate or a CSR covers.
pub(crate) fn signed_part(der: &[u8]) -> der::Result<&[u8]> {
    AnyRef::try_from(der)?.sequence(|reader| {
        let signed = reader.tlv_bytes()?;
        reader.drain(reader.remaining_len())?;
        Ok(signed)
    })
}

/// The elements directly inside the outermost SEQUENCE.
pub(crate) fn children(der: &[u8]) -> der::Result<Vec<AnyRef<'_>>> {
    children_of(&AnyRef::try_from(der)?)
}

/// The elements directly inside a SEQUENCE.
pub(crate) fn children_of<'d>(sequence: &AnyRef<'d>) -> der::Result<Vec<AnyRef<'d>>> {
    sequence.sequence(|reader| {
        let mut found = Vec::new();
        while !reader.is_finished() {
            found.push(reader.decode::<AnyRef<'_>>()?);
        }
        Ok(found)
    })
}

/// Whether a SEC1 `ECPrivateKey` has its curve spelt out instead of named: `[0] { SEQUENCE … }`.
pub(crate) fn has_explicit_curve(sec1: &[u8]) -> bool {
    let Ok(children) = children(sec1) else { return false };
    let parameters =
        |any: &&AnyRef<'_>| any.tag() == Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
    children.iter().find(parameters).is_some_and(|any| any.value().first() == Some(&0x30))
}

/// What kind of key an algorithm identifier stands for. `bit_string` is the key itself, which tells the length of an RSA key.
pub(crate) fn key_kind(algorithm: &AlgorithmIdentifierRef<'_>, bit_string: Option<&[u8]>) -> KeyKind {
    match algorithm.oid {
        EC_PUBLIC_KEY => match algorithm.parameters.and_then(|any| any.decode_as().ok()) {
            Some(curve) => curve_kind(curve),
            None => KeyKind::EcUnnamedCurve,
        },
        RSA_ENCRYPTION | RSA_PSS => KeyKind::Rsa { bits: bit_string.and_then(rsa_public_bits) },
        DSA => KeyKind::Dsa,
        ED25519 => KeyKind::Ed25519,
        ED448 => KeyKind::Ed448,
        X25519 => KeyKind::X25519,
        other => KeyKind::Other(other.to_string()),
    }
}

/// The kind of an EC key on the named curve.
pub(crate) fn curve_kind(curve: ObjectIdentifier) -> KeyKind {
    match curve {
        P256 => KeyKind::P256,
        P224 => KeyKind::P224,
        P384 => KeyKind::P384,
        P521 => KeyKind::P521,
        SECP256K1 => KeyKind::Secp256k1,
        other => KeyKind::EcOther(other.to_string()),
    }
}

/// The kind of the key in a SubjectPublicKeyInfo.
pub(crate) fn spki_kind(spki: &SubjectPublicKeyInfoRef<'_>) -> KeyKind {
    key_kind(&spki.algorithm, spki.subject_public_key.as_bytes())
}

/// The length in bits of the modulus in a PKCS#1 `RSAPublicKey` (n, e), RFC 8017 section A.1.1.
pub(crate) fn rsa_public_bits(pkcs1: &[u8]) -> Option<usize> {
    integer_bits(children(pkcs1).ok()?.first()?)
}

/// The length in bits of the modulus in a PKCS#1 `RSAPrivateKey` (0, n, e, …), RFC 8017 section A.1.2.
pub(crate) fn rsa_private_bits(pkcs1: &[u8]) -> Option<usize> {
    integer_bits(children(pkcs1).ok()?.get(1)?)
}

fn integer_bits(any: &AnyRef<'_>) -> Option<usize> {
    if any.tag() != Tag::Integer {
        return None;
    }
    let integer: UintRef<'_> = any.decode_as().ok()?;
    bits(integer.as_bytes())
}

/// The length in bits of a number, most significant octet first.
pub(crate) fn bits(octets: &[u8]) -> Option<usize> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let first = octets.get(zeros)?;
    Some((octets.len() - zeros) * 8 - usize::try_from(first.leading_zeros()).ok()?)
}

/// The whole length, header included, that the DER header at the start of `bytes` announces.
pub(crate) fn announced_length(bytes: &[u8]) -> Option<usize> {
    let reader = SliceReader::new(bytes).ok()?;
    let header = der::Header::peek(&reader).ok()?;
    let head = usize::try_from(u32::from(der::Encode::encoded_len(&header).ok()?)).ok()?;
    Some(head + usize::try_from(u32::from(header.length())).ok()?)
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    digest
}
