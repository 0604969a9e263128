//! Who the modem is: IMEI and device UUID.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// An International Mobile Equipment Identity: 15 digits whose last one is the Luhn check digit (3GPP TS 23.003,
/// section 6.2.1).
///
/// ```
/// use modem_at::Imei;
///
/// let imei: Imei = "352656106647673".parse()?;
/// assert_eq!(imei.as_str(), "352656106647673");
/// assert_eq!(
///     "352656106647674".parse::<Imei>().unwrap_err().to_string(),
///     "IMEI `352656106647674` ends in 4, its check digit (Luhn) is 3"
/// );
/// # Ok::<(), modem_at::ImeiError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Imei([u8; 15]);

impl Imei {
    /// The 15 digits.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it cannot panic: only ASCII digits get in")]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).expect("an Imei is made of ASCII digits only")
    }
}

impl FromStr for Imei {
    type Err = ImeiError;

    fn from_str(text: &str) -> Result<Self, ImeiError> {
        let digits: [u8; 15] = text.as_bytes().try_into().map_err(|_| ImeiError::shape(text))?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(ImeiError::shape(text));
        }
        let expected = luhn_check_digit(&digits[..14]);
        let found = digits[14] - b'0';
        if found != expected {
            return Err(ImeiError::CheckDigit { value: text.into(), found, expected });
        }
        Ok(Self(digits))
    }
}

impl fmt::Display for Imei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Imei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Imei({})", self.as_str())
    }
}

/// Why a text is not an [`Imei`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImeiError {
    /// Not 15 digits.
    #[error("IMEI `{value}` is not 15 digits")]
    Shape {
        /// The text, cut at 40 characters.
        value: String,
    },
    /// The last digit is not the Luhn digit of the others.
    #[error("IMEI `{value}` ends in {found}, its check digit (Luhn) is {expected}")]
    CheckDigit {
        /// The text.
        value: String,
        /// Its last digit.
        found: u8,
        /// The digit that belongs there.
        expected: u8,
    },
}

impl ImeiError {
    fn shape(value: &str) -> Self {
        Self::Shape { value: value.chars().take(40).collect() }
    }
}

/// The UUID that Nordic burnt into the chip; the default nRF Cloud device ID.
///
/// ```
/// use modem_at::DeviceUuid;
///
/// let uuid: DeviceUuid = "504D5632-3739-42FB-80C8-1411DF972166".parse()?;
/// assert_eq!(uuid.to_string(), "504d5632-3739-42fb-80c8-1411df972166");
/// # Ok::<(), modem_at::DeviceUuidError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeviceUuid([u8; 16]);

impl DeviceUuid {
    /// The 16 bytes, in the order in which they are printed.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl FromStr for DeviceUuid {
    type Err = DeviceUuidError;

    fn from_str(text: &str) -> Result<Self, DeviceUuidError> {
        let error = || DeviceUuidError { value: text.chars().take(60).collect() };
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return Err(error());
        }
        let mut uuid = [0; 16];
        let mut nibbles = 0;
        for (position, &byte) in bytes.iter().enumerate() {
            if matches!(position, 8 | 13 | 18 | 23) {
                if byte != b'-' {
                    return Err(error());
                }
                continue;
            }
            let nibble = hex_digit(byte).ok_or_else(error)?;
            uuid[nibbles / 2] = uuid[nibbles / 2] << 4 | nibble;
            nibbles += 1;
        }
        Ok(Self(uuid))
    }
}

impl fmt::Display for DeviceUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, byte) in self.0.iter().enumerate() {
            if matches!(position, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for DeviceUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceUuid({self})")
    }
}

/// The UUID of the modem firmware build (`%XMODEMUUID`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FirmwareUuid(DeviceUuid);

impl FirmwareUuid {
    pub(crate) const fn new(uuid: DeviceUuid) -> Self {
        Self(uuid)
    }

    /// The 16 bytes, in the order in which they are printed.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for FirmwareUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text that is not a UUID of the form 8-4-4-4-12 hexadecimal digits (RFC 9562, section 4).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("device UUID `{value}` is not of the form 8-4-4-4-12 hexadecimal digits")]
pub struct DeviceUuidError {
    value: String,
}

/// The value of one hexadecimal digit.
pub(crate) fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// The digit that makes the Luhn sum of `digits` followed by it a multiple of ten (ISO/IEC 7812-1).
fn luhn_check_digit(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(position, digit)| {
            let value = u32::from(digit - b'0');
            match position % 2 {
                0 if value > 4 => value * 2 - 9,
                0 => value * 2,
                _ => value,
            }
        })
        .sum();
    u8::try_from((10 - sum % 10) % 10).expect("a number below ten fits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_imeis_pass() {
        for text in ["352656106647673", "352656100441776", "352656100885188", "352656106108148"] {
            assert_eq!(text.parse::<Imei>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_an_imei_is_named() {
        for text in ["", "35265610664767", "3526561066476733", "35265610664767x", "+CEREG: 2", "３５２６５"]
        {
            let error = text.parse::<Imei>().unwrap_err();
            assert_eq!(error.to_string(), format!("IMEI `{text}` is not 15 digits"));
        }
    }

    #[test]
    fn every_single_wrong_digit_is_found() {
        let good = b"352656106647673";
        for position in 0..good.len() {
            for digit in b'0'..=b'9' {
                let mut text = *good;
                text[position] = digit;
                let parsed = core::str::from_utf8(&text).unwrap().parse::<Imei>();
                assert_eq!(parsed.is_ok(), digit == good[position], "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_not_a_uuid_is_refused() {
        for text in [
            "",
            "504d5632373942fb80c81411df972166",
            "504d5632-3739-42fb-80c8-1411df97216",
            "504d5632-3739-42fb-80c8-1411df97216g",
            "504d5632-3739-42fb-80c8_1411df972166",
            "creating device uuid...",
        ] {
            assert!(text.parse::<DeviceUuid>().is_err(), "{text}");
        }
    }
}
