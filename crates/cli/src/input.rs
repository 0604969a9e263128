//! What comes in: a file or standard input, read once and whole.

use std::cell::Cell;
use std::convert::Infallible;
use std::fmt::{self, Display, Formatter};
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use zeroize::Zeroizing;

/// Where input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// `-`
    Stdin,
    /// A file.
    Path(PathBuf),
}

impl FromStr for Source {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(if text == "-" { Self::Stdin } else { Self::Path(PathBuf::from(text)) })
    }
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

/// The most that is read of anything: far more than 1000 rows of certificates.
const MOST_BYTES: u64 = 16 << 20;

/// Reads input. Standard input is given out once.
#[derive(Debug)]
pub(crate) struct Inputs {
    no_input: bool,
    stdin_taken: Cell<bool>,
}

impl Inputs {
    /// With `no_input`, a terminal is not waited for.
    pub(crate) fn new(no_input: bool) -> Self {
        Self { no_input, stdin_taken: Cell::new(false) }
    }

    /// The whole input. It may be a private key, so it is wiped when dropped.
    pub(crate) fn bytes(&self, source: &Source) -> Result<Zeroizing<Vec<u8>>, InputError> {
        let bytes = match source {
            Source::Stdin => self.stdin(),
            Source::Path(path) => file(path),
        }?;
        if bytes.trim_ascii().is_empty() {
            return Err(InputError::Empty { source_name: source.to_string() });
        }
        Ok(bytes)
    }

    /// The whole input as text.
    pub(crate) fn text(&self, source: &Source) -> Result<Zeroizing<String>, InputError> {
        let bytes = self.bytes(source)?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Zeroizing::new(text.to_owned())),
            Err(error) => {
                Err(InputError::NotText { source_name: source.to_string(), offset: error.valid_up_to() })
            }
        }
    }

    /// Whether standard input is a person who may be asked.
    pub(crate) fn can_ask(&self) -> bool {
        !self.no_input && !self.stdin_taken.get() && io::stdin().is_terminal()
    }

    /// The next line of standard input, which is empty at its end. It may be asked for again.
    pub(crate) fn line(&self) -> Result<String, InputError> {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        read.map_err(|error| InputError::Read { source_name: Source::Stdin.to_string(), error })?;
        Ok(line)
    }

    fn stdin(&self) -> Result<Zeroizing<Vec<u8>>, InputError> {
        if self.stdin_taken.replace(true) {
            return Err(InputError::Twice);
        }
        let stdin = io::stdin().lock();
        if self.no_input && stdin.is_terminal() {
            return Err(InputError::Terminal);
        }
        limited(stdin, "standard input")
    }
}

fn file(path: &Path) -> Result<Zeroizing<Vec<u8>>, InputError> {
    let name = || path.display().to_string();
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => InputError::Missing { path: path.to_owned() },
        _ => InputError::Read { source_name: name(), error },
    })?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(InputError::Directory { path: path.to_owned() });
    }
    limited(file, &name())
}

fn limited(reader: impl Read, name: &str) -> Result<Zeroizing<Vec<u8>>, InputError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(8192));
    reader
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| InputError::Read { source_name: name.to_owned(), error })?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > MOST_BYTES) {
        return Err(InputError::TooLong { source_name: name.to_owned() });
    }
    Ok(bytes)
}

/// Why there is no input.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InputError {
    /// No such file.
    #[error("no such file: {}", path.display())]
    Missing {
        /// The path as given.
        path: PathBuf,
    },
    /// A directory stands where a file must.
    #[error("a directory, not a file: {}", path.display())]
    Directory {
        /// The path as given.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot read {source_name}: {error}")]
    Read {
        /// Path, or `standard input`.
        source_name: String,
        /// What the system said.
        error: io::Error,
    },
    /// Nothing, or nothing but white space.
    #[error("nothing in it: {source_name}")]
    Empty {
        /// Path, or `standard input`.
        source_name: String,
    },
    /// More than anything that this command works with.
    #[error("more than {MOST_BYTES} bytes: {source_name}")]
    TooLong {
        /// Path, or `standard input`.
        source_name: String,
    },
    /// Bytes that are no text.
    #[error("not UTF-8 text, at byte {offset}: {source_name}")]
    NotText {
        /// Path, or `standard input`.
        source_name: String,
        /// The first such byte.
        offset: usize,
    },
    /// `-` was given for two arguments.
    #[error("`-` is given twice, and standard input can be read once only")]
    Twice,
    /// `--no-input`, and a person would have to type.
    #[error("`-` is a terminal, and --no-input forbids to wait for it")]
    Terminal,
}
