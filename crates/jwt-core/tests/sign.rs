//! What is signed, byte for byte.

#![cfg(any(feature = "p256", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use base64::engine::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_core::{
    Claims, Header, JsonPayload, MAX_HEADER_LEN, ParseError, Payload, SerdePayload, SignError, Signature,
    Signer, UntrustedToken,
};
use keys::key;
use serde::Serialize;

#[path = "support/keys.rs"]
mod keys;

fn json_of<P: Payload>(payload: &P) -> String {
    let mut buf = [0; 1024];
    let token = jwt_core::sign(&Header::new(), payload, &key(), &mut buf).unwrap();
    assert_eq!(token.len(), jwt_core::encoded_len(&Header::new(), payload).unwrap());
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    String::from_utf8(payload).unwrap()
}

#[test]
fn claims_stand_in_the_callers_order() {
    let claims = Claims::new().iat(1).sub("a").exp(3).iss("i").nbf(2).jti("j").aud("x").iat(9);
    assert_eq!(json_of(&claims), r#"{"iat":9,"sub":"a","exp":3,"iss":"i","nbf":2,"jti":"j","aud":"x"}"#);
    assert_eq!(json_of(&Claims::new()), "{}");
    assert_eq!(json_of(&Claims::new().aud_many(&["x", "y\"z"])), r#"{"aud":["x","y\"z"]}"#);
}

#[test]
fn custom_claims_follow() {
    #[derive(Serialize)]
    enum Kind {
        Unit,
        New(u8),
        Tuple(u8, i8),
        Struct { a: bool },
    }
    #[derive(Serialize)]
    struct Custom<'a> {
        text: &'a str,
        number: f64,
        list: [Kind; 4],
        nothing: Option<u8>,
        letter: char,
    }
    let custom = Custom {
        text: "é\u{1}\n\\",
        number: -0.5,
        list: [Kind::Unit, Kind::New(1), Kind::Tuple(2, -3), Kind::Struct { a: true }],
        nothing: None,
        letter: 'x',
    };
    let expected = r#""text":"é\u0001\n\\","number":-0.5,"list":["Unit",{"New":1},{"Tuple":[2,-3]},{"Struct":{"a":true}}],"nothing":null,"letter":"x"}"#;
    assert_eq!(json_of(&Claims::new().sub("s").custom(&custom)), format!("{{\"sub\":\"s\",{expected}"));
    assert_eq!(json_of(&SerdePayload(&custom)), format!("{{{expected}"));
    assert_eq!(serde_json::to_string(&custom).unwrap(), format!("{{{expected}"), "and serde_json agrees");
}

#[test]
fn a_text_is_signed_as_it_stands() {
    let text = " {\"b\":1, \"a\":2}  ";
    assert_eq!(json_of(&JsonPayload::new(text).unwrap()), text);
    let refusal = JsonPayload::new("{\"a\":1,\"a\":2}").unwrap_err();
    assert_eq!(refusal.to_string(), "the payload is not valid JSON: duplicate member at byte 7");
}

#[test]
fn refusals_name_the_rule() {
    let refused = |result: Result<usize, SignError>| result.unwrap_err().to_string();
    let header = Header::new();
    let len = |claims: &dyn Payload| jwt_core::encoded_len(&header, claims);
    let map = std::collections::BTreeMap::from([("exp", 1)]);
    assert_eq!(refused(len(&Claims::new().custom(&map))), "custom claims contain the registered claim `exp`");
    #[derive(Serialize)]
    struct Sub {
        sub: u8,
    }
    assert_eq!(
        refused(len(&Claims::new().custom(Sub { sub: 1 }))),
        "custom claims contain the registered claim `sub`"
    );
    assert_eq!(refused(len(&Claims::new().custom(5))), "custom claims are not a struct or a map");
    assert_eq!(refused(len(&Claims::new().custom("text"))), "custom claims are not a struct or a map");
    let map = std::collections::BTreeMap::from([(1, 1)]);
    assert_eq!(refused(len(&Claims::new().custom(&map))), "custom claims contain a key that is not a string");
    let map = std::collections::BTreeMap::from([("x", f32::NAN)]);
    assert_eq!(
        refused(len(&Claims::new().custom(&map))),
        "custom claims contain a number that is not finite"
    );
    assert_eq!(
        refused(len(&Claims::new().exp(u64::MAX))),
        "a time is past 253402300799 s, the end of the year 9999"
    );
    let long = "x".repeat(8192);
    assert_eq!(
        refused(len(&Claims::new().sub(&long))),
        "the token would have 11060 bytes, the limit is 8192"
    );
    let mut buf = vec![0; 20_000];
    assert_eq!(
        jwt_core::sign(&header, &Claims::new().sub(&long), &key(), &mut buf).unwrap_err(),
        SignError::TooLong { len: 11060 }
    );
}

#[test]
fn every_shorter_buffer_is_refused_with_the_length_needed() {
    let claims = Claims::new().sub("a-device").iat(1_700_000_000);
    let header = Header::new().with_kid("k");
    let needed = jwt_core::encoded_len(&header, &claims).unwrap();
    let mut buf = vec![0; needed];
    for available in 0..needed {
        let error = jwt_core::sign(&header, &claims, &key(), &mut buf[..available]).unwrap_err();
        assert_eq!(error, SignError::BufferTooSmall { needed, available });
    }
    assert_eq!(jwt_core::sign(&header, &claims, &key(), &mut buf).unwrap().len(), needed);
}

#[test]
fn headers_carry_no_other_algorithm() {
    let header_of = |header: &Header<'_>| {
        let mut buf = [0; 512];
        let token = jwt_core::sign(header, &Claims::new(), &key(), &mut buf).unwrap();
        let parsed = UntrustedToken::parse(token).unwrap();
        assert_eq!(parsed.typ().map(|typ| typ.to_string()).as_deref(), header.typ());
        assert_eq!(parsed.kid().map(|kid| kid.to_string()).as_deref(), header.kid());
        parsed.header_json(&mut [0; MAX_HEADER_LEN]).unwrap().to_owned()
    };
    assert_eq!(header_of(&Header::new()), r#"{"alg":"ES256","typ":"JWT"}"#);
    assert_eq!(header_of(&Header::new().with_typ(None)), r#"{"alg":"ES256"}"#);
    assert_eq!(header_of(&Header::new().with_kid("a\"b")), r#"{"alg":"ES256","typ":"JWT","kid":"a\"b"}"#);
}

#[test]
#[cfg(feature = "alloc")]
fn further_parameters_stand_behind_and_only_where_a_reader_takes_them() {
    let sign = |extra: &[(&str, &str)]| {
        let header = Header::new().with_kid("k").with_extra(extra);
        let token = jwt_core::sign_to_string(&header, &Claims::new(), &key())?;
        assert_eq!(token.len(), jwt_core::encoded_len(&header, &Claims::new()).unwrap());
        let json = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        UntrustedToken::parse(&token).unwrap();
        Ok::<_, SignError>(String::from_utf8(json).unwrap())
    };
    assert_eq!(
        sign(&[("x5t#S256", "AQ"), ("a\n", "\"")]).unwrap(),
        r#"{"alg":"ES256","typ":"JWT","kid":"k","x5t#S256":"AQ","a\n":"\""}"#
    );
    for (extra, message) in [
        (&[("alg", "none")][..], "the header is not acceptable JSON: duplicate member at byte 37"),
        (&[("typ", "JWT")], "the header is not acceptable JSON: duplicate member at byte 37"),
        (&[("a", ""), ("a", "")], "the header is not acceptable JSON: duplicate member at byte 44"),
        (&[("crit", "exp")], "the header has `crit`, and no extension is known here"),
        (&[("b64", "false")], "the header has `b64`: unencoded payloads are not accepted"),
    ] {
        assert_eq!(sign(extra).unwrap_err().to_string(), message, "{extra:?}");
    }
    let long = "x".repeat(MAX_HEADER_LEN);
    assert_eq!(sign(&[("a", &long)]).unwrap_err(), SignError::HeaderTooLong { len: 556 });
}

/// What no reader of this crate takes is not signed.
#[test]
fn what_cannot_be_read_is_not_signed() {
    fn refused<P: Payload>(payload: &P) -> String {
        let mut buf = [0; 8192];
        jwt_core::sign(&Header::new(), payload, &key(), &mut buf).unwrap_err().to_string()
    }
    #[derive(Serialize)]
    struct Exp<T> {
        exp: T,
    }
    #[derive(Serialize)]
    struct Flattened {
        a: u8,
        #[serde(flatten)]
        more: std::collections::BTreeMap<&'static str, u8>,
    }
    let exp = "`exp` is not a whole number of seconds from 0 to 253402300799";
    assert_eq!(JsonPayload::new(r#"{"exp":1e9}"#).unwrap_err().to_string(), exp);
    assert_eq!(JsonPayload::new(r#"{"sub":1}"#).unwrap_err().to_string(), "`sub` in the payload is a number");
    assert_eq!(refused(&SerdePayload(Exp { exp: 1.5 })), exp);
    assert_eq!(refused(&SerdePayload(Exp { exp: -1 })), exp);
    assert_eq!(refused(&SerdePayload(Exp { exp: "1" })), "`exp` in the payload is a string");
    let twice = Flattened { a: 1, more: [("a", 2)].into() };
    assert_eq!(refused(&SerdePayload(&twice)), "the payload is not valid JSON: duplicate member at byte 7");
    assert_eq!(
        refused(&Claims::new().sub("s").custom(&twice)),
        "the payload is not valid JSON: duplicate member at byte 17"
    );

    let many =
        |count: usize| (0..count).map(|i| (i.to_string(), 0)).collect::<std::collections::BTreeMap<_, _>>();
    json_of(&SerdePayload(many(64)));
    json_of(&Claims::new().sub("s").custom(many(63)));
    assert!(refused(&SerdePayload(many(65))).starts_with("the payload is not valid JSON: too many members"));
    assert!(refused(&Claims::new().sub("s").custom(many(64))).contains("too many members"));
    #[derive(Serialize)]
    struct Nested(Vec<Nested>);
    let nested = |depth| (1..depth).fold(Nested(vec![]), |inner, _| Nested(vec![inner]));
    json_of(&SerdePayload([("a", nested(7))].into_iter().collect::<std::collections::BTreeMap<_, _>>()));
    assert_eq!(
        refused(&SerdePayload([("a", nested(8))].into_iter().collect::<std::collections::BTreeMap<_, _>>())),
        "the payload is not valid JSON: nested too deeply at byte 12"
    );
}

#[test]
fn a_header_that_cannot_be_read_is_not_signed() {
    let mut buf = [0; 8192];
    // {"alg":"ES256","typ":"JWT","kid":"…"}
    let longest = "k".repeat(MAX_HEADER_LEN - 36);
    let header = Header::new().with_kid(&longest);
    let token = jwt_core::sign(&header, &Claims::new(), &key(), &mut buf).unwrap();
    let parsed = UntrustedToken::parse(token).unwrap();
    assert_eq!(parsed.header_json(&mut [0; MAX_HEADER_LEN]).unwrap().len(), MAX_HEADER_LEN);
    assert_eq!(parsed.header_json(&mut [0; MAX_HEADER_LEN - 1]), None);
    assert_eq!(parsed.kid().unwrap(), longest.as_str());

    let longer = "k".repeat(MAX_HEADER_LEN - 35);
    let header = Header::new().with_kid(&longer);
    let error = jwt_core::sign(&header, &Claims::new(), &key(), &mut buf).unwrap_err();
    assert_eq!(error, SignError::HeaderTooLong { len: 513 });
    assert_eq!(error.to_string(), "the header has 513 bytes, the limit is 512");
    assert_eq!(jwt_core::encoded_len(&header, &Claims::new()).unwrap_err(), error);
    // Each of the 476 characters becomes six.
    let escaped = "\u{1}".repeat(MAX_HEADER_LEN - 36);
    let error = jwt_core::encoded_len(&Header::new().with_typ(Some(&escaped)), &Claims::new()).unwrap_err();
    assert!(matches!(error, SignError::HeaderTooLong { .. }));
    let error = SerdePayload([("iat", "x")].into_iter().collect::<std::collections::BTreeMap<_, _>>());
    let error = jwt_core::sign(&Header::new(), &error, &key(), &mut buf).unwrap_err();
    assert!(matches!(error, SignError::Payload(ParseError::Type { name: "iat", .. })));
}

#[cfg(feature = "p256")]
#[test]
fn two_steps_give_the_same_token() {
    let claims = Claims::new().sub("a-device");
    let (mut one, mut two) = ([0; 512], [0; 512]);
    let at_once = jwt_core::sign(&Header::new(), &claims, &key(), &mut one).unwrap();
    let unsigned = jwt_core::prepare(&Header::new(), &claims, &mut two).unwrap();
    let signature: Signature = key().sign(unsigned.signing_input().as_bytes());
    assert_eq!(unsigned.finish(&signature), at_once);
}

#[test]
fn a_key_that_refuses_is_an_error() {
    struct Refuses;
    impl Signer<Signature> for Refuses {
        fn try_sign(&self, _: &[u8]) -> Result<Signature, signature::Error> {
            Err(signature::Error::new())
        }
    }
    let mut buf = [0; 512];
    let error = jwt_core::sign(&Header::new(), &Claims::new(), &Refuses, &mut buf).unwrap_err();
    assert_eq!(error, SignError::Key);
}
