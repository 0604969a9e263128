//! The identity key of a device, found from its messages.
#![expect(clippy::unwrap_used, reason = "a helper of tests may fail them")]

#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "support/vectors.rs"]
mod vectors;

use fixtures::{fixture, fixture_text};
use pki::Signature;
use pki::attest::AttestationToken;
use pki::cose::{IDENTITY_KEY, NORDIC_BASE_PRODUCTION_KEY, Uuid};
use pki::identity::{SignedByIdentity, recover};
use pki::input;
use pki::keygen::KeygenMessage;
use pki::zeroize::Zeroizing;
use vectors::vectors;

fn keygen(name: &str) -> KeygenMessage {
    KeygenMessage::decode(&fixture_text(&format!("pki/{name}"))).unwrap()
}

#[test]
fn two_messages_give_the_key() {
    let identity = input::load(&fixture("pki/modem/identity.pem")).unwrap().public_key().unwrap();
    let one = keygen("modem/keygen-csr.txt");
    let two = keygen("modem/keygen-public-key.txt");
    let token = AttestationToken::decode(&fixture_text("pki/modem/attest.txt")).unwrap();
    assert_eq!(recover(&[&one, &two]).unwrap(), identity);
    assert_eq!(recover(&[&two, &token, &one]).unwrap(), identity);
}

#[test]
fn too_little_to_go_by_is_told() {
    let one = keygen("modem/keygen-csr.txt");
    let error = |messages: &[&dyn SignedByIdentity]| recover(messages).unwrap_err().to_string();
    assert_eq!(error(&[]), "it takes two messages of a device to find its identity key, there is 0");
    assert_eq!(error(&[&one]), "it takes two messages of a device to find its identity key, there is 1");
    assert_eq!(error(&[&one, &one]), "2 keys fit every message; it takes two different messages");
}

/// A message as it comes, but for the key that it names: that part is not signed.
struct Named<'a>(&'a KeygenMessage, i64);

impl SignedByIdentity for Named<'_> {
    fn device_uuid(&self) -> Uuid {
        self.0.device_uuid()
    }

    fn signed_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.0.signed_bytes()
    }

    fn key_id(&self) -> i64 {
        self.1
    }

    fn signature(&self) -> &Signature {
        SignedByIdentity::signature(self.0)
    }
}

#[test]
fn a_message_by_another_key_tells_nothing_about_the_identity_key() {
    let one = keygen("modem/keygen-csr.txt");
    let two = keygen("modem/keygen-public-key.txt");
    recover(&[&one, &Named(&two, IDENTITY_KEY)]).unwrap();
    let by_nordic = Named(&two, NORDIC_BASE_PRODUCTION_KEY);
    assert_eq!(
        recover(&[&one, &by_nordic]).unwrap_err().to_string(),
        "a message names the key -4 as its signer, not the identity key (-2)"
    );
}

#[test]
fn the_captured_device_has_the_key_of_the_index() {
    let Some(folder) = vectors() else { return };
    let read = |name: &str| std::fs::read_to_string(folder.join("modem").join(name)).unwrap();
    let csr = KeygenMessage::decode(&read("keygen/csr-tag17-nrf9160.txt")).unwrap();
    let key = KeygenMessage::decode(&read("keygen/pubkey-tag16-nrf9160.txt")).unwrap();
    let token = AttestationToken::decode(&read("attest/nrf9160-sica.txt")).unwrap();
    let found = recover(&[&csr, &key, &token]).unwrap();
    assert_eq!(found.key_id(), "13f696a2198b96d7a79f8a2ce301d5d007abfd40652e0fe2a9e38f78f248e383");

    let other = KeygenMessage::decode(&read("keygen/csr-tag42-nrf9160dk-2021.txt")).unwrap();
    assert_eq!(
        recover(&[&csr, &other]).unwrap_err().to_string(),
        "the messages are from different devices, 50363154-3931-44f0-8022-121b6401627d and \
         50503642-3239-4faa-80db-0f28e356ad95"
    );
    // The same device as its UUID says, but another key.
    let ours = keygen("modem/keygen-csr.txt");
    assert_ne!(ours.device_uuid(), csr.device_uuid());
}
