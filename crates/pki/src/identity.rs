//! The identity key of a device, which signs its messages. No list of these keys is public.

use p256::ecdsa::Signature;
use zeroize::Zeroizing;

use crate::attest::AttestationToken;
use crate::cose::Uuid;
use crate::keygen::KeygenMessage;

/// A message that a device signed with its identity key.
pub trait SignedByIdentity {
    /// The device that it says it is from.
    fn device_uuid(&self) -> Uuid;
    /// The octets that are signed.
    fn signed_bytes(&self) -> Zeroizing<Vec<u8>>;
    /// The key that it names as its signer, [`IDENTITY_KEY`](crate::cose::IDENTITY_KEY) on every device in the field.
    fn key_id(&self) -> i64;
    /// The signature.
    fn signature(&self) -> &Signature;
}

impl SignedByIdentity for KeygenMessage {
    fn device_uuid(&self) -> Uuid {
        self.device_uuid()
    }

    fn signed_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.cose().signed_bytes(self.body())
    }

    fn key_id(&self) -> i64 {
        self.cose().key_id()
    }

    fn signature(&self) -> &Signature {
        self.cose().signature()
    }
}

impl SignedByIdentity for AttestationToken {
    fn device_uuid(&self) -> Uuid {
        self.device_uuid()
    }

    fn signed_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.cose().signed_bytes(self.body())
    }

    fn key_id(&self) -> i64 {
        self.cose().key_id()
    }

    fn signature(&self) -> &Signature {
        self.cose().signature()
    }
}

#[cfg(feature = "recover")]
pub use recover::{RecoverError, recover};

#[cfg(feature = "recover")]
mod recover {
    use p256::ecdsa::{RecoveryId, VerifyingKey};

    use super::SignedByIdentity;
    use crate::asn1;
    use crate::cose::{IDENTITY_KEY, Uuid};
    use crate::key::PublicKey;

    /// Finds the identity key of a device from two or more of its messages, without knowing it beforehand (SEC 1, section
    /// 4.1.6). One ECDSA signature fits two keys, rarely four; the key that fits every message is the device's.
    ///
    /// That the messages agree is no proof that the device is genuine: whoever made them all could have used a key of his
    /// own. Keep the key that was found, and compare it the next time.
    ///
    /// # Errors
    /// [`RecoverError`] where the messages are too few, of different devices, signed with other keys than the device's, or
    /// not by one key.
    pub fn recover(messages: &[&dyn SignedByIdentity]) -> Result<PublicKey, RecoverError> {
        let [first, rest @ ..] = messages else { return Err(RecoverError::TooFew { found: 0 }) };
        if rest.is_empty() {
            return Err(RecoverError::TooFew { found: 1 });
        }
        if let Some(other) = messages.iter().find(|message| message.key_id() != IDENTITY_KEY) {
            return Err(RecoverError::KeyId { found: other.key_id() });
        }
        let mut keys = candidates(*first);
        for message in rest {
            if message.device_uuid() != first.device_uuid() {
                return Err(RecoverError::Devices {
                    first: first.device_uuid(),
                    other: message.device_uuid(),
                });
            }
            let fitting = candidates(*message);
            keys.retain(|key| fitting.contains(key));
        }
        match keys.as_slice() {
            [key] => Ok(*key),
            [] => Err(RecoverError::NoCommonKey),
            _ => Err(RecoverError::Ambiguous { keys: keys.len() }),
        }
    }

    fn candidates(message: &dyn SignedByIdentity) -> Vec<PublicKey> {
        let digest = asn1::sha256(&message.signed_bytes());
        let recovered = (0..4).filter_map(|id| {
            let key =
                VerifyingKey::recover_from_prehash(&digest, message.signature(), RecoveryId::from_byte(id)?);
            PublicKey::from_sec1_point(key.ok()?.to_sec1_point(false).as_bytes()).ok()
        });
        recovered.collect()
    }

    /// Why no identity key was found.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
    #[non_exhaustive]
    pub enum RecoverError {
        /// One message fits two keys.
        #[error("it takes two messages of a device to find its identity key, there is {found}")]
        TooFew {
            /// Messages given.
            found: usize,
        },
        /// Messages of two devices.
        #[error("the messages are from different devices, {first} and {other}")]
        Devices {
            /// That of the first message.
            first: Uuid,
            /// Another.
            other: Uuid,
        },
        /// A message by another key than the device's, such as Nordic's base key.
        #[error("a message names the key {found} as its signer, not the identity key ({IDENTITY_KEY})")]
        KeyId {
            /// The key identifier found.
            found: i64,
        },
        /// No key fits all.
        #[error("the messages were not signed by one and the same key")]
        NoCommonKey,
        /// More than one key fits all: the same message twice.
        #[error("{keys} keys fit every message; it takes two different messages")]
        Ambiguous {
            /// How many.
            keys: usize,
        },
    }
}
