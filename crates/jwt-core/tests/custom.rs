//! Custom claims into types of the caller's own.

#![cfg(any(feature = "p256", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::BTreeMap;

use jwt_core::{CustomClaimsError, Header, JsonPayload, UntrustedToken};
use keys::key;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[path = "support/keys.rs"]
mod keys;

fn read<T: DeserializeOwned>(json: &str) -> Result<T, CustomClaimsError> {
    let key = key();
    let mut token = vec![0; 4096];
    let token = jwt_core::sign(&Header::new(), &JsonPayload::new(json).unwrap(), &key, &mut token).unwrap();
    let mut payload = vec![0; 4096];
    let verified = UntrustedToken::parse(token).unwrap().verify(key.verifying_key(), &mut payload).unwrap();
    verified.claims().custom()
}

#[derive(Debug, Deserialize, PartialEq)]
enum Kind {
    Unit,
    New(u8),
    Tuple(u8, i8),
    Struct { a: bool },
}

#[derive(Debug, Deserialize, PartialEq)]
struct Everything {
    kinds: Vec<Kind>,
    map: BTreeMap<String, Option<f64>>,
    letter: char,
    pair: (u64, i64),
    wide: (u128, i128),
    nothing: Option<u8>,
    newtype: Newtype,
    unit: (),
}

#[derive(Debug, Deserialize, PartialEq)]
struct Newtype(u8);

#[test]
fn every_shape_is_read_as_serde_json_reads_it() {
    let json = r#" { "unknown": [{"x": [1, {}]}, null],
        "kinds": ["Unit", {"New": 1}, {"Tuple": [2, -3]}, {"Struct": {"a": true}}],
        "map": {"a": 1.5, "b": null, "c": 2, "d": -1e3}, "letter": "x",
        "pair": [18446744073709551615, -9223372036854775808],
        "wide": [340282366920938463463374607431768211455, -170141183460469231731687303715884105728],
        "newtype": 7, "unit": null }  "#;
    let ours: Everything = read(json).unwrap();
    assert_eq!(ours, serde_json::from_str(json).unwrap());
    assert_eq!(ours.nothing, None);
}

