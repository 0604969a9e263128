//! Files under another name, before they are put in their place.

use std::fs::{self, Permissions};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::{Access, FileError};

const PREFIX: &str = ".nrfcloud-new-";
/// No run writes for so long; a file that is older was left by one that was killed.
const STALE: Duration = Duration::from_secs(3600);

/// A file in the same directory, on the disk to the last byte.
pub(super) fn write(directory: &Path, bytes: &[u8], access: Access) -> Result<NamedTempFile, FileError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    if access == Access::Public {
        use std::os::unix::fs::PermissionsExt;
        // The umask is taken off by the system.
        builder.permissions(Permissions::from_mode(0o666));
    }
    let write = || {
        let mut file = builder.tempfile_in(directory)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    write().map_err(|error| FileError::write(directory, error))
}

/// Takes away what a run that was killed has left: it may hold a private key.
pub(super) fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        let is_stale = || {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some(metadata.modified().ok()?.elapsed().ok()? > STALE)
        };
        if is_ours && is_stale() == Some(true) {
            // What cannot be removed is another user's, and his own next run's.
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn only_what_a_killed_run_has_left_is_swept() {
        let directory = tempfile::tempdir().unwrap();
        let make = |name: &str, age: u64| {
            let file = File::create(directory.path().join(name)).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
        };
        make(".nrfcloud-new-stale", 3700);
        make(".nrfcloud-new-young", 60);
        make(".nrfcloud-old-stale", 3700);
        make("mine", 3700);
        sweep(directory.path());
        let mut names: Vec<_> =
            fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".nrfcloud-new-young", ".nrfcloud-old-stale", "mine"]);
    }
}
