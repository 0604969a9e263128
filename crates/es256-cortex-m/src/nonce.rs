//! Nonces by RFC 6979 section 3.2: no random number generator is needed, and none can fail.
//!
//! The crate `rfc6979` gives the same nonces, for any curve and hash. It takes each key of HMAC in anew for every message, and goes
//! on to the next state whether or not it is asked for. Here a key is taken in once, and all hashing goes through one function,
//! which saves a tenth of the instructions of a signature and 2 KB of flash.

use sha2::{Digest, Sha256};

use crate::integer::{Words, octets, words};

/// SHA-256 in its own frame, so that its state does not lie under the assembly's.
#[inline(never)]
pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    finish(&Sha256::new(), &[message])
}

/// The hash of what `state` has taken in and of the parts after it.
#[inline(never)]
fn finish(state: &Sha256, parts: &[&[u8]]) -> [u8; 32] {
    let mut state = state.clone();
    parts.iter().for_each(|part| state.update(part));
    state.finalize().into()
}

/// The candidate for `k` with the number `attempt`, in the order of the RFC. It may lie outside 1..n, which the assembly refuses.
#[inline(never)]
pub(crate) fn nonce(scalar: &Words, hash: &[u8; 32], attempt: usize) -> Words {
    let (scalar, hash) = (octets(scalar), octets(&reduce(words(hash))));
    // Steps b to g.
    let mut state = State { hmac: Hmac::new(&[0; 32]), v: [1; 32] };
    state.advance(0, &scalar, &hash);
    state.advance(1, &scalar, &hash);
    // Step h.
    state.next();
    for _ in 0..attempt {
        state.advance(0, &[], &[]);
        state.next();
    }
    words(&state.v)
}

struct State {
    /// HMAC with the key K.
    hmac: Hmac,
    v: [u8; 32],
}

impl State {
    /// K = HMAC(K, V || round || scalar || hash), V = HMAC(K, V).
    fn advance(&mut self, round: u8, scalar: &[u8], hash: &[u8]) {
        self.hmac = Hmac::new(&self.hmac.mac(&[&self.v, &[round], scalar, hash]));
        self.next();
    }

    /// V = HMAC(K, V).
    fn next(&mut self) {
        self.v = self.hmac.mac(&[&self.v]);
    }
}

/// HMAC-SHA-256 (RFC 2104) after its key.
struct Hmac {
    inner: Sha256,
    outer: Sha256,
}

impl Hmac {
    fn new(key: &[u8; 32]) -> Self {
        Self { inner: keyed(key, 0x36), outer: keyed(key, 0x5c) }
    }

    fn mac(&self, message: &[&[u8]]) -> [u8; 32] {
        finish(&self.outer, &[&finish(&self.inner, message)])
    }
}

/// SHA-256 after the key, padded with zeros to a block, XOR the pad.
#[inline(never)]
fn keyed(key: &[u8; 32], pad: u8) -> Sha256 {
    let mut block = [pad; 64];
    block.iter_mut().zip(key).for_each(|(octet, key)| *octet ^= key);
    Sha256::new_with_prefix(block)
}

/// The order of the curve, least significant word first (SEC 2 section 2.4.2).
const ORDER: Words =
    [0xfc63_2551, 0xf3b9_cac2, 0xa717_9e84, 0xbce6_faad, 0xffff_ffff, 0xffff_ffff, 0x0000_0000, 0xffff_ffff];

/// A hash modulo the order (`bits2octets`, section 2.3.4). The hash is public, so the time may depend on it.
fn reduce(hash: Words) -> Words {
    let mut less = [0; 8];
    let mut borrow = false;
    for ((less, hash), order) in less.iter_mut().zip(hash).zip(ORDER) {
        let (difference, first) = hash.overflowing_sub(order);
        let (difference, second) = difference.overflowing_sub(u32::from(borrow));
        (*less, borrow) = (difference, first || second);
    }
    if borrow { hash } else { less }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;
    use rfc6979::{KGenerator, bigint::U256};

    use super::*;

    const ORDER_BE: [u8; 32] = hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

    /// What the crate `rfc6979` gives at the first three attempts must be what is given here.
    fn compare(scalar: &[u8; 32], hash: &[u8; 32]) {
        let order = U256::from_be_slice(&ORDER_BE);
        let mut peer = KGenerator::<Sha256, U256>::new(scalar, hash, &[], &order);
        for attempt in 0..3 {
            let mut expected = [0; 32];
            peer.fill_next_k(&mut expected);
            assert_eq!(octets(&nonce(&words(scalar), hash, attempt)), expected, "attempt {attempt}");
        }
    }

    #[test]
    fn rfc_6979_a25() {
        let scalar = hex!("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
        let expected = hex!("a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60");
        assert_eq!(octets(&nonce(&words(&scalar), &sha256(b"sample"), 0)), expected);
    }

    #[test]
    fn later_attempts_are_those_of_the_rfc() {
        for round in 0..32u8 {
            compare(&sha256(&[round]), &sha256(&[round, round]));
        }
    }

    #[test]
    fn a_hash_is_reduced_from_the_order_on() {
        let mut below = ORDER_BE;
        below[31] -= 1;
        let mut above = ORDER_BE;
        above[31] += 1;
        for hash in [[0; 32], below, ORDER_BE, above, [0xff; 32]] {
            compare(&[7; 32], &hash);
        }
        assert_eq!(reduce(words(&below)), words(&below));
        assert_eq!(reduce(ORDER), [0; 8]);
        assert_eq!(reduce(words(&above)), [1, 0, 0, 0, 0, 0, 0, 0]);
    }
}
