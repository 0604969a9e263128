//! The guide's own reading of A-GNSS assistance data: types, counts and the GPS day, straight from the bytes.
//! The layout is that of the nRF Connect SDK's `nrf_cloud_agnss_schema_v1.h`.

use std::time::SystemTime;

use super::failure::Failure;

const SCHEMA_VERSION: u8 = 1;

/// The types of the guide's request, in its order.
pub(crate) const GUIDE_TYPES: [u8; 7] = [1, 3, 4, 6, 7, 8, 9];

/// GPS time began on 1980-01-06, in Unix time.
const GPS_EPOCH: u64 = 315_964_800;
/// GPS time runs ahead of UTC by this many seconds since 2017.
const LEAP_SECONDS: u64 = 18;
const SECONDS_PER_DAY: u64 = 86_400;

/// Elements of one type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block<'a> {
    pub(crate) kind: u8,
    pub(crate) count: u16,
    pub(crate) elements: &'a [u8],
}

/// Takes assistance data apart, to the last byte.
pub(crate) fn blocks(bytes: &[u8]) -> Result<Vec<Block<'_>>, Failure> {
    let unreadable = |why: String| Failure::unreadable("the assistance data", why);
    let (&version, mut rest) = bytes.split_first().ok_or_else(|| unreadable("no byte".into()))?;
    if version != SCHEMA_VERSION {
        return Err(unreadable(format!("schema version {version}")));
    }
    let mut blocks = Vec::new();
    while let [kind, low, high, elements @ ..] = rest {
        let count = u16::from_le_bytes([*low, *high]);
        let size = element_size(*kind).ok_or_else(|| unreadable(format!("type {kind}")))?;
        let length = size * usize::from(count);
        if elements.len() < length {
            return Err(unreadable(format!("type {kind} says {count} elements and ends before")));
        }
        let (elements, behind) = elements.split_at(length);
        blocks.push(Block { kind: *kind, count, elements });
        rest = behind;
    }
    if rest.is_empty() { Ok(blocks) } else { Err(unreadable(format!("{} bytes are left over", rest.len()))) }
}

/// Bytes of one element on the wire.
fn element_size(kind: u8) -> Option<usize> {
    Some(match kind {
        1 => 14,
        2 | 12 => 62,
        3 | 11 => 31,
        4 | 5 | 16 | 17 => 8,
        6 | 9 | 13 => 4,
        7 => 16,
        8 => 15,
        14 => 24,
        15 => 61,
        _ => return None,
    })
}

/// The day that the GPS system clock (type 7) names, counted from 1980-01-06.
pub(crate) fn clock_day(blocks: &[Block<'_>]) -> Option<u64> {
    let clock = blocks.iter().find(|block| block.kind == 7)?;
    match clock.elements {
        [low, high, ..] => Some(u64::from(u16::from_le_bytes([*low, *high]))),
        _ => None,
    }
}

/// The GPS day of a moment.
pub(crate) fn day_of(time: SystemTime) -> u64 {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs());
    (seconds + LEAP_SECONDS).saturating_sub(GPS_EPOCH) / SECONDS_PER_DAY
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn blocks_are_told_apart_to_the_last_byte() {
        let mut bytes = vec![1, 7, 1, 0];
        bytes.extend([0x5b, 0x3b, 0x59, 0xbe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([9, 1, 0, 0, 4, 0, 8]);
        let blocks = blocks(&bytes).unwrap();
        assert_eq!(
            blocks.iter().map(|block| (block.kind, block.count)).collect::<Vec<_>>(),
            [(7, 1), (9, 1)]
        );
        assert_eq!(clock_day(&blocks), Some(15_195));
    }

    #[test]
    fn what_does_not_add_up_is_refused() {
        let why = |bytes: &[u8]| blocks(bytes).unwrap_err().to_string();
        assert_eq!(why(&[]), "the assistance data cannot be read: no byte");
        assert_eq!(why(&[2]), "the assistance data cannot be read: schema version 2");
        assert_eq!(why(&[1, 10, 0, 0]), "the assistance data cannot be read: type 10");
        assert_eq!(
            why(&[1, 9, 1, 0, 0]),
            "the assistance data cannot be read: type 9 says 1 elements and ends before"
        );
        assert_eq!(why(&[1, 9, 0]), "the assistance data cannot be read: 2 bytes are left over");
    }

    #[test]
    fn days_are_those_of_gps_time() {
        let day = |seconds| day_of(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(day(GPS_EPOCH), 0);
        // 2021-08-15 00:00:00 UTC; the clock of a recorded answer of that day says 15195 + 12.
        assert_eq!(day(1_628_985_600), 15_197);
        assert_eq!(day(1_628_985_600 - 19), 15_196);
    }
}
