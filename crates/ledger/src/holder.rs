//! Who is at a run.

use std::fmt::{self, Display, Formatter};

use crate::subject::{TextError, checked};

/// Who is at a run: one process of one machine, in words that its machine can check, such as host, process and when that began.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holder(String);

impl Holder {
    /// A holder by name. Two that have the same name are the same to the ledger.
    ///
    /// # Errors
    /// [`TextError`] where the name is empty, longer than 500 bytes, or has control characters.
    pub fn new(name: impl Into<String>) -> Result<Self, TextError> {
        checked("holder", name.into()).map(Self)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Holder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
