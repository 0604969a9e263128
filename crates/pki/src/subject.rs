//! The subject to be written into a certificate or a request: `/C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor`.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use der::Encode;
use der::asn1::{Any, Ia5StringRef, ObjectIdentifier, PrintableStringRef, Utf8StringRef};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

use crate::name::{self, DistinguishedName};

/// A subject that is allowed in a certificate: no empty attribute, none twice, every value within the limits of X.520.
///
/// It is written and read in openssl's form. A slash in a value is written `\/`, a backslash `\\`.
///
/// ```
/// use pki::subject::{Attribute, Subject};
///
/// let subject: Subject = "/C=NO/O=Nordic Semiconductor/OU=R\\/D".parse()?;
/// assert_eq!(subject.get(Attribute::OrganizationalUnit), Some("R/D"));
/// assert_eq!(subject.to_string(), "/C=NO/O=Nordic Semiconductor/OU=R\\/D");
/// # Ok::<(), pki::subject::SubjectError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subject {
    attributes: Vec<(Attribute, String)>,
}

impl Subject {
    /// A subject without attributes, to be filled by [`Self::with`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This subject with one attribute more, at the end.
    ///
    /// # Errors
    /// [`SubjectError::Repeated`] where it is there already, and the others where the value breaks a rule.
    pub fn with(mut self, attribute: Attribute, value: impl Into<String>) -> Result<Self, SubjectError> {
        if self.get(attribute).is_some() {
            return Err(SubjectError::Repeated { attribute });
        }
        self.set(attribute, value)?;
        Ok(self)
    }

    /// Sets an attribute: in its place where it is there already, otherwise at the end.
    ///
    /// # Errors
    /// Where the value breaks a rule of the attribute.
    pub fn set(&mut self, attribute: Attribute, value: impl Into<String>) -> Result<(), SubjectError> {
        let value = value.into();
        attribute.check(&value)?;
        match self.attributes.iter_mut().find(|(present, _)| *present == attribute) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((attribute, value)),
        }
        Ok(())
    }

    /// Takes an attribute out.
    pub fn remove(&mut self, attribute: Attribute) -> Option<String> {
        let index = self.attributes.iter().position(|(present, _)| *present == attribute)?;
        Some(self.attributes.remove(index).1)
    }

    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, attribute: Attribute) -> Option<&str> {
        self.attributes.iter().find(|(present, _)| *present == attribute).map(|(_, value)| value.as_str())
    }

    /// Whether it has no attribute.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// The name in DER: each attribute in an RDN of its own.
    pub(crate) fn to_der(&self) -> der::Result<Vec<u8>> {
        let mut name = RdnSequence::default();
        for (attribute, value) in self.iter() {
            let value = match attribute.string_kind() {
                StringKind::Printable => Any::from(PrintableStringRef::new(value)?),
                StringKind::Ia5 => Any::from(Ia5StringRef::new(value)?),
                StringKind::Utf8 => Any::from(Utf8StringRef::new(value)?),
            };
            let attribute = AttributeTypeAndValue { oid: attribute.oid(), value };
            name.push(RelativeDistinguishedName::try_from(vec![attribute])?);
        }
        name.to_der()
    }

    /// The attributes and their values, in the order in which they are written.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Attribute, &str)> {
        self.attributes.iter().map(|(attribute, value)| (*attribute, value.as_str()))
    }
}

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let mut characters = text.char_indices();
        match characters.next() {
            Some((_, '/')) => {}
            Some(_) => return Err(SubjectError::NoSlash),
            None => return Err(SubjectError::Empty),
        }
        // The parts between slashes that no backslash precedes.
        let mut subject = Self::new();
        let (mut start, mut part) = (1, String::new());
        loop {
            match characters.next() {
                Some((offset, '\\')) => match characters.next() {
                    Some((_, escaped @ ('/' | '\\'))) => part.push(escaped),
                    _ => return Err(SubjectError::Escape { offset }),
                },
                Some((offset, '/')) => {
                    subject = subject.with_part(start, &part)?;
                    (start, part) = (offset + 1, String::new());
                }
                Some((_, plain)) => part.push(plain),
                None => return subject.with_part(start, &part),
            }
        }
    }
}

