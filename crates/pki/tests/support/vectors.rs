//! The captured data, where it is.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder with the captured data, or `None` with a loud message.
pub(crate) fn vectors() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let folder = std::env::var_os("NRFCLOUD_VECTORS").map_or(default, PathBuf::from);
    if folder.join("modem/index.json").exists() {
        return Some(folder);
    }
    // Past the capture of the test harness, which hides what a passing test prints.
    let _ = writeln!(
        std::io::stderr(),
        "!!! NOT TESTED: no captured data in {}; set NRFCLOUD_VECTORS",
        folder.display()
    );
    None
}
