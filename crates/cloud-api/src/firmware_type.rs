//! Which firmware of a device can be updated over the air.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::identifier::{IdentifierProblem, InvalidIdentifier};

/// Firmware type of nRF Cloud's FOTA service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum FirmwareType {
    /// Application image.
    App,
    /// Modem firmware, delta.
    Modem,
    /// Upgradable boot loader (MCUboot) of an nRF91 device.
    Boot,
    /// SoftDevice of a Bluetooth LE device.
    Softdevice,
    /// Boot loader of a Bluetooth LE device.
    Bootloader,
    /// Modem firmware, full image.
    MdmFull,
    /// Image for a further processor, over SMP. Not known in CSV bodies.
    Smp,
    /// Any other image. Not known in CSV bodies.
    Custom,
}

impl FirmwareType {
    /// All types, in the order of nRF Cloud's API reference.
    pub const ALL: [Self; 8] = [
        Self::App,
        Self::Modem,
        Self::Boot,
        Self::Softdevice,
        Self::Bootloader,
        Self::MdmFull,
        Self::Smp,
        Self::Custom,
    ];

    const RULE: &'static str = "^(APP|MODEM|BOOT|SOFTDEVICE|BOOTLOADER|MDM_FULL|SMP|CUSTOM)$";

    /// The word of the REST API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::App => "APP",
            Self::Modem => "MODEM",
            Self::Boot => "BOOT",
            Self::Softdevice => "SOFTDEVICE",
            Self::Bootloader => "BOOTLOADER",
            Self::MdmFull => "MDM_FULL",
            Self::Smp => "SMP",
            Self::Custom => "CUSTOM",
        }
    }

    /// Whether the `fwTypes` column of an onboarding CSV may hold this word. OnboardDevice (JSON) takes all
    /// eight, OnboardDevices (CSV) the first six.
    #[must_use]
    pub fn is_allowed_in_csv(self) -> bool {
        !matches!(self, Self::Smp | Self::Custom)
    }
}

impl FromStr for FirmwareType {
    type Err = InvalidIdentifier;

    fn from_str(value: &str) -> Result<Self, InvalidIdentifier> {
        Self::ALL.into_iter().find(|known| known.as_str() == value).ok_or_else(|| InvalidIdentifier {
            what: "firmware type",
            value: value.to_owned(),
            rule: Self::RULE,
            problem: if value.is_empty() { IdentifierProblem::Empty } else { IdentifierProblem::UnknownWord },
        })
    }
}

impl fmt::Display for FirmwareType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_in_text_and_json() {
        for firmware in FirmwareType::ALL {
            assert_eq!(firmware.as_str().parse(), Ok(firmware));
            assert_eq!(serde_json::to_string(&firmware).unwrap(), format!("\"{firmware}\""));
        }
    }

    #[test]
    fn words_are_upper_case_only() {
        assert_eq!(
            "app".parse::<FirmwareType>().unwrap_err().to_string(),
            "firmware type \"app\": is not one of the known words; \
             the rule is ^(APP|MODEM|BOOT|SOFTDEVICE|BOOTLOADER|MDM_FULL|SMP|CUSTOM)$"
        );
    }
}
