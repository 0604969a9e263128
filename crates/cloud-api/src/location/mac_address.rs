//! Addresses of Wi-Fi access points.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// MAC address of an access point: six pairs of hexadecimal digits, with colons as nRF Cloud keeps them.
/// Dashes are read too. Upper and lower case are kept, and count as the same.
#[derive(Debug, Clone)]
pub struct MacAddress(String);

/// A text is not a MAC address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("MAC address {0:?}: the rule is six pairs of hexadecimal digits with colons or dashes between")]
#[non_exhaustive]
pub struct InvalidMacAddress(pub String);

impl MacAddress {
    /// The address with colons.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it was chosen by software, not by the maker. The API reference says that the service refuses
    /// such addresses; in Nordic's own tests it passes over them.
    #[must_use]
    pub fn is_locally_administered(&self) -> bool {
        u8::from_str_radix(&self.0[..2], 16).is_ok_and(|first| first & 0b10 != 0)
    }
}

impl FromStr for MacAddress {
    type Err = InvalidMacAddress;

    fn from_str(text: &str) -> Result<Self, InvalidMacAddress> {
        let separator = text.as_bytes().get(2).copied();
        let fits = text.len() == 17
            && matches!(separator, Some(b':' | b'-'))
            && text.bytes().enumerate().all(|(index, byte)| match index % 3 {
                2 => Some(byte) == separator,
                _ => byte.is_ascii_hexdigit(),
            });
        if fits { Ok(Self(text.replace('-', ":"))) } else { Err(InvalidMacAddress(text.to_owned())) }
    }
}

impl PartialEq for MacAddress {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for MacAddress {}

impl Hash for MacAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_ascii_lowercase().hash(state);
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for MacAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for MacAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_and_dashes_are_the_same() {
        let address: MacAddress = "FE-1E-41-2D-9E-53".parse().unwrap();
        assert_eq!(address.as_str(), "FE:1E:41:2D:9E:53");
        assert_eq!(address, "fe:1e:41:2d:9e:53".parse().unwrap());
        assert!(address.is_locally_administered());
        assert!(!"40:01:7a:c9:10:22".parse::<MacAddress>().unwrap().is_locally_administered());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "40:01:7a:c9:10",
            "40:01-7a:c9:10:22",
            "40:01:7a:c9:10:2g",
            "40017ac91022",
            "ø0:01:7a:c9:10:2",
        ] {
            assert!(bad.parse::<MacAddress>().is_err(), "{bad}");
        }
        assert_eq!(
            "x".parse::<MacAddress>().unwrap_err().to_string(),
            "MAC address \"x\": the rule is six pairs of hexadecimal digits with colons or dashes between"
        );
    }
}
