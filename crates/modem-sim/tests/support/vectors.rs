//! Captures of real modems, which are not part of the repository.

use std::path::{Path, PathBuf};

pub(crate) fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("NRFCLOUD_VECTORS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"), PathBuf::from);
    let modem = folder.join("modem");
    if modem.is_dir() {
        return Some(modem);
    }
    eprintln!("!!! NOT RUN: no captures in {} (set NRFCLOUD_VECTORS)", modem.display());
    None
}
