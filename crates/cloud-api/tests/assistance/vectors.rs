//! Recorded data, where it is there.

use std::path::PathBuf;

/// Types 1, 3, 4, 6, 7, 9 and 8, of 2021.
pub(crate) const A: &str = "asset-tracker-cloud-aws-js/agnss_types_1_3_4_6_7_9_8_1160.bin";
/// Type 2, of 2021.
pub(crate) const B: &str = "asset-tracker-cloud-aws-js/agnss_type_2_1864.bin";
/// Every type, of 2026.
pub(crate) const D: &str = "sdk-nrf/agnss_all_types_5892.bin";
/// The beginning of a P-GPS file of 2026.
pub(crate) const PGPS: &str = "sdk-nrf/pgps_first_100_bytes.bin";

pub(crate) fn vector(path: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("NRFCLOUD_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")),
        PathBuf::from,
    );
    if !folder.is_dir() {
        eprintln!("SKIPPED: no captured data in {} (set NRFCLOUD_VECTORS)", folder.display());
        return None;
    }
    Some(std::fs::read(folder.join(path)).unwrap())
}
