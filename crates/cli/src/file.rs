//! Files that the command makes: all of one run or none, whole or not at all, never over another without `--force`.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use tempfile::NamedTempFile;

use crate::output::Printer;

pub(crate) mod shared;

pub(crate) use shared::SharedFile;

/// The options of every verb that writes files.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct WriteOptions {
    /// Overwrite files that exist
    #[arg(long)]
    pub(crate) force: bool,
    /// Check everything, say what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Whoever the umask lets.
    Public,
    /// The owner alone (0600), from the first byte on.
    Private,
}

/// The files of one run. Nothing of them is at its place before [`commit`](Self::commit), and with it everything is.
pub(crate) struct Batch<'a> {
    options: WriteOptions,
    new: Vec<NewFile<'a>>,
    update: Option<(SharedFile, Vec<u8>)>,
}

struct NewFile<'a> {
    path: PathBuf,
    bytes: &'a [u8],
    access: Access,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(options: WriteOptions) -> Self {
        Self { options, new: Vec::new(), update: None }
    }

    /// Takes up a file. The bytes are borrowed, so that a key lies in memory once.
    pub(crate) fn add(&mut self, path: impl Into<PathBuf>, bytes: &'a [u8], access: Access) {
        self.new.push(NewFile { path: path.into(), bytes, access });
    }

    /// Takes up the new content of a file that others may write too; it is put in place last.
    pub(crate) fn update(&mut self, file: SharedFile, bytes: Vec<u8>) {
        self.update = Some((file, bytes));
    }

    /// Puts everything in place, or nothing.
    pub(crate) fn commit(self, out: &Printer) -> Result<(), FileError> {
        for file in &self.new {
            check_target(&file.path, self.options.force)?;
        }
        if self.options.dry_run {
            for file in &self.new {
                let mode = if file.access == Access::Private { " (0600)" } else { "" };
                out.note(format_args!("would write {}{mode}", file.path.display()));
            }
            if let Some((file, _)) = &self.update {
                out.note(format_args!("would add a row to {}", file.path().display()));
            }
            return Ok(());
        }
        let mut undo = Undo::default();
        let mut staged = Vec::with_capacity(self.new.len());
        for file in &self.new {
            let directory = directory_of(&file.path);
            undo.make_directory(directory)?;
            staged.push((write_temporary(directory, file.bytes, file.access)?, &file.path));
        }
        for (temporary, path) in staged {
            if self.options.force {
                temporary.persist(path).map_err(|error| FileError::write(path, error.error))?;
            } else {
                temporary.persist_noclobber(path).map_err(|error| FileError::placed(path, error.error))?;
                undo.files.push(path.clone());
            }
            out.trace(format_args!("wrote {}", path.display()));
        }
        if let Some((file, bytes)) = self.update {
            let path = file.path().to_owned();
            file.replace(&bytes)?;
            out.trace(format_args!("updated {}", path.display()));
        }
        let directories: Vec<PathBuf> =
            self.new.iter().map(|file| directory_of(&file.path).to_owned()).collect();
        undo.keep();
        // The names reach the disk with their directories; where that cannot be asked for, the files are still whole.
        for directory in directories {
            let _ = File::open(directory).and_then(|directory| directory.sync_all());
        }
        Ok(())
    }
}

/// What has to be taken back when a run fails half-way.
#[derive(Default)]
struct Undo {
    files: Vec<PathBuf>,
    directories: Vec<PathBuf>,
}

impl Undo {
    fn make_directory(&mut self, directory: &Path) -> Result<(), FileError> {
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

    fn keep(&mut self) {
        self.files.clear();
        self.directories.clear();
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        // A file that cannot be removed again is whole all the same; a directory that others use by now stays.
        for file in self.files.drain(..) {
            let _ = fs::remove_file(file);
        }
        for directory in self.directories.drain(..).rev() {
            let _ = fs::remove_dir(directory);
        }
    }
}

/// A file in a directory, named without `./` in front.
pub(crate) fn inside(directory: &Path, name: impl AsRef<Path>) -> PathBuf {
    if directory == Path::new(".") { name.as_ref().to_owned() } else { directory.join(name) }
}

/// The directory that `path` lies in.
fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn check_target(path: &Path, force: bool) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(FileError::Directory { path: path.to_owned() }),
        Ok(_) if !force => Err(FileError::Exists { path: path.to_owned() }),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(FileError::write(path, error)),
    }
}

/// A file under another name in the same directory, on the disk to the last byte.
fn write_temporary(directory: &Path, bytes: &[u8], access: Access) -> Result<NamedTempFile, FileError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".nrfcloud-");
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

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// Another file stands there.
    #[error("file exists: {}", path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// A directory stands there.
    #[error("a directory, not a file: {}", path.display())]
    Directory {
        /// The path.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot write {}: {error}", path.display())]
    Write {
        /// The path.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl FileError {
    fn write(path: &Path, error: io::Error) -> Self {
        Self::Write { path: path.to_owned(), error }
    }

    /// Somebody else may have made the file since it was looked for.
    fn placed(path: &Path, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists { path: path.to_owned() },
            _ => Self::write(path, error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Color, Format};

    fn quiet() -> Printer {
        Printer::new(Format::Human, true, false, Color::Never)
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_run_that_fails_on_its_last_file_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        // The parent of the second file is a file: its directory cannot be made.
        fs::write(directory.path().join("taken"), "x").unwrap();
        let mut batch = Batch::new(WriteOptions::default());
        batch.add(directory.path().join("a/b/first"), b"1", Access::Private);
        batch.add(directory.path().join("taken/second"), b"2", Access::Public);
        assert!(batch.commit(&quiet()).is_err());
        assert_eq!(names(directory.path()), ["taken"]);
    }

    #[test]
    #[cfg(unix)]
    fn a_private_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sub/key");
        let mut batch = Batch::new(WriteOptions::default());
        batch.add(&path, b"secret", Access::Private);
        batch.commit(&quiet()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"secret");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(&directory.path().join("sub")), ["key"]);
    }

    #[test]
    fn nothing_is_overwritten_without_force() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "old").unwrap();
        for (force, content) in [(false, "old"), (true, "new")] {
            let mut batch = Batch::new(WriteOptions { force, dry_run: false });
            batch.add(&path, b"new", Access::Public);
            assert_eq!(batch.commit(&quiet()).is_ok(), force);
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }

    #[test]
    fn a_dry_run_writes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let mut batch = Batch::new(WriteOptions { force: false, dry_run: true });
        batch.add(directory.path().join("a/file"), b"new", Access::Public);
        batch.commit(&quiet()).unwrap();
        assert!(names(directory.path()).is_empty());
    }
}
