//! What is worked on.

use std::fmt::{self, Display, Formatter};

/// What is worked on: a kind of work, and the name of one thing in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    kind: String,
    name: String,
}

impl Subject {
    /// A kind such as `provision`, and a name such as the UUID of a board: what the thing is known by for ever.
    ///
    /// # Errors
    /// [`TextError`] where one of the two is empty, longer than 500 bytes, or has control characters.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Result<Self, TextError> {
        Ok(Self { kind: checked("kind", kind.into())?, name: checked("subject", name.into())? })
    }

    /// The kind of work.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The name of the thing.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Display for Subject {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

const MOST_BYTES: usize = 500;

/// A text that names something in the ledger.
pub(crate) fn checked(what: &'static str, text: String) -> Result<String, TextError> {
    let reason = match text.len() {
        0 => "is empty",
        length if length > MOST_BYTES => "is longer than 500 bytes",
        _ if text.chars().any(char::is_control) => "has control characters",
        _ => return Ok(text),
    };
    Err(TextError { what, value: text.chars().take(40).collect(), reason })
}

/// A text that cannot stand in a ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {value:?}: {reason}")]
pub struct TextError {
    what: &'static str,
    /// Its first 40 characters.
    value: String,
    reason: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_texts_of_one_line() {
        assert_eq!(Subject::new("provision", "a b").unwrap().to_string(), "provision a b");
        let told = |kind: &str, name: &str| Subject::new(kind, name).unwrap_err().to_string();
        assert_eq!(told("", "x"), "kind \"\": is empty");
        assert_eq!(told("x", "a\nb"), "subject \"a\\nb\": has control characters");
        assert!(told("x", &"y".repeat(501)).ends_with("is longer than 500 bytes"));
    }
}
