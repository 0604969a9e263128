//! Tokens that nobody may accept, each with one thing wrong.

use std::error::Error;

use base64::engine::{Engine, general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use jwt_core::key::p256::SigningKey;
use jwt_core::{Claims, Header, sign_to_string};
use serde_json::json;

use crate::Request;

/// Names and tokens.
pub(crate) fn tokens(request: &Request) -> Result<Vec<(&'static str, String)>, Box<dyn Error>> {
    let key = SigningKey::from_pem(&request.private_key)?;
    let other_key = SigningKey::from_scalar(&[0x55; 32])?;
    let now = request.now;
    let claims = Claims::new().sub("a-device").iat(now).exp(now + 600);
    let good = sign_to_string(&Header::new(), &claims, &key)?;
    let (input, signature) = good.rsplit_once('.').ok_or("a token has dots")?;
    let (header, payload) = input.split_once('.').ok_or("a token has dots")?;
    let octets = URL_SAFE_NO_PAD.decode(signature)?;
    let with_signature = |octets: &[u8]| format!("{input}.{}", URL_SAFE_NO_PAD.encode(octets));
    let with_alg = |alg: &str| URL_SAFE_NO_PAD.encode(json!({"alg": alg, "typ": "JWT"}).to_string());
    let (r, s) = octets.split_at(32);

    Ok(vec![
        ("another key's signature", sign_to_string(&Header::new(), &claims, &other_key)?),
        ("another subject under the signature", {
            let claims = json!({"sub": "another-device", "iat": now, "exp": now + 600});
            format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims.to_string()))
        }),
        ("a kid added under the signature", {
            let header = json!({"alg": "ES256", "typ": "JWT", "kid": "x"});
            format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode(header.to_string()))
        }),
        ("alg none, no signature", format!("{}.{payload}.", with_alg("none"))),
        ("alg none, a signature", format!("{}.{payload}.{signature}", with_alg("none"))),
        ("alg ES384 over an ES256 signature", format!("{}.{payload}.{signature}", with_alg("ES384"))),
        ("HS256 with the public key as the secret", {
            let claims = json!({"sub": "a-device", "iat": now, "exp": now + 600});
            let header = jsonwebtoken::Header::new(Algorithm::HS256);
            let secret = EncodingKey::from_secret(request.public_key.as_bytes());
            jsonwebtoken::encode(&header, &claims, &secret)?
        }),
        ("no signature", format!("{input}.")),
        ("a signature in DER", with_signature(&der(r, s))),
        ("a signature one octet short", with_signature(&octets[..63])),
        ("a signature one octet long", with_signature(&[octets.as_slice(), &[0]].concat())),
        ("r and s zero", with_signature(&[0; 64])),
        ("r and s exchanged", with_signature(&[s, r].concat())),
        ("expired", sign_to_string(&Header::new(), &Claims::new().sub("a-device").exp(now - 120), &key)?),
        (
            "not yet valid",
            sign_to_string(&Header::new(), &Claims::new().sub("a-device").nbf(now + 3600), &key)?,
        ),
        ("two parts", input.to_owned()),
        ("four parts", format!("{good}.{signature}")),
    ])
}

/// SEQUENCE of two INTEGERs.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let mut sequence = Vec::new();
    for half in [r, s] {
        let zeros = half.iter().take_while(|octet| **octet == 0).count();
        let half = &half[zeros..];
        let sign = if half.first().is_some_and(|octet| octet & 0x80 != 0) { &[0][..] } else { &[] };
        // Both are at most 33 octets long.
        sequence.extend([2, u8::try_from(sign.len() + half.len()).unwrap_or(u8::MAX)]);
        sequence.extend(sign);
        sequence.extend(half);
    }
    [&[0x30, u8::try_from(sequence.len()).unwrap_or(u8::MAX)], sequence.as_slice()].concat()
}
