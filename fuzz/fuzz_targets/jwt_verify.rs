//! Trusting a token: both back ends say the same, nothing but what was signed is ever verified, and the verdict on times and names is the
//! one that a second reading of the claims gives.
//!
//! The input is the present and the leeway as eight octets each, little-endian, and then one of
//! - a token, as text, which nobody here has signed;
//! - a zero octet and a payload's JSON, which is signed here;
//! - an octet of one and edits, three octets each, to a genuine token: the place (two octets) and what to add to the character there.

#![no_main]

use std::sync::LazyLock;

use fuzz::{SCALAR, base64url, key, signed};
use jwt_core::key::{aws_lc, p256};
use jwt_core::{Claims, Header, Rules, UntrustedToken, VerifiedToken, VerifyError, Violation};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

const HEADER: &str = r#"{"alg":"ES256","typ":"JWT"}"#;
const SUBJECT: &str = "a-device";
const AUDIENCE: &str = "team";

struct Bench {
    fast: aws_lc::SigningKey,
    pure: p256::SigningKey,
    genuine: String,
}

static BENCH: LazyLock<Bench> = LazyLock::new(|| {
    let fast = key();
    let claims = Claims::new()
        .iss("nRF9160.a-device")
        .sub(SUBJECT)
        .aud(AUDIENCE)
        .iat(1_790_000_000)
        .exp(1_790_000_600);
    let genuine = jwt_core::sign_to_string(&Header::new().with_kid("kid"), &claims, &fast)
        .expect("a token can be made");
    Bench { fast, pure: p256::SigningKey::from_scalar(&SCALAR).expect("the same scalar"), genuine }
});

fuzz_target!(|data: &[u8]| {
    let Some((times, rest)) = data.split_at_checked(16) else { return };
    let time = |octets: &[u8]| octets.iter().rev().fold(0, |time, octet| time << 8 | u64::from(*octet));
    let rules = Rules::at(time(&times[..8]))
        .leeway(time(&times[8..]))
        .sub(SUBJECT)
        .aud(AUDIENCE)
        .max_lifetime(604_800);
    let bench = &*BENCH;
    match rest {
        [0, payload @ ..] => {
            let input = format!("{}.{}", base64url(HEADER.as_bytes()), base64url(payload));
            let token = signed(&bench.fast, &input);
            if let Some(error) = judge(&token, &rules) {
                assert!(
                    matches!(error, Refusal::Parse | Refusal::Verify(VerifyError::Payload(_))),
                    "{error:?}"
                );
            }
        }
        [1, edits @ ..] => {
            let mut token = bench.genuine.clone().into_bytes();
            for edit in edits.chunks_exact(3) {
                let place = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % token.len();
                token[place] = token[place].wrapping_add(edit[2]);
            }
            let Ok(token) = String::from_utf8(token) else { return };
            let input = |token: &str| token.rsplit_once('.').map(|(input, _)| input.to_owned());
            match judge(&token, &rules) {
                // Two signatures of one text are no forgery: (r, -s) is as right as (r, s).
                None => assert_eq!(input(&token), input(&bench.genuine), "a forgery is accepted: {token}"),
                Some(Refusal::Verify(VerifyError::Payload(error))) => {
                    panic!("a forgery is verified: {token}: {error}")
                }
                Some(_) => assert_ne!(token, bench.genuine),
            }
        }
        text => {
            let Ok(token) = std::str::from_utf8(text) else { return };
            let verdict = judge(token, &rules);
            assert!(
                matches!(verdict, Some(Refusal::Parse | Refusal::Verify(VerifyError::Signature))),
                "verified without a signature: {token}"
            );
        }
    }
});

#[derive(Debug)]
enum Refusal {
    Parse,
    Verify(VerifyError),
}

/// Why the token is not verified; of one that is, the claims are compared with the rules in two ways.
fn judge(text: &str, rules: &Rules<'_>) -> Option<Refusal> {
    let token = match UntrustedToken::parse(text) {
        Ok(token) => token,
        Err(_) => return Some(Refusal::Parse),
    };
    let (mut one, mut other) = (vec![0; token.payload_len()], vec![0; token.payload_len()]);
    let verified = token.verify(BENCH.fast.verifying_key(), &mut one);
    let by_pure = token.verify(BENCH.pure.verifying_key(), &mut other);
    assert_eq!(verified.as_ref().err(), by_pure.as_ref().err(), "the back ends differ");
    match verified {
        Ok(verified) => validate(&verified, rules),
        Err(error) => return Some(Refusal::Verify(error)),
    }
    None
}

fn validate(verified: &VerifiedToken<'_>, rules: &Rules<'_>) {
    let result = verified.validate(rules);
    // The second reader takes no number beyond an `f64`.
    let Ok(claims) = serde_json::from_str::<Map<String, Value>>(verified.claims().json()) else { return };
    let time = |name: &str| claims.get(name).and_then(Value::as_u64).map(i128::from);
    let (now, leeway) = (i128::from(rules.now), i128::from(rules.leeway));
    let (exp, nbf, iat) = (time("exp"), time("nbf"), time("iat"));
    // Sums saturate at the end of 64 bits.
    let end = i128::from(u64::MAX);
    let later = (now + leeway).min(end);
    let life = exp.map(|exp| exp - iat.unwrap_or(now));
    let is_for = |aud: &Value| match aud {
        Value::Array(several) => several.iter().any(|one| one == AUDIENCE),
        one => one == AUDIENCE,
    };
    let week = 604_800;
    let age = iat.filter(|_| exp.is_none()).map(|iat| now - iat);
    let expected = [
        exp.is_some_and(|exp| now >= (exp + leeway).min(end)),
        nbf.is_some_and(|nbf| nbf > later),
        iat.is_some_and(|iat| iat > later),
        life.is_some_and(|life| life > week),
        life.is_some_and(|life| life < 0) && iat.is_some(),
        age.is_some_and(|age| age > (week + leeway).min(end)),
        exp.is_none() && iat.is_none(),
        claims.get("sub").is_none_or(|sub| sub != SUBJECT),
        !claims.get("aud").is_some_and(is_for),
    ];
    let mut found = [false; 9];
    if let Err(violations) = &result {
        assert!(!violations.to_string().is_empty());
        for violation in violations.iter() {
            let place = match violation {
                Violation::Expired { .. } => 0,
                Violation::NotYetValid { .. } => 1,
                Violation::IssuedInFuture { .. } => 2,
                Violation::LifetimeTooLong { .. } => 3,
                Violation::ExpiresBeforeIssued { .. } => 4,
                Violation::TooOld { .. } => 5,
                Violation::Timeless { .. } => 6,
                Violation::Subject { .. } => 7,
                Violation::Audience { .. } => 8,
                other => panic!("nobody asked for that: {other}"),
            };
            found[place] = true;
        }
    }
    assert_eq!(found, expected, "{}", verified.claims().json());
    assert_eq!(result.is_ok(), expected == [false; 9]);
}
