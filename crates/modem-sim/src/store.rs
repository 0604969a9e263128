//! The modem's credential store.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::keys::{ModemKey, sha256};

/// The last tag of the user's range.
const LAST_USER_TAG: u64 = 0x7fff_ffff;
/// Tags of the second generation whose TLS traffic can be read in modem traces.
const TEST_TAGS: core::ops::RangeInclusive<u64> = 2_147_483_648..=2_147_483_667;
/// Tags that belong to the modem, in the order in which lists show them, with the type of their content.
pub(crate) const RESERVED: [(u32, u8); 3] = [(4_294_967_293, 10), (4_294_967_294, 6), (4_294_967_292, 11)];

/// What kind of credential a slot holds: the `<type>` of `%CMNG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    RootCa = 0,
    ClientCertificate = 1,
    PrivateKey = 2,
    Psk = 3,
    PskIdentity = 4,
    PublicKey = 5,
    IdentityPublicKey = 6,
    Reserved = 7,
    EndorsementKey = 8,
    OwnershipPublicKey = 9,
    NordicRootCa = 10,
    NordicBasePublicKey = 11,
    AssetEncryptionKey = 13,
}

impl Kind {
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::RootCa,
            1 => Self::ClientCertificate,
            2 => Self::PrivateKey,
            3 => Self::Psk,
            4 => Self::PskIdentity,
            5 => Self::PublicKey,
            6 => Self::IdentityPublicKey,
            7 => Self::Reserved,
            8 => Self::EndorsementKey,
            9 => Self::OwnershipPublicKey,
            10 => Self::NordicRootCa,
            11 => Self::NordicBasePublicKey,
            13 => Self::AssetEncryptionKey,
            _ => return None,
        })
    }

    pub(crate) fn number(self) -> u8 {
        self as u8
    }

    /// A host may put it there with `%CMNG=0`.
    pub(crate) fn is_writable(self) -> bool {
        self <= Self::PublicKey
    }

    /// It never leaves the modem.
    pub(crate) fn is_secret(self) -> bool {
        matches!(self, Self::PrivateKey | Self::Psk | Self::EndorsementKey | Self::AssetEncryptionKey)
    }

    /// A second write to the slot is refused instead of taking its place.
    pub(crate) fn is_kept(self) -> bool {
        matches!(self, Self::PrivateKey | Self::EndorsementKey)
    }
}

/// A tag that no user may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagError {
    /// One of the modem's own.
    Reserved,
    /// No such tag.
    OutOfRange,
}

/// Says whether a host may write, read or delete under `number`.
pub(crate) fn user_tag(number: u64, test_tags: bool) -> Result<u32, TagError> {
    let tag = u32::try_from(number).map_err(|_| TagError::OutOfRange)?;
    if number <= LAST_USER_TAG || (test_tags && TEST_TAGS.contains(&number)) {
        Ok(tag)
    } else if RESERVED.iter().any(|(reserved, _)| *reserved == tag) {
        Err(TagError::Reserved)
    } else {
        Err(TagError::OutOfRange)
    }
}

/// What lies in one slot.
#[derive(Debug)]
pub(crate) enum Content {
    /// As a host wrote it, byte for byte.
    Written(Zeroizing<Vec<u8>>),
    /// Made by the modem.
    Made(ModemKey),
}

impl Content {
    pub(crate) fn digest(&self) -> [u8; 32] {
        match self {
            Self::Written(bytes) => sha256(&[bytes]),
            Self::Made(key) => key.slot_digest(),
        }
    }
}

/// All slots. A slot is a tag and a type.
pub(crate) struct Store {
    slots: BTreeMap<(u32, Kind), Content>,
    capacity: usize,
    reserved_digests: [[u8; 32]; 3],
    changes: u64,
}

impl Store {
    /// An empty store for `capacity` items, whose reserved rows show `reserved_digests`, in the order of [`RESERVED`].
    pub(crate) fn new(capacity: usize, reserved_digests: [[u8; 32]; 3]) -> Self {
        Self { slots: BTreeMap::new(), capacity, reserved_digests, changes: 0 }
    }

    pub(crate) fn get(&self, tag: u32, kind: Kind) -> Option<&Content> {
        self.slots.get(&(tag, kind))
    }

    /// No further slot can be filled; one that is filled can still be written over.
    pub(crate) fn is_full(&self) -> bool {
        self.slots.len() >= self.capacity
    }

    pub(crate) fn put(&mut self, tag: u32, kind: Kind, content: Content) {
        self.changes += 1;
        self.slots.insert((tag, kind), content);
    }

    /// Every slot of the user.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (u32, Kind, &Content)> {
        self.slots.iter().map(|((tag, kind), content)| (*tag, *kind, content))
    }

    /// Another number after each change.
    pub(crate) const fn changes(&self) -> u64 {
        self.changes
    }

    /// Says whether there was anything to remove.
    pub(crate) fn remove(&mut self, tag: u32, kind: Kind) -> bool {
        self.changes += 1;
        self.slots.remove(&(tag, kind)).is_some()
    }

    /// Every row of a list: the user's by tag and type, then the modem's own.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u32, u8, [u8; 32])> + '_ {
        let own =
            RESERVED.iter().zip(self.reserved_digests).map(|((tag, kind), digest)| (*tag, *kind, digest));
        self.slots.iter().map(|((tag, kind), content)| (*tag, kind.number(), content.digest())).chain(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_three_fates() {
        for (number, test_tags, expected) in [
            (0, false, Ok(0)),
            (2_147_483_647, false, Ok(2_147_483_647)),
            (2_147_483_648, false, Err(TagError::OutOfRange)),
            (2_147_483_648, true, Ok(2_147_483_648)),
            (2_147_483_667, true, Ok(2_147_483_667)),
            (2_147_483_668, true, Err(TagError::OutOfRange)),
            (4_294_967_292, true, Err(TagError::Reserved)),
            (4_294_967_294, false, Err(TagError::Reserved)),
            (4_294_967_295, true, Err(TagError::OutOfRange)),
            (4_294_967_296, true, Err(TagError::OutOfRange)),
        ] {
            assert_eq!(user_tag(number, test_tags), expected, "{number}");
        }
    }

    #[test]
    fn every_kind_keeps_its_number() {
        let known: Vec<u8> = (0..=u8::MAX).filter(|number| Kind::from_number(*number).is_some()).collect();
        assert_eq!(known, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13]);
        for number in known {
            assert_eq!(Kind::from_number(number).unwrap().number(), number);
        }
    }
}
