//! The rows of a bulk operation, as they were uploaded.

use cloud_api::DeviceId;
use cloud_api::bulk::BulkEndpoint;
use cloud_api::onboarding::{self, CertificateRow, OnboardRow, PublicKeyRow, Row};

use crate::commands::device::upload::{self, Operation};
use crate::csv_file;

/// The rows as CSV; they may have been sent as base64.
pub(super) fn csv(uploaded: Vec<u8>) -> Vec<u8> {
    match csv_file::unwrap_base64(&uploaded) {
        Ok(Some(inside)) => inside,
        _ => uploaded,
    }
}

/// The device of each of these rows, counted from 0, where it can be told.
pub(super) fn devices(endpoint: &BulkEndpoint, csv: &[u8], rows: &[usize]) -> Vec<Option<DeviceId>> {
    fn of<R: Row>(csv: &[u8], rows: &[usize]) -> Vec<Option<DeviceId>> {
        let reading = onboarding::read::<R>(csv);
        rows.iter().map(|row| upload::device_id(&reading, *row)).collect()
    }
    match Operation::of(endpoint) {
        Some(Operation::Onboard) => of::<OnboardRow>(csv, rows),
        Some(Operation::RegisterKeys) => of::<PublicKeyRow>(csv, rows),
        Some(Operation::RegisterCertificates) => of::<CertificateRow>(csv, rows),
        None => vec![None; rows.len()],
    }
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Encoding as _};

    use super::*;

    #[test]
    fn devices_are_told_by_their_rows_also_in_base64() {
        let key = include_str!("../../../../../fixtures/cloud-sim/device-1.public-key.pem");
        let rows = format!("a,\"{key}\"\nb b,\"{key}\"\nc,\"{key}\"");
        let csv = csv(Base64::encode_string(rows.as_bytes()).into_bytes());
        assert_eq!(csv, rows.as_bytes());
        let told = |endpoint: &str, rows: &[usize]| {
            let devices = devices(&endpoint.into(), &csv, rows).into_iter();
            devices.map(|id| id.map(|id| id.to_string()).unwrap_or_default()).collect::<Vec<_>>()
        };
        assert_eq!(told("REGISTER_PUBLIC_KEYS", &[2, 1, 0, 9]), ["c", "", "a", ""]);
        assert_eq!(told("VERIFY_JWTS", &[0]), [""]);
    }
}
