//! One row, typed.

use std::fmt;

use super::fields::Fields;
use super::pem::{CertificatePem, Credential, PublicKeyPem};
use super::problem::Rule;
use super::token::{AttestationToken, OnboardingToken};
use super::write::WriteError;
use crate::firmware_type::FirmwareType;
use crate::identifier::{DeviceId, SubType, Tag};

/// A row of OnboardDevices: `deviceId,[subType],[tags],[fwTypes],"certPem"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnboardRow {
    /// Device ID.
    pub device_id: DeviceId,
    /// Free device type.
    pub sub_type: Option<SubType>,
    /// Device groups.
    pub tags: Vec<Tag>,
    /// What can be updated over the air; [`FirmwareType::is_allowed_in_csv`] ones only.
    pub fw_types: Vec<FirmwareType>,
    /// Certificate or public key.
    pub credential: Credential,
}

impl OnboardRow {
    /// A row with the middle three columns empty.
    #[must_use]
    pub fn new(device_id: DeviceId, credential: impl Into<Credential>) -> Self {
        Self {
            device_id,
            sub_type: None,
            tags: Vec::new(),
            fw_types: Vec::new(),
            credential: credential.into(),
        }
    }
}

/// A row of RegisterPublicKeys: `deviceId,"keyPem"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeyRow {
    /// Device ID.
    pub device_id: DeviceId,
    /// Its public key.
    pub public_key: PublicKeyPem,
}

/// A row of RegisterCertificates: `deviceId,"certPem"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRow {
    /// Device ID.
    pub device_id: DeviceId,
    /// Its new certificate.
    pub certificate: CertificatePem,
}

/// A row of the portal's bulk upload for nRF93M1 devices: `deviceId,onboardingToken`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnboardingTokenRow {
    /// Device ID, the UUID from `AT%DEVICEUUID`.
    pub device_id: DeviceId,
    /// The device's registration token.
    pub token: OnboardingToken,
}

/// A row of the project scope's bulk onboarding: columns `deviceId` and `attestationToken` under a header row.
///
/// The path of that operation is not published, so no method of this crate sends such rows. That there is a
/// header is inferred from the words "at least one data row"; the reader takes rows without one too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestationTokenRow {
    /// Device ID.
    pub device_id: DeviceId,
    /// The device's attestation token.
    pub token: AttestationToken,
}

/// A kind of row: [`OnboardRow`], [`PublicKeyRow`], [`CertificateRow`], [`OnboardingTokenRow`] or
/// [`AttestationTokenRow`].
pub trait Row: sealed::Row + Sized {
    /// Names of the columns. The first is the device ID, the last what the device is known by.
    const COLUMNS: &'static [&'static str];

    /// Whether the names of the columns belong in the first line.
    const HEADER: bool = false;

    /// Device ID of the row.
    fn device_id(&self) -> &DeviceId;

    /// Its PEM text, the last column; rows with a token have none.
    fn pem(&self) -> Option<&str>;
}

pub(super) mod sealed {
    use super::{Fields, WriteError};

    /// What only this crate does with a row.
    pub trait Row {
        #[doc(hidden)]
        fn parse(fields: &mut Fields<'_>) -> Option<Self>
        where
            Self: Sized;

        /// The columns between device ID and the last one, with a comma behind each.
        #[doc(hidden)]
        fn middle(&self) -> Result<String, WriteError>;

        /// The last column.
        #[doc(hidden)]
        fn last(&self) -> &str;
    }
}

impl Row for OnboardRow {
    const COLUMNS: &'static [&'static str] = &["deviceId", "subType", "tags", "fwTypes", "certPem"];

    fn device_id(&self) -> &DeviceId {
        &self.device_id
    }

    fn pem(&self) -> Option<&str> {
        Some(self.credential.as_pem())
    }
}

impl sealed::Row for OnboardRow {
    fn parse(fields: &mut Fields<'_>) -> Option<Self> {
        // Each column is read before any is given up, so that every problem of the row is found.
        let device_id = fields.identifier(0);
        let sub_type = fields.optional(1);
        let tags = fields.list_where(2, |_| None);
        let fw_types = fields.list_where(3, |kind: &FirmwareType| {
            (!kind.is_allowed_in_csv()).then_some(Rule::FirmwareNotInCsv(*kind))
        });
        let credential = fields.pem(4);
        Some(Self {
            device_id: device_id?,
            sub_type: sub_type?,
            tags: tags?,
            fw_types: fw_types?,
            credential: credential?,
        })
    }

    fn middle(&self) -> Result<String, WriteError> {
        if let Some(kind) = self.fw_types.iter().find(|kind| !kind.is_allowed_in_csv()) {
            return Err(WriteError::FirmwareNotInCsv { device_id: self.device_id.clone(), firmware: *kind });
        }
        let sub_type = self.sub_type.as_ref().map_or("", SubType::as_str);
        let quote = if sub_type.contains(',') { "\"" } else { "" };
        Ok(format!("{quote}{sub_type}{quote},{},{},", piped(&self.tags), piped(&self.fw_types)))
    }

    fn last(&self) -> &str {
        self.credential.as_pem()
    }
}

/// The kinds of row with two columns.
macro_rules! two_columns {
    ($name:ident { $field:ident: $column:literal as $read:ident, $text:ident, $pem:expr, header: $header:literal }) => {
        impl Row for $name {
            const COLUMNS: &'static [&'static str] = &["deviceId", $column];
            const HEADER: bool = $header;

            fn device_id(&self) -> &DeviceId {
                &self.device_id
            }

            fn pem(&self) -> Option<&str> {
                $pem(self.$field.$text())
            }
        }

        impl sealed::Row for $name {
            fn parse(fields: &mut Fields<'_>) -> Option<Self> {
                let device_id = fields.identifier(0);
                let $field = fields.$read(1);
                Some(Self { device_id: device_id?, $field: $field? })
            }

            fn middle(&self) -> Result<String, WriteError> {
                Ok(String::new())
            }

            fn last(&self) -> &str {
                self.$field.$text()
            }
        }
    };
}

two_columns!(PublicKeyRow { public_key: "keyPem" as pem, as_str, Some, header: false });
two_columns!(CertificateRow { certificate: "certPem" as pem, as_str, Some, header: false });
two_columns!(OnboardingTokenRow { token: "onboardingToken" as token, expose, no_pem, header: false });
two_columns!(AttestationTokenRow { token: "attestationToken" as token, expose, no_pem, header: true });

fn no_pem(_token: &str) -> Option<&str> {
    None
}

fn piped<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")
}
