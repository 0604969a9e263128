//! Reading a token: it never panics, what it accepts it reads right, and it draws the line where `jsonwebtoken` does.
//!
//! The input is either a token, or a header's JSON, a zero octet and a payload's JSON, which are encoded here. In both cases the two parts
//! are signed with a known key, so that every difference is one of form.
//!
//! **Well-formed** means: header, structure and claims are accepted by `jwt-core`. Then `jsonwebtoken` has to accept the token, too, with
//! the same header and claims, save for two known reasons ([`peer_may_refuse`]): a number that is no `f64`, which `jwt-core` keeps as text,
//! and header parameters for keys, certificates and compression, which `jwt-core` does not read. In the other direction, a token that
//! `jsonwebtoken` accepts may be refused for the reasons that RFC 8725 and the limits of `jwt-core` give ([`we_may_refuse`]), and for no
//! other: no fault in JSON or base64url may be one that the peer does not see.

#![no_main]

use std::collections::HashSet;
use std::sync::LazyLock;

use fuzz::{base64url, key, signed};
use jsonwebtoken::{Algorithm, DecodingKey, TokenData, Validation};
use jwt_core::key::aws_lc;
use jwt_core::{
    ClaimsView, JsonErrorKind, MAX_HEADER_LEN, MAX_TOKEN_LEN, ParseError, Part, UntrustedToken, VerifyError,
};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

struct Bench {
    key: aws_lc::SigningKey,
    peer_key: DecodingKey,
    permissive: Validation,
}

static BENCH: LazyLock<Bench> = LazyLock::new(|| {
    let key = key();
    let mut permissive = Validation::new(Algorithm::ES256);
    permissive.required_spec_claims = HashSet::new();
    permissive.validate_exp = false;
    permissive.validate_aud = false;
    let peer_key = DecodingKey::from_ec_der(&key.verifying_key().to_sec1_point());
    Bench { key, peer_key, permissive }
});

fuzz_target!(|data: &[u8]| {
    if let Some(zero) = data.iter().position(|octet| *octet == 0) {
        let (header, payload) = (&data[..zero], &data[zero + 1..]);
        compare(&format!("{}.{}", base64url(header), base64url(payload)));
    } else if let Ok(text) = std::str::from_utf8(data) {
        read(text);
        let mut clean = vec![0; text.len()];
        jwt_core::lenient::clean(text, &mut clean).expect("the length of the text suffices");
        if let Some((signing_input, _)) = text.rsplit_once('.') {
            compare(signing_input);
        }
    }
});

