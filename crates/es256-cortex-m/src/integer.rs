//! Integers of 256 bits, in the two orders that meet here.

/// An integer of 256 bits, least significant word first, as the assembly takes it.
pub(crate) type Words = [u32; 8];

/// From 32 octets, big-endian.
pub(crate) fn words(octets: &[u8; 32]) -> Words {
    let mut words = [0; 8];
    for (word, octets) in words.iter_mut().zip(octets.rchunks_exact(4)) {
        for octet in octets {
            *word = *word << 8 | u32::from(*octet);
        }
    }
    words
}

/// To 32 octets, big-endian.
pub(crate) fn octets(words: &Words) -> [u8; 32] {
    let mut octets = [0; 32];
    for (octets, word) in octets.rchunks_exact_mut(4).zip(words) {
        octets.copy_from_slice(&word.to_be_bytes());
    }
    octets
}
