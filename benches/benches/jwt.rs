//! Tokens against the raw primitive and `jsonwebtoken`, with the same claims, key and back end.
//!
//! Each library is used as its user writes it, and both do the same. Keys and rules are made once; there is no `kid` to look a key up
//! by. To judge a token is to read the clock, to verify the signature, to check `exp`, `nbf` and `sub`, that `iat` is not to come and
//! that the life is not too long, and to have `sub`, `iat` and `exp` in hand. `jsonwebtoken` reads the clock itself, but has no rule for
//! `iat` and for the life, so its user compares them by hand.

#![allow(clippy::unwrap_used, reason = "a benchmark that panics has failed")]

use std::hint::black_box;
use std::time::SystemTime;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
};
use benches::{Operation, Target};
use jwt_core::key::{aws_lc, p256 as pure};
use jwt_core::{Claims, Header, Rules, Signature, Signer, UntrustedToken, Verifier, nrfcloud};

const DEVICE_ID: &str = "f69c0e45-7f04-4949-8def-bb2215b4223e";

/// Every target of the project for tokens on a desktop core.
const TARGETS: &[Target] = &[
    Target::faster("sign/jwt-core aws-lc", "sign/raw aws-lc", 0.93),
    Target::faster("sign/jwt-core aws-lc", "sign/jsonwebtoken aws-lc", 1.5),
    Target::faster("verify/jwt-core aws-lc", "verify/raw aws-lc", 0.95),
    Target::faster("verify/jwt-core aws-lc", "verify/jsonwebtoken aws-lc", 1.05),
    Target::faster("sign/jwt-core p256", "sign/raw p256", 0.97),
    Target::faster("verify/jwt-core p256", "verify/raw p256", 0.97),
    Target::at_most("sign/all but the signature", 1000.0),
    Target::at_most("verify/all but the signature", 1000.0),
    Target::faster("sign/2 threads", "sign/1 thread", 1.9),
    Target::faster("verify/2 threads", "verify/1 thread", 1.9),
    // Of these, the raw primitive says what the machine can give to any two threads.
    Target::faster("sign/raw on 2 threads", "sign/raw on 1 thread", 1.9),
    Target::faster("verify/raw on 2 threads", "verify/raw on 1 thread", 1.9),
    Target::faster("sign/2 threads", "sign/raw on 2 threads", 0.93),
    Target::faster("verify/2 threads", "verify/raw on 2 threads", 0.95),
];

#[derive(serde::Serialize, serde::Deserialize)]
struct PeerClaims {
    sub: String,
    iat: u64,
    exp: u64,
}

/// Signs in no time: what is left is the cost of everything but the signature.
struct Free(Signature);

impl Signer<Signature> for Free {
    fn try_sign(&self, _: &[u8]) -> Result<Signature, signature::Error> {
        Ok(self.0)
    }
}

impl Verifier<Signature> for Free {
    fn verify(&self, _: &[u8], _: &Signature) -> Result<(), signature::Error> {
        Ok(())
    }
}

/// Longer than all measurements together.
const LIFE: u64 = 86_400;

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

fn rules() -> Rules<'static> {
    nrfcloud::device_by_sub(now(), DEVICE_ID)
}