#[test]
fn what_does_not_fit_is_named() {
    #[derive(Debug, Deserialize)]
    struct One {
        #[expect(dead_code, reason = "only its absence is looked at")]
        fw: u8,
    }
    let refused = |json: &str| read::<One>(json).unwrap_err().to_string();
    assert_eq!(refused("{}"), "the claim `fw` is absent");
    assert_eq!(refused(r#"{"fw":"2"}"#), "a claim is a string that does not fit the type wanted");
    assert_eq!(refused(r#"{"fw":256}"#), "a claim is a number that does not fit the type wanted");
    assert_eq!(refused(r#"{"fw":-1}"#), "a claim is a number that does not fit the type wanted");
    assert_eq!(refused(r#"{"fw":1.5}"#), "a claim is a number that does not fit the type wanted");
    assert_eq!(refused(r#"{"fw":[1]}"#), "a claim is an array that does not fit the type wanted");
    assert_eq!(refused(r#"{"fw":1e999}"#), "a claim is a number that does not fit the type wanted");
    let kind = |json: &str| read::<BTreeMap<String, Kind>>(json).unwrap_err().to_string();
    assert_eq!(kind(r#"{"k":"New"}"#), "a claim is a string that does not fit the type wanted");
    assert_eq!(kind(r#"{"k":{"Unit":1}}"#), "a claim is a number that does not fit the type wanted");
    assert_eq!(kind(r#"{"k":{"New":1,"Unit":2}}"#), "a claim is an object that does not fit the type wanted");
    assert_eq!(kind(r#"{"k":{}}"#), "a claim is an object that does not fit the type wanted");
}

#[test]
fn escapes_need_a_heap() {
    let json = r#"{"text":"a\u00e9\n"}"#;
    let owned = read::<BTreeMap<String, String>>(json);
    if cfg!(feature = "alloc") {
        assert_eq!(owned.unwrap()["text"], "a\u{e9}\n");
    } else {
        assert_eq!(owned.unwrap_err(), CustomClaimsError::Escapes);
    }
}

/// Keys and names are compared by what they mean, with or without a heap.
#[test]
fn names_may_be_written_with_escapes() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Claims {
        ab: Kind,
        #[serde(alias = "other")]
        cd: u8,
    }
    let claims = |cd| Claims { ab: Kind::New(3), cd };
    let json = r#"{"\u0061b":{"N\u0065w":3},"\u0063\u0064":4,"un\u0077anted":{"\n":1}}"#;
    assert_eq!(read::<Claims>(json).unwrap(), claims(4));
    assert_eq!(read::<Claims>(r#"{"ab":{"New":3},"oth\u0065r":5}"#).unwrap(), claims(5));
    assert_eq!(read::<BTreeMap<String, Kind>>(r#"{"k":"Uni\u0074"}"#).unwrap()["k"], Kind::Unit);
    let kind = r#"{"k":{"Struct":{"\u0061":true,"un\u0077anted":1}}}"#;
    assert_eq!(read::<BTreeMap<String, Kind>>(kind).unwrap()["k"], Kind::Struct { a: true });

    // What is written is not what is meant.
    #[derive(Debug, Deserialize, PartialEq)]
    struct Backslash {
        #[serde(rename = "\\u0061")]
        backslash: Option<u8>,
    }
    let found = read::<Backslash>(r#"{"\u0061":1}"#);
    if cfg!(feature = "alloc") {
        assert_eq!(found.unwrap(), Backslash { backslash: None });
    } else {
        assert_eq!(found.unwrap_err(), CustomClaimsError::Escapes);
    }
}

#[test]
fn each_kind_of_refusal_has_its_own_error() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[serde(alias = "firmware")]
        #[expect(dead_code, reason = "only refusals are looked at")]
        fw: Option<Even>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "u8")]
    struct Even;
    impl TryFrom<u8> for Even {
        type Error = &'static str;
        fn try_from(number: u8) -> Result<Self, Self::Error> {
            if number.is_multiple_of(2) { Ok(Self) } else { Err("odd") }
        }
    }
    let refused = |json: &str| read::<Strict>(json).unwrap_err();
    assert!(read::<Strict>(r#"{"fw":2}"#).is_ok());
    // A type's own reason stays what it is on its way out through the struct.
    assert_eq!(refused(r#"{"fw":3}"#), CustomClaimsError::Custom);
    assert_eq!(refused(r#"{"fw":"2"}"#), CustomClaimsError::Type { found: "a string" });
    assert_eq!(refused(r#"{"x":1}"#), CustomClaimsError::UnknownClaim);
    assert_eq!(refused(r#"{"fw":2,"firmware":2}"#), CustomClaimsError::Duplicate("fw"));
    let kind = |json: &str| read::<BTreeMap<String, Kind>>(json).unwrap_err();
    assert_eq!(kind(r#"{"k":"Un\u0069x"}"#), CustomClaimsError::UnknownVariant);
    let pair = |json: &str| read::<BTreeMap<String, (u8, u8)>>(json).unwrap_err();
    assert_eq!(pair(r#"{"k":[1]}"#).to_string(), "a claim is an array of another length, it ends after 1");
}

#[test]
fn custom_claims_add_up() {
    #[derive(Deserialize, serde::Serialize)]
    struct One {
        a: u8,
    }
    #[derive(Deserialize, serde::Serialize)]
    struct Two {
        b: u8,
    }
    let claims = jwt_core::Claims::new().custom(One { a: 1 }).sub("s").custom(Two { b: 2 });
    let mut token = [0; 512];
    let token = jwt_core::sign(&Header::new(), &claims, &key(), &mut token).unwrap();
    let mut payload = [0; 256];
    let verified = UntrustedToken::parse(token).unwrap().verify(key().verifying_key(), &mut payload).unwrap();
    assert_eq!(verified.claims().json(), r#"{"sub":"s","a":1,"b":2}"#);
    let (One { a }, Two { b }) = (verified.claims().custom().unwrap(), verified.claims().custom().unwrap());
    assert_eq!((a, b), (1, 2));

    let twice = jwt_core::Claims::new().custom(One { a: 1 }).custom(One { a: 2 });
    let refused = jwt_core::sign(&Header::new(), &twice, &key(), &mut [0; 512]).unwrap_err();
    assert_eq!(refused.to_string(), "the payload is not valid JSON: duplicate member at byte 7");
}
