//! What is printed on the kit and burnt into it: model, firmware, IMEI, UUID.

use core::fmt;
use core::str::FromStr;

/// A system-in-package of the nRF91 series, as `AT+CGMM` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Model {
    /// nRF9160, LTE-M only.
    Nrf9160Siaa,
    /// nRF9160, NB-IoT only.
    Nrf9160Siba,
    /// nRF9160, LTE-M, NB-IoT and GNSS.
    Nrf9160Sica,
    /// nRF9161.
    Nrf9161Laca,
    /// nRF9131.
    Nrf9131Laca,
    /// nRF9151, the default.
    #[default]
    Nrf9151Laca,
}

impl Model {
    const ALL: [Self; 6] = [
        Self::Nrf9160Siaa,
        Self::Nrf9160Siba,
        Self::Nrf9160Sica,
        Self::Nrf9161Laca,
        Self::Nrf9131Laca,
        Self::Nrf9151Laca,
    ];

    /// The answer to `AT+CGMM`: chip, hyphen, variant.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nrf9160Siaa => "nRF9160-SIAA",
            Self::Nrf9160Siba => "nRF9160-SIBA",
            Self::Nrf9160Sica => "nRF9160-SICA",
            Self::Nrf9161Laca => "nRF9161-LACA",
            Self::Nrf9131Laca => "nRF9131-LACA",
            Self::Nrf9151Laca => "nRF9151-LACA",
        }
    }

    /// The chip alone, which starts the `iss` and `jti` of a token: `nRF9151`.
    pub fn chip(self) -> &'static str {
        match self {
            Self::Nrf9160Siaa | Self::Nrf9160Siba | Self::Nrf9160Sica => "nRF9160",
            Self::Nrf9161Laca => "nRF9161",
            Self::Nrf9131Laca => "nRF9131",
            Self::Nrf9151Laca => "nRF9151",
        }
    }

    /// The firmware that such a kit carries unless told otherwise.
    pub(crate) fn default_firmware(self) -> Firmware {
        if self.is_nrf9160() {
            Firmware { name: "mfw_nrf9160_1.3.7".to_owned(), version: (1, 3, 7) }
        } else {
            Firmware { name: "mfw_nrf91x1_2.0.2".to_owned(), version: (2, 0, 2) }
        }
    }

    /// The first generation has no `%DEVICEUUID` and no test tags.
    pub(crate) fn is_nrf9160(self) -> bool {
        self.chip() == "nRF9160"
    }

    /// The device type of an attestation token.
    pub(crate) fn attestation_type(self) -> u8 {
        match self {
            Self::Nrf9160Siaa => 1,
            Self::Nrf9160Siba => 2,
            Self::Nrf9160Sica => 3,
            Self::Nrf9161Laca => 4,
            Self::Nrf9131Laca => 5,
            Self::Nrf9151Laca => 6,
        }
    }

    /// The answer to `AT%HWVERSION` without its prefix.
    pub(crate) fn hardware_version(self) -> String {
        let revision = if self.is_nrf9160() { "B0A" } else { "A0A" };
        format!("{} {revision}", self.as_str().replace('-', " "))
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Model {
    type Err = KitError;

    fn from_str(text: &str) -> Result<Self, KitError> {
        Self::ALL
            .into_iter()
            .find(|model| model.as_str() == text)
            .ok_or_else(|| KitError::Model { value: text.to_owned() })
    }
}

/// A modem firmware name, `mfw_<family>_<x>.<y>.<z>` with an optional suffix after a hyphen, as `AT+CGMR` gives it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Firmware {
    name: String,
    version: (u8, u8, u8),
}

impl Firmware {
    /// The whole name, `mfw_nrf91x1_2.0.2`.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The name without `mfw_`, as `AT%SHORTSWVER` gives it.
    pub(crate) fn short(&self) -> &str {
        self.name.strip_prefix("mfw_").unwrap_or(&self.name)
    }

    pub(crate) fn version(&self) -> (u8, u8, u8) {
        self.version
    }

    /// From 2.0.2 on the modem looks into what it is given to store (CME 527).
    pub(crate) fn checks_content(&self) -> bool {
        self.version >= (2, 0, 2)
    }