fn main() {
    let scalar = [7; 32];
    let issued = now();
    let claims = Claims::new().sub(DEVICE_ID).iat(issued).exp(issued + LIFE);
    let fast = aws_lc::SigningKey::from_scalar(&scalar).unwrap();
    let slow = pure::SigningKey::from_scalar(&scalar).unwrap();

    let token = jwt_core::sign(&Header::new(), &claims, &fast, &mut [0; 512]).unwrap().to_owned();
    let parsed = UntrustedToken::parse(&token).unwrap();
    let message = parsed.signing_input().as_bytes();
    let signature = *parsed.signature();
    let signature_octets = signature.to_bytes();
    let free = Free(signature);

    let random = SystemRandom::new();
    let point = slow.verifying_key().to_sec1_point();
    let raw =
        EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &scalar, &point)
            .unwrap();
    let raw_public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, raw.public_key().as_ref()).unwrap();
    let raw_slow = p256::ecdsa::SigningKey::from_slice(&scalar).unwrap();

    let peer_key = jsonwebtoken::EncodingKey::from_ec_der(raw.to_pkcs8v1().unwrap().as_ref());
    let peer_public = jsonwebtoken::DecodingKey::from_ec_der(raw.public_key().as_ref());
    let peer_header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
    let peer_claims = PeerClaims { sub: DEVICE_ID.into(), iat: issued, exp: issued + LIFE };
    let mut peer_rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    peer_rules.sub = Some(DEVICE_ID.into());
    peer_rules.validate_nbf = true;

    let (fast, slow, free) = (&fast, &slow, &free);
    let (raw, raw_public, random) = (&raw, &raw_public, &random);
    let (claims, token) = (&claims, token.as_str());
    let raw_sign = || raw.sign(random, black_box(message)).unwrap();
    let raw_verify = || raw_public.verify_sig(black_box(message), &signature_octets).unwrap();
    let operations = vec![
        Operation::new("sign/raw aws-lc", raw_sign),
        Operation::new("sign/jwt-core aws-lc", signing(claims, fast)),
        Operation::new("sign/jsonwebtoken aws-lc", || {
            jsonwebtoken::encode(&peer_header, black_box(&peer_claims), &peer_key).unwrap()
        }),
        Operation::new("sign/raw p256", || -> Signature { raw_slow.sign(black_box(message)) }),
        Operation::new("sign/jwt-core p256", signing(claims, slow)),
        Operation::new("sign/all but the signature", signing(claims, free)),
        Operation::new("verify/raw aws-lc", raw_verify),
        Operation::new("verify/jwt-core aws-lc", judging(token, fast.verifying_key())),
        Operation::new("verify/jsonwebtoken aws-lc", || peer_judge(token, &peer_public, &peer_rules)),
        Operation::new("verify/raw p256", || {
            raw_slow.verifying_key().verify(black_box(message), &signature).unwrap();
        }),
        Operation::new("verify/jwt-core p256", judging(token, slow.verifying_key())),
        Operation::new("verify/all but the signature", judging(token, free)),
        signing_on("sign/1 thread", 1, claims, fast),
        signing_on("sign/2 threads", 2, claims, fast),
        judging_on("verify/1 thread", 1, token, fast.verifying_key()),
        judging_on("verify/2 threads", 2, token, fast.verifying_key()),
        raw_on("sign/raw on 1 thread", 1, || {
            black_box(raw_sign());
        }),
        raw_on("sign/raw on 2 threads", 2, || {
            black_box(raw_sign());
        }),
        raw_on("verify/raw on 1 thread", 1, raw_verify),
        raw_on("verify/raw on 2 threads", 2, raw_verify),
    ];
    benches::run("jwt", operations, TARGETS);
}

fn sign<K: Signer<Signature>>(claims: &Claims<'_>, key: &K, buf: &mut [u8]) -> usize {
    jwt_core::sign(&Header::new(), black_box(claims), key, buf).unwrap().len()
}

/// Parses, verifies and validates.
fn judge<K: Verifier<Signature>>(token: &str, key: &K, payload: &mut [u8]) {
    let verified = UntrustedToken::parse(black_box(token)).unwrap().verify(key, payload).unwrap();
    verified.validate(&rules()).unwrap();
    let claims = verified.claims();
    black_box((claims.sub(), claims.iat(), claims.exp()));
}

/// The same.
fn peer_judge(token: &str, key: &jsonwebtoken::DecodingKey, rules: &jsonwebtoken::Validation) -> PeerClaims {
    let claims = jsonwebtoken::decode::<PeerClaims>(black_box(token), key, rules).unwrap().claims;
    assert!(claims.iat <= now() + rules.leeway);
    assert!(claims.exp.checked_sub(claims.iat).is_some_and(|life| life <= nrfcloud::MAX_LIFETIME));
    claims
}

fn signing<K: Signer<Signature>>(claims: &Claims<'_>, key: &K) -> impl FnMut() -> usize {
    let mut buf = [0; 512];
    move || sign(claims, key, &mut buf)
}

fn judging<K: Verifier<Signature>>(token: &str, key: &K) -> impl FnMut() {
    let mut payload = [0; 256];
    move || judge(token, key, &mut payload)
}

// A thread is measured once it runs: the first signature of each one waits some milliseconds for AWS-LC to gather entropy.

fn signing_on<'a>(
    name: &'static str,
    threads: usize,
    claims: &'a Claims<'_>,
    key: &'a aws_lc::SigningKey,
) -> Operation<'a> {
    let warm = || {
        let mut buf = [0; 512];
        sign(claims, key, &mut buf);
        buf
    };
    Operation::on_threads(name, threads, warm, |buf| {
        sign(claims, key, buf);
    })
}

fn judging_on<'a>(
    name: &'static str,
    threads: usize,
    token: &'a str,
    key: &'a aws_lc::VerifyingKey,
) -> Operation<'a> {
    let warm = || {
        let mut payload = [0; 256];
        judge(token, key, &mut payload);
        payload
    };
    Operation::on_threads(name, threads, warm, |payload| judge(token, key, payload))
}

fn raw_on<'a>(name: &'static str, threads: usize, once: impl Fn() + Copy + Sync + 'a) -> Operation<'a> {
    Operation::on_threads(name, threads, once, move |()| once())
}
