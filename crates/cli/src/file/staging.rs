//! The files of so many devices that they do not all lie in memory: written aside as they are made, and put in their places at the end.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir, TempPath};

use super::target::{Target, whereabouts};
use super::undo::Undo;
use super::{Access, FileError, SharedFile, directory_of, shared, temporary};
use crate::interrupt;
use crate::output::Printer;

/// Finds out whether each of `names` can be put into the directory, beside a CSV that is written too.
pub(crate) fn check_room(
    directory: &Path,
    names: impl IntoIterator<Item = String>,
    csv: Option<&Path>,
    force: bool,
) -> Result<(), FileError> {
    let csv = csv.map(whereabouts);
    let place = whereabouts(directory);
    for name in names {
        let path = directory.join(&name);
        if csv.as_deref() == Some(&place.join(&name)) {
            return Err(FileError::Twice { path });
        }
        target(&path, force)?;
    }
    Ok(())
}

/// Where a file goes, and whether one is there that it replaces.
fn target(path: &Path, force: bool) -> Result<(PathBuf, bool), FileError> {
    match Target::of(path, force)? {
        Target::New(path) => Ok((path, false)),
        Target::Old(path) => Ok((path, true)),
        Target::Stream(path) => Err(FileError::Stream { path }),
    }
}

/// The new files of one directory. Nothing of them is at its place before [`commit`](Self::commit), and with it everything is.
/// Ctrl-C is put off while this lives.
pub(crate) struct Staging {
    directory: PathBuf,
    force: bool,
    /// Within the directory, so that nothing has to be copied. It goes, with all that is left in it, before what `undo` has made.
    aside: TempDir,
    undo: Undo,
    _held: interrupt::Held,
}

impl Staging {
    /// Makes the directory, where there is none.
    pub(crate) fn open(directory: &Path, force: bool) -> Result<Self, FileError> {
        let held = interrupt::hold().map_err(FileError::Signals)?;
        let mut undo = Undo::default();
        undo.make_directory(directory)?;
        let aside = temporary::directory(directory)?;
        Ok(Self { directory: directory.to_owned(), force, aside, undo, _held: held })
    }

    /// Writes a file aside. Any thread may.
    pub(crate) fn write(&self, name: &str, bytes: &[u8], access: Access) -> Result<(), FileError> {
        let write = || {
            let mut file = shared::create_new(&self.aside.path().join(name), access)?;
            file.write_all(bytes)?;
            // On Linux they reach the disk all together, which takes a small part of the time.
            if cfg!(not(target_os = "linux")) {
                file.sync_all()?;
            }
            Ok(())
        };
        write().map_err(|error| FileError::write(&self.directory.join(name), error))
    }

    /// Puts everything in place, the rows last, or nothing. `names` are those of the files that were written.
    pub(crate) fn commit(
        mut self,
        names: impl Iterator<Item = String> + Clone,
        rows: Option<Rows>,
        out: &Printer,
    ) -> Result<(), FileError> {
        self.sync()?;
        let rows = rows.map(Rows::finish).transpose()?;
        if interrupt::is_pending() {
            return Err(FileError::Interrupted);
        }
        // Not among what a later run sweeps: should this one be killed now, what it has replaced is not lost.
        let replaced = temporary::directory_of_old(&self.directory)?;
        let mut placed = 0;
        for name in names.clone() {
            if let Err(error) = self.place(&name, replaced.path()) {
                self.take_back(names.take(placed), replaced.path());
                return Err(error);
            }
            placed += 1;
        }
        if let Some((new, file)) = rows {
            if let Err(error) = new.persist(file.place()) {
                self.take_back(names, replaced.path());
                return Err(FileError::write(file.path(), error.error));
            }
            temporary::settle(directory_of(file.place()));
            file.keep();
        }
        self.undo.keep();
        out.trace(format_args!("wrote {placed} files to {}", self.directory.display()));
        temporary::settle(&self.directory);
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn sync(&self) -> Result<(), FileError> {
        fs::File::open(self.aside.path())
            .and_then(|directory| Ok(rustix::fs::syncfs(directory)?))
            .map_err(|error| FileError::write(&self.directory, error))
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "the same signature as on Linux")]
    fn sync(&self) -> Result<(), FileError> {
        Ok(())
    }

    fn place(&self, name: &str, replaced: &Path) -> Result<(), FileError> {
        let (path, replaces) = target(&self.directory.join(name), self.force)?;
        let new = self.aside.path().join(name);
        if replaces {
            let old = replaced.join(name);
            let set_aside = fs::hard_link(&path, &old).or_else(|_| fs::rename(&path, &old));
            set_aside.map_err(|error| FileError::write(&path, error))?;
            return fs::rename(new, &path).map_err(|error| {
                // In its place again, or still; a second name is of no harm.
                let _ = fs::rename(old, &path);
                FileError::write(&path, error)
            });
        }
        let new = TempPath::try_from_path(new).map_err(|error| FileError::write(&path, error))?;
        new.persist_noclobber(&path).map_err(|error| FileError::placed(&path, error.error))
    }

