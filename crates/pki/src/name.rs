//! Distinguished names as they are found in certificates and requests, whoever made them.

use std::fmt::{self, Debug, Display, Formatter, Write};

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Encode, Tag, Tagged};
use x509_cert::name::RdnSequence;

use crate::hex::Hex;
use crate::subject::{Attribute, Subject};

/// The name of a subject or an issuer, RFC 5280 section 4.1.2.4, as read from a certificate or a request.
///
/// Two names are equal when their DER is: that is what ties a certificate to its issuer. `Display` gives openssl's form,
/// `/C=NO/O=…`. A name that is to be written is a [`Subject`], which has stricter rules.
#[derive(Clone)]
pub struct DistinguishedName {
    der: Vec<u8>,
    attributes: Vec<NameAttribute>,
}

/// One attribute of a [`DistinguishedName`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAttribute {
    oid: ObjectIdentifier,
    tag: Tag,
    value: Vec<u8>,
    /// It shares its RDN with the attribute before.
    joined: bool,
}

impl DistinguishedName {
    pub(crate) fn read(name: AnyRef<'_>) -> der::Result<Self> {
        let read: RdnSequence = name.decode_as()?;
        let mut attributes = Vec::with_capacity(read.len());
        for rdn in read.iter() {
            for (index, attribute) in rdn.iter().enumerate() {
                attributes.push(NameAttribute {
                    oid: attribute.oid,
                    tag: attribute.value.tag(),
                    value: attribute.value.value().to_vec(),
                    joined: index > 0,
                });
            }
        }
        // Not what was read, but what stood there: reading sorts the attributes of an RDN.
        Ok(Self { der: name.to_der()?, attributes })
    }

    /// The name in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether it has no attribute.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// The attributes in their order.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = &NameAttribute> {
        self.attributes.iter()
    }

    /// Whether `subject` would be this name for a verifier, which minds neither the case of letters, nor the width of white
    /// space, nor the type of the string (RFC 5280 section 7.1).
    pub(crate) fn is_that_of(&self, subject: &Subject) -> bool {
        let fold = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let same = |(found, (attribute, value)): (&NameAttribute, (Attribute, &str))| {
            found.oid == attribute.oid() && !found.joined && fold(&found.text()) == fold(value)
        };
        self.attributes.len() == subject.iter().len() && self.attributes.iter().zip(subject.iter()).all(same)
    }

    /// The last commonName, which is the one that counts (RFC 6125 section 6.4.4: the most specific).
    #[must_use]
    pub fn common_name(&self) -> Option<String> {
        self.attributes.iter().rev().find(|attribute| attribute.oid == COMMON_NAME).map(NameAttribute::text)
    }
}

impl NameAttribute {
    /// The type of the attribute, as an object identifier.
    #[must_use]
    pub fn oid(&self) -> ObjectIdentifier {
        self.oid
    }

    /// Its short name (`CN`, `O`, …), or the object identifier where it has none.
    #[must_use]
    pub fn label(&self) -> String {
        LABELS
            .iter()
            .find(|(_, oid)| *oid == self.oid)
            .map_or_else(|| self.oid.to_string(), |(label, _)| (*label).into())
    }

    /// The value as text. A value that is not a string is shown as `#` and the hexadecimal digits of its content.
    #[must_use]
    pub fn text(&self) -> String {
        match self.tag {
            Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
                String::from_utf8_lossy(&self.value).into_owned()
            }
            Tag::TeletexString => self.value.iter().copied().map(char::from).collect(),
            Tag::BmpString => char::decode_utf16(
                self.value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])),
            )
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
            _ => format!("#{}", Hex(&self.value)),
        }
    }

    /// Whether it shares its RDN with the attribute before.
    pub(crate) fn is_joined(&self) -> bool {
        self.joined
    }

    /// Whether it has no value. `create_ca_cert` of nRF Cloud Utils writes such attributes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }
}

impl PartialEq for DistinguishedName {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for DistinguishedName {}

impl Display for DistinguishedName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for attribute in &self.attributes {
            f.write_char(if attribute.joined { '+' } else { '/' })?;
            f.write_str(&attribute.label())?;
            f.write_char('=')?;
            write_value(f, &attribute.text())?;
        }
        Ok(())
    }
}

impl Debug for DistinguishedName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "DistinguishedName({self})")
    }
}

/// Writes a value so that it can stand between two slashes. Control characters are shown as `\u{…}`, so that a hostile
/// name cannot reach the terminal.
pub(crate) fn write_value(f: &mut Formatter<'_>, value: &str) -> fmt::Result {
    for character in value.chars() {
        match character {
            '/' | '\\' => write!(f, "\\{character}")?,
            control if control.is_control() => write!(f, "{}", control.escape_unicode())?,
            plain => f.write_char(plain)?,
        }
    }
    Ok(())
}

pub(crate) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// Short names, as openssl prints them.
pub(crate) const LABELS: [(&str, ObjectIdentifier); 13] = [
    ("CN", COMMON_NAME),
    ("SN", ObjectIdentifier::new_unwrap("2.5.4.4")),
    ("serialNumber", ObjectIdentifier::new_unwrap("2.5.4.5")),
    ("C", ObjectIdentifier::new_unwrap("2.5.4.6")),
    ("L", ObjectIdentifier::new_unwrap("2.5.4.7")),
    ("ST", ObjectIdentifier::new_unwrap("2.5.4.8")),
    ("street", ObjectIdentifier::new_unwrap("2.5.4.9")),
    ("O", ObjectIdentifier::new_unwrap("2.5.4.10")),
    ("OU", ObjectIdentifier::new_unwrap("2.5.4.11")),
    ("title", ObjectIdentifier::new_unwrap("2.5.4.12")),
    ("emailAddress", ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1")),
    ("UID", ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1")),
    ("DC", ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25")),
];

#[cfg(test)]
mod tests {
    use der::Decode;
    use hex_literal::hex;

    use super::*;

    #[test]
    fn a_name_is_kept_as_it_stands() {
        // An RDN of OU and O in the wrong order for DER, as some tools write it.
        let written = hex!("3018 3116 3009 0603 55040b 0c02 4242 3009 0603 55040a 0c02 4141");
        let name = DistinguishedName::read(AnyRef::from_der(&written).unwrap()).unwrap();
        assert_eq!(name.der(), written);
        assert_eq!(name.to_string(), "/O=AA+OU=BB");
    }
}