impl Subject {
    fn with_part(self, offset: usize, part: &str) -> Result<Self, SubjectError> {
        let (label, value) = part.split_once('=').ok_or(SubjectError::NoEquals { offset })?;
        let attribute = Attribute::from_label(label)
            .ok_or_else(|| SubjectError::UnknownAttribute { label: label.to_owned(), offset })?;
        self.with(attribute, value)
    }
}

impl Display for Subject {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (attribute, value) in &self.attributes {
            write!(f, "/{attribute}=")?;
            name::write_value(f, value)?;
        }
        Ok(())
    }
}

impl TryFrom<&DistinguishedName> for Subject {
    type Error = SubjectError;

    /// The subject of somebody else's request, where it keeps to the rules.
    fn try_from(name: &DistinguishedName) -> Result<Self, SubjectError> {
        let mut subject = Self::new();
        for found in name.attributes() {
            let label = found.label();
            let attribute =
                Attribute::from_label(&label).ok_or(SubjectError::UnknownAttribute { label, offset: 0 })?;
            if found.is_joined() {
                return Err(SubjectError::Joined { attribute });
            }
            subject = subject.with(attribute, found.text())?;
        }
        Ok(subject)
    }
}

/// The attributes that a [`Subject`] can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Attribute {
    /// `C`: two letters, ISO 3166.
    Country,
    /// `ST`: at most 128 characters.
    StateOrProvince,
    /// `L`: at most 128 characters.
    Locality,
    /// `O`: at most 64 characters.
    Organization,
    /// `OU`: at most 64 characters.
    OrganizationalUnit,
    /// `CN`: at most 64 characters.
    CommonName,
    /// `serialNumber`: at most 64 characters of PrintableString.
    SerialNumber,
    /// `title`: at most 64 characters.
    Title,
    /// `UID`: at most 256 characters.
    UserId,
    /// `DC`: at most 63 characters of ASCII.
    DomainComponent,
    /// `emailAddress`: at most 255 characters of ASCII.
    EmailAddress,
}

/// How the value is encoded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StringKind {
    Printable,
    Ia5,
    Utf8,
}

impl Attribute {
    /// Every attribute.
    pub const ALL: [Self; 11] = [
        Self::Country,
        Self::StateOrProvince,
        Self::Locality,
        Self::Organization,
        Self::OrganizationalUnit,
        Self::CommonName,
        Self::SerialNumber,
        Self::Title,
        Self::UserId,
        Self::DomainComponent,
        Self::EmailAddress,
    ];

