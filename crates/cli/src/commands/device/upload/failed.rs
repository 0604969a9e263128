//! The file for the rows that failed, to be mended and sent again.

use std::path::{Path, PathBuf};

use cloud_api::onboarding::{Reading, Row};

use crate::context::Context;
use crate::csv_file;
use crate::diagnostic::Diagnostic;
use crate::file::{self, Access, Batch, FileError, WriteOptions};
use crate::input::Source;

/// Where failed rows go.
pub(super) enum FailedFile {
    /// Where the user wants them.
    Named(PathBuf, WriteOptions),
    /// A free name, made of directory and stem; found when there is something to write.
    Free(PathBuf, String),
}

impl FailedFile {
    /// `named` if it is given, otherwise a name like that of the CSV.
    pub(super) fn new(named: Option<&Path>, csv: &Source, options: WriteOptions) -> Self {
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
        let written =
            csv_file::content(rows).and_then(|csv| self.write(context, &csv).map_err(Diagnostic::from));
        written
            .map_err(|error| {
                context
                    .out
                    .warn(format_args!("the failed rows are in no file of their own: {}", error.message()));
            })
            .ok()
    }

    fn write(&self, context: &Context, csv: &[u8]) -> Result<PathBuf, FileError> {
        let write = |path: &Path, options| {
            let mut batch = Batch::new(options);
            batch.add(path, csv, Access::Public);
            batch.commit(&context.out).map(|()| path.to_owned())
        };
        match self {
            Self::Named(path, options) => write(path, *options),
            Self::Free(directory, stem) => {
                let mut number = 1_u32;
                loop {
                    let name = match number {
                        1 => format!("{stem}.failed.csv"),
                        number => format!("{stem}.failed-{number}.csv"),
                    };
                    match write(&directory.join(name), WriteOptions::default()) {
                        Err(
                            FileError::Exists { .. }
                            | FileError::Directory { .. }
                            | FileError::Dangling { .. },
                        ) => {
                            number += 1;
                        }
                        result => return result,
                    }
                }
            }
        }
    }
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