    /// Takes away what was put in place, and puts back what was there. A file that cannot be removed again is whole all the same.
    fn take_back(&self, names: impl Iterator<Item = String>, replaced: &Path) {
        for name in names {
            let path = self.directory.join(&name);
            let place = fs::canonicalize(&path).unwrap_or(path);
            let _ = fs::rename(replaced.join(&name), &place).or_else(|_| fs::remove_file(&place));
        }
    }
}

/// Rows that are added to a CSV, written aside as they come. The CSV is locked while this lives.
pub(crate) struct Rows {
    // Before the file, which takes the directory along if it was made for it.
    new: BufWriter<NamedTempFile>,
    file: SharedFile,
}

impl Rows {
    /// Begins with what is in the CSV, made ready for a further row.
    pub(crate) fn begin(file: SharedFile, content: &[u8]) -> Result<Self, FileError> {
        let new = BufWriter::new(file.stage(content)?);
        Ok(Self { new, file })
    }

    /// Adds a row with its line break.
    pub(crate) fn add(&mut self, row: &[u8]) -> Result<(), FileError> {
        self.new.write_all(row).map_err(|error| FileError::write(self.file.path(), error))
    }

    fn finish(self) -> Result<(NamedTempFile, SharedFile), FileError> {
        let Self { new, file } = self;
        let finish = || {
            let new = new.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            new.as_file().sync_all()?;
            Ok(new)
        };
        match finish() {
            Ok(new) => Ok((new, file)),
            Err(error) => Err(FileError::write(file.path(), error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::WriteOptions;
    use crate::output::{Color, Format};

    fn quiet() -> Printer {
        Printer::new(Format::Human, true, false, Color::Never)
    }

    fn names() -> impl Iterator<Item = String> + Clone {
        ["a", "b", "c"].into_iter().map(str::to_owned)
    }

    fn staged(directory: &Path, force: bool) -> (Staging, Rows) {
        let staging = Staging::open(&directory.join("certs"), force).unwrap();
        for name in names() {
            staging.write(&name, b"new", Access::Private).unwrap();
        }
        let options = WriteOptions { force, dry_run: false };
        let file = SharedFile::open(&directory.join("out/rows.csv"), options, &quiet()).unwrap();
        let mut rows = Rows::begin(file, b"old\n").unwrap();
        rows.add(b"new\n").unwrap();
        (staging, rows)
    }

    /// Every file below and what is in it.
    fn tree(directory: &Path) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                found.push((name, "directory".to_owned()));
                found.extend(tree(&path));
            } else {
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
        found.sort();
        found
    }

    fn is(found: &[(String, String)], wanted: &[(&str, &str)]) {
        let found: Vec<(&str, &str)> =
            found.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn everything_comes_to_its_place_at_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let (staging, rows) = staged(directory.path(), false);
        assert!(!directory.path().join("certs/a").exists());
        staging.commit(names(), Some(rows), &quiet()).unwrap();
        is(
            &tree(directory.path()),
            &[
                ("a", "new"),
                ("b", "new"),
                ("c", "new"),
                ("certs", "directory"),
                ("out", "directory"),
                ("rows.csv", "old\nnew\n"),
            ],
        );
    }

    #[test]
    fn a_file_that_got_in_the_way_meanwhile_takes_all_back() {
        let directory = tempfile::tempdir().unwrap();
        let (staging, rows) = staged(directory.path(), false);
        fs::write(directory.path().join("certs/b"), "another's").unwrap();
        let error = staging.commit(names(), Some(rows), &quiet()).unwrap_err();
        assert!(matches!(&error, FileError::Exists { path } if path.ends_with("certs/b")), "{error}");
        is(&tree(directory.path()), &[("b", "another's"), ("certs", "directory")]);
    }

    #[test]
    fn what_was_replaced_comes_back() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("certs")).unwrap();
        fs::write(directory.path().join("certs/a"), "old").unwrap();
        let (staging, rows) = staged(directory.path(), true);
        fs::create_dir(directory.path().join("certs/c")).unwrap();
        assert!(matches!(staging.commit(names(), Some(rows), &quiet()), Err(FileError::Directory { .. })));
        is(&tree(directory.path()), &[("a", "old"), ("c", "directory"), ("certs", "directory")]);
        fs::remove_dir(directory.path().join("certs/c")).unwrap();
        let (staging, _) = staged(directory.path(), true);
        staging.commit(names(), None, &quiet()).unwrap();
        is(&tree(directory.path()), &[("a", "new"), ("b", "new"), ("c", "new"), ("certs", "directory")]);
    }

    #[test]
    fn what_is_not_committed_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        drop(staged(directory.path(), false));
        is(&tree(directory.path()), &[]);
    }

    #[test]
    fn the_csv_is_none_of_the_files() {
        let directory = tempfile::tempdir().unwrap();
        let csv = directory.path().join("./b");
        assert!(matches!(
            check_room(directory.path(), names(), Some(&csv), true),
            Err(FileError::Twice { .. })
        ));
        check_room(directory.path(), names(), None, false).unwrap();
    }
}
