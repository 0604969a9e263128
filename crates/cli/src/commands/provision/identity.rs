//! Which device the board is to be: the names that it could have, and the one that is chosen.

use std::convert::Infallible;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use cloud_api::DeviceId;
use modem_at::{DeviceUuid, Imei};
use serde::Serialize;

use crate::device_id;
use crate::diagnostic::{self, Diagnostic};

/// What `--id` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IdChoice {
    /// The UUID that the modem was made with.
    Uuid,
    /// The IMEI, behind a prefix.
    Imei,
    /// A name of one's own.
    Custom(String),
}

impl FromStr for IdChoice {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "uuid" => Self::Uuid,
            "imei" => Self::Imei,
            other => Self::Custom(other.to_owned()),
        })
    }
}

/// The two names that every board has, and the one that was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Candidates {
    uuid: String,
    imei: String,
    #[serde(skip)]
    chosen: String,
}

impl Candidates {
    /// `prefix` stands before an IMEI, `nrf-` unless told, and before a UUID where it is given.
    pub(super) fn new(
        choice: &IdChoice,
        prefix: Option<&str>,
        uuid: DeviceUuid,
        imei: Imei,
    ) -> Result<Self, Diagnostic> {
        let (by_uuid, by_imei) =
            (format!("{}{uuid}", prefix.unwrap_or_default()), format!("{}{imei}", prefix.unwrap_or("nrf-")));
        let chosen = match (choice, prefix) {
            (IdChoice::Uuid, _) => by_uuid.clone(),
            (IdChoice::Imei, _) => by_imei.clone(),
            (IdChoice::Custom(name), None) => name.clone(),
            (IdChoice::Custom(_), Some(_)) => {
                return Err(Diagnostic::usage(
                    "--id-prefix stands before a UUID or an IMEI, and --id names neither",
                    "put the prefix into the name",
                ));
            }
        };
        Ok(Self { uuid: by_uuid, imei: by_imei, chosen })
    }

    /// The device ID, where it keeps to the rules.
    pub(super) fn device_id(&self, allow_nrf_prefix: bool) -> Result<DeviceId, Diagnostic> {
        let id: DeviceId = self.chosen.parse().map_err(|error| diagnostic::bad_value(&error))?;
        device_id::check_prefix(&id, allow_nrf_prefix)?;
        Ok(id)
    }
}

/// All of them, so that a wrong choice is seen before anything is written.
impl Display for Candidates {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { uuid, imei, chosen } = self;
        write!(
            f,
            "device ID {chosen} (by UUID it would be {uuid}, by IMEI {imei}); the firmware must use the same"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(choice: &str, prefix: Option<&str>) -> String {
        let uuid = "50363154-3931-44f0-8022-121b6401627d".parse().unwrap();
        let imei = "352656106647673".parse().unwrap();
        match Candidates::new(&choice.parse().unwrap(), prefix, uuid, imei)
            .and_then(|all| all.device_id(false))
        {
            Ok(id) => id.to_string(),
            Err(error) => error.message().to_owned(),
        }
    }

    #[test]
    fn a_board_is_named_as_asked() {
        assert_eq!(id("uuid", None), "50363154-3931-44f0-8022-121b6401627d");
        assert_eq!(id("imei", None), "nrf-352656106647673");
        assert_eq!(id("imei", Some("")), "352656106647673");
        assert_eq!(id("imei", Some("acme-")), "acme-352656106647673");
        assert_eq!(id("meter-7", None), "meter-7");
        assert!(id("meter-7", Some("x")).starts_with("--id-prefix stands before"));
        assert!(id("nrf-meter", None).contains("reserved for Nordic's kits"));
        assert!(id("meter 7", None).contains("device ID \"meter 7\""));
    }
}
