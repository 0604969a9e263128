//! Whether what a modem signed is what it signs, judged by other code than that which read it.

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use modem_sim::ModemSim;
use pki::Signature;
use pki::attest::AttestationToken;
use pki::key::PublicKey;
use pki::keygen::KeygenMessage;
use pki::signature::Verifier as _;

/// A token in the compact form whose header and payload are JSON objects, signed by `key`.
pub(crate) fn is_token(token: &str, key: &PublicKey) -> bool {
    let read = || {
        let (input, signature) = token.rsplit_once('.')?;
        let (header, payload) = input.split_once('.')?;
        let is_object = |part: &str| {
            let json = Base64UrlUnpadded::decode_vec(part).ok()?;
            let text = String::from_utf8(json).ok()?;
            (text.starts_with('{') && text.trim_end().ends_with('}')).then_some(())
        };
        is_object(header)?;
        is_object(payload)?;
        let signature = Signature::from_slice(&Base64UrlUnpadded::decode_vec(signature).ok()?).ok()?;
        key.verify(input.as_bytes(), &signature).ok()
    };
    read().is_some()
}

/// An attestation token of this kit with this nonce.
pub(crate) fn is_attestation(token: &str, kit: &ModemSim, nonce: [u8; 16]) -> bool {
    AttestationToken::decode(token).is_ok_and(|token| {
        token.verify_with(&kit.identity_public_key()).is_ok()
            && token.nonce() == &nonce
            && token.device_uuid().to_string() == kit.device_uuid().to_string()
    })
}

/// The key in a message of this kit, if the message holds together.
pub(crate) fn key_of(message: &str, kit: &ModemSim) -> Option<PublicKey> {
    let message = KeygenMessage::decode(message).ok()?;
    message.check().ok()?;
    message.verify_with(&kit.identity_public_key()).ok()?;
    Some(message.public_key())
}

/// A SubjectPublicKeyInfo in base64.
pub(crate) fn key_of_base64(text: &str) -> Option<PublicKey> {
    PublicKey::from_spki_der(&Base64::decode_vec(text).ok()?).ok()
}
