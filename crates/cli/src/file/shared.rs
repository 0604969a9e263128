//! A file that several runs may add to at the same time: an onboarding CSV on a line with many stations.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::undo::Undo;
use super::{Access, FileError, WriteOptions, directory_of, temporary};
use crate::output::Printer;

/// A file as it was found, locked against other runs of this command until it is replaced or let go.
pub(crate) struct SharedFile {
    /// As it was named.
    path: PathBuf,
    /// Where it is, links followed.
    place: PathBuf,
    content: Vec<u8>,
    /// Takes an empty file that was made here away again, unless it is kept. Stands before the lock, and so is dropped under it.
    undo: Undo,
    /// `None` in a dry run with no such file. The lock ends when it is closed.
    locked: Option<File>,
}

impl SharedFile {
    /// Opens and locks the file, waiting for others to be done with it. Where there is none an empty one is made, since only a file can
    /// be locked.
    pub(crate) fn open(path: &Path, options: WriteOptions, out: &Printer) -> Result<Self, FileError> {
        Self::open_as(path, options, Access::Public, out)
    }

    /// As [`open`](Self::open), with a say in who may read a file that is made here.
    pub(crate) fn open_as(
        path: &Path,
        options: WriteOptions,
        access: Access,
        out: &Printer,
    ) -> Result<Self, FileError> {
        loop {
            let place = place(path)?;
            let mut undo = Undo::default();
            // For writing too, though another file will take its place: who may not write to it may not replace it.
            let mut file = match OpenOptions::new().read(true).write(true).open(&place) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound && options.dry_run => {
                    let path = path.to_owned();
                    return Ok(Self { path, place, content: Vec::new(), undo, locked: None });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    undo.make_directory(directory_of(&place))?;
                    match create_new(&place, access) {
                        Ok(file) => {
                            undo.made(&place);
                            file
                        }
                        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                        Err(error) => return Err(FileError::write(path, error)),
                    }
                }
                // Who may not even read it is told that.
                Err(error) => match File::open(&place) {
                    Ok(_) => return Err(FileError::write(path, error)),
                    Err(error) => return Err(FileError::Read { path: path.to_owned(), error }),
                },
            };
            let read = |error| FileError::Read { path: path.to_owned(), error };
            lock(&file, || out.note(format_args!("waiting for another run that adds to {}", path.display())))
                .map_err(read)?;
            // Whoever held the lock before may have put another file in its place, or taken it away.
            if !is_still_at(&file, &place).map_err(read)? {
                undo.keep();
                continue;
            }
            let mut content = Vec::new();
            file.read_to_end(&mut content).map_err(read)?;
            return Ok(Self { path: path.to_owned(), place, content, undo, locked: Some(file) });
        }
    }

    /// As it was named.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it is, links followed.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// What is in it.
    pub(crate) fn content(&self) -> &[u8] {
        &self.content
    }

    /// A file to take its place: with new content, and the same owner, group and rights.
    pub(super) fn stage(&self, bytes: &[u8]) -> Result<NamedTempFile, FileError> {
        let new = temporary::write(directory_of(&self.place), bytes, Access::Public)?;
        if let Some(file) = &self.locked {
            let old = file.metadata().map_err(|error| FileError::write(&self.path, error))?;
            keep_owner(new.as_file(), &old)
                .map_err(|error| FileError::Owner { path: self.path.clone(), error })?;
            new.as_file()
                .set_permissions(old.permissions())
                .map_err(|error| FileError::write(&self.path, error))?;
        }
        Ok(new)
    }

    /// It has been replaced.
    pub(super) fn keep(mut self) {
        self.undo.keep();
    }
}

/// A new file, whose rights are there from the first byte on.
#[cfg_attr(not(unix), expect(unused_variables, reason = "a file has no mode there"))]
pub(super) fn create_new(place: &Path, access: Access) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    if access == Access::Private {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(place)
}

/// Where a file is that can be added to, or where one may be made.
fn place(path: &Path) -> Result<PathBuf, FileError> {
    let named = || path.to_owned();
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(FileError::Directory { path: named() }),
        Ok(metadata) if !metadata.is_file() => Err(FileError::Stream { path: named() }),
        // Root may write to it all the same, and should not.
        Ok(metadata) if metadata.permissions().readonly() => Err(FileError::ReadOnly { path: named() }),
        // A link is followed here, so that it is not replaced by a file.
        Ok(_) => fs::canonicalize(path).map_err(|error| FileError::Read { path: named(), error }),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FileError::Read { path: named(), error })
        }
        Err(_) if fs::symlink_metadata(path).is_ok() => Err(FileError::Dangling { path: named() }),
        Err(_) => Ok(named()),
    }
}

#[cfg(unix)]
fn lock(file: &File, before_waiting: impl FnOnce()) -> io::Result<()> {
    use rustix::fs::{FlockOperation, flock};
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(rustix::io::Errno::WOULDBLOCK) => {
            before_waiting();
            Ok(flock(file, FlockOperation::LockExclusive)?)
        }
        result => Ok(result?),
    }
}

#[cfg(unix)]
fn keep_owner(new: &File, old: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let made = new.metadata()?;
    if (made.uid(), made.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    std::os::unix::fs::fchown(new, Some(old.uid()), Some(old.gid()))
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
fn lock(_: &File, _: impl FnOnce()) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn keep_owner(_: &File, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn is_still_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}
