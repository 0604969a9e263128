//! Wi-Fi access points that a device sees.

use serde::{Deserialize, Deserializer, Serialize};

use super::MacAddress;
use crate::json::plain_number;
use crate::parameter::InvalidParameter;

/// A Wi-Fi access point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct AccessPoint(Fields);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    mac_address: MacAddress,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ssid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain_number")]
    signal_strength: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain_number")]
    age: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "plain_number")]
    signal_to_noise_ratio: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frequency: Option<u32>,
}

impl AccessPoint {
    /// An access point by its address alone.
    #[must_use]
    pub fn new(mac_address: MacAddress) -> Self {
        Self(Fields {
            mac_address,
            ssid: None,
            signal_strength: None,
            age: None,
            signal_to_noise_ratio: None,
            channel: None,
            frequency: None,
        })
    }

    /// Adds the name of the network.
    #[must_use]
    pub fn with_ssid(mut self, ssid: impl Into<String>) -> Self {
        self.0.ssid = Some(ssid.into());
        self
    }

    /// Adds the strength of the signal in dBm, −128 to 0.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a value outside that range.
    pub fn with_signal_strength(self, dbm: f64) -> Result<Self, InvalidParameter> {
        Fields { signal_strength: Some(dbm), ..self.0 }.try_into()
    }

    /// Adds the ratio of signal to noise in dB.
    #[must_use]
    pub fn with_signal_to_noise_ratio(mut self, db: f64) -> Self {
        self.0.signal_to_noise_ratio = Some(db);
        self
    }

    /// Adds how long ago it was seen, in milliseconds.
    #[must_use]
    pub fn with_age(mut self, milliseconds: f64) -> Self {
        self.0.age = Some(milliseconds);
        self
    }

    /// Adds the channel. It takes the place of a frequency.
    #[must_use]
    pub fn with_channel(mut self, channel: u32) -> Self {
        self.0.channel = Some(channel);
        self.0.frequency = None;
        self
    }

    /// Adds the frequency in MHz. It takes the place of a channel.
    #[must_use]
    pub fn with_frequency(mut self, megahertz: u32) -> Self {
        self.0.frequency = Some(megahertz);
        self.0.channel = None;
        self
    }

    /// The address.
    #[must_use]
    pub fn mac_address(&self) -> &MacAddress {
        &self.0.mac_address
    }
}

impl TryFrom<Fields> for AccessPoint {
    type Error = InvalidParameter;

    fn try_from(fields: Fields) -> Result<Self, InvalidParameter> {
        if let Some(dbm) = fields.signal_strength {
            InvalidParameter::check("signalStrength", dbm, -128.0, 0.0)?;
        }
        if let (Some(channel), Some(_)) = (fields.channel, fields.frequency) {
            return Err(InvalidParameter::new("channel", channel, "allowed beside a frequency"));
        }
        Ok(Self(fields))
    }
}

/// At least two access points: the service refuses fewer (422). Read from an array, or from the older form
/// `{"accessPoints":[…]}`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct AccessPoints(Vec<AccessPoint>);

impl AccessPoints {
    /// The access points.
    #[must_use]
    pub fn as_slice(&self) -> &[AccessPoint] {
        &self.0
    }
}

impl TryFrom<Vec<AccessPoint>> for AccessPoints {
    type Error = InvalidParameter;

    fn try_from(points: Vec<AccessPoint>) -> Result<Self, InvalidParameter> {
        if points.len() < 2 {
            return Err(InvalidParameter::new(
                "wifi",
                format_args!("{} access points", points.len()),
                "two or more",
            ));
        }
        Ok(Self(points))
    }
}

impl<'de> Deserialize<'de> for AccessPoints {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Array(Vec<AccessPoint>),
            #[serde(rename_all = "camelCase")]
            Object {
                access_points: Vec<AccessPoint>,
            },
        }

        let (Form::Array(points) | Form::Object { access_points: points }) = Form::deserialize(deserializer)?;
        points.try_into().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point() -> AccessPoint {
        AccessPoint::new("40:01:7a:c9:10:22".parse().unwrap())
    }

    #[test]
    fn a_whole_access_point() {
        let point = point()
            .with_ssid("lab")
            .with_signal_strength(-45.0)
            .unwrap()
            .with_signal_to_noise_ratio(20.5)
            .with_age(120.0)
            .with_frequency(2437)
            .with_channel(6);
        let text = r#"{"macAddress":"40:01:7a:c9:10:22","ssid":"lab","signalStrength":-45,"age":120,"signalToNoiseRatio":20.5,"channel":6}"#;
        assert_eq!(serde_json::to_string(&point).unwrap(), text);
        assert_eq!(serde_json::from_str::<AccessPoint>(text).unwrap(), point);
    }

    #[test]
    fn fewer_than_two_and_values_outside_their_range_are_refused() {
        assert_eq!(
            AccessPoints::try_from(vec![point()]).unwrap_err().to_string(),
            "wifi \"1 access points\" is not two or more"
        );
        assert_eq!(
            point().with_signal_strength(1.0).unwrap_err().to_string(),
            "signalStrength \"1\" is not in -128 to 0"
        );
        let both = r#"{"macAddress":"40:01:7a:c9:10:22","channel":6,"frequency":2437}"#;
        assert!(serde_json::from_str::<AccessPoint>(both).is_err());
    }
}
