//! A file that several runs may add to at the same time: an onboarding CSV on a line with many stations.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Access, FileError, Undo, WriteOptions, directory_of, write_temporary};

/// A file as it was found, locked against other runs of this command until it is replaced or let go.
pub(crate) struct SharedFile {
    path: PathBuf,
    content: Vec<u8>,
    /// Takes an empty file that was made here away again, unless it is replaced. Stands before the lock, and so is dropped under it.
    undo: Undo,
    /// `None` in a dry run with no such file. The lock ends when it is closed.
    locked: Option<File>,
}

impl SharedFile {
    /// Opens and locks the file, waiting for others to be done with it. Where there is none an empty one is made, since only a file can
    /// be locked.
    pub(crate) fn open(path: &Path, options: WriteOptions) -> Result<Self, FileError> {
        // A link is followed here, so that it is not replaced by a file.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let failed = |error| FileError::write(&path, error);
        loop {
            let mut undo = Undo::default();
            let mut file = match File::open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound && options.dry_run => {
                    return Ok(Self { path, content: Vec::new(), undo, locked: None });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    undo.make_directory(directory_of(&path))?;
                    match File::create_new(&path) {
                        Ok(file) => {
                            undo.files.push(path.clone());
                            file
                        }
                        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                        Err(error) => return Err(failed(error)),
                    }
                }
                Err(error) => return Err(failed(error)),
            };
            if file.metadata().map_err(failed)?.is_dir() {
                return Err(FileError::Directory { path });
            }
            lock(&file).map_err(failed)?;
            // Whoever held the lock before may have put another file in its place, or taken it away.
            if !is_still_at(&file, &path).map_err(failed)? {
                undo.keep();
                continue;
            }
            let mut content = Vec::new();
            if undo.files.is_empty() {
                file.read_to_end(&mut content).map_err(failed)?;
            }
            return Ok(Self { path, content, undo, locked: Some(file) });
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is in it.
    pub(crate) fn content(&self) -> &[u8] {
        &self.content
    }

    /// Puts new content in its place.
    pub(super) fn replace(mut self, bytes: &[u8]) -> Result<(), FileError> {
        let temporary = write_temporary(directory_of(&self.path), bytes, Access::Public)?;
        if let Some(file) = &self.locked {
            file.metadata()
                .and_then(|metadata| temporary.as_file().set_permissions(metadata.permissions()))
                .map_err(|error| FileError::write(&self.path, error))?;
        }
        temporary.persist(&self.path).map_err(|error| FileError::write(&self.path, error.error))?;
        self.undo.keep();
        Ok(())
    }
}

#[cfg(unix)]
fn lock(file: &File) -> io::Result<()> {
    Ok(rustix::fs::flock(file, rustix::fs::FlockOperation::LockExclusive)?)
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let held = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((held.dev(), held.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

// Elsewhere a file that is open cannot be replaced, so there is nothing to wait for and nothing to lose.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn lock(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn is_still_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}
