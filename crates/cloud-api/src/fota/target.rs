//! Which devices a job is for.

use serde::{Deserialize, Serialize};

use crate::firmware_type::FirmwareType;
use crate::identifier::{DeviceId, Tag};
use crate::json::open_enum;
use crate::parameter::InvalidParameter;

/// Devices in a list of a job, at most.
const MOST: usize = 100;

/// Which devices a job is for: in the forms that the service knows, each list with 1 to 100 entries.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FotaTarget {
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<Tag>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_ids: Option<Vec<DeviceId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_identifiers: Option<Vec<String>>,
    #[serde(flatten)]
    criteria: Option<FotaCriteria>,
}

impl FotaTarget {
    /// Devices with any of these tags.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for no tag, or more than 100.
    pub fn tags(tags: Vec<Tag>) -> Result<Self, InvalidParameter> {
        InvalidParameter::check_length("tags", "entries", tags.len(), 1, MOST)?;
        Ok(Self { tags: Some(tags), ..Self::default() })
    }

    /// These devices.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for no device, or more than 100.
    pub fn devices(device_ids: Vec<DeviceId>) -> Result<Self, InvalidParameter> {
        InvalidParameter::check_length("deviceIds", "entries", device_ids.len(), 1, MOST)?;
        Ok(Self { device_ids: Some(device_ids), ..Self::default() })
    }

    /// Devices with these identifiers.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for no identifier, or more than 100.
    pub fn device_identifiers(identifiers: Vec<String>) -> Result<Self, InvalidParameter> {
        InvalidParameter::check_length("deviceIdentifiers", "entries", identifiers.len(), 1, MOST)?;
        Ok(Self { device_identifiers: Some(identifiers), ..Self::default() })
    }

    /// Devices that meet these criteria, and are among the others where tags or devices are named too.
    #[must_use]
    pub fn criteria(criteria: FotaCriteria) -> Self {
        Self { criteria: Some(criteria), ..Self::default() }
    }

    /// The devices of both. A list that both have is joined.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a joined list with more than 100 entries, or criteria on both sides.
    pub fn and(self, other: Self) -> Result<Self, InvalidParameter> {
        if self.criteria.is_some() && other.criteria.is_some() {
            return Err(InvalidParameter::new("criteria", "two", "one"));
        }
        Ok(Self {
            tags: joined("tags", self.tags, other.tags)?,
            device_ids: joined("deviceIds", self.device_ids, other.device_ids)?,
            device_identifiers: joined(
                "deviceIdentifiers",
                self.device_identifiers,
                other.device_identifiers,
            )?,
            criteria: self.criteria.or(other.criteria),
        })
    }
}

fn joined<T>(
    field: &'static str,
    one: Option<Vec<T>>,
    other: Option<Vec<T>>,
) -> Result<Option<Vec<T>>, InvalidParameter> {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            one.extend(other);
            InvalidParameter::check_length(field, "entries", one.len(), 1, MOST)?;
            Ok(Some(one))
        }
        (one, other) => Ok(one.or(other)),
    }
}

/// Devices by the firmware that they have, and a time for the job.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FotaCriteria {
    #[serde(skip_serializing_if = "Option::is_none")]
    firmware_type: Option<FirmwareType>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    firmware_versions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<JobSchedule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_list_type: Option<TargetListType>,
}

impl FotaCriteria {
    /// Devices with one of these versions (at most 5) of this kind of firmware.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for more versions.
    pub fn firmware(self, kind: FirmwareType, versions: Vec<String>) -> Result<Self, InvalidParameter> {
        InvalidParameter::check_length("firmwareVersions", "entries", versions.len(), 0, 5)?;
        Ok(Self { firmware_type: Some(kind), firmware_versions: versions, ..self })
    }

    /// When the job begins.
    #[must_use]
    pub fn scheduled(self, schedule: JobSchedule) -> Self {
        Self { schedule: Some(schedule), ..self }
    }

    /// Whether devices that meet the criteria later can join.
    #[must_use]
    pub fn target_list(self, kind: TargetListType) -> Self {
        Self { target_list_type: Some(kind), ..self }
    }
}

/// When a job begins, in milliseconds since 1970 (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobSchedule {
    /// When it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_job_at_epoch_ms: Option<u64>,
    /// From when no device can join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_target_list_at_epoch_ms: Option<u64>,
}

open_enum! {
    /// Whether devices that meet a job's criteria later can join.
    TargetListType {
        /// They cannot.
        Locked = "LOCKED",
        /// They can.
        Unlocked = "UNLOCKED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(target: &FotaTarget) -> String {
        serde_json::to_string(target).unwrap()
    }

    #[test]
    fn every_published_form() {
        let tags = FotaTarget::tags(vec!["lab".parse().unwrap()]).unwrap();
        let devices = FotaTarget::devices(vec!["nrf-1".parse().unwrap()]).unwrap();
        let identifiers = FotaTarget::device_identifiers(vec!["imei".to_owned()]).unwrap();
        let schedule = JobSchedule { start_job_at_epoch_ms: Some(1), lock_target_list_at_epoch_ms: None };
        let criteria = FotaCriteria::default()
            .firmware(FirmwareType::App, vec!["1.0".to_owned()])
            .unwrap()
            .scheduled(schedule)
            .target_list(TargetListType::Unlocked);
        assert_eq!(json(&tags), r#"{"tags":["lab"]}"#);
        assert_eq!(json(&identifiers), r#"{"deviceIdentifiers":["imei"]}"#);
        let both = tags.and(devices).unwrap();
        assert_eq!(json(&both), r#"{"tags":["lab"],"deviceIds":["nrf-1"]}"#);
        assert_eq!(
            json(&both.and(FotaTarget::criteria(criteria)).unwrap()),
            r#"{"tags":["lab"],"deviceIds":["nrf-1"],"firmwareType":"APP","firmwareVersions":["1.0"],"schedule":{"startJobAtEpochMs":1},"targetListType":"UNLOCKED"}"#
        );
    }

    #[test]
    fn lists_have_1_to_100_entries() {
        let devices = |count: usize| (0..count).map(|n| format!("d{n}").parse().unwrap()).collect::<Vec<_>>();
        assert_eq!(
            FotaTarget::devices(devices(101)).unwrap_err().to_string(),
            "deviceIds \"101 entries\" is not 1 to 100 entries"
        );
        assert!(FotaTarget::tags(Vec::new()).is_err());
        let half = || FotaTarget::devices(devices(60)).unwrap();
        assert!(half().and(half()).is_err());
        let versions = vec![String::new(); 6];
        assert!(FotaCriteria::default().firmware(FirmwareType::App, versions).is_err());
    }
}
