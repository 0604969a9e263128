//! PKCS#10 certificate requests as nRF91 modems make them (RFC 2986).

use super::der::{
    BIT_STRING, CONTEXT_0, OCTET_STRING, OID, PRINTABLE_STRING, SEQUENCE, SET, UTF8_STRING, tlv,
};
use crate::keys::ModemKey;

/// `ecdsa-with-SHA256` with a NULL parameter. RFC 5758, section 3.2, forbids the parameter; every real modem writes it.
const SIGNATURE_ALGORITHM: [u8; 14] =
    [0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x05, 0x00];
/// `extensionRequest`, 1.2.840.113549.1.9.14.
const EXTENSION_REQUEST: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
/// `keyUsage`, 2.5.29.15.
const KEY_USAGE: [u8; 3] = [0x55, 0x1d, 0x0f];
/// Version 0, which RFC 2986 calls v1.
const VERSION: [u8; 3] = [0x02, 0x01, 0x00];

/// A signed request for `key`, in DER.
pub(crate) fn build(subject: &Subject, usage: &KeyUsage, key: &ModemKey) -> Vec<u8> {
    sign(subject, &attributes(usage), &SIGNATURE_ALGORITHM, key)
}

/// A signed request as Mbed TLS makes it in an application core: no attributes, no NULL parameter.
pub(crate) fn build_plain(subject: &Subject, key: &ModemKey) -> Vec<u8> {
    sign(subject, &tlv(CONTEXT_0, &[]), &tlv(SEQUENCE, &[&SIGNATURE_ALGORITHM[2..12]]), key)
}

fn sign(subject: &Subject, attributes: &[u8], algorithm: &[u8], key: &ModemKey) -> Vec<u8> {
    let info = tlv(SEQUENCE, &[&VERSION, &subject.to_der(), &key.spki_der(), attributes]);
    let mut signature = vec![0];
    signature.extend(key.sign_der(&info));
    tlv(SEQUENCE, &[&info, algorithm, &tlv(BIT_STRING, &[&signature])])
}

/// An extension request for the key usage, not critical.
fn attributes(usage: &KeyUsage) -> Vec<u8> {
    let extension = tlv(SEQUENCE, &[&tlv(OID, &[&KEY_USAGE]), &tlv(OCTET_STRING, &[&usage.to_der()])]);
    let values = tlv(SET, &[&tlv(SEQUENCE, &[&extension])]);
    tlv(CONTEXT_0, &[&tlv(SEQUENCE, &[&tlv(OID, &[&EXTENSION_REQUEST]), &values])])
}

/// The subject name: one single-valued RDN per `ID=value` pair, in the order given.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Subject(Vec<(Attribute, String)>);

impl Subject {
    pub(crate) fn common_name(value: String) -> Self {
        Self(vec![(Attribute::CommonName, value)])
    }

    /// Reads the attribute string of `%KEYGEN`, `CN=nrf-352656106647673,O=Example`. There is no escaping: a comma ends
    /// a value.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let pairs: Option<Vec<_>> = text.split(',').map(parse_pair).collect();
        pairs.map(Self)
    }

    fn to_der(&self) -> Vec<u8> {
        let names: Vec<Vec<u8>> = self
            .0
            .iter()
            .map(|(attribute, value)| {
                let pair =
                    [tlv(OID, &[attribute.oid()]), tlv(attribute.string_tag(), &[value.as_bytes()])].concat();
                tlv(SET, &[&tlv(SEQUENCE, &[&pair])])
            })
            .collect();
        tlv(SEQUENCE, &[&names.concat()])
    }
}

/// The attribute types taken here; the modem's whole list is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attribute {
    CommonName,
    Country,
    Locality,
    State,
    Organization,
    OrganizationalUnit,
}

