//! The address of an access point.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Six octets; read with colons or with dashes, written with colons and in lower case (facts 5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mac([u8; 6]);

impl Mac {
    pub(super) fn read(text: &str) -> Option<Self> {
        let separator = if text.contains(':') { ':' } else { '-' };
        let mut octets = [0; 6];
        let mut parts = text.split(separator);
        for octet in &mut octets {
            let part =
                parts.next().filter(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit()))?;
            *octet = u8::from_str_radix(part, 16).ok()?;
        }
        parts.next().is_none().then_some(Self(octets))
    }

    /// Made up by whoever uses it, and so of no place; telephones that share their connection have such ones.
    pub(super) fn is_locally_administered(self) -> bool {
        self.0[0] & 0b10 != 0
    }

    /// Of many at once.
    pub(super) fn is_multicast(self) -> bool {
        self.0[0] & 0b01 != 0
    }

    pub(super) fn octets(self) -> [u8; 6] {
        self.0
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mac {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text)
            .ok_or_else(|| D::Error::custom(format!("macAddress {text} is not six pairs of hex digits")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_and_writes_one() {
        for text in ["4C:E1:75:80:5E:6F", "4c-e1-75-80-5e-6f"] {
            assert_eq!(Mac::read(text).unwrap().to_string(), "4c:e1:75:80:5e:6f");
        }
        for text in [
            "",
            "4c:e1:75:80:5e",
            "4c:e1:75:80:5e:6f:00",
            "4c:e1:75:80-5e:6f",
            "4ce175805e6f",
            "+c:e1:75:80:5e:6f",
        ] {
            assert_eq!(Mac::read(text), None, "{text}");
        }
        assert!(Mac::read("96:15:44:ac:6c:87").unwrap().is_locally_administered());
        assert!(Mac::read("ff:ff:ff:ff:ff:ff").unwrap().is_multicast());
    }
}
