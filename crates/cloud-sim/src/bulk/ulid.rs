//! ULIDs, the IDs of bulk operations: 48 bits of milliseconds since 1970 and 80 random bits in Crockford's base 32.

use std::time::SystemTime;

use crate::clock::since_1970;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new ID. IDs made within one millisecond are in no order.
pub(super) fn new(now: SystemTime) -> Result<String, getrandom::Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random[6..])?;
    let millis = since_1970(now).as_millis() & 0xffff_ffff_ffff;
    Ok(encode(millis << 80 | u128::from_be_bytes(random)))
}

/// 26 digits of five bits, the first of them of three.
fn encode(value: u128) -> String {
    let digit = |place: u32| {
        let index = value >> (5 * place) & 31;
        char::from(ALPHABET[usize::try_from(index).unwrap_or(0)])
    };
    (0..26).rev().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn encodes_as_the_specification_says() {
        // The time of the example in the ULID specification: 01ARYZ6S41 is 1469918176385.
        let id = new(UNIX_EPOCH + Duration::from_millis(1_469_918_176_385)).unwrap();
        assert_eq!((&id[..10], id.len()), ("01ARYZ6S41", 26));
        assert_eq!(encode(0), "0".repeat(26));
        assert_eq!(encode(u128::MAX), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
        assert!(id.bytes().all(|b| ALPHABET.contains(&b)));
    }
}
