//! One row, typed.

use std::fmt;
use std::str::FromStr;

use super::pem::{Credential, PemError, PublicKeyPem};
use super::problem::Rule;
use super::scan::Field;
use crate::firmware_type::FirmwareType;
use crate::identifier::{DeviceId, InvalidIdentifier, SubType, Tag};

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

/// A kind of row: [`OnboardRow`] or [`PublicKeyRow`].
pub trait Row: sealed::Row + Sized {
    /// Names of the columns.
    const COLUMNS: &'static [&'static str];

    /// Device ID of the row.
    fn device_id(&self) -> &DeviceId;

    /// Its PEM text, the last column.
    fn pem(&self) -> &str;
}

pub(super) mod sealed {
    use super::super::write::WriteError;
    use super::Fields;

    /// What only this crate does with a row.
    pub trait Row {
        #[doc(hidden)]
        fn parse(fields: &mut Fields<'_, '_>) -> Option<Self>
        where
            Self: Sized;

        #[doc(hidden)]
        fn middle(&self) -> Result<String, WriteError>;
    }
}

impl Row for OnboardRow {
    const COLUMNS: &'static [&'static str] = &["deviceId", "subType", "tags", "fwTypes", "certPem"];

    fn device_id(&self) -> &DeviceId {
        &self.device_id
    }

    fn pem(&self) -> &str {
        self.credential.as_pem()
    }
}

impl Row for PublicKeyRow {
    const COLUMNS: &'static [&'static str] = &["deviceId", "keyPem"];

    fn device_id(&self) -> &DeviceId {
        &self.device_id
    }

    fn pem(&self) -> &str {
        self.public_key.as_str()
    }
}

impl sealed::Row for OnboardRow {
    fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
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

    fn middle(&self) -> Result<String, super::write::WriteError> {
        if let Some(kind) = self.fw_types.iter().find(|kind| !kind.is_allowed_in_csv()) {
            return Err(super::write::WriteError::FirmwareNotInCsv {
                device_id: self.device_id.clone(),
                firmware: *kind,
            });
        }
        let sub_type = self.sub_type.as_ref().map_or("", SubType::as_str);
        let quote = if sub_type.contains(',') { "\"" } else { "" };
        Ok(format!("{quote}{sub_type}{quote},{},{},", piped(&self.tags), piped(&self.fw_types)))
    }
}

impl sealed::Row for PublicKeyRow {
    fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let device_id = fields.identifier(0);
        let public_key = fields.pem(1);
        Some(Self { device_id: device_id?, public_key: public_key? })
    }

    fn middle(&self) -> Result<String, super::write::WriteError> {
        Ok(String::new())
    }
}

fn piped<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")
}

/// The fields of one row while they are read; collects what is wrong, by offset.
pub struct Fields<'r, 'a> {
    pub(super) fields: &'r [Field<'a>],
    pub(super) problems: &'r mut Vec<(usize, Rule)>,
}

impl Fields<'_, '_> {
    /// The text of a field, unless the scanner or UTF-8 has found fault with it.
    fn text(&mut self, column: usize) -> Option<(usize, String)> {
        let field = &self.fields[column];
        if field.faulty {
            return None;
        }
        match std::str::from_utf8(&field.text) {
            Ok(text) => Some((field.start, text.to_owned())),
            Err(error) => {
                self.problems.push((field.start + error.valid_up_to(), Rule::NotUtf8));
                None
            }
        }
    }

    fn parsed<T: FromStr<Err = InvalidIdentifier>>(&mut self, offset: usize, text: &str) -> Option<T> {
        text.parse().map_err(|error| self.problems.push((offset, Rule::Identifier(error)))).ok()
    }

    fn identifier<T: FromStr<Err = InvalidIdentifier>>(&mut self, column: usize) -> Option<T> {
        let (offset, text) = self.text(column)?;
        self.parsed(offset, &text)
    }

    fn optional<T: FromStr<Err = InvalidIdentifier>>(&mut self, column: usize) -> Option<Option<T>> {
        let (offset, text) = self.text(column)?;
        if text.is_empty() { Some(None) } else { self.parsed(offset, &text).map(Some) }
    }

    /// Items joined by `|`. `fault` may find a rule against an item that is good by itself.
    fn list_where<T: FromStr<Err = InvalidIdentifier>>(
        &mut self,
        column: usize,
        fault: impl Fn(&T) -> Option<Rule>,
    ) -> Option<Vec<T>> {
        let (mut offset, text) = self.text(column)?;
        if text.is_empty() {
            return Some(Vec::new());
        }
        let mut items = Vec::new();
        let mut good = true;
        for part in text.split('|') {
            let rule = match part.parse::<T>() {
                Ok(item) => fault(&item).or_else(|| {
                    items.push(item);
                    None
                }),
                Err(error) => Some(Rule::Identifier(error)),
            };
            if let Some(rule) = rule {
                self.problems.push((offset, rule));
                good = false;
            }
            offset += part.len() + 1;
        }
        good.then_some(items)
    }

    fn pem<T: FromStr<Err = PemError>>(&mut self, column: usize) -> Option<T> {
        let (offset, text) = self.text(column)?;
        match text.parse::<T>() {
            Ok(pem) => Some(pem),
            Err(error) => {
                self.problems.push((offset + error.offset, Rule::Pem(error.problem)));
                None
            }
        }
    }
}