    pub(crate) fn runs_on(&self, model: Model) -> bool {
        self.short().starts_with("nrf9160") == model.is_nrf9160()
    }
}

impl fmt::Display for Firmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl FromStr for Firmware {
    type Err = KitError;

    fn from_str(text: &str) -> Result<Self, KitError> {
        parse_firmware(text)
            .map(|version| Self { name: text.to_owned(), version })
            .ok_or_else(|| KitError::Firmware { value: text.to_owned() })
    }
}

/// An International Mobile Equipment Identity: 15 digits, the last by Luhn's rule (3GPP TS 23.003, annex B).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Imei([u8; 15]);

impl Imei {
    /// The 15 digits.
    #[expect(clippy::missing_panics_doc, reason = "an Imei holds ASCII digits only")]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).expect("an Imei holds ASCII digits only")
    }

    /// The IMEI of a kit of the type approval code that nRF91 kits were seen with, `35265610`.
    pub(crate) fn with_serial(serial: u32) -> Self {
        let mut digits = [b'0'; 15];
        digits[..14].copy_from_slice(format!("35265610{:06}", serial % 1_000_000).as_bytes());
        digits[14] = luhn_check_digit(&digits[..14]);
        Self(digits)
    }
}

impl fmt::Display for Imei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Imei {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Imei({self})")
    }
}

impl FromStr for Imei {
    type Err = KitError;

    fn from_str(text: &str) -> Result<Self, KitError> {
        let digits: [u8; 15] = text
            .as_bytes()
            .try_into()
            .ok()
            .filter(|digits: &[u8; 15]| digits.iter().all(u8::is_ascii_digit))
            .ok_or_else(|| KitError::Imei { value: text.to_owned() })?;
        let expected = luhn_check_digit(&digits[..14]);
        if digits[14] != expected {
            return Err(KitError::ImeiCheckDigit { value: text.to_owned(), expected: char::from(expected) });
        }
        Ok(Self(digits))
    }
}

/// A UUID, shown in lower case with hyphens (RFC 9562, section 4).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// The 16 bytes, in the order in which they are written.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// A version 4 UUID from 16 bytes, of which six bits are overwritten.
    pub(crate) fn version_4(mut bytes: [u8; 16]) -> Self {
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }

    /// A device UUID with the look of every one seen: a factory code in ASCII that starts with `P`, a third group that
    /// starts with `4`, a fourth group that starts with `80`.
    pub(crate) fn of_device(mut bytes: [u8; 16]) -> Self {
        const CODE: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        for byte in &mut bytes[..6] {
            *byte = CODE[usize::from(*byte) % CODE.len()];
        }
        bytes[0] = b'P';
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = 0x80;
        Self(bytes)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uuid({self})")
    }
}

impl FromStr for Uuid {
    type Err = KitError;

    fn from_str(text: &str) -> Result<Self, KitError> {
        parse_uuid(text).map(Self).ok_or_else(|| KitError::Uuid { value: text.to_owned() })
    }
}

/// A value that no kit can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KitError {
    /// Not a model of the series.
    #[error(
        "`{value}` is not a simulated model (nRF9160-SIAA, -SIBA, -SICA, nRF9161-LACA, nRF9131-LACA, nRF9151-LACA)"
    )]
    Model {
        /// What was given.
        value: String,
    },
    /// Not a firmware name.
    #[error("`{value}` is not a modem firmware name of the form mfw_nrf91x1_2.0.2 or mfw_nrf9160_1.3.7")]
    Firmware {
        /// What was given.
        value: String,
    },
    /// Not 15 digits.
    #[error("IMEI `{value}` is not 15 digits")]
    Imei {
        /// What was given.
        value: String,
    },
    /// The last digit breaks Luhn's rule.
    #[error("IMEI `{value}` has a wrong check digit: the last digit must be {expected}")]
    ImeiCheckDigit {
        /// What was given.
        value: String,
        /// The digit that would be right.
        expected: char,
    },
    /// Not a UUID.
    #[error("`{value}` is not a UUID of 32 hexadecimal digits in groups of 8-4-4-4-12")]
    Uuid {
        /// What was given.
        value: String,
    },
}