/// Whatever the text is, its parts can be asked for.
fn read(text: &str) {
    let token = match UntrustedToken::parse(text) {
        Ok(token) => token,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert!(text.len() <= MAX_TOKEN_LEN);
    // There is one text for each token.
    assert_eq!(format!("{}.{}", token.signing_input(), base64url(&token.signature().to_bytes())), text);
    let header = header_json(&token);
    serde_json::from_str::<Map<String, Value>>(&header).map_or_else(only_a_huge_number, drop);
    assert!(text.starts_with(&format!("{}.", base64url(header.as_bytes()))));
    let mut buf = vec![0; token.payload_len()];
    match token.claims_unverified(&mut buf) {
        Ok(claims) => walk(&claims),
        Err(error) => assert!(!matches!(error, ParseError::BufferTooSmall { .. }), "{error}"),
    }
}

fn header_json(token: &UntrustedToken<'_>) -> String {
    let mut buf = [0; MAX_HEADER_LEN];
    token.header_json(&mut buf).expect("the longest header fits").to_owned()
}

fn walk(claims: &ClaimsView<'_>) {
    let mut members = 0;
    claims.for_each(|name, value| {
        members += 1;
        assert!(!format!("{name}{value:?}").is_empty());
    });
    match serde_json::from_str::<Map<String, Value>>(claims.json()) {
        Ok(object) => assert_eq!(object.len(), members),
        Err(error) => only_a_huge_number(error),
    }
}

fn only_a_huge_number(error: serde_json::Error) {
    assert!(error.to_string().starts_with("number out of range"), "accepted, and no JSON: {error}");
}

/// Both readers on the same two parts, with a right signature.
fn compare(signing_input: &str) {
    let bench = &*BENCH;
    let text = signed(&bench.key, signing_input);
    let theirs = jsonwebtoken::decode::<Value>(&text, &bench.peer_key, &bench.permissive);
    let mut buf = vec![0; text.len()];
    let ours = match UntrustedToken::parse(&text) {
        Err(error) => Err(error),
        Ok(token) => match token.verify(bench.key.verifying_key(), &mut buf) {
            Ok(verified) => Ok((token.clone(), verified)),
            Err(VerifyError::Payload(error)) => Err(error),
            Err(error) => panic!("the signature is right: {error}"),
        },
    };
    match (ours, theirs) {
        (Ok((token, verified)), Ok(theirs)) => same(&token, verified.claims(), &theirs),
        (Ok((token, verified)), Err(error)) => {
            let (header, payload) = (header_json(&token), verified.claims().json());
            assert!(
                peer_may_refuse(&header, payload),
                "jsonwebtoken alone refuses: {error}\n{header}\n{payload}"
            );
        }
        (Err(error), Ok(theirs)) => {
            assert!(
                we_may_refuse(&error),
                "jwt-core alone refuses: {error}\n{:?}\n{}",
                theirs.header,
                theirs.claims
            );
        }
        (Err(_), Err(_)) => {}
    }
}

fn same(token: &UntrustedToken<'_>, claims: &ClaimsView<'_>, theirs: &TokenData<Value>) {
    assert_eq!(token.kid().map(|kid| kid.to_string()), theirs.header.kid);
    assert_eq!(token.typ().map(|typ| typ.to_string()), theirs.header.typ);
    let object = theirs.claims.as_object().expect("jwt-core has seen an object");
    let text = |name: &str| object.get(name).map(|value| value.as_str().expect("a string").to_owned());
    let time = |name: &str| object.get(name).map(|value| value.as_u64().expect("a time"));
    assert_eq!(claims.iss().map(|iss| iss.to_string()), text("iss"));
    assert_eq!(claims.sub().map(|sub| sub.to_string()), text("sub"));
    assert_eq!(claims.jti().map(|jti| jti.to_string()), text("jti"));
    assert_eq!(claims.exp(), time("exp"));
    assert_eq!(claims.nbf(), time("nbf"));
    assert_eq!(claims.iat(), time("iat"));
    let mut audiences = Vec::new();
    if let Some(aud) = claims.aud() {
        aud.for_each(|one| audiences.push(Value::from(one.to_string())));
    }
    let theirs: Vec<Value> = match object.get("aud") {
        None => Vec::new(),
        Some(Value::Array(several)) => several.clone(),
        Some(one) => vec![one.clone()],
    };
    assert_eq!(audiences, theirs);
    walk(claims);
}

/// Why `jsonwebtoken` may refuse what `jwt-core` accepts.
fn peer_may_refuse(header: &str, payload: &str) -> bool {
    const NOT_READ_BY_US: [&str; 12] =
        ["cty", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "enc", "zip", "url", "nonce", "crit"];
    let is_huge_number = |json: &str| {
        serde_json::from_str::<Value>(json)
            .is_err_and(|error| error.to_string().starts_with("number out of range"))
    };
    let has_foreign_parameter = serde_json::from_str::<Map<String, Value>>(header)
        .is_ok_and(|header| NOT_READ_BY_US.iter().any(|name| header.contains_key(*name)));
    has_foreign_parameter || is_huge_number(header) || is_huge_number(payload)
}

/// Why `jwt-core` may refuse what `jsonwebtoken` accepts.
fn we_may_refuse(error: &ParseError) -> bool {
    match error {
        // Limits.
        ParseError::TooLong { .. } | ParseError::HeaderTooLong { .. } => true,
        // Extensions that must be understood (RFC 7515 section 4.1.11, RFC 7797).
        ParseError::Critical | ParseError::UnencodedPayload => true,
        // Claims and parameters have the types and the range that their RFCs give them.
        ParseError::Type { .. } | ParseError::Time { .. } => true,
        ParseError::Json { part, error } => match error.kind {
            JsonErrorKind::Duplicate | JsonErrorKind::Depth | JsonErrorKind::Members => true,
            // The peer takes an array for a struct.
            JsonErrorKind::NotAnObject => *part == Part::Payload,
            _ => false,
        },
        _ => false,
    }
}
