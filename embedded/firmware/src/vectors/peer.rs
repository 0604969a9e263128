//! The assembly against RustCrypto's p256: the same keys and texts must give the same signatures, and each must take the other's.

use jwt_core::{Signature, Signer as _, Verifier as _};
use sha2::{Digest as _, Sha256};

use super::Tally;
use crate::{
    backend::{Assembly, Backend, P256},
    console,
};

/// Keys and texts, all different; about 54 million instructions each on the side of p256.
const ROUNDS: u32 = 24;

pub(super) fn run(tally: &mut Tally) {
    for round in 0..ROUNDS {
        // A scalar without pattern, and a text whose length goes over the ends of SHA-256's blocks.
        let scalar: [u8; 32] = Sha256::digest(round.to_be_bytes()).into();
        let text = [0x5a; 200];
        let text = &text[..(round as usize * 8).min(text.len())];
        let right = agree(&scalar, text).unwrap_or(false);
        let mut digits = [0; 10];
        tally.check("agrees with p256", console::decimal(round, &mut digits), right);
    }
}

/// Whether both back ends do the same, or `None` if one of them refuses.
fn agree(scalar: &[u8; 32], text: &[u8]) -> Option<bool> {
    let (ours, peer) = (Assembly::signing_key(scalar)?, P256::signing_key(scalar)?);
    let (our_public, peer_public) = (Assembly::public(&ours), P256::public(&peer));
    let made: Signature = ours.try_sign(text).ok()?;
    let expected: Signature = peer.try_sign(text).ok()?;
    Some(
        made == expected
            && Assembly::point(&our_public) == P256::point(&peer_public)
            && our_public.verify(text, &expected).is_ok()
            && peer_public.verify(text, &made).is_ok()
            && our_public.verify(b"another text", &expected).is_err(),
    )
}
