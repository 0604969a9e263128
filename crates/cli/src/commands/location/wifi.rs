//! A Wi-Fi access point on the command line: `40:01:7a:c9:10:22` or, with the strength of its signal in dBm, `40:01:7a:c9:10:22,-65`.

use std::str::FromStr;

use cloud_api::location::{AccessPoint, InvalidMacAddress};
use cloud_api::parameter::InvalidParameter;

/// An access point that a device sees.
#[derive(Clone, Debug)]
pub(super) struct WifiArgument(pub(super) AccessPoint);

impl FromStr for WifiArgument {
    type Err = WifiError;

    fn from_str(text: &str) -> Result<Self, WifiError> {
        let (address, signal) = match text.split_once(',') {
            Some((address, signal)) => (address, Some(signal)),
            None => (text, None),
        };
        let point = AccessPoint::new(address.parse()?);
        let Some(signal) = signal else { return Ok(Self(point)) };
        let dbm = signal.parse().map_err(|_| WifiError::Signal { value: text.to_owned() })?;
        Ok(Self(point.with_signal_strength(dbm)?))
    }
}

/// A text that is no access point.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum WifiError {
    /// No address.
    #[error(transparent)]
    Address(#[from] InvalidMacAddress),
    /// Something else than a number behind the comma.
    #[error("access point {value:?}: the signal behind the comma is no number of dBm, as -65 is")]
    Signal {
        /// As it was given.
        value: String,
    },
    /// A signal that no access point has.
    #[error(transparent)]
    Range(#[from] InvalidParameter),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_its_signal_are_read_or_refused() {
        let read =
            |text: &str| text.parse::<WifiArgument>().map(|point| point.0).map_err(|error| error.to_string());
        let point = AccessPoint::new("40:01:7a:c9:10:22".parse().unwrap());
        assert_eq!(read("40-01-7a-c9-10-22"), Ok(point.clone()));
        assert_eq!(read("40:01:7a:c9:10:22,-65"), Ok(point.with_signal_strength(-65.0).unwrap()));
        for (text, message) in [
            (
                "40:01:7a",
                "MAC address \"40:01:7a\": the rule is six pairs of hexadecimal digits with colons or dashes between",
            ),
            (
                "40:01:7a:c9:10:22,loud",
                "access point \"40:01:7a:c9:10:22,loud\": the signal behind the comma is no number of dBm, as -65 is",
            ),
            ("40:01:7a:c9:10:22,1", "signalStrength \"1\" is not in -128 to 0"),
        ] {
            assert_eq!(read(text), Err(message.to_owned()));
        }
    }
}
