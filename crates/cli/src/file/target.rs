//! What stands where a file is to be written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Access, FileError, WriteOptions, directory_of, temporary};

/// Where a file goes.
pub(super) enum Target {
    /// Nothing is there.
    New(PathBuf),
    /// A file that may be replaced, with links followed: what a link leads to is meant, not the link.
    Old(PathBuf),
    /// A device or a pipe, which is written into.
    Stream(PathBuf),
}

impl Target {
    pub(super) fn of(path: &Path, force: bool) -> Result<Self, FileError> {
        let is_link = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata.is_symlink(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::New(path.to_owned())),
            Err(error) => return Err(FileError::write(path, error)),
        };
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(FileError::Directory { path: path.to_owned() }),
            Ok(metadata) if !metadata.is_file() => Ok(Self::Stream(path.to_owned())),
            Ok(_) if !force => Err(FileError::Exists { path: path.to_owned() }),
            Ok(_) if is_link => {
                fs::canonicalize(path).map(Self::Old).map_err(|error| FileError::write(path, error))
            }
            Ok(_) => Ok(Self::Old(path.to_owned())),
            Err(error) if is_link && error.kind() == io::ErrorKind::NotFound => {
                Err(FileError::Dangling { path: path.to_owned() })
            }
            Err(error) => Err(FileError::write(path, error)),
        }
    }
}

/// Finds out whether a file can be written, before something is done whose result would be lost otherwise.
pub(crate) fn probe(path: &Path, options: WriteOptions) -> Result<(), FileError> {
    let (Target::New(path) | Target::Old(path)) = Target::of(path, options.force)? else { return Ok(()) };
    let directory = directory_of(&path);
    let existing = directory.ancestors().find(|path| !path.as_os_str().is_empty() && path.exists());
    // A file is made there and taken away again: rights and full disks show in no other way.
    temporary::write(existing.unwrap_or(Path::new(".")), b"", Access::Private).map(drop)
}

/// Whether two paths lead to one place.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    whereabouts(one) == whereabouts(other)
}

/// Where a path leads, also when there is nothing yet: for comparing two of them.
pub(super) fn whereabouts(path: &Path) -> PathBuf {
    if let Ok(place) = fs::canonicalize(path) {
        return place;
    }
    match path.file_name() {
        Some(name) => whereabouts(directory_of(path)).join(name),
        None => path.to_owned(),
    }
}