    /// Its short name, as openssl has it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Country => "C",
            Self::StateOrProvince => "ST",
            Self::Locality => "L",
            Self::Organization => "O",
            Self::OrganizationalUnit => "OU",
            Self::CommonName => "CN",
            Self::SerialNumber => "serialNumber",
            Self::Title => "title",
            Self::UserId => "UID",
            Self::DomainComponent => "DC",
            Self::EmailAddress => "emailAddress",
        }
    }

    /// The most characters its value may have: the upper bounds of X.520 Annex C and RFC 5280 Appendix A.1.
    #[must_use]
    pub fn most_characters(self) -> usize {
        match self {
            Self::Country => 2,
            Self::StateOrProvince | Self::Locality => 128,
            Self::UserId => 256,
            Self::DomainComponent => 63,
            Self::EmailAddress => 255,
            Self::Organization
            | Self::OrganizationalUnit
            | Self::CommonName
            | Self::SerialNumber
            | Self::Title => 64,
        }
    }

    /// The attribute with this short name, in any case; `S` and `E` are taken for `ST` and `emailAddress`.
    #[must_use]
    pub fn from_label(label: &str) -> Option<Self> {
        let label = match label {
            "S" | "s" => "ST",
            "E" | "e" => "emailAddress",
            other => other,
        };
        Self::ALL.into_iter().find(|attribute| attribute.label().eq_ignore_ascii_case(label))
    }

    pub(crate) fn oid(self) -> ObjectIdentifier {
        let (_, oid) = name::LABELS
            .iter()
            .find(|(label, _)| *label == self.label())
            .expect("every attribute that can be written has its label among those that are read");
        *oid
    }

    fn string_kind(self) -> StringKind {
        match self {
            Self::Country | Self::SerialNumber => StringKind::Printable,
            Self::DomainComponent | Self::EmailAddress => StringKind::Ia5,
            _ => StringKind::Utf8,
        }
    }

    fn check(self, value: &str) -> Result<(), SubjectError> {
        let attribute = self;
        let characters = value.chars().count();
        if value.trim().is_empty() {
            return Err(SubjectError::EmptyValue { attribute });
        }
        if self == Self::Country
            && !(value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic()))
        {
            return Err(SubjectError::Country { value: value.to_owned() });
        }
        if characters > self.most_characters() {
            return Err(SubjectError::TooLong { attribute, characters, most: self.most_characters() });
        }
        let allowed = |character: char| match self.string_kind() {
            StringKind::Printable => character.is_ascii_alphanumeric() || " '()+,-./:=?".contains(character),
            StringKind::Ia5 => character.is_ascii() && !character.is_control(),
            StringKind::Utf8 => !character.is_control(),
        };
        match value.chars().find(|character| !allowed(*character)) {
            Some(character) => Err(SubjectError::Character { attribute, character }),
            None => Ok(()),
        }
    }
}

impl Display for Attribute {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// Why a subject is not allowed. Offsets are in bytes from the start of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// Nothing there.
    #[error("the subject is empty")]
    Empty,
    /// The first character is not a slash.
    #[error("a subject begins with a slash, as in /C=NO/O=Example")]
    NoSlash,
    /// A part without an equals sign.
    #[error(
        "no `=` in the part at byte {offset}; a part is NAME=VALUE, and a slash in a value is written \\/"
    )]
    NoEquals {
        /// Where the part begins.
        offset: usize,
    },
    /// A backslash before something other than a slash or a backslash.
    #[error("the backslash at byte {offset} is followed by neither / nor \\")]
    Escape {
        /// Where the backslash is.
        offset: usize,
    },
    /// An attribute that is not known.
    #[error(
        "unknown attribute `{}` at byte {offset}; known are C, ST, L, O, OU, CN, serialNumber, title, UID, DC and emailAddress",
        label.escape_debug()
    )]
    UnknownAttribute {
        /// What stands before the equals sign.
        label: String,
        /// Where the part begins.
        offset: usize,
    },
    /// The same attribute again.
    #[error("{attribute} is given twice")]
    Repeated {
        /// Which.
        attribute: Attribute,
    },
    /// Two attributes in one RDN, which is another name than with an RDN for each.
    #[error("{attribute} is joined with the attribute before it")]
    Joined {
        /// The second.
        attribute: Attribute,
    },
    /// An attribute without a value.
    #[error("{attribute} has no value; leave the attribute out instead")]
    EmptyValue {
        /// Which.
        attribute: Attribute,
    },
    /// More characters than X.520 allows.
    #[error("{attribute} has {characters} characters, the limit is {most}")]
    TooLong {
        /// Which.
        attribute: Attribute,
        /// Characters found.
        characters: usize,
        /// Characters allowed.
        most: usize,
    },
    /// The name of the authority that is to sign it.
    #[error("it is the name of the authority itself, and the certificate would look self-signed")]
    Authority,
    /// A country that is not two letters.
    #[error("C is a country code of two letters, not `{}`", value.escape_debug())]
    Country {
        /// What was given.
        value: String,
    },
    /// A character that the attribute cannot hold.
    #[error("{attribute} cannot hold the character {character:?}")]
    Character {
        /// Which.
        attribute: Attribute,
        /// The first such character.
        character: char,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_can_be_written() {
        for attribute in Attribute::ALL {
            let subject = Subject::new().with(attribute, "NO").unwrap();
            assert!(subject.to_der().unwrap().ends_with(b"NO"), "{attribute}");
        }
    }
}
