//! Where a ledger is.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where a ledger is: a file, given by its path, also as `sqlite:PATH`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address(PathBuf);

impl Address {
    /// A file on this machine.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        if path.is_empty() {
            return Err(AddressError::Empty);
        }
        match path.split_once("://") {
            Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Err(AddressError::Scheme { scheme: scheme.chars().take(40).collect() })
            }
            _ => Ok(Self::file(path)),
        }
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

/// A text that is no [`Address`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Nothing at all.
    #[error("the address of a ledger is empty")]
    Empty,
    /// A database of another kind. What stands behind the scheme may be a password, and is not told.
    #[error("a ledger at `{scheme}://` is not known; it is the path of a file")]
    Scheme {
        /// What stands before `://`.
        scheme: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_an_address_and_a_server_is_not() {
        for text in ["sqlite:/var/lib/line.sqlite", "/var/lib/line.sqlite"] {
            assert_eq!(text.parse(), Ok(Address::file("/var/lib/line.sqlite")));
        }
        assert_eq!("sqlite:".parse::<Address>(), Err(AddressError::Empty));
        let error = "postgres://line:secret@db/ledger".parse::<Address>().unwrap_err();
        assert_eq!(error.to_string(), "a ledger at `postgres://` is not known; it is the path of a file");
    }
}
