//! What a DER document is, by its shape alone: labels and file names are not believed.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Class, Tag, Tagged};
use zeroize::Zeroizing;

use crate::asn1;
use crate::certificate::Certificate;
use crate::csr::CertificateRequest;
use crate::input::{EncryptedPrivateKey, Item, Problem};
use crate::key::{KeyError, KeyKind, PrivateKey, PublicKey};

/// The documents in a file of DER with their offsets: several where each is whole and the next begins right behind it.
pub(super) fn split(mut rest: &[u8]) -> Vec<(usize, &[u8])> {
    let (mut documents, mut offset) = (Vec::new(), 0);
    while let Some(length) = asn1::announced_length(rest)
        && let Some((document, next @ [0x30 | 0x06, ..])) = rest.split_at_checked(length)
    {
        documents.push((offset, document));
        (rest, offset) = (next, offset + length);
    }
    documents.push((offset, rest));
    documents
}

/// Judges one document.
pub(super) fn identify(der: &[u8], passphrase: Option<&[u8]>) -> Result<Item, Problem> {
    if let [0x04, ..] = der
        && der.len() == 65
    {
        return Ok(Item::PublicKey(PublicKey::from_sec1_point(der)?));
    }
    match asn1::announced_length(der) {
        Some(announced) if announced > der.len() => {
            return Err(Problem::CutShort { announced, found: der.len() });
        }
        Some(announced) if announced < der.len() => {
            return Err(Problem::Trailing { octets: der.len() - announced });
        }
        _ => {}
    }
    if let Ok(curve) = AnyRef::try_from(der).and_then(AnyRef::decode_as::<ObjectIdentifier>) {
        return Ok(Item::EcParameters(asn1::curve_kind(curve)));
    }
    let children = match asn1::children(der) {
        Ok(children) => children,
        Err(error) if der.first() == Some(&0x30) => return Err(KeyError::Der(error).into()),
        Err(_) => return Err(Problem::UnknownDer),
    };
    use Tag::{BitString, Integer, ObjectIdentifier as Oid, OctetString, Sequence};
    let tags: Vec<Tag> = children.iter().map(Tagged::tag).collect();
    match tags.as_slice() {
        [Integer, OctetString, ..] => Ok(Item::PrivateKey(PrivateKey::from_sec1_der(der)?)),
        [Integer, Sequence, OctetString, ..] => Ok(Item::PrivateKey(PrivateKey::from_pkcs8_der(der)?)),
        [Sequence, OctetString] => match passphrase {
            Some(passphrase) => Ok(Item::PrivateKey(PrivateKey::from_encrypted_pkcs8_der(der, passphrase)?)),
            None => Ok(Item::EncryptedPrivateKey(EncryptedPrivateKey { der: Zeroizing::new(der.to_vec()) })),
        },
        [Sequence, BitString] => Ok(Item::PublicKey(PublicKey::from_spki_der(der)?)),
        [Sequence, Sequence, BitString] => signed(der, &children[0]),
        [Oid, ..] => Err(Problem::Foreign("a PKCS#7 container")),
        [Integer, Sequence, ..] if children[0].value() == [3] => Err(Problem::Foreign("a PKCS#12 container")),
        // Explicit parameters of a curve begin with the version 1 and the field.
        [Integer, Sequence, Sequence, OctetString, Integer, ..] => {
            Ok(Item::EcParameters(KeyKind::EcUnnamedCurve))
        }
        [Integer, Integer] => match asn1::rsa_public_bits(der) {
            // The numbers of an ECDSA signature are shorter than the modulus of any RSA key.
            Some(bits) if bits > 528 => Err(KeyError::from(KeyKind::Rsa { bits: Some(bits) }).into()),
            _ => Err(Problem::Foreign("an ECDSA signature")),
        },
        [Integer, Integer, Integer, Integer, Integer, Integer] => Err(KeyError::from(KeyKind::Dsa).into()),
        [Integer, Integer, Integer, Integer, Integer, Integer, Integer, Integer, Integer, ..] => {
            Err(KeyError::from(KeyKind::Rsa { bits: asn1::rsa_private_bits(der) }).into())
        }
        _ => Err(Problem::UnknownDer),
    }
}

/// A certificate, a request or a revocation list: something signed.
fn signed(der: &[u8], content: &AnyRef<'_>) -> Result<Item, Problem> {
    let children = asn1::children_of(content).map_err(KeyError::Der)?;
    let tags: Vec<Tag> = children.iter().map(Tagged::tag).collect();
    let time = |tag: &Tag| matches!(tag, Tag::UtcTime | Tag::GeneralizedTime);
    if tags.iter().any(time) {
        return Err(Problem::Foreign("a certificate revocation list"));
    }
    let versioned = tags.first().is_some_and(|tag| tag.class() == Class::ContextSpecific);
    if versioned || tags.len() >= 6 {
        return Ok(Item::Certificate(Certificate::from_der(der)?));
    }
    Ok(Item::CertificateRequest(CertificateRequest::from_der(der)?))
}
