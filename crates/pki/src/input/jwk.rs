//! JSON Web Keys (RFC 7517): P-256 keys alone, and the name of any other.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::asn1;
use crate::input::Item;
use crate::key::{KeyError, KeyKind, PrivateKey, PublicKey};

/// Reads a key or a set of keys, each by itself.
pub(super) fn read(text: &str) -> Result<Vec<Result<Item, JwkError>>, JwkError> {
    let json = |error: serde_json::Error| {
        // The words of serde_json may repeat a value, and that may be the secret one: only the place is kept.
        JwkError::Json { line: error.line(), column: error.column() }
    };
    let mut document: Jwk = serde_json::from_str(text).map_err(json)?;
    match document.keys.take() {
        Some(keys) if keys.is_empty() => Err(JwkError::EmptySet),
        Some(keys) => Ok(keys.into_iter().map(item).collect()),
        None => Ok(vec![item(document)]),
    }
}

/// A key, or a set of keys: which of the two, the field `keys` tells.
#[derive(Deserialize)]
struct Jwk {
    keys: Option<Vec<Self>>,
    kty: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<Secret>,
    n: Option<String>,
}

#[derive(Deserialize)]
#[serde(from = "String")]
struct Secret(Zeroizing<String>);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

fn item(jwk: Jwk) -> Result<Item, JwkError> {
    match (jwk.kty.as_deref(), jwk.crv.as_deref()) {
        (None, _) => return Err(JwkError::Missing { field: "kty" }),
        (Some("EC"), Some("P-256")) => {}
        (Some("EC"), None) => return Err(JwkError::Missing { field: "crv" }),
        (Some("EC"), Some(curve)) => return Err(KeyError::from(curve_kind(curve)).into()),
        (Some("RSA"), _) => {
            let modulus = jwk.n.as_deref().and_then(|n| Base64UrlUnpadded::decode_vec(n).ok());
            let bits = modulus.as_deref().and_then(asn1::bits);
            return Err(KeyError::from(KeyKind::Rsa { bits }).into());
        }
        (Some("OKP"), Some(curve)) => return Err(KeyError::from(curve_kind(curve)).into()),
        (Some("oct"), _) => return Err(KeyError::from(KeyKind::Other("HMAC".to_owned())).into()),
        (Some(other), _) => {
            return Err(KeyError::from(KeyKind::Other(other.escape_debug().to_string())).into());
        }
    }
    let mut point = [4; 65];
    point[1..33].copy_from_slice(coordinate("x", jwk.x.as_deref())?.as_slice());
    point[33..].copy_from_slice(coordinate("y", jwk.y.as_deref())?.as_slice());
    let public = PublicKey::from_sec1_point(&point)?;
    let Some(Secret(d)) = jwk.d else { return Ok(Item::PublicKey(public)) };
    let private = PrivateKey::from_scalar(&*coordinate("d", Some(&d))?)?;
    if private.public_key() != public {
        return Err(KeyError::Mismatch.into());
    }
    Ok(Item::PrivateKey(private))
}

fn coordinate(field: &'static str, text: Option<&str>) -> Result<Zeroizing<[u8; 32]>, JwkError> {
    let text = text.ok_or(JwkError::Missing { field })?;
    let mut octets = Zeroizing::new([0; 32]);
    let found =
        Base64UrlUnpadded::decode(text, octets.as_mut_slice()).map_err(|_| JwkError::Coordinate { field })?;
    if found.len() == 32 { Ok(octets) } else { Err(JwkError::Coordinate { field }) }
}

fn curve_kind(curve: &str) -> KeyKind {
    match curve {
        "P-384" => KeyKind::P384,
        "P-521" => KeyKind::P521,
        "secp256k1" => KeyKind::Secp256k1,
        "Ed25519" => KeyKind::Ed25519,
        "Ed448" => KeyKind::Ed448,
        "X25519" => KeyKind::X25519,
        other => KeyKind::EcOther(other.escape_debug().to_string()),
    }
}

/// Why a JSON Web Key cannot be read. No variant holds a value of the key.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JwkError {
    /// Not JSON, or a field of another type.
    #[error("not a JSON Web Key: the JSON is not as it should be at its line {line}, column {column}")]
    Json {
        /// The line in the JSON, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A field that must be there is not.
    #[error("not a JSON Web Key: the field `{field}` is missing")]
    Missing {
        /// Which.
        field: &'static str,
    },
    /// A set without a key.
    #[error("the set of JSON Web Keys is empty")]
    EmptySet,
    /// A number that is not 32 octets of base64url.
    #[error("the field `{field}` of the JSON Web Key is not 32 octets of base64url")]
    Coordinate {
        /// Which.
        field: &'static str,
    },
    /// A key that cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}
