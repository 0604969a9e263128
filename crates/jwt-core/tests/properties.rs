//! Whatever is signed is read back; whatever is changed is refused; whatever comes, the parser returns.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use jwt_core::key::p256::SigningKey;
use jwt_core::{Claims, Header, SerdePayload, UntrustedToken, lenient};
use proptest::prelude::*;

fn key() -> SigningKey {
    SigningKey::from_scalar(&[7; 32]).unwrap()
}

#[derive(Debug, serde::Serialize)]
struct Numbers {
    a: u8,
    b: i64,
    c: u64,
    d: i128,
    e: u128,
    f: i8,
    g: f64,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn round_trip(
        sub in ".{0,40}", iss in proptest::option::of(".{0,20}"), auds in proptest::collection::vec(".{0,8}", 0..4),
        kid in proptest::option::of(".{0,20}"),
        iat in 0..=jwt_core::MAX_TIME, exp in 0..=jwt_core::MAX_TIME,
        custom in proptest::collection::btree_map("[a-z]{4,8}", ".{0,8}", 0..4),
    ) {
        let auds: Vec<&str> = auds.iter().map(String::as_str).collect();
        let mut claims = Claims::new().sub(&sub).iat(iat).exp(exp).aud_many(&auds);
        if let Some(iss) = &iss {
            claims = claims.iss(iss);
        }
        let claims = claims.custom(&custom);
        let mut header = Header::new();
        if let Some(kid) = &kid {
            header = header.with_kid(kid);
        }
        let mut buf = vec![0; jwt_core::encoded_len(&header, &claims).unwrap()];
        let token = jwt_core::sign(&header, &claims, &key(), &mut buf).unwrap();
        let parsed = UntrustedToken::parse(token).unwrap();
        prop_assert_eq!(parsed.kid().map(|kid| kid.to_string()), kid);
        let mut payload = vec![0; parsed.payload_len()];
        let verified = parsed.verify(key().verifying_key(), &mut payload).unwrap();
        let read = verified.claims();
        prop_assert!(read.sub().unwrap() == sub.as_str());
        prop_assert_eq!(read.iss().map(|iss| iss.to_string()), iss);
        prop_assert_eq!((read.iat(), read.exp()), (Some(iat), Some(exp)));
        let mut found = Vec::new();
        read.aud().unwrap().for_each(|aud| found.push(aud.to_string()));
        prop_assert_eq!(found, auds);
        let json: serde_json::Value = serde_json::from_str(read.json()).unwrap();
        for (name, value) in &custom {
            prop_assert_eq!(json[name].as_str(), Some(value.as_str()));
        }
    }

    #[test]
    fn numbers_are_written_as_serde_json_reads_them(
        a: u8, b: i64, c: u64, d: i128, e: u128, f: i8, g in proptest::num::f64::NORMAL | proptest::num::f64::ZERO,
    ) {
        let numbers = Numbers { a, b, c, d, e, f, g };
        let mut buf = [0; 1024];
        let token = jwt_core::sign(&Header::new(), &SerdePayload(&numbers), &key(), &mut buf).unwrap();
        let parsed = UntrustedToken::parse(token).unwrap();
        let mut payload = [0; 768];
        let json = parsed.claims_unverified(&mut payload).unwrap().json().to_owned();
// serde_json's own float parser rounds; the standard library's does not.
        let found: Vec<&str> = json.trim_matches(['{', '}']).split(',').map(|member| &member[4..]).collect();
        prop_assert_eq!(
            (found[0].parse(), found[1].parse(), found[2].parse(), found[3].parse(), found[4].parse()),
            (Ok(a), Ok(b), Ok(c), Ok(d), Ok(e))
        );
        prop_assert_eq!((found[5].parse(), found[6].parse()), (Ok(f), Ok(g)));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    }

    #[test]
    fn any_text_returns(token in "[A-Za-z0-9_.=+/ -]{0,200}") {
        let _ = UntrustedToken::parse(&token);
    }

    #[test]
    fn any_header_and_payload_return(header in proptest::collection::vec(any::<u8>(), 0..64), payload in ".{0,64}") {
        use base64::engine::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let signature = URL_SAFE_NO_PAD.encode([1; 64]);
        let token = format!(
            "{}.{}.{signature}",
            URL_SAFE_NO_PAD.encode(&header),
            URL_SAFE_NO_PAD.encode(payload.as_bytes())
        );
        if let Ok(token) = UntrustedToken::parse(&token) {
            let mut buf = [0; 512];
            let _ = token.claims_unverified(&mut buf);
        }
    }

    #[test]
    fn mutations_never_verify(at in 0_usize..160, letter in "[A-Za-z0-9_-]") {
        let mut buf = [0; 512];
        let claims = Claims::new().sub("a-device").iat(1);
        let token = jwt_core::sign(&Header::new(), &claims, &key(), &mut buf).unwrap();
        let mut changed = token.to_owned();
        let at = at % token.len();
        changed.replace_range(at..=at, &letter);
        if changed != token {
            let mut payload = [0; 256];
            let verified =
                UntrustedToken::parse(&changed).is_ok_and(|parsed| parsed.verify(key().verifying_key(), &mut payload).is_ok());
            prop_assert!(!verified);
        }
    }

    #[test]
    fn lenience_finds_the_token_in_its_wrapping(before in "[ \t\r\n\"']{0,4}", after in "[ \t\r\n\"']{0,4}", bearer: bool, cut in 0_usize..100) {
        let mut buf = [0; 512];
        let token = jwt_core::sign(&Header::new(), &Claims::new().sub(">>>???"), &key(), &mut buf).unwrap();
        let broken = format!("{}\r\n  {}", &token[..cut], &token[cut..]);
        let scheme = if bearer { "bearer " } else { "" };
        let wrapped = format!("{before}{scheme}{}{after}", broken.replace('-', "+").replace('_', "/"));
        let mut clean = vec![0; wrapped.len()];
        prop_assert_eq!(lenient::clean(&wrapped, &mut clean), Some(token));
    }
}
