//! Names with rules: device ID, sub-type, tag, bulk operation ID, UUID, bundle ID, slugs.
//!
//! Each type holds only texts that obey its rule (facts: nRF Cloud API reference, OnboardDevices and
//! BulkOpsRequestDetails). The error names the value, the rule and the position.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A text is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {}: {problem}; the rule is {rule}", Shown(value))]
#[non_exhaustive]
pub struct InvalidIdentifier {
    /// What the text should have been, for example `device ID`.
    pub what: &'static str,
    /// The refused text.
    pub value: String,
    /// The published rule.
    pub rule: &'static str,
    /// Which part of the rule is broken, and where.
    pub problem: IdentifierProblem,
}

/// The part of an identifier's rule that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifierProblem {
    /// Nothing where at least one character must be.
    #[error("is empty")]
    Empty,
    /// More (or fewer) characters than the rule has room for.
    #[error("has {length} characters where {allowed} are allowed")]
    Length {
        /// Characters found.
        length: usize,
        /// Characters allowed.
        allowed: usize,
    },
    /// A character that the rule does not know.
    #[error("{found:?} at position {position} is not allowed")]
    Character {
        /// The character.
        found: char,
        /// Its position, counted in characters from 1.
        position: usize,
    },
    /// Not one of the published words.
    #[error("is not one of the known words")]
    UnknownWord,
}

/// Device ID: `^[a-z0-9:_-]{1,128}$`, upper or lower case.
///
/// Unique over all of nRF Cloud. It is also the MQTT client ID and the common name of the device certificate.
/// Nordic's SDK and tools hold at most 64 characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceId(String);

/// Device sub-type: 1 to 799 of `a-zA-Z0-9_.,@/:#-`. "No sub-type" is `Option::None`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubType(String);

/// Device tag (a "device group" in the portal): `^[a-zA-Z0-9_.@:#-]+$`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(String);

/// Bulk operation ID: a ULID, `^[0-9A-HJKMNP-TV-Z]{26}$`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BulkOpId(String);

/// UUID of nRF Cloud: a team, a FOTA job, a claimed device. `8-4-4-4-12` hexadecimal digits, the hyphens
/// optional (nRF Cloud API reference); upper case is taken too, as modems print it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid(String);

/// Firmware bundle: a type, `*`, eight letters or digits, `*`, the version; or, for newer bundles, a UUID. The types
/// that are published are those of [`FirmwareType`](crate::FirmwareType); others are taken too.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BundleId(String);

/// Name of an organization in addresses. The rule is not published; this one holds all that were seen and
/// nothing that could change the meaning of an address.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrganizationSlug(String);

/// Name of a project in addresses. As for [`OrganizationSlug`], the rule is not published.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProjectSlug(String);

impl SubType {
    /// Whether nRF Cloud makes this device a `Gateway`: it does when the sub-type contains that word.
    #[must_use]
    pub fn is_gateway(&self) -> bool {
        self.0.contains("gateway")
    }
}

fn check_device_id(value: &str) -> Result<(), IdentifierProblem> {
    characters(value, |c| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-'))?;
    at_most(value, 128)
}

fn check_sub_type(value: &str) -> Result<(), IdentifierProblem> {
    characters(value, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ',' | '@' | '/' | ':' | '#' | '-')
    })?;
    at_most(value, 799)
}

fn check_tag(value: &str) -> Result<(), IdentifierProblem> {
    characters(value, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '@' | ':' | '#' | '-'))
}

fn check_bulk_op_id(value: &str) -> Result<(), IdentifierProblem> {
    characters(value, |c| {
        c.is_ascii_digit() || (c.is_ascii_uppercase() && !matches!(c, 'I' | 'L' | 'O' | 'U'))
    })?;
    match value.len() {
        26 => Ok(()),
        length => Err(IdentifierProblem::Length { length, allowed: 26 }),
    }
}

fn check_uuid(value: &str) -> Result<(), IdentifierProblem> {
    characters(value, |c| c.is_ascii_hexdigit() || c == '-')?;
    let mut digits = 0;
    for (index, c) in value.chars().enumerate() {
        if c != '-' {
            digits += 1;
        } else if !matches!(digits, 8 | 12 | 16 | 20) || value.as_bytes().get(index + 1) == Some(&b'-') {
            return Err(IdentifierProblem::Character { found: c, position: index + 1 });
        }
    }
    match digits {
        32 => Ok(()),
        length => Err(IdentifierProblem::Length { length, allowed: 32 }),
    }
}

