//! A key that this crate has never heard of: it sits in a device and answers with 64 bytes.
//!
//! `cargo run -p jwt-core --example third_backend`

#![allow(clippy::print_stdout, reason = "an example shows what it made")]

use jwt_core::key::p256::{SigningKey, VerifyingKey};
use jwt_core::{Claims, Header, Signature, Signer, UntrustedToken, signature::Error};

/// Stands for a modem, a PKCS#11 token or a KMS: something with a slot number that signs what it is given.
struct SecureElement {
    slots: Vec<SigningKey>,
}

impl SecureElement {
    fn sign_raw(&self, slot: usize, message: &[u8]) -> Option<[u8; 64]> {
        let signature: Signature = self.slots.get(slot)?.sign(message);
        signature.to_bytes().as_slice().try_into().ok()
    }
}

/// One slot of it, as a key.
struct SlotKey<'a> {
    element: &'a SecureElement,
    slot: usize,
}

impl Signer<Signature> for SlotKey<'_> {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, Error> {
        let octets = self.element.sign_raw(self.slot, message).ok_or_else(Error::new)?;
        Signature::from_slice(&octets)
    }
}

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let element = SecureElement { slots: vec![SigningKey::from_scalar(&[7; 32])?] };
    let public = VerifyingKey::from_spki_der(&element.slots[0].verifying_key().to_spki_der())?;
    let claims = Claims::new().sub("my-device");
    let (mut buf, mut payload) = ([0; 512], [0; 256]);

    // In one step, through `Signer`.
    let key = SlotKey { element: &element, slot: 0 };
    let token = jwt_core::sign(&Header::new(), &claims, &key, &mut buf)?;
    UntrustedToken::parse(token)?.verify(&public, &mut payload)?;
    println!("{token}");

    // In two steps, where the answer comes later or from elsewhere.
    let unsigned = jwt_core::prepare(&Header::new(), &claims, &mut buf)?;
    let answer = element.sign_raw(0, unsigned.signing_input().as_bytes()).ok_or("no such slot")?;
    let token = unsigned.finish(&Signature::from_slice(&answer)?);
    UntrustedToken::parse(token)?.verify(&public, &mut payload)?;
    println!("{token}");
    Ok(())
}
