//! One implementation of JSON Web Tokens, behind the protocol that all of them speak in `cargo xtask interop jwt`.
//!
//! `interop jwt-core-p256`, `jwt-core-aws-lc` or `jsonwebtoken` reads a [`Request`] from standard input and writes a [`Response`] to
//! standard output, both JSON. `interop forge` writes tokens that nobody may accept, as pairs of a name and a token.
//! `python/jwt_peer.py` and `node/jwt-peer.mjs` speak the same for PyJWT and `jose`.

mod forge;
mod ours;
mod peer;

use std::error::Error;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is asked of an implementation.
#[derive(Debug, Deserialize)]
struct Request {
    /// PKCS#8 PEM.
    private_key: String,
    /// SPKI PEM of the same key.
    public_key: String,
    /// Seconds since 1970, for an implementation that does not read the clock.
    now: u64,
    /// Tokens to make.
    sign: Vec<Token>,
    /// Tokens to verify and to validate, with a leeway of 60 s. Any audience will do.
    verify: Vec<String>,
}

/// What a token says. Its header has `alg`, and `typ`, and a `kid` if there is one.
#[derive(Debug, Deserialize, Serialize)]
struct Token {
    kid: Option<String>,
    claims: Map<String, Value>,
}

/// What an implementation answers.
#[derive(Debug, Serialize)]
struct Response {
    signed: Vec<String>,
    verified: Vec<Verdict>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Accepted(Token),
    Refused(String),
}

/// An implementation, with its keys.
trait Implementation {
    fn sign(&self, token: &Token) -> Result<String, Box<dyn Error>>;
    /// `Err` holds why the token was refused.
    fn verify(&self, token: &str) -> Result<Token, String>;
}

fn main() -> Result<(), Box<dyn Error>> {
    let who = std::env::args().nth(1).ok_or("usage: interop IMPLEMENTATION < request.json")?;
    let request: Request = serde_json::from_reader(io::stdin().lock())?;
    if who == "forge" {
        serde_json::to_writer(io::stdout().lock(), &forge::tokens(&request)?)?;
        return Ok(());
    }
    let implementation: Box<dyn Implementation> = match who.as_str() {
        "jwt-core-p256" => Box::new(ours::Ours {
            private: jwt_core::key::p256::SigningKey::from_pem(&request.private_key)?,
            public: jwt_core::key::p256::VerifyingKey::from_pem(&request.public_key)?,
            now: request.now,
        }),
        "jwt-core-aws-lc" => Box::new(ours::Ours {
            private: jwt_core::key::aws_lc::SigningKey::from_pem(&request.private_key)?,
            public: jwt_core::key::aws_lc::VerifyingKey::from_pem(&request.public_key)?,
            now: request.now,
        }),
        "jsonwebtoken" => Box::new(peer::JsonWebToken::new(&request)?),
        other => return Err(format!("no implementation is named `{other}`").into()),
    };
    let response = Response {
        signed: request.sign.iter().map(|token| implementation.sign(token)).collect::<Result<_, _>>()?,
        verified: request
            .verify
            .iter()
            .map(|token| implementation.verify(token).map_or_else(Verdict::Refused, Verdict::Accepted))
            .collect(),
    };
    serde_json::to_writer(io::stdout().lock(), &response)?;
    Ok(())
}
