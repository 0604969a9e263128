//! Identity keys: the ones that devices leave Nordic's factory with, known to the service alone.
//!
//! No list of them is public. So a key that the simulator was not told is found from what it signed: one ECDSA signature
//! fits two keys, rarely four (SEC 1, section 4.1.6), and every further message or token of the device leaves only those
//! that fit it as well. The first message of an unknown device is thereby taken on trust; no later one is.

use std::collections::HashMap;

use base64ct::{Base64, Encoding};
use p256::ecdsa::{RecoveryId, VerifyingKey};
use pki::{
    attest::AttestationToken,
    cose::{IDENTITY_KEY, Uuid},
    keygen::KeygenMessage,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    credential::PublicKey,
    store::{Found, Store, StoreError},
};

const KIND: &str = "identity";

#[derive(Debug)]
pub(super) struct Identities {
    by_uuid: HashMap<String, Identity>,
    /// Whether devices whose key the simulator was not told are refused.
    only_known: bool,
}

/// The keys that fit everything that the device has signed so far; one for a known device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    /// Uncompressed points in base64.
    keys: Vec<String>,
}

impl Identities {
    pub(super) fn load(
        found: &mut Found,
        known: &HashMap<Uuid, pki::key::PublicKey>,
        only_known: bool,
    ) -> Result<Self, StoreError> {
        let mut by_uuid: HashMap<String, Identity> = found.take(KIND)?.into_iter().collect();
        for (uuid, key) in known {
            by_uuid
                .insert(uuid.to_string(), Identity { keys: vec![Base64::encode_string(key.sec1_point())] });
        }
        Ok(Self { by_uuid, only_known })
    }

    /// Checks who signed an attestation token. The reason is a fragment.
    pub(super) fn check_token(&mut self, token: &AttestationToken, store: &Store) -> Result<(), String> {
        let uuid = token.device_uuid().to_string();
        if token.cose().key_id() != IDENTITY_KEY {
            return Err("it is not signed with the device's identity key".into());
        }
        self.narrow(
            &uuid,
            store,
            "it is signed by another key than the device's identity key",
            |key| token.verify_with(key).is_ok(),
            || recover(token),
        )
    }

    /// Checks who signed an answer to `AT%KEYGEN` of a device that has been claimed.
    pub(super) fn check_keygen(&mut self, message: &KeygenMessage, store: &Store) -> Result<(), String> {
        let uuid = message.device_uuid().to_string();
        self.narrow(
            &uuid,
            store,
            "it is not signed with the device's identity key",
            |key| message.verify_with(key).is_ok(),
            Vec::new,
        )
    }

    /// Checks a JSON Web Token of a device that has been claimed; `verifies` tries one key.
    pub(super) fn check_jwt(
        &mut self,
        uuid: &str,
        store: &Store,
        verifies: impl Fn(&PublicKey) -> bool,
    ) -> Result<(), String> {
        self.narrow(
            uuid,
            store,
            "the signature is not by the device's identity key",
            |key| PublicKey::from_point(key.sec1_point()).is_some_and(|key| verifies(&key)),
            Vec::new,
        )
    }

    /// Keeps the keys that fit, or takes those that a first message leaves.
    fn narrow(
        &mut self,
        uuid: &str,
        store: &Store,
        refusal: &str,
        fits: impl Fn(&pki::key::PublicKey) -> bool,
        recover: impl FnOnce() -> Vec<pki::key::PublicKey>,
    ) -> Result<(), String> {
        let keys: Vec<_> = match self.by_uuid.get(uuid) {
            Some(known) => known.keys().filter(fits).collect(),
            None if self.only_known => return Err("the device is not known".into()),
            None => recover(),
        };
        if keys.is_empty() {
            return Err(refusal.into());
        }
        let identity =
            Identity { keys: keys.iter().map(|key| Base64::encode_string(key.sec1_point())).collect() };
        if self.by_uuid.get(uuid) != Some(&identity) {
            store.put(KIND, uuid, &identity);
            self.by_uuid.insert(uuid.to_owned(), identity);
        }
        Ok(())
    }
}

impl Identity {
    fn keys(&self) -> impl Iterator<Item = pki::key::PublicKey> {
        let points = self.keys.iter().filter_map(|point| Base64::decode_vec(point).ok());
        points.filter_map(|point| pki::key::PublicKey::from_sec1_point(&point).ok())
    }
}

/// The keys with which this message could have been signed.
fn recover(token: &AttestationToken) -> Vec<pki::key::PublicKey> {
    let digest = Sha256::digest(token.cose().signed_bytes(token.body()).as_slice());
    let recovered = (0..4).filter_map(|id| {
        let id = RecoveryId::from_byte(id)?;
        let key = VerifyingKey::recover_from_prehash(&digest, token.cose().signature(), id).ok()?;
        pki::key::PublicKey::from_sec1_point(key.to_sec1_point(false).as_bytes()).ok()
    });
    recovered.collect()
}
