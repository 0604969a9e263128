//! Where recorded data is. Two test programs read it.

use std::path::PathBuf;

/// The folder, if it is there.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("NRFCLOUD_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")),
        PathBuf::from,
    );
    if !folder.is_dir() {
        eprintln!("SKIPPED: no captured data in {} (set NRFCLOUD_VECTORS)", folder.display());
        return None;
    }
    Some(folder)
}
