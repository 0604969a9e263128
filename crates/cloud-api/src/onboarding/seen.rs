//! Which device IDs have been read.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::{BuildHasher as _, BuildHasherDefault, Hash, Hasher};

/// The device IDs of a file and the lines where they stand first, in 19 to 39 bytes each: 22 MB for a million.
///
/// Kept are 96 bits of hash under keys made at random for each file. That a new ID is taken for a known one has a
/// chance of `n²/2⁹⁷`: below 10⁻¹⁷ for a million rows, and nobody can make such IDs on purpose.
#[derive(Debug)]
pub(super) struct SeenIds {
    keys: [RandomState; 2],
    /// In many tables, so that only a small part of the memory is needed twice while one grows.
    tables: [HashMap<Key, u32, BuildHasherDefault<AsItIs>>; TABLES],
}

/// Hash bits, which need no more hashing.
#[derive(Debug, PartialEq, Eq)]
struct Key([u32; 3]);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from(self.0[0]) << 32 | u64::from(self.0[1]));
    }
}

#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0 << 8 | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// With so many a million IDs come to 12,500 in a table, which has room for 14,336 before it doubles.
const TABLES: usize = 80;

impl Default for SeenIds {
    fn default() -> Self {
        Self { keys: Default::default(), tables: std::array::from_fn(|_| HashMap::default()) }
    }
}

impl SeenIds {
    /// Notes a device ID; gives the line where it stands first, if it is known.
    pub(super) fn note(&mut self, device_id: &str, line: usize) -> Option<usize> {
        let [high, low] = [&self.keys[0], &self.keys[1]].map(|key| split(key.hash_one(device_id)));
        let table = low[1] as usize % TABLES;
        match self.tables[table].entry(Key([high[0], high[1], low[0]])) {
            Entry::Vacant(entry) => {
                // A line number that does not fit is shown as the greatest that does.
                entry.insert(u32::try_from(line).unwrap_or(u32::MAX));
                None
            }
            Entry::Occupied(entry) => Some(usize::try_from(*entry.get()).unwrap_or(usize::MAX)),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves")]
fn split(hash: u64) -> [u32; 2] {
    [(hash >> 32) as u32, hash as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_kept() {
        let mut seen = SeenIds::default();
        assert_eq!(seen.note("a", 1), None);
        assert_eq!(seen.note("A", 2), None);
        assert_eq!(seen.note("a", 3), Some(1));
        assert_eq!(seen.note("a", 4), Some(1));
    }
}