impl Attribute {
    fn oid(self) -> &'static [u8] {
        match self {
            Self::CommonName => &[0x55, 0x04, 0x03],
            Self::Country => &[0x55, 0x04, 0x06],
            Self::Locality => &[0x55, 0x04, 0x07],
            Self::State => &[0x55, 0x04, 0x08],
            Self::Organization => &[0x55, 0x04, 0x0a],
            Self::OrganizationalUnit => &[0x55, 0x04, 0x0b],
        }
    }

    /// UTF8String as seen; `countryName` has to be a PrintableString (RFC 5280, appendix A.1).
    fn string_tag(self) -> u8 {
        if self == Self::Country { PRINTABLE_STRING } else { UTF8_STRING }
    }
}

fn parse_pair(pair: &str) -> Option<(Attribute, String)> {
    let (id, value) = pair.trim().split_once('=')?;
    let attribute = match id {
        "CN" => Attribute::CommonName,
        "C" => Attribute::Country,
        "L" => Attribute::Locality,
        "ST" => Attribute::State,
        "O" => Attribute::Organization,
        "OU" => Attribute::OrganizationalUnit,
        _ => return None,
    };
    let country = attribute == Attribute::Country;
    let fits = !value.is_empty()
        && (!country || value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic()));
    fits.then(|| (attribute, value.to_owned()))
}

/// The key usage bits (RFC 5280, section 4.2.1.3), bit 0 first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KeyUsage([bool; 9]);

impl KeyUsage {
    /// Reads nine characters `0` or `1`, the leftmost being digitalSignature.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let bits: [u8; 9] = text.try_into().ok()?;
        bits.iter().all(|bit| matches!(bit, b'0' | b'1')).then(|| Self(bits.map(|bit| bit == b'1')))
    }

    /// A BIT STRING without trailing zero bits (X.690, 11.2.2).
    fn to_der(&self) -> Vec<u8> {
        let length = self.0.iter().rposition(|bit| *bit).map_or(0, |last| last + 1);
        let bytes = length.div_ceil(8);
        let mut content = vec![0; bytes + 1];
        content[0] = u8::try_from(bytes * 8 - length).unwrap_or(0);
        for (index, _) in self.0.iter().enumerate().filter(|(_, bit)| **bit) {
            content[1 + index / 8] |= 0x80 >> (index % 8);
        }
        tlv(BIT_STRING, &[&content])
    }
}

impl Default for KeyUsage {
    /// digitalSignature, nonRepudiation, keyEncipherment, keyAgreement: what a modem asks for unless told otherwise.
    fn default() -> Self {
        Self([true, true, true, false, true, false, false, false, false])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_usage_is_a_named_bit_list() {
        for (bits, der) in [
            ("111010000", &[0x03, 0x02, 0x03, 0xe8][..]),
            ("101010000", &[0x03, 0x02, 0x03, 0xa8]),
            ("100000000", &[0x03, 0x02, 0x07, 0x80]),
            ("000000000", &[0x03, 0x01, 0x00]),
            ("111111111", &[0x03, 0x03, 0x07, 0xff, 0x80]),
        ] {
            assert_eq!(KeyUsage::parse(bits.as_bytes()).unwrap().to_der(), der, "{bits}");
        }
        assert_eq!(KeyUsage::parse(b"111010000"), Some(KeyUsage::default()));
        for bad in ["", "11101000", "1110100000", "11101000x"] {
            assert_eq!(KeyUsage::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn subjects_are_read_in_order_or_refused() {
        assert_eq!(
            Subject::parse("CN=nrf-1, O=Nordic,C=NO"),
            Some(Subject(vec![
                (Attribute::CommonName, "nrf-1".to_owned()),
                (Attribute::Organization, "Nordic".to_owned()),
                (Attribute::Country, "NO".to_owned()),
            ]))
        );
        for bad in ["", "CN", "CN=", "XX=1", "CN=1,", "C=NOR", "C=1\u{e5}"] {
            assert_eq!(Subject::parse(bad), None, "{bad}");
        }
    }
}
