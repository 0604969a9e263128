//! The examples of the RFCs, Wycheproof's vectors, and Nordic's own material.

#![cfg(any(feature = "p256", feature = "aws-lc-rs"))]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that panics has failed, and one that cannot run says so"
)]

use hex_literal::hex;
#[cfg(not(feature = "p256"))]
use jwt_core::key::aws_lc as backend;
#[cfg(feature = "p256")]
use jwt_core::key::p256 as backend;
use jwt_core::{Signature, UntrustedToken, Verifier, VerifyError, nrfcloud};

/// RFC 7515 appendix A.3.
const A3_TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9\
    .eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
    .DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const A3_POINT: [u8; 65] = hex!(
    "04 7fcdce2770f6c45d4183cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445
        c7f144cd1bbd9b7e872cdfedb9eeb9f4b3695d6ea90b24ad8a4623288588e5ad"
);

#[test]
fn rfc_7515_a3() {
    let key = backend::VerifyingKey::from_sec1_point(&A3_POINT).unwrap();
    let token = UntrustedToken::parse(A3_TOKEN).unwrap();
    let mut buf = [0; 128];
    let verified = token.verify(&key, &mut buf).unwrap();
    let claims = verified.claims();
    assert_eq!(claims.iss().unwrap(), "joe");
    assert_eq!(claims.exp(), Some(1_300_819_380));
    assert_eq!(
        claims.json(),
        "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
    );
    #[derive(serde::Deserialize)]
    struct Custom {
        #[serde(rename = "http://example.com/is_root")]
        is_root: bool,
    }
    assert!(claims.custom::<Custom>().unwrap().is_root);
}

/// RFC 6979 appendix A.2.5, P-256 with SHA-256.
#[cfg(feature = "p256")]
#[test]
fn rfc_6979_a25() {
    use jwt_core::Signer;
    let key = backend::SigningKey::from_scalar(&hex!(
        "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"
    ));
    let key = key.unwrap();
    let sample: Signature = key.sign(b"sample");
    assert_eq!(
        sample.to_bytes()[..],
        hex!(
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
             F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
        )
    );
    let test: Signature = key.sign(b"test");
    assert_eq!(
        test.to_bytes()[..],
        hex!(
            "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367
             019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"
        )
    );
}

/// Each vector's message is signed text here only in the raw sense: the vectors are about signatures, not tokens.
fn wycheproof_with<V: Verifier<Signature>>(key: impl Fn(&[u8]) -> V) {
    use wycheproof::TestResult;
    use wycheproof::ecdsa::{TestName, TestSet};
    let set = TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut ran = 0;
    for group in set.test_groups {
        let key = key(&group.key.key);
        for test in group.tests {
            ran += 1;
            // As the parser does: 64 octets, then `r` and `s` in range.
            let accepted = test.sig.len() == 64
                && Signature::from_slice(&test.sig).is_ok_and(|sig| key.verify(&test.msg, &sig).is_ok());
            assert_eq!(accepted, test.result == TestResult::Valid, "{}: {}", test.tc_id, test.comment);
        }
    }
    assert_eq!(ran, 262);
}

#[cfg(feature = "p256")]
#[test]
fn wycheproof_p256() {
    wycheproof_with(|point| jwt_core::key::p256::VerifyingKey::from_sec1_point(point).unwrap());
}

#[cfg(feature = "aws-lc-rs")]
#[test]
fn wycheproof_aws_lc() {
    wycheproof_with(|point| jwt_core::key::aws_lc::VerifyingKey::from_sec1_point(point).unwrap());
}

const GUIDE_TOKEN: &str = include_str!("../../../fixtures/guide/token.txt");

#[test]
fn the_guides_token_verifies_and_every_other_bit_fails() {
    let spki = include_str!("../../../fixtures/guide/device-public-key-one-line.pem");
    let spki = spki
        .trim()
        .trim_start_matches("-----BEGIN PUBLIC KEY-----")
        .trim_end_matches("-----END PUBLIC KEY-----");
    let spki = base64::engine::Engine::decode(&base64::engine::general_purpose::STANDARD, spki).unwrap();
    let key = backend::VerifyingKey::from_spki_der(&spki).unwrap();
    let token = GUIDE_TOKEN.trim();
    let mut buf = [0; 128];
    let verified = UntrustedToken::parse(token).unwrap().verify(&key, &mut buf).unwrap();
    verified
        .validate(&nrfcloud::device_by_sub(1_700_000_000, "f69c0e45-7f04-4949-8def-bb2215b4223e"))
        .unwrap();

    let mut refused = 0;
    for at in 0..token.len() {
        for bit in 0..8 {
            let mut bytes = token.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            let Ok(changed) = String::from_utf8(bytes) else {
                refused += 1;
                continue;
            };
            let mut buf = [0; 256];
            let accepted =
                UntrustedToken::parse(&changed).is_ok_and(|token| token.verify(&key, &mut buf).is_ok());
            assert!(!accepted, "bit {bit} of byte {at}");
            refused += 1;
        }
    }
    assert_eq!(refused, token.len() * 8);
    let other = backend::SigningKey::from_scalar(&[7; 32]).unwrap();
    let error = UntrustedToken::parse(token).unwrap().verify(other.verifying_key(), &mut buf).unwrap_err();
    assert_eq!(error, VerifyError::Signature);
}

#[test]
fn a_modems_token_is_read_spaces_and_all() {
    let Some(path) = vectors("sdk-nrf/modem_jwt_sample.txt") else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let token =
        text.lines().map(str::trim).find(|line| line.starts_with("eyJ")).expect("a token in the sample");
    let token = UntrustedToken::parse(token).unwrap();
    assert!(token.header_json(&mut [0; jwt_core::MAX_HEADER_LEN]).unwrap().ends_with(' '), "padded");
    assert_eq!(token.kid().unwrap().chars().count(), 64);
    let mut buf = [0; 512];
    let claims = token.claims_unverified(&mut buf).unwrap();
    assert!(claims.json().ends_with(' '), "padded");
    assert!(claims.iss().unwrap().raw().starts_with("nRF9160."));
    assert_eq!(nrfcloud::device_id(&claims), claims.sub());
}

/// A file among the captured data, or nothing and a word about it.
fn vectors(file: &str) -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("NRFCLOUD_VECTORS").map_or_else(
        || std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")),
        Into::into,
    );
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("NOT RUN: {} is absent; set NRFCLOUD_VECTORS to the folder of captured data", path.display());
    None
}
