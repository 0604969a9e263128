//! Custom claims into types of the caller's own.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::BTreeMap;

use jwt_core::key::p256::SigningKey;
use jwt_core::{CustomClaimsError, Header, JsonPayload, UntrustedToken};
use serde::Deserialize;
use serde::de::DeserializeOwned;

fn read<T: DeserializeOwned>(json: &str) -> Result<T, CustomClaimsError> {
    let key = SigningKey::from_scalar(&[7; 32]).unwrap();
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
