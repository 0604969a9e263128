//! Rows of the three uploads, judged column by column.

use std::fmt;

use super::{rfc4180::Record, rules};

/// `deviceId,[subType],[tags],[fwTypes],"certPem"` (facts 1.1), or `deviceId,onboardingToken` (facts 9.2).
#[derive(Debug)]
pub(crate) struct OnboardRow {
    pub(crate) device_id: String,
    pub(crate) sub_type: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) firmware_types: Vec<String>,
    pub(crate) credential: CredentialText,
}

/// `deviceId,"certPem"` or `deviceId,"keyPem"` (facts 3.1 and 3.2).
#[derive(Debug)]
pub(crate) struct CredentialRow {
    pub(crate) device_id: String,
    pub(crate) pem: String,
}

/// The last column of an onboarding row: a PEM block that obeys the published pattern, or a token. What is inside is
/// judged when the bulk operation runs.
#[derive(Debug)]
pub(crate) enum CredentialText {
    Certificate(String),
    PublicKey(String),
    /// The registration token of an nRF93M1, of `AT%REGJWT` (facts 1.2 and 9.2).
    OnboardingToken(String),
}

/// A row that breaks a rule, by its index from 0.
#[derive(Debug)]
pub(crate) struct RowError {
    row: usize,
    rule: &'static str,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]: {}", self.row, self.rule)
    }
}

pub(super) const DEVICE_ID: &str = "deviceId must match /^[a-z0-9:_-]{1,128}$/i";
pub(super) const SUB_TYPE: &str = r"subType must match /[a-zA-Z0-9_.,@\/:#-]{0,799}/";
pub(super) const TAG: &str = "each tag must match /^[a-zA-Z0-9_.@:#-]+$/";
const CSV_FIRMWARE_TYPE: &str =
    "each firmware type must match /^(APP|MODEM|BOOT|SOFTDEVICE|BOOTLOADER|MDM_FULL)$/";
pub(super) const TOKEN: &str = "a row with two columns is deviceId and onboardingToken, a JSON Web Token";
pub(super) const CREDENTIAL: &str =
    "certPem must be a PEM certificate or public key that ends with a line break";

pub(crate) fn onboard_rows(records: Vec<Record>) -> Result<Vec<OnboardRow>, RowError> {
    rows(records, |record| {
        if record.fields.len() == 2 {
            return token_row(record);
        }
        let [device_id, sub_type, tags, firmware_types, pem] = columns(record, "a row has five columns")?;
        check(rules::is_device_id(&device_id), DEVICE_ID)?;
        check(rules::is_sub_type(&sub_type), SUB_TYPE)?;
        let tags = list(&tags);
        check(tags.iter().all(|tag| rules::is_tag(tag)), TAG)?;
        let firmware_types = list(&firmware_types);
        check(firmware_types.iter().all(|kind| rules::is_csv_firmware_type(kind)), CSV_FIRMWARE_TYPE)?;
        let credential = CredentialText::from_pem(pem).ok_or(CREDENTIAL)?;
        let sub_type = Some(sub_type).filter(|text| !text.is_empty());
        Ok(OnboardRow { device_id, sub_type, tags, firmware_types, credential })
    })
}

fn token_row(record: Record) -> Result<OnboardRow, &'static str> {
    let [device_id, token] = columns(record, "a row has two columns")?;
    check(rules::is_device_id(&device_id), DEVICE_ID)?;
    check(rules::is_token(&token), TOKEN)?;
    let credential = CredentialText::OnboardingToken(token);
    Ok(OnboardRow { device_id, sub_type: None, tags: Vec::new(), firmware_types: Vec::new(), credential })
}

pub(crate) fn public_key_rows(records: Vec<Record>) -> Result<Vec<CredentialRow>, RowError> {
    credential_rows(
        records,
        rules::is_public_key_pem,
        "keyPem must be a PEM public key that ends with a line break",
    )
}

pub(crate) fn certificate_rows(records: Vec<Record>) -> Result<Vec<CredentialRow>, RowError> {
    credential_rows(
        records,
        rules::is_certificate_pem,
        "certPem must be a PEM certificate that ends with a line break",
    )
}

impl CredentialText {
    pub(crate) fn from_pem(text: String) -> Option<Self> {
        if rules::is_certificate_pem(&text) {
            Some(Self::Certificate(text))
        } else if rules::is_public_key_pem(&text) {
            Some(Self::PublicKey(text))
        } else {
            None
        }
    }
}

fn credential_rows(
    records: Vec<Record>,
    is_pem: fn(&str) -> bool,
    rule: &'static str,
) -> Result<Vec<CredentialRow>, RowError> {
    rows(records, |record| {
        let [device_id, pem] = columns(record, "a row has two columns")?;
        check(rules::is_device_id(&device_id), DEVICE_ID)?;
        check(is_pem(&pem), rule)?;
        Ok(CredentialRow { device_id, pem })
    })
}

fn rows<T>(
    records: Vec<Record>,
    judge: impl Fn(Record) -> Result<T, &'static str>,
) -> Result<Vec<T>, RowError> {
    let judged = records.into_iter().enumerate();
    judged.map(|(row, record)| judge(record).map_err(|rule| RowError { row, rule })).collect()
}

fn columns<const N: usize>(record: Record, rule: &'static str) -> Result<[String; N], &'static str> {
    record.fields.try_into().map_err(|_wrong_count| rule)
}

fn check(holds: bool, rule: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(rule) }
}

fn list(column: &str) -> Vec<String> {
    if column.is_empty() { Vec::new() } else { column.split('|').map(str::to_owned).collect() }
}
