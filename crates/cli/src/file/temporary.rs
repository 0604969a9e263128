//! Files under another name, before they are put in their place.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use tempfile::{NamedTempFile, TempDir};

use super::{Access, FileError};

const PREFIX: &str = ".nrfcloud-new-";
/// What was replaced, until the run ends; nobody sweeps it.
pub(super) const OLD: &str = ".nrfcloud-old-";
/// No run writes for so long; a file that is older was left by one that was killed.
const STALE: Duration = Duration::from_secs(3600);

/// A file in the same directory, on the disk to the last byte.
#[cfg_attr(not(unix), expect(unused_variables, reason = "a file has no mode there"))]
pub(super) fn write(directory: &Path, bytes: &[u8], access: Access) -> Result<NamedTempFile, FileError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    if access == Access::Public {
        use std::os::unix::fs::PermissionsExt;
        // The umask is taken off by the system.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let write = || {
        let mut file = builder.tempfile_in(directory)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    write().map_err(|error| FileError::write(directory, error))
}

/// A directory within another, its owner's alone, for files on their way.
pub(super) fn directory(within: &Path) -> Result<TempDir, FileError> {
    make_directory(PREFIX, within)
}

/// The same for what is replaced.
pub(super) fn directory_of_old(within: &Path) -> Result<TempDir, FileError> {
    make_directory(OLD, within)
}

fn make_directory(prefix: &str, within: &Path) -> Result<TempDir, FileError> {
    tempfile::Builder::new()
        .prefix(prefix)
        .tempdir_in(within)
        .map_err(|error| FileError::write(within, error))
}

/// The last step of a run: the names reach the disk with their directory, and what another run has left goes.
pub(super) fn settle(directory: &Path) {
    // Where that cannot be asked for, the files are still whole.
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    sweep(directory);
}

/// Takes away what a run that was killed has left: it may hold a private key.
fn sweep(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        let is_stale = || {
            let metadata = entry.metadata().ok().filter(|found| found.is_file() || found.is_dir())?;
            let is_stale = metadata.modified().ok()?.elapsed().ok()? > STALE;
            is_stale.then_some(metadata.is_dir())
        };
        // What cannot be removed is another user's, and his own next run's.
        let _ = match is_ours.then(is_stale).flatten() {
            Some(true) => fs::remove_dir_all(entry.path()),
            Some(false) => fs::remove_file(entry.path()),
            None => Ok(()),
        };
    }
}

#[cfg(test)]
mod tests {
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
        fs::create_dir(directory.path().join(".nrfcloud-new-fleet")).unwrap();
        make(".nrfcloud-new-fleet/key", 3700);
        File::open(directory.path().join(".nrfcloud-new-fleet"))
            .unwrap()
            .set_modified(SystemTime::now() - Duration::from_secs(3700))
            .unwrap();
        sweep(directory.path());
        let mut names: Vec<_> =
            fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".nrfcloud-new-young", ".nrfcloud-old-stale", "mine"]);
    }
}