fn check_bundle_id(value: &str) -> Result<(), IdentifierProblem> {
    let mut parts = value.splitn(3, '*');
    let (Some(kind), Some(mark)) = (parts.next(), parts.next()) else {
        return check_uuid(value);
    };
    // Any word: a type that is new to this crate must not break the list that it is in.
    characters(kind, |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')?;
    // The version is free text; a line break or the like in it is none.
    let start = kind.len() + 1;
    if let Some((index, found)) = value.chars().enumerate().find(|(index, c)| {
        c.is_control() || ((start..start + mark.len()).contains(index) && !c.is_ascii_alphanumeric())
    }) {
        return Err(IdentifierProblem::Character { found, position: index + 1 });
    }
    match (mark.len(), parts.next()) {
        (8, Some(_)) => Ok(()),
        (8, None) => Err(IdentifierProblem::Length { length: value.len(), allowed: value.len() + 1 }),
        (length, _) => Err(IdentifierProblem::Length { length, allowed: 8 }),
    }
}

fn check_slug(value: &str) -> Result<(), IdentifierProblem> {
    characters(value, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))?;
    at_most(value, 128)
}

/// The first character must exist and every one be allowed.
fn characters(value: &str, allowed: impl Fn(char) -> bool) -> Result<(), IdentifierProblem> {
    if value.is_empty() {
        return Err(IdentifierProblem::Empty);
    }
    match value.chars().enumerate().find(|(_, c)| !allowed(*c)) {
        Some((index, found)) => Err(IdentifierProblem::Character { found, position: index + 1 }),
        None => Ok(()),
    }
}

fn at_most(value: &str, allowed: usize) -> Result<(), IdentifierProblem> {
    match value.len() {
        length if length > allowed => Err(IdentifierProblem::Length { length, allowed }),
        _ => Ok(()),
    }
}

