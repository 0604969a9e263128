//! Tokens across implementations.
//!
//! Each token of ours must be accepted by each peer, with the claims and the `kid` that went in; each token of a peer by
//! ours, with either back end. The same tokens with another's signature, and those that `interop/src/forge.rs` makes,
//! must be refused by all.

use std::{
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use super::{
    InteropError,
    peers::{self, Peer},
    tally::Tally,
};
use crate::workspace;

pub(super) fn run() -> Result<(), InteropError> {
    let [pure, aws_lc, forge, jsonwebtoken] =
        peers::of_cargo("interop", ["jwt-core-p256", "jwt-core-aws-lc", "forge", "jsonwebtoken"])?;
    let ours = [pure, aws_lc];
    let theirs =
        [jsonwebtoken, peers::of_python("PyJWT", "jwt_peer.py")?, peers::of_node("jose", "jwt-peer.mjs")?];
    let bench = Bench::new()?;
    let cases = cases(bench.now);
    let mut tally = Tally::default();

    let forged = bench.forged(&forge)?;
    for peer in ours.iter().chain(&theirs) {
        let tokens: Vec<String> = forged.iter().map(|(_, token)| token.clone()).collect();
        for (verdict, (defect, _)) in bench.verified(peer, &tokens)?.iter().zip(&forged) {
            tally.check(verdict["refused"].is_string(), || format!("{} accepts: {defect}", peer.name));
        }
        tally.tell(&format!("{} refuses forged tokens", peer.name));
    }
    let pairs = ours.iter().flat_map(|ours| theirs.iter().flat_map(move |peer| [(ours, peer), (peer, ours)]));
    // One of ours signs at random, the other by RFC 6979: they are each other's peers, too.
    for (signer, verifier) in pairs.chain([(&ours[0], &ours[1]), (&ours[1], &ours[0])]) {
        let tokens = bench.signed(signer, &cases)?;
        for (verdict, (name, token)) in bench.verified(verifier, &tokens)?.iter().zip(&cases) {
            tally.check(verdict["accepted"] == *token, || {
                format!("{} of {}, {name}: {verdict} instead of {token}", verifier.name, signer.name)
            });
        }
        let tampered = with_exchanged_signatures(&tokens);
        for party in [verifier, signer] {
            for (verdict, (name, _)) in bench.verified(party, &tampered)?.iter().zip(&cases) {
                tally.check(verdict["refused"].is_string(), || {
                    format!(
                        "{} accepts a token of {} with another's signature: {name}",
                        party.name, signer.name
                    )
                });
            }
        }
        tally.tell(&format!(
            "{} accepts tokens of {}; tampered with, neither does",
            verifier.name, signer.name
        ));
    }
    tally.finish()
}

/// What must survive the way from one implementation to another. The guide's tokens first, then the standard's corners.
fn cases(now: u64) -> Vec<(&'static str, Value)> {
    const ID: &str = "f69c0e45-7f04-4949-8def-bb2215b4223e";
    let kid = "8d1e3f0c2b4a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let token = |kid: Value, claims: Value| json!({"kid": kid, "claims": claims});
    vec![
        ("the guide's", token(Value::Null, json!({"sub": ID}))),
        ("a device's", token(kid.into(), json!({"sub": ID, "iat": now, "exp": now + 600}))),
        ("a modem's", {
            let claims = json!({
                "iss": format!("nRF9160.{ID}"), "jti": format!("nRF9160.{ID}.ab3b"), "iat": now, "exp": now + 604_800,
            });
            token(kid.into(), claims)
        }),
        ("a proxy's", token(Value::Null, json!({"aud": "team-of-mine", "exp": now + 60}))),
        ("several audiences", token(Value::Null, json!({"aud": ["a", "b", "ü"], "sub": "s"}))),
        ("one audience in an array", token(Value::Null, json!({"aud": ["a"]}))),
        ("no claims", token(Value::Null, json!({}))),
        ("every character class", {
            let text = "\"\\/\u{8}\u{c}\n\r\t\u{1}\u{1f}\u{7f} äß€ 日本 🛰 \u{2028} <>&'=";
            token("kid with \"ä\" and 🛰".into(), json!({"sub": text, text: text}))
        }),
        (
            "the last time there is",
            token(Value::Null, json!({"exp": 253_402_300_799_u64, "nbf": 0, "iat": 0})),
        ),
        ("custom claims of each type", {
            let custom = json!({
                "a": null, "b": [true, false, [], {}], "c": {"d": {"e": [1, -2, 0.5, 1e-7]}}, "f": "",
                "largest": 9_007_199_254_740_991_i64, "smallest": -9_007_199_254_740_991_i64,
            });
            token(Value::Null, custom)
        }),
        ("a long one", token(Value::Null, json!({"sub": ID, "text": "x".repeat(5000)}))),
    ]
}

/// The key pair and the time, and the way to ask.
struct Bench {
    private_key: String,
    public_key: String,
    now: u64,
}

impl Bench {
    fn new() -> Result<Self, InteropError> {
        let keys = workspace::root()?.join("fixtures/jwt/keys");
        Ok(Self {
            private_key: fs::read_to_string(keys.join("pkcs8.pem"))?,
            public_key: fs::read_to_string(keys.join("spki.pem"))?,
            // The peers read the clock themselves.
            now: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |past| past.as_secs()),
        })
    }

    fn ask(&self, peer: &Peer, sign: &[&Value], verify: &[String]) -> Result<Value, InteropError> {
        peer.ask(&json!({
            "private_key": self.private_key,
            "public_key": self.public_key,
            "now": self.now,
            "sign": sign,
            "verify": verify,
        }))
    }

    fn signed(&self, peer: &Peer, cases: &[(&str, Value)]) -> Result<Vec<String>, InteropError> {
        let tokens: Vec<&Value> = cases.iter().map(|(_, token)| token).collect();
        let answer = self.ask(peer, &tokens, &[])?;
        let signed = list(peer, &answer["signed"], cases.len())?;
        signed
            .iter()
            .map(|token| token.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| InteropError::Answer { who: peer.name, fault: "a token is no text".into() })
    }

    fn verified(&self, peer: &Peer, tokens: &[String]) -> Result<Vec<Value>, InteropError> {
        let answer = self.ask(peer, &[], tokens)?;
        list(peer, &answer["verified"], tokens.len())
    }

    /// Names and tokens.
    fn forged(&self, forge: &Peer) -> Result<Vec<(String, String)>, InteropError> {
        let answer = self.ask(forge, &[], &[])?;
        serde_json::from_value(answer)
            .map_err(|error| InteropError::Answer { who: forge.name, fault: error.to_string() })
    }
}

fn list(peer: &Peer, answer: &Value, len: usize) -> Result<Vec<Value>, InteropError> {
    match answer.as_array() {
        Some(list) if list.len() == len => Ok(list.clone()),
        _ => Err(InteropError::Answer { who: peer.name, fault: format!("no list of {len} but {answer}") }),
    }
}

/// Each token with the signature of the next: well formed, made by the right key, and wrong.
fn with_exchanged_signatures(tokens: &[String]) -> Vec<String> {
    let next = tokens.iter().cycle().skip(1);
    tokens
        .iter()
        .zip(next)
        .filter_map(|(token, next)| {
            Some(format!("{}.{}", token.rsplit_once('.')?.0, next.rsplit_once('.')?.1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exchanged_signatures_are_others() {
        let tokens = ["a.b.1".to_owned(), "c.d.2".to_owned(), "e.f.3".to_owned()];
        assert_eq!(with_exchanged_signatures(&tokens), ["a.b.2", "c.d.3", "e.f.1"]);
    }
}
