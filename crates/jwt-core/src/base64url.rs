//! base64url without padding (RFC 7515 section 2, RFC 4648 section 5), in one form only.
//!
//! Our own, since the `base64` crate neither encodes in place, by which signing needs no second buffer, nor reads single octets, by which a
//! header is compared without one. Its decoder alone is as fast, and costs 1,396 bytes more flash on a Cortex-M33 (`cargo xtask embedded`
//! with version 0.23). The tests hold ours against it. It is for text that is no secret to the clock.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What is no character of the alphabet: the one negative number, so that a word with such a sextet in it is negative, too.
const INVALID: i8 = i8::MIN;

/// The sextet of each character.
const SEXTETS: [i8; 256] = {
    let mut sextets = [INVALID; 256];
    let mut at = 0_u8;
    while at < 64 {
        sextets[ALPHABET[at as usize] as usize] = at.cast_signed();
        at += 1;
    }
    sextets
};

fn sextet(character: u8) -> i32 {
    i32::from(SEXTETS[usize::from(character)])
}

/// Characters of `len` octets.
pub(crate) const fn encoded_len(len: usize) -> usize {
    (len * 4).div_ceil(3)
}

/// Octets of `len` characters.
pub(crate) const fn decoded_len(len: usize) -> usize {
    len * 3 / 4
}

/// The octet with the number `at` in a text that [`decode`] has accepted, or `None` behind its end.
pub(crate) fn octet(text: &[u8], at: usize) -> Option<u8> {
    let bit = at * 8;
    let sextet = |at: usize| text.get(at).map(|c| sextet(*c));
    let [.., octet] = (((sextet(bit / 6)? << 6) | sextet(bit / 6 + 1)?) >> (4 - bit % 6)).to_be_bytes();
    Some(octet)
}

/// Decodes `text` into a buffer of its [`decoded_len`]. False if `text` is not the one text for these octets: a character is foreign,
/// bits are left over that are not zero, or the length cannot be.
#[must_use]
#[inline(never)]
pub(crate) fn decode(text: &[u8], out: &mut [u8]) -> bool {
    let (groups, tail) = text.as_chunks::<4>();
    let (triples, rest) = out.as_chunks_mut::<3>();
    if groups.len() != triples.len() || rest.len() != decoded_len(tail.len()) {
        return false;
    }
    // All sextets in one, to be looked at once at the end.
    let mut seen = 0;
    for (group, triple) in groups.iter().zip(triples) {
        let [a, b, c, d] = group.map(sextet);
        let word = (a << 18 | b << 12) | (c << 6 | d);
        seen |= word;
        [_, triple[0], triple[1], triple[2]] = word.to_be_bytes();
    }
    let bits = tail.iter().fold(0, |bits, c| bits << 6 | sextet(*c));
    seen |= bits;
    // The last octets to the top of the word, the bits that are left over behind them.
    let bits = bits << ((32 - 6 * tail.len()) % 32);
    let octets = bits.to_be_bytes();
    rest.copy_from_slice(&octets[..rest.len()]);
    tail.len() != 1 && bits << (8 * rest.len()) == 0 && seen >= 0
}

/// Encodes the first `len` octets of a buffer that is their [`encoded_len`] long, where they stand.
pub(crate) fn encode_in_place(buf: &mut [u8], len: usize) {
    let text = |[a, b, c]: [u8; 3]| {
        let word = u32::from_be_bytes([0, a, b, c]);
        [word >> 18, word >> 12, word >> 6, word].map(|sextet| ALPHABET[sextet as usize & 0x3f])
    };
    // From the end to the start: what grows then covers only what has been taken already.
    let groups = len / 3;
    let mut tail = [0; 3];
    tail[..len % 3].copy_from_slice(&buf[groups * 3..len]);
    let room = &mut buf[groups * 4..];
    room.copy_from_slice(&text(tail)[..room.len()]);
    for group in (0..groups).rev() {
        let Some(triple) = buf[group * 3..].first_chunk().copied() else { continue };
        if let Some(room) = buf[group * 4..].first_chunk_mut() {
            *room = text(triple);
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use base64::engine::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use std::vec::Vec;
    use std::{string::String, vec};

    fn encode(octets: &[u8]) -> String {
        let mut text = octets.to_vec();
        text.resize(encoded_len(octets.len()), 0);
        encode_in_place(&mut text, octets.len());
        String::from_utf8(text).unwrap()
    }

    fn decode(text: &[u8]) -> Option<Vec<u8>> {
        let mut octets = vec![0; decoded_len(text.len())];
        super::decode(text, &mut octets).then_some(octets)
    }

    fn compare(text: &[u8]) {
        assert_eq!(decode(text), URL_SAFE_NO_PAD.decode(text).ok(), "{text:?}");
    }

    #[test]
    #[cfg_attr(miri, ignore = "too many texts")]
    fn every_text_of_up_to_two_characters_is_judged_as_by_the_base64_crate() {
        compare(b"");
        for a in 0..=u8::MAX {
            compare(&[a]);
            (0..=u8::MAX).for_each(|b| compare(&[a, b]));
        }
    }

    #[test]
    fn every_last_character_is_judged_as_by_the_base64_crate() {
        for len in 0..9 {
            for last in 0..=u8::MAX {
                let mut text = vec![b'w'; len];
                text.push(last);
                compare(&text);
            }
        }
    }

    #[test]
    fn a_buffer_of_another_length_is_refused() {
        assert!(!super::decode(b"AAAA", &mut [0; 2]));
        assert!(!super::decode(b"AAAA", &mut [0; 4]));
        assert!(!super::decode(b"AA", &mut []));
    }

    proptest::proptest! {
        #[test]
        fn encodes_as_the_base64_crate(octets in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let text = encode(&octets);
            proptest::prop_assert_eq!(&text, &URL_SAFE_NO_PAD.encode(&octets));
            let read: Vec<u8> = (0..).map_while(|at| octet(text.as_bytes(), at)).take(octets.len()).collect();
            proptest::prop_assert_eq!(&read, &octets);
            proptest::prop_assert_eq!(decode(text.as_bytes()), Some(octets));
        }

        #[test]
        fn decodes_as_the_base64_crate(text in "[A-Za-z0-9_-]{0,40}[A-Za-z0-9_=+/.-]{0,3}") {
            compare(text.as_bytes());
        }
    }
}
