//! Recorded data, where it is there.

#[path = "../vectors/folder.rs"]
mod folder;

use folder::folder;

/// Types 1, 3, 4, 6, 7, 9 and 8, of 2021.
pub(crate) const A: &str = "asset-tracker-cloud-aws-js/agnss_types_1_3_4_6_7_9_8_1160.bin";
/// Type 2, of 2021.
pub(crate) const B: &str = "asset-tracker-cloud-aws-js/agnss_type_2_1864.bin";
/// Every type, of 2026.
pub(crate) const D: &str = "sdk-nrf/agnss_all_types_5892.bin";
/// The beginning of a P-GPS file of 2026.
pub(crate) const PGPS: &str = "sdk-nrf/pgps_first_100_bytes.bin";

pub(crate) fn vector(path: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(folder()?.join(path)).unwrap())
}
