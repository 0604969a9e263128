//! The name of an application.

use std::str::FromStr;

/// `appId` of a message: 1 to 64 characters (facts 11.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AppId(String);

impl AppId {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AppId {
    type Err = AppIdError;

    fn from_str(text: &str) -> Result<Self, AppIdError> {
        match text.chars().count() {
            1..=64 => Ok(Self(text.to_owned())),
            _ => Err(AppIdError { value: text.to_owned() }),
        }
    }
}

/// A text that no application is called by.
#[derive(Clone, Debug, thiserror::Error)]
#[error("application {value:?}: the rule is 1 to 64 characters")]
pub(super) struct AppIdError {
    value: String,
}
