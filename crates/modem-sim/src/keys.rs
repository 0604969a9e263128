//! The keys of a simulated modem, and where they come from. **Test only**: a key that follows from a seed is no secret.

use core::fmt;

use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::DecodePrivateKey;
use pki::key::PublicKey;
use sha2::{Digest, Sha256};
use signature::Signer;
use zeroize::Zeroizing;

/// The bytes before the point in every P-256 SubjectPublicKeyInfo (RFC 5480, section 2).
const SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A P-256 private key inside the modem.
#[derive(Clone)]
pub(crate) struct ModemKey(SigningKey);

impl ModemKey {
    /// Reads what a host may have written into a private key slot: SEC1 or unencrypted PKCS#8 PEM, P-256.
    pub(crate) fn from_pem(pem: &[u8]) -> Option<Self> {
        let pem = core::str::from_utf8(pem).ok()?;
        let key =
            p256::SecretKey::from_pkcs8_pem(pem).or_else(|_| p256::SecretKey::from_sec1_pem(pem)).ok()?;
        Some(Self(key.into()))
    }

    /// The key whose scalar this is.
    pub(crate) fn from_scalar(scalar: &[u8]) -> Option<Self> {
        SigningKey::from_slice(scalar).ok().map(Self)
    }

    /// The scalar, for the state file.
    pub(crate) fn to_scalar(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    /// The public half as DER, 91 bytes.
    pub(crate) fn spki_der(&self) -> [u8; 91] {
        let mut spki = [0; 91];
        spki[..26].copy_from_slice(&SPKI_PREFIX);
        spki[26..].copy_from_slice(self.0.verifying_key().to_sec1_point(false).as_bytes());
        spki
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        PublicKey::from_sec1_point(self.0.verifying_key().to_sec1_point(false).as_bytes())
            .expect("a signing key has its public point on the curve")
    }

    /// `r || s`, as COSE (RFC 9053, section 2.1) and JWS (RFC 7518, section 3.4) want it.
    pub(crate) fn sign_fixed(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.0.sign(message);
        signature.to_bytes().into()
    }

    /// `SEQUENCE { r, s }`, as X.509 wants it (RFC 3279, section 2.2.3): 70 to 72 bytes, rarely fewer.
    pub(crate) fn sign_der(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign(message);
        signature.to_der().as_bytes().to_vec()
    }

    /// What the list of credentials shows for a key that was made here. What a real modem hashes is not known; this
    /// follows from the scalar alone and equals no digest that a host could compute.
    pub(crate) fn slot_digest(&self) -> [u8; 32] {
        sha256(&[b"modem-sim slot", &self.0.to_bytes()])
    }
}

impl fmt::Debug for ModemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ModemKey(..)")
    }
}

/// All that is random in a simulated modem: SHA-256 over the seed, a purpose and a counter. Test only.
#[derive(Debug)]
pub(crate) struct Entropy {
    seed: u64,
    drawn: u64,
}

impl Entropy {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// How much was drawn, which a kit that starts again has to know so as not to make a key twice.
    pub(crate) const fn drawn(&self) -> u64 {
        self.drawn
    }

    pub(crate) fn skip_to(&mut self, drawn: u64) {
        self.drawn = drawn;
    }

    /// Bytes that belong to the board: the same however much was drawn before.
    pub(crate) fn fixed(&self, purpose: &str) -> [u8; 32] {
        self.block(purpose, 0)
    }

    /// The key that belongs to the board for `purpose`.
    pub(crate) fn fixed_key(&self, purpose: &str) -> ModemKey {
        self.key_from(purpose, 0).0
    }

    /// A fresh key.
    pub(crate) fn key(&mut self) -> ModemKey {
        let (key, used) = self.key_from("key", self.drawn + 1);
        self.drawn = used;
        key
    }

    /// A fresh nonce.
    pub(crate) fn nonce(&mut self) -> [u8; 16] {
        self.drawn += 1;
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&self.block("nonce", self.drawn)[..16]);
        nonce
    }

    /// So many fresh bytes.
    pub(crate) fn bytes(&mut self, purpose: &str, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 31);
        while bytes.len() < count {
            self.drawn += 1;
            bytes.extend_from_slice(&self.block(purpose, self.drawn));
        }
        bytes.truncate(count);
        bytes
    }

    /// The first counter from `from` on whose block is a scalar of the curve; all but one in 2^32 are.
    fn key_from(&self, purpose: &str, from: u64) -> (ModemKey, u64) {
        let mut counter = from;
        loop {
            if let Ok(key) = SigningKey::from_slice(&self.block(purpose, counter)) {
                return (ModemKey(key), counter);
            }
            counter += 1;
        }
    }

    fn block(&self, purpose: &str, counter: u64) -> [u8; 32] {
        sha256(&[
            b"modem-sim entropy, test only",
            purpose.as_bytes(),
            &self.seed.to_be_bytes(),
            &counter.to_be_bytes(),
        ])
    }
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_not_print_itself() {
        assert_eq!(format!("{:?}", Entropy::new(1).fixed_key("identity")), "ModemKey(..)");
    }

    #[test]
    fn seeds_purposes_and_draws_differ() {
        let mut one = Entropy::new(1);
        let identity = one.fixed_key("identity").spki_der();
        let (first, second) = (one.key().spki_der(), one.key().spki_der());
        assert_eq!(one.fixed_key("identity").spki_der(), identity);
        assert_ne!(Entropy::new(2).fixed_key("identity").spki_der(), identity);
        assert_ne!(first, second);
        assert_ne!(first, identity);
        assert_eq!(Entropy::new(1).key().spki_der(), first);
        assert_ne!(one.nonce(), one.nonce());
    }
}
