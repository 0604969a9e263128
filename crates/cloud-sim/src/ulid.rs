//! ULIDs, the IDs of bulk operations and messages: 48 bits of milliseconds since 1970 and 80 random bits in Crockford's base 32.

use std::{sync::Mutex, time::SystemTime};

use crate::{clock::since_1970, cloud::lock};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Makes IDs, each greater than those before it in the same millisecond.
#[derive(Debug, Default)]
pub(crate) struct Ulids(Mutex<u128>);

impl Ulids {
    pub(crate) fn next(&self, now: SystemTime) -> Result<String, getrandom::Error> {
        let millis = since_1970(now).as_millis() & 0xffff_ffff_ffff;
        let mut last = lock(&self.0);
        if *last >> 80 == millis {
            *last += 1;
        } else {
            let mut random = [0; 16];
            // A bit less than there is room for, so that counting on stays within the millisecond.
            getrandom::fill(&mut random[6..])?;
            random[6] &= 0x7f;
            *last = millis << 80 | u128::from_be_bytes(random);
        }
        Ok(encode(*last))
    }
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
        let ulids = Ulids::default();
        let next = || ulids.next(UNIX_EPOCH + Duration::from_millis(1_469_918_176_385)).unwrap();
        let id = next();
        assert!(next() > id);
        assert_eq!((&id[..10], id.len()), ("01ARYZ6S41", 26));
        assert_eq!(encode(0), "0".repeat(26));
        assert_eq!(encode(u128::MAX), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
        assert!(id.bytes().all(|b| ALPHABET.contains(&b)));
    }
}
