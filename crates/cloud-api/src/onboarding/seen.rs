//! Which device IDs have been read.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher as _;

/// The device IDs of a file and the lines where they stand first, in 20 bytes each: 22 to 44 MiB for a million.
///
/// Kept are 128 bits of hash under keys made at random for each file. That a new ID is taken for a known one has a
/// chance of `n²/2¹²⁹`: below 10⁻²⁶ for a million rows, and nobody can make such IDs on purpose.
#[derive(Debug, Default)]
pub(super) struct SeenIds {
    keys: [RandomState; 2],
    lines: HashMap<[u32; 4], u32>,
}

impl SeenIds {
    /// Notes a device ID; gives the line where it stands first, if it is known.
    pub(super) fn note(&mut self, device_id: &str, line: usize) -> Option<usize> {
        let [high, low] = [&self.keys[0], &self.keys[1]].map(|key| split(key.hash_one(device_id)));
        match self.lines.entry([high[0], high[1], low[0], low[1]]) {
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