fn parse_firmware(text: &str) -> Option<(u8, u8, u8)> {
    let (family, rest) = text.strip_prefix("mfw_")?.rsplit_once('_')?;
    if !matches!(family, "nrf9160" | "nrf91x1" | "nrf9151-ntn") {
        return None;
    }
    let (version, suffix) =
        rest.split_once('-').map_or((rest, None), |(version, suffix)| (version, Some(suffix)));
    if suffix.is_some_and(|suffix| suffix.is_empty() || !suffix.bytes().all(|byte| byte.is_ascii_graphic())) {
        return None;
    }
    let mut parts = version.split('.').map(|part| part.parse::<u8>().ok());
    let parsed = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(parsed)
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let groups: Vec<&str> = text.split('-').collect();
    if groups.iter().map(|group| group.len()).ne([8, 4, 4, 4, 12]) {
        return None;
    }
    decode_hex(groups.concat().as_bytes())
}

/// Reads exactly `2 N` hexadecimal digits.
pub(crate) fn decode_hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if digits.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    Some(bytes)
}

/// Luhn's check digit, in ASCII, for `digits`, the last of which is doubled.
fn luhn_check_digit(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit - b'0') * if index % 2 == 0 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    b"0987654321"[(sum % 10) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imei_of_a_real_kit_is_taken_and_its_neighbours_are_not() {
        let real = "352656106647673";
        assert_eq!(real.parse::<Imei>().unwrap().as_str(), real);
        assert_eq!(
            "352656106647674".parse::<Imei>().unwrap_err().to_string(),
            "IMEI `352656106647674` has a wrong check digit: the last digit must be 3"
        );
        assert_eq!(
            "35265610664767".parse::<Imei>().unwrap_err().to_string(),
            "IMEI `35265610664767` is not 15 digits"
        );
        assert_eq!(
            "35265610664767x".parse::<Imei>().unwrap_err().to_string(),
            "IMEI `35265610664767x` is not 15 digits"
        );
    }

    #[test]
    fn a_made_imei_has_a_right_check_digit() {
        for serial in [0, 1, 664_767, 999_999, 1_000_000, u32::MAX] {
            let imei = Imei::with_serial(serial);
            assert_eq!(imei.as_str().parse::<Imei>(), Ok(imei));
        }
        assert_eq!(Imei::with_serial(664_767).as_str(), "352656106647673");
    }

    #[test]
    fn firmware_names_seen_in_the_field_are_taken() {
        for (name, version) in [
            ("mfw_nrf9160_1.3.2", (1, 3, 2)),
            ("mfw_nrf91x1_2.0.2", (2, 0, 2)),
            ("mfw_nrf9160_1.3.0-FOTA-TEST", (1, 3, 0)),
            ("mfw_nrf91x1_2.0.0-77.beta", (2, 0, 0)),
        ] {
            assert_eq!(name.parse::<Firmware>().unwrap().version(), version, "{name}");
        }
        for name in [
            "",
            "nrf9160_1.3.2",
            "mfw_nrf9160_1.3",
            "mfw_nrf9160_1.3.2.1",
            "mfw_nrf5340_1.3.2",
            "mfw_nrf91x1_2.0.2-",
        ] {
            assert!(name.parse::<Firmware>().is_err(), "{name}");
        }
    }

    #[test]
    fn uuids_round_trip() {
        let real = "50363154-3931-44f0-8022-121b6401627d";
        assert_eq!(real.parse::<Uuid>().unwrap().to_string(), real);
        for bad in [
            "",
            "50363154-3931-44f0-8022-121b6401627",
            "50363154393144f08022121b6401627d",
            "5036315g-3931-44f0-8022-121b6401627d",
        ] {
            assert!(bad.parse::<Uuid>().is_err(), "{bad}");
        }
        let made = Uuid::of_device([0xff; 16]).to_string();
        assert!(
            made.starts_with("50") && made[14..].starts_with("4f") && made[19..].starts_with("80"),
            "{made}"
        );
    }
}
