//! Files that the command makes: all of one run or none, whole or not at all, never over another without `--force`.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use tempfile::NamedTempFile;

use crate::interrupt;
use crate::output::Printer;

mod error;
pub(crate) mod shared;
pub(crate) mod staging;
mod target;
mod temporary;
mod undo;

pub(crate) use error::FileError;
pub(crate) use shared::SharedFile;
pub(crate) use target::{is_same, probe};

use target::Target;
use undo::Undo;

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

    /// Puts everything in place, or nothing. Ctrl-C is put off meanwhile.
    pub(crate) fn commit(self, out: &Printer) -> Result<(), FileError> {
        self.check_distinct()?;
        let targets: Vec<Target> = self
            .new
            .iter()
            .map(|file| Target::of(&file.path, self.options.force))
            .collect::<Result<_, _>>()?;
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
        let _held = interrupt::hold().map_err(FileError::Signals)?;
        let Self { new, update, .. } = self;
        let mut undo = Undo::default();
        // First everything that takes space, rights and time; until then nothing is changed that anybody knows of.
        let mut staged: Vec<(NamedTempFile, &Path, bool)> = Vec::with_capacity(new.len() + 1);
        for (file, target) in new.iter().zip(&targets) {
            let (Target::New(path) | Target::Old(path)) = target else { continue };
            let directory = directory_of(path);
            undo.make_directory(directory)?;
            let temporary = temporary::write(directory, file.bytes, file.access)?;
            staged.push((temporary, path, matches!(target, Target::Old(_))));
        }
        if let Some((file, bytes)) = &update {
            staged.push((file.stage(bytes)?, file.place(), true));
        }
        if interrupt::is_pending() {
            return Err(FileError::Interrupted);
        }
        let directories: Vec<PathBuf> =
            staged.iter().map(|(_, path, _)| directory_of(path).to_owned()).collect();
        for (temporary, path, replaces) in staged {
            undo.place(temporary, path, replaces)?;
            out.trace(format_args!("wrote {}", path.display()));
        }
        // Last, since what has gone into a pipe cannot be taken back.
        for (file, target) in new.iter().zip(&targets) {
            if let Target::Stream(path) = target {
                let written = OpenOptions::new()
                    .write(true)
                    .open(path)
                    .and_then(|mut stream| stream.write_all(file.bytes));
                written.map_err(|error| FileError::write(path, error))?;
            }
        }
        undo.keep();
        if let Some((file, _)) = update {
            file.keep();
        }
        for directory in directories {
            temporary::settle(&directory);
        }
        Ok(())
    }

    /// One of the files would end where another one is put.
    fn check_distinct(&self) -> Result<(), FileError> {
        let paths = self.new.iter().map(|file| file.path.as_path());
        let mut places: Vec<PathBuf> = Vec::new();
        for path in paths.chain(self.update.iter().map(|(file, _)| file.path())) {
            let place = target::whereabouts(path);
            if places.contains(&place) {
                return Err(FileError::Twice { path: path.to_owned() });
            }
            places.push(place);
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use std::fs;

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
    #[cfg(target_os = "linux")]
    fn what_was_replaced_comes_back_when_a_later_file_fails() {
        let directory = tempfile::tempdir().unwrap();
        let (first, second) = (directory.path().join("first"), directory.path().join("second"));
        fs::write(&first, "old").unwrap();
        std::os::unix::fs::symlink("/dev/full", &second).unwrap();
        let mut batch = Batch::new(WriteOptions { force: true, dry_run: false });
        batch.add(&first, b"new", Access::Public);
        batch.add(&second, b"new", Access::Public);
        batch.add(directory.path().join("third"), b"new", Access::Public);
        assert!(matches!(batch.commit(&quiet()), Err(FileError::Write { .. })));
        assert_eq!(fs::read_to_string(&first).unwrap(), "old");
        assert_eq!(names(directory.path()), ["first", "second"]);
    }

    #[test]
    #[cfg(unix)]
    fn links_are_followed_and_streams_written_into() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("file"), directory.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        let write = |path: &Path, force| {
            let mut batch = Batch::new(WriteOptions { force, dry_run: false });
            batch.add(path, b"new", Access::Private);
            batch.commit(&quiet())
        };
        assert!(matches!(write(&link, false), Err(FileError::Exists { .. })));
        write(&link, true).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        fs::remove_file(&file).unwrap();
        assert!(matches!(write(&link, true), Err(FileError::Dangling { .. })));
        // A device is no file that could be lost.
        let null = directory.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &null).unwrap();
        write(&null, false).unwrap();
        assert_eq!(names(directory.path()), ["link", "null"]);
    }

    #[test]
    fn one_place_is_not_taken_twice() {
        let directory = tempfile::tempdir().unwrap();
        let mut batch = Batch::new(WriteOptions { force: true, dry_run: false });
        batch.add(directory.path().join("a/file"), b"one", Access::Public);
        batch.add(directory.path().join("./a/file"), b"two", Access::Public);
        assert!(matches!(batch.commit(&quiet()), Err(FileError::Twice { .. })));
        assert!(names(directory.path()).is_empty());
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
