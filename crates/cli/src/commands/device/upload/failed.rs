//! The file for the rows that failed, to be mended and sent again.

use std::fs;
use std::path::{Path, PathBuf};

use cloud_api::onboarding::{Reading, Row};

use crate::context::Context;
use crate::csv_file;
use crate::file::{self, Access, Batch, FileError, WriteOptions};
use crate::input::Source;

/// Where failed rows go.
pub(in crate::commands) enum FailedFile {
    /// Where the user wants them.
    Named(PathBuf, WriteOptions),
    /// A free name, made of directory and stem; found when there is something to write.
    Free(PathBuf, String),
}

impl FailedFile {
    /// `named` if it is given, otherwise a name like that of the CSV.
    pub(in crate::commands) fn new(named: Option<&Path>, csv: &Source, options: WriteOptions) -> Self {
        match (named, csv) {
            (Some(path), _) => Self::named(path, options),
            (None, Source::Path(csv)) => {
                let name = csv.file_stem().unwrap_or_default().to_string_lossy();
                Self::Free(csv.parent().unwrap_or(Path::new("")).to_owned(), stem(&name).to_owned())
            }
            (None, Source::Stdin) => Self::Free(PathBuf::new(), "stdin".to_owned()),
        }
    }

    pub(super) fn named(path: &Path, options: WriteOptions) -> Self {
        Self::Named(path.to_owned(), options)
    }

    /// Finds out whether it can be written.
    pub(super) fn probe(&self) -> Result<(), FileError> {
        match self {
            Self::Named(path, options) => file::probe(path, *options),
            // That nobody may write there shows when there is something to write, and is no reason to send nothing.
            Self::Free(..) => Ok(()),
        }
    }

    /// Writes the rows, counted from 0, and says where. What cannot be written is told, and does not hide how the upload ended.
    pub(super) fn save<R: Row>(
        &self,
        context: &Context,
        reading: &Reading<'_, R>,
        failed: &[usize],
    ) -> Option<PathBuf> {
        let csv = Self::content(context, reading, failed)?;
        self.save_at(context, self.place(), &csv)
    }

    /// The rows, counted from 0, as a file.
    pub(super) fn content<R: Row>(
        context: &Context,
        reading: &Reading<'_, R>,
        failed: &[usize],
    ) -> Option<Vec<u8>> {
        let is_failed = |index: &usize| failed.binary_search(index).is_ok();
        let rows: Vec<&R> =
            reading.rows().iter().filter(|row| is_failed(&row.index)).map(|row| &row.row).collect();
        if rows.len() < failed.len() {
            context.out.warn(format_args!(
                "{} of the failed rows break the rules, and are in no file of their own; look for them in the CSV",
                failed.len() - rows.len()
            ));
        }
        if rows.is_empty() {
            return None;
        }
        csv_file::content(rows).map_err(|error| not_saved(context, error.message())).ok()
    }

    /// Where the rows go, if nobody else takes the place meanwhile.
    pub(in crate::commands) fn place(&self) -> PathBuf {
        match self {
            Self::Named(path, _) => path.clone(),
            Self::Free(directory, stem) => {
                let is_free = |path: &PathBuf| fs::symlink_metadata(path).is_err();
                let first = directory.join(format!("{stem}.failed.csv"));
                let others = (2_u32..).map(|number| directory.join(format!("{stem}.failed-{number}.csv")));
                std::iter::once(first).chain(others).find(is_free).unwrap_or_default()
            }
        }
    }

    /// Writes them there, or, if that place was free and is taken now, to the next that is.
    pub(super) fn save_at(&self, context: &Context, mut path: PathBuf, csv: &[u8]) -> Option<PathBuf> {
        loop {
            let options = match self {
                Self::Named(_, options) => *options,
                Self::Free(..) => WriteOptions::default(),
            };
            let mut batch = Batch::new(options);
            batch.add(&path, csv, Access::Public);
            match (batch.commit(&context.out), self) {
                (Ok(()), _) => return Some(path),
                (
                    Err(FileError::Exists { .. } | FileError::Directory { .. } | FileError::Dangling { .. }),
                    Self::Free(..),
                ) => path = self.place(),
                (Err(error), _) => {
                    not_saved(context, &error.to_string());
                    return None;
                }
            }
        }
    }
}

fn not_saved(context: &Context, why: &str) {
    context.out.warn(format_args!("the failed rows are in no file of their own: {why}"));
}

/// The stem of a CSV without what was added for an earlier failure, so that names do not grow with each try.
fn stem(name: &str) -> &str {
    match name.rsplit_once(".failed") {
        Some((stem, "")) => stem,
        Some((stem, number))
            if number.strip_prefix('-').is_some_and(|digits| digits.parse::<u32>().is_ok()) =>
        {
            stem
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_grow() {
        for name in ["onboard", "onboard.failed", "onboard.failed-2"] {
            assert_eq!(stem(name), "onboard");
        }
        for name in ["failed", "a.failed-x", "a.failedx", "a.failed-"] {
            assert_eq!(stem(name), name);
        }
    }
}
