//! Every refusal has a token named after its defect in `fixtures/jwt/refused/`, and its whole message in `refused.tsv` there.
//!
//! The tokens are made here, from the one key of the fixtures; `UPDATE_FIXTURES=1` writes them anew. They are p256's, whose signatures
//! are the same each time; every back end refuses them.

#![cfg(any(feature = "p256", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::engine::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_core::{Signature, Signer, UntrustedToken};
use keys::key;

#[path = "support/keys.rs"]
mod keys;

const HEADER: &str = r#"{"alg":"ES256","typ":"JWT"}"#;
const PAYLOAD: &str = r#"{"sub":"a-device"}"#;

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes.as_ref())
}

/// Signs whatever stands left and right of the dot.
fn sign_parts(header: &str, payload: &str) -> String {
    let input = format!("{header}.{payload}");
    let signature: Signature = key().sign(input.as_bytes());
    format!("{input}.{}", b64(signature.to_bytes()))
}

fn with_header(header: impl AsRef<[u8]>) -> String {
    sign_parts(&b64(header), &b64(PAYLOAD))
}

fn with_payload(payload: impl AsRef<[u8]>) -> String {
    sign_parts(&b64(HEADER), &b64(payload))
}

fn with_signature(signature: &str) -> String {
    format!("{}.{}.{signature}", b64(HEADER), b64(PAYLOAD))
}

