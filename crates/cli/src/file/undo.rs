//! What has to be taken back when a run fails half-way.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::{FileError, directory_of, temporary};

/// Takes back, when it is dropped, what was not [kept](Self::keep).
#[derive(Default)]
pub(super) struct Undo {
    files: Vec<PathBuf>,
    directories: Vec<PathBuf>,
    /// What was replaced: under which name it lies now, and where it belongs.
    replaced: Vec<(TempPath, PathBuf)>,
}

impl Undo {
    /// Makes a directory and those above it.
    pub(super) fn make_directory(&mut self, directory: &Path) -> Result<(), FileError> {
        let missing: Vec<&Path> =
            directory.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
        for path in missing.into_iter().rev() {
            match fs::create_dir(path) {
                Ok(()) => self.directories.push(path.to_owned()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
                Err(error) => return Err(FileError::write(path, error)),
            }
        }
        Ok(())
    }

    /// Says that a file was made.
    pub(super) fn made(&mut self, path: &Path) {
        self.files.push(path.to_owned());
    }

    /// Puts a file in its place, and keeps the one that `replaces` says is there.
    pub(super) fn place(&mut self, new: NamedTempFile, path: &Path, replaces: bool) -> Result<(), FileError> {
        if replaces {
            self.set_aside(path)?;
            new.persist(path).map_err(|error| FileError::write(path, error.error))?;
        } else {
            new.persist_noclobber(path).map_err(|error| FileError::placed(path, error.error))?;
            self.made(path);
        }
        Ok(())
    }

    /// Gives a file a second name; where a file can have one only, another name.
    fn set_aside(&mut self, path: &Path) -> Result<(), FileError> {
        let name = |aside: &dyn Fn(&Path) -> io::Result<()>| {
            tempfile::Builder::new().prefix(temporary::OLD).make_in(directory_of(path), aside)
        };
        let aside = name(&|aside| fs::hard_link(path, aside))
            .or_else(|_| name(&|aside| fs::rename(path, aside)))
            .map_err(|error| FileError::write(path, error))?;
        self.replaced.push((aside.into_temp_path(), path.to_owned()));
        Ok(())
    }

    /// Nothing is to be taken back: what was replaced is gone now.
    pub(super) fn keep(&mut self) {
        self.files.clear();
        self.directories.clear();
        self.replaced.clear();
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        for (aside, path) in self.replaced.drain(..).rev() {
            if let Err(error) = aside.persist(path) {
                // Not in its place, and not lost.
                let _ = error.path.keep();
            }
        }
        // A file that cannot be removed again is whole all the same; a directory that others use by now stays.
        for file in self.files.drain(..) {
            let _ = fs::remove_file(file);
        }
        for directory in self.directories.drain(..).rev() {
            let _ = fs::remove_dir(directory);
        }
    }
}
