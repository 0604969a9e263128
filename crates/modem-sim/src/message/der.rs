//! DER, as much as a certificate request needs (X.690).

pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]`, constructed.
pub(crate) const CONTEXT_0: u8 = 0xa0;

/// Tag, length and the parts one after the other.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    match significant {
        [] => out.push(0),
        [short @ 0..0x80] => out.push(*short),
        // A usize has 8 bytes at most, so the count fits beside the high bit.
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(&content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_the_shortest_form() {
        assert_eq!(tlv(OCTET_STRING, &[]), [0x04, 0x00]);
        assert_eq!(tlv(OCTET_STRING, &[&[7; 127]])[..2], [0x04, 0x7f]);
        assert_eq!(tlv(OCTET_STRING, &[&[7; 100], &[7; 28]])[..3], [0x04, 0x81, 0x80]);
        assert_eq!(tlv(OCTET_STRING, &[&[7; 256]])[..4], [0x04, 0x82, 0x01, 0x00]);
        assert_eq!(tlv(OCTET_STRING, &[&[7; 65536]])[..5], [0x04, 0x83, 0x01, 0x00, 0x00]);
    }
}