fn defects() -> Vec<(&'static str, String)> {
    let good = with_payload(PAYLOAD);
    let (head, tail) = good.split_once('.').unwrap();
    let (body, signature) = tail.split_once('.').unwrap();
    let order = hex_literal::hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let one = {
        let mut one = [0; 32];
        one[31] = 1;
        one
    };
    let nested = format!("{{\"a\":{}1{}}}", "[".repeat(8), "]".repeat(8));
    let members = (0..65).map(|i| format!("\"{i}\":0")).collect::<Vec<_>>().join(",");
    // The last character of a part whose length is not a multiple of three carries bits that no octet takes.
    let stray = |part: &str| {
        let (rest, last) = part.split_at(part.len() - 1);
        let next = char::from(last.as_bytes()[0] + 1);
        format!("{rest}{next}")
    };
    vec![
        ("empty", String::new()),
        ("one-part", head.into()),
        ("two-parts", format!("{head}.{body}")),
        ("four-parts", format!("{good}.x")),
        ("five-parts-as-jwe", format!("{good}.x.y")),
        ("too-long", format!("{head}.{}.{signature}", "A".repeat(8192))),
        ("bearer-prefix", format!("Bearer {good}")),
        ("line-break-at-end", format!("{good}\n")),
        ("header-padding", format!("{head}=.{body}.{signature}")),
        ("payload-padding", sign_parts(head, &format!("{}=", b64(r#"{"sub":"a-devic"}"#)))),
        ("payload-white-space", sign_parts(head, &format!("{}\n{}", &body[..8], &body[8..]))),
        (
            "payload-standard-alphabet",
            sign_parts(head, &b64(r#"{"sub":">>>???"}"#).replace('-', "+").replace('_', "/")),
        ),
        ("payload-foreign-character", sign_parts(head, &body.replacen('J', "!", 1))),
        ("payload-stray-bits", sign_parts(head, &stray(&b64(r#"{"sub":"a-devic"}"#)))),
        ("payload-impossible-length", sign_parts(head, &format!("{}A", b64(PAYLOAD)))),
        ("signature-stray-bits", format!("{head}.{body}.{}", stray(signature))),
        ("signature-short", with_signature(&b64([1; 63]))),
        ("signature-long", with_signature(&b64([1; 65]))),
        ("signature-empty", with_signature("")),
        ("signature-as-der", with_signature(&b64([0x30; 71]))),
        ("signature-r-zero", with_signature(&b64([[0; 32], one].concat()))),
        ("signature-s-zero", with_signature(&b64([one, [0; 32]].concat()))),
        ("signature-r-is-order", with_signature(&b64([order, one].concat()))),
        ("signature-s-is-order", with_signature(&b64([one, order].concat()))),
        ("signature-all-ones", with_signature(&b64([0xff; 64]))),
        ("signature-of-another-text", with_signature(signature).replace(body, &b64(r#"{"sub":"another"}"#))),
        ("header-not-json", with_header("alg")),
        ("header-array", with_header("[]")),
        ("header-not-utf8", with_header(b"{\"alg\":\"ES256\",\"x\":\"\xff\"}")),
        ("header-too-long", with_header(format!("{{\"alg\":\"ES256\",\"kid\":\"{}\"}}", "k".repeat(512)))),
        ("header-duplicate-alg", with_header(r#"{"alg":"none","alg":"ES256"}"#)),
        ("header-alg-missing", with_header(r#"{"typ":"JWT"}"#)),
        ("header-alg-none", with_header(r#"{"alg":"none"}"#)),
        ("header-alg-hs256", with_header(r#"{"alg":"HS256"}"#)),
        ("header-alg-es384", with_header(r#"{"alg":"ES384"}"#)),
        ("header-alg-lower-case", with_header(r#"{"alg":"es256"}"#)),
        ("header-alg-number", with_header(r#"{"alg":256}"#)),
        ("header-typ-number", with_header(r#"{"alg":"ES256","typ":1}"#)),
        ("header-kid-null", with_header(r#"{"alg":"ES256","kid":null}"#)),
        ("header-crit", with_header(r#"{"alg":"ES256","crit":["exp"],"exp":1}"#)),
        ("header-b64-false", with_header(r#"{"alg":"ES256","b64":false}"#)),
        ("payload-empty", with_payload("")),
        ("payload-not-json", with_payload("sub=a-device")),
        ("payload-array", with_payload("[1]")),
        ("payload-trailing-text", with_payload(r#"{"sub":"a-device"}x"#)),
        ("payload-not-utf8", with_payload(b"{\"sub\":\"\xc3\x28\"}")),
        ("payload-duplicate-sub", with_payload(r#"{"sub":"a","sub":"b"}"#)),
        ("payload-duplicate-sub-escaped", with_payload(r#"{"sub":"a","\u0073ub":"b"}"#)),
        ("payload-duplicate-nested", with_payload(r#"{"x":{"a":1,"a":2}}"#)),
        ("payload-cut-short", with_payload(r#"{"sub":"a-dev"#)),
        ("payload-control-character", with_payload("{\"sub\":\"a\nb\"}")),
        ("payload-malformed-number", with_payload(r#"{"exp":01}"#)),
        ("payload-half-surrogate", with_payload(r#"{"sub":"\ud800"}"#)),
        ("payload-nesting-bomb", with_payload(nested)),
        ("payload-too-many-members", with_payload(format!("{{{members}}}"))),
        ("payload-sub-number", with_payload(r#"{"sub":1}"#)),
        ("payload-iss-null", with_payload(r#"{"iss":null}"#)),
        ("payload-aud-object", with_payload(r#"{"aud":{}}"#)),
        ("payload-aud-mixed-array", with_payload(r#"{"aud":["a",1]}"#)),
        ("payload-exp-string", with_payload(r#"{"exp":"1700000000"}"#)),
        ("payload-exp-nan", with_payload(r#"{"exp":NaN}"#)),
        ("payload-exp-fractional", with_payload(r#"{"exp":1700000000.5}"#)),
        ("payload-exp-exponent", with_payload(r#"{"exp":1e9}"#)),
        ("payload-exp-negative", with_payload(r#"{"exp":-1}"#)),
        ("payload-iat-in-milliseconds", with_payload(r#"{"iat":1700000000000}"#)),
        ("payload-nbf-huge", with_payload(r#"{"nbf":99999999999999999999999999}"#)),
    ]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/jwt")
}

fn refusal(token: &str) -> String {
    let mut buf = [0; 8192];
    let parsed = match UntrustedToken::parse(token) {
        Ok(parsed) => parsed,
        Err(error) => return error.to_string(),
    };
    match parsed.verify(key().verifying_key(), &mut buf) {
        Ok(_) => "accepted".into(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_defect_is_refused_with_its_reason() {
    let made: BTreeMap<_, _> = defects().into_iter().collect();
    let refused = folder().join("refused");
    let table = folder().join("refused.tsv");
    if cfg!(feature = "p256") && std::env::var_os("UPDATE_FIXTURES").is_some() {
        for (defect, token) in &made {
            fs::write(refused.join(format!("{defect}.jwt")), token).unwrap();
        }
        let lines: String =
            made.iter().map(|(defect, token)| format!("{defect}\t{}\n", refusal(token))).collect();
        fs::write(&table, lines).unwrap();
    }
    let table = fs::read_to_string(&table).unwrap();
    let expected: BTreeMap<_, _> = table.lines().map(|line| line.split_once('\t').unwrap()).collect();
    let on_disk = fs::read_dir(&refused).unwrap().count();
    assert_eq!(made.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    assert_eq!(made.len(), on_disk);
    for (defect, token) in &made {
        let file = fs::read_to_string(refused.join(format!("{defect}.jwt"))).unwrap();
        if cfg!(feature = "p256") {
            assert_eq!(&file, token, "{defect}: the file is not what this test makes");
        }
        assert_eq!(refusal(&file), expected[defect], "{defect}");
        assert_ne!(expected[defect], "accepted", "{defect}");
    }
}

#[test]
fn what_the_defects_are_defects_of_is_accepted() {
    assert_eq!(refusal(&with_payload(PAYLOAD)), "accepted");
    assert_eq!(refusal(&with_header(HEADER)), "accepted");
    assert_eq!(refusal(&with_header(r#"{"typ":"JWT","alg":"ES256","kid":"k","x5c":[]}  "#)), "accepted");
    assert_eq!(
        refusal(&with_payload(format!("{{\"a\":{}1{}}}  ", "[".repeat(7), "]".repeat(7)))),
        "accepted"
    );
}