macro_rules! identifier {
    ($name:ident, $what:literal, $rule:literal, $check:ident) => {
        impl $name {
            /// The published rule.
            pub const RULE: &'static str = $rule;

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidIdentifier;

            fn from_str(value: &str) -> Result<Self, InvalidIdentifier> {
                match $check(value) {
                    Ok(()) => Ok(Self(value.to_owned())),
                    Err(problem) => {
                        Err(InvalidIdentifier { what: $what, value: value.to_owned(), rule: $rule, problem })
                    }
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidIdentifier;

            fn try_from(value: String) -> Result<Self, InvalidIdentifier> {
                value.parse()
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidIdentifier;

            fn try_from(value: &str) -> Result<Self, InvalidIdentifier> {
                value.parse()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

identifier!(DeviceId, "device ID", "^[a-z0-9:_-]{1,128}$, upper or lower case", check_device_id);
identifier!(SubType, "sub-type", "^[a-zA-Z0-9_.,@/:#-]{1,799}$", check_sub_type);
identifier!(Tag, "tag", "^[a-zA-Z0-9_.@:#-]+$", check_tag);
identifier!(BulkOpId, "bulk operation ID", "^[0-9A-HJKMNP-TV-Z]{26}$", check_bulk_op_id);
identifier!(
    Uuid,
    "UUID",
    "^[a-f0-9]{8}-?[a-f0-9]{4}-?[a-f0-9]{4}-?[a-f0-9]{4}-?[a-f0-9]{12}$, upper or lower case",
    check_uuid
);
identifier!(BundleId, "bundle ID", "^[A-Z0-9_]+\\*[0-9a-zA-Z]{8}\\*.*$, or a UUID", check_bundle_id);
identifier!(OrganizationSlug, "organization slug", "^[a-zA-Z0-9_-]{1,128}$", check_slug);
identifier!(ProjectSlug, "project slug", "^[a-zA-Z0-9_-]{1,128}$", check_slug);

/// A refused value in quotes, shortened so that a message stays readable.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 48;
        match self.0.char_indices().nth(LONGEST) {
            Some((end, _)) => write!(f, "{:?}…", &self.0[..end]),
            None => write!(f, "{:?}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal<T: FromStr<Err = InvalidIdentifier> + fmt::Debug>(text: &str) -> String {
        text.parse::<T>().unwrap_err().to_string()
    }

    #[test]
    fn device_ids_of_every_published_kind() {
        for id in [
            "f69c0e45-7f04-4949-8def-bb2215b4223e",
            "nrf-352656101397613",
            "oob-355025930003742",
            "A:b_C-9",
            &"x".repeat(128),
        ] {
            assert_eq!(id.parse::<DeviceId>().unwrap().as_str(), id);
        }
    }

    #[test]
    fn device_id_refusals_name_value_rule_and_position() {
        assert_eq!(
            refusal::<DeviceId>(""),
            "device ID \"\": is empty; the rule is ^[a-z0-9:_-]{1,128}$, upper or lower case"
        );
        assert_eq!(
            refusal::<DeviceId>("nrf 1"),
            "device ID \"nrf 1\": ' ' at position 4 is not allowed; \
             the rule is ^[a-z0-9:_-]{1,128}$, upper or lower case"
        );
        assert_eq!(
            refusal::<DeviceId>(&"é".repeat(3)),
            "device ID \"ééé\": 'é' at position 1 is not allowed; \
             the rule is ^[a-z0-9:_-]{1,128}$, upper or lower case"
        );
        assert_eq!(
            refusal::<DeviceId>(&"a".repeat(129)),
            format!(
                "device ID \"{}\"…: has 129 characters where 128 are allowed; \
                 the rule is ^[a-z0-9:_-]{{1,128}}$, upper or lower case",
                "a".repeat(48)
            )
        );
    }

    #[test]
    fn tags_have_no_pipe_and_no_comma_but_sub_types_have_commas() {
        assert!("site.1@lab:#2-x_".parse::<Tag>().is_ok());
        assert!(refusal::<Tag>("a|b").contains("'|' at position 2"));
        assert!(refusal::<Tag>("a,b").contains("',' at position 2"));
        assert!("a,b/c".parse::<SubType>().is_ok());
        assert!("my-gateway-2".parse::<SubType>().unwrap().is_gateway());
        assert!(refusal::<SubType>(&"s".repeat(800)).contains("has 800 characters where 799"));
    }

    #[test]
    fn bulk_ids_are_ulids() {
        assert!("01EZZJVDQJPWT7V4FWNVDHNMM5".parse::<BulkOpId>().is_ok());
        assert!(refusal::<BulkOpId>("01EZZJVDQJPWT7V4FWNVDHNMM").contains("has 25 characters where 26"));
        assert!(refusal::<BulkOpId>("01EZZJVDQJPWT7V4FWNVDHNMMU").contains("'U' at position 26"));
        assert!(refusal::<BulkOpId>("../devices").contains("'.' at position 1"));
    }

    #[test]
    fn uuids_with_and_without_hyphens() {
        for uuid in [
            "a5592ec1-18ae-4d9d-bc44-1d9bd927bbe9",
            "a5592ec118ae4d9dbc441d9bd927bbe9",
            "A5592EC1-18ae4D9D-bc441d9bd927bbe9",
        ] {
            assert_eq!(uuid.parse::<Uuid>().unwrap().as_str(), uuid);
        }
        assert!(refusal::<Uuid>("a5592ec1--8ae-4d9d-bc44-1d9bd927bbe9").contains("'-' at position 9"));
        assert!(refusal::<Uuid>("a5592ec-118ae-4d9d-bc44-1d9bd927bbe9").contains("'-' at position 8"));
        assert!(
            refusal::<Uuid>("a5592ec1-18ae-4d9d-bc44-1d9bd927bbe").contains("has 31 characters where 32")
        );
        assert!(refusal::<Uuid>("a5592ec118ae4d9dbc441d9bd927bbe9-").contains("'-' at position 33"));
        assert!(refusal::<Uuid>("../../devices").contains("'.' at position 1"));
    }

    #[test]
    fn bundle_ids_of_both_kinds() {
        for id in [
            "APP*1e29dfa3*v2.0.1",
            "MDM_FULL*0103b0f9*",
            "NEW*0103b0f9*1",
            "bc631093-7f7c-4c1b-aa63-a68c759bcd5c",
        ] {
            assert_eq!(id.parse::<BundleId>().unwrap().as_str(), id);
        }
        assert!(refusal::<BundleId>("a/b*1e29dfa3*v2").contains("'a' at position 1"));
        assert!(refusal::<BundleId>("APP*1e29dfa*v2").contains("has 7 characters where 8"));
        assert!(refusal::<BundleId>("APP*1e29df-3*v2").contains("'-' at position 11"));
        assert!(refusal::<BundleId>("APP*1e29dfa3*v\n").contains("'\\n' at position 15"));
        assert!(refusal::<BundleId>("APP*1e29dfa3").contains("has 12 characters where 13"));
        assert!(refusal::<BundleId>("APP").contains("'P' at position 2"));
    }

    #[test]
    fn slugs_cannot_change_an_address() {
        assert!("nrfcloud-473f730214ca".parse::<OrganizationSlug>().is_ok());
        for bad in ["", "..", "a/b", "a b", "a%2Fb"] {
            assert!(bad.parse::<ProjectSlug>().is_err(), "{bad}");
        }
    }

    #[test]
    fn serde_keeps_the_rule() {
        let id: DeviceId = serde_json::from_str("\"nrf-1\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"nrf-1\"");
        let error = serde_json::from_str::<DeviceId>("\"a b\"").unwrap_err().to_string();
        assert!(error.contains("' ' at position 2"), "{error}");
    }
}
