//! Why nothing was written.

use std::io;
use std::path::{Path, PathBuf};

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
    /// A pipe or a device stands where a file must, to which a row can be added.
    #[error("a pipe or a device, not a file: {}", path.display())]
    Stream {
        /// The path.
        path: PathBuf,
    },
    /// A link that leads nowhere.
    #[error("a link to something that is not there: {}", path.display())]
    Dangling {
        /// The path.
        path: PathBuf,
    },
    /// Two files of one run would have the same place.
    #[error("two of the files to write have the same place: {}", path.display())]
    Twice {
        /// The path, as it was named the second time.
        path: PathBuf,
    },
    /// Nobody may write to the file, which is meant by somebody.
    #[error("a read-only file: {}", path.display())]
    ReadOnly {
        /// The path.
        path: PathBuf,
    },
    /// A file that is to be added to cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The system refused.
    #[error("cannot write {}: {error}", path.display())]
    Write {
        /// The path.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The owner of a file cannot be kept.
    #[error("cannot keep the owner of {}: {error}", path.display())]
    Owner {
        /// The path.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Ctrl-C, before anything was in its place.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// Ctrl-C cannot be put off.
    #[error("cannot put Ctrl-C off: {0}")]
    Signals(io::Error),
}

impl FileError {
    pub(crate) fn write(path: &Path, error: io::Error) -> Self {
        Self::Write { path: path.to_owned(), error }
    }

    /// Somebody else may have made the file since it was looked for.
    pub(super) fn placed(path: &Path, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists { path: path.to_owned() },
            _ => Self::write(path, error),
        }
    }
}
