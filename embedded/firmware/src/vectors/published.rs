//! RFC 6979 appendix A.2.5 and Wycheproof's ECDSA with P-256 and SHA-256 in P1363 form.

use hex_literal::hex;
use jwt_core::{Signature, Signer as _, Verifier as _};

use super::{Tally, WYCHEPROOF};
use crate::{backend::Backend, console};

/// The RFC's private key.
pub(super) static RFC_6979_SCALAR: [u8; 32] =
    hex!("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");

const RFC_6979_POINT: [u8; 65] = hex!(
    "04 60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6
        7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
);

const RFC_6979: [(&str, [u8; 64]); 2] = [
    (
        "sample",
        hex!(
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716
             f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
        ),
    ),
    (
        "test",
        hex!(
            "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367
             019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"
        ),
    ),
];

/// How many vectors Wycheproof has, so that a table that was not filled cannot pass.
const WYCHEPROOF_COUNT: usize = 262;

pub(super) fn run<B: Backend>(tally: &mut Tally) {
    rfc_6979::<B>(tally);
    wycheproof::<B>(tally);
}

fn rfc_6979<B: Backend>(tally: &mut Tally) {
    const GROUP: &str = "RFC 6979 A.2.5";
    let Some(key) = B::signing_key(&RFC_6979_SCALAR) else {
        return tally.check(GROUP, "the key was refused", false);
    };
    let public = B::public(&key);
    tally.check(GROUP, "public key", B::point(&public) == RFC_6979_POINT);
    for (message, expected) in &RFC_6979 {
        let signature = key.try_sign(message.as_bytes());
        let right = signature.is_ok_and(|signature: Signature| {
            signature.to_bytes()[..] == expected[..]
                && public.verify(message.as_bytes(), &signature).is_ok()
                && public.verify(b"another text", &signature).is_err()
        });
        tally.check(GROUP, message, right);
    }
}

fn wycheproof<B: Backend>(tally: &mut Tally) {
    let mut ran = 0;
    for group in WYCHEPROOF {
        let key = B::verifying_key(group.point);
        for test in group.tests {
            ran += 1;
            // As the reader of tokens does: 64 octets, then `r` and `s` in range.
            let accepted = Signature::from_slice(test.signature).is_ok_and(|signature| {
                key.as_ref().is_some_and(|key| key.verify(test.message, &signature).is_ok())
            });
            let right = key.is_some() && accepted == test.valid;
            tally.check("Wycheproof", test.comment, right);
            if !right {
                console::number("    tcId", test.id);
            }
        }
    }
    tally.check("Wycheproof", "number of vectors", ran == WYCHEPROOF_COUNT);
}
