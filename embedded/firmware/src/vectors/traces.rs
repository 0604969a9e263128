//! What a signature leaves on the stack: a nonce found there gives the private key to whoever has the signature.

use core::hint::black_box;

use es256_cortex_m::{Signature, Signer as _, SigningKey};

use super::{Tally, published::RFC_6979_SCALAR};
use crate::stack;

/// Secrets of RFC 6979's signature of `sample`, 128 bits of each, as words in memory: integers with the least significant word
/// first, octet strings as they are read.
static SECRETS: [(&str, [u32; 4]); 6] = [
    ("nonce", [0x3d8a_ad60, 0x4d61_2949, 0x3382_b0f2, 0x3b17_aa87]),
    ("nonce in octets", from_octets([0xa6e3_c57d, 0xd01a_be90, 0x0865_3839, 0x8355_dd4c])),
    // The assembly multiplies with it, since the nonce is even.
    ("negated nonce", [0xbed8_77f1, 0xa658_a179, 0x7394_ed92, 0x81cf_5026]),
    ("inverted nonce", [0x69cf_e547, 0x96ff_dea7, 0x4d37_eb5e, 0x3e38_b581]),
    ("scalar", [0x120f_6721, 0x7b8a_622b, 0x36e8_9b12, 0x4e50_c3db]),
    ("scalar in octets", from_octets([0xc9af_a9d8, 0x45ba_7516, 0x6b5c_2157, 0x67b1_d693])),
];

pub(super) fn run(tally: &mut Tally) {
    let made = make_key();
    tally.check("traces on the stack", "the key was made", made);
    none(tally, "no trace after making a key of the");
    let signed = use_key();
    tally.check("traces on the stack", "the key was used", signed);
    none(tally, "no trace on the stack of the");
    // What is not wiped is found, or the search above would mean nothing.
    for (name, secret) in &SECRETS {
        leave(secret);
        tally.check("trace that was left of the", name, stack::holds(secret));
    }
}

fn none(tally: &mut Tally, group: &str) {
    for (name, secret) in &SECRETS {
        tally.check(group, name, !stack::holds(secret));
    }
}

#[inline(never)]
fn make_key() -> bool {
    black_box(SigningKey::from_scalar(&RFC_6979_SCALAR)).is_ok()
}

/// Makes a key, its public key and a signature.
#[inline(never)]
fn use_key() -> bool {
    let Ok(key) = SigningKey::from_scalar(&RFC_6979_SCALAR) else { return false };
    black_box(key.verifying_key());
    let signature: Result<Signature, _> = key.try_sign(b"sample");
    black_box(signature).is_ok()
}

/// Has the secret in its frame and returns.
#[inline(never)]
fn leave(secret: &[u32; 4]) {
    black_box([*secret; 8]);
}

/// The words that big-endian octets make in this memory.
const fn from_octets([a, b, c, d]: [u32; 4]) -> [u32; 4] {
    [a.swap_bytes(), b.swap_bytes(), c.swap_bytes(), d.swap_bytes()]
}
