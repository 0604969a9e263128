//! Values of requests that have a range.

use std::fmt::Display;

/// A value of a request is outside its range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {value:?} is not {rule}")]
#[non_exhaustive]
pub struct InvalidParameter {
    /// Name of the value, as in the REST API.
    pub field: &'static str,
    /// The value.
    pub value: String,
    /// What it should be.
    pub rule: String,
}

impl InvalidParameter {
    pub(crate) fn new(field: &'static str, value: impl Display, rule: impl Into<String>) -> Self {
        Self { field, value: value.to_string(), rule: rule.into() }
    }

    /// Both ends are allowed. What cannot be compared (not a number) is outside.
    pub(crate) fn check<T: PartialOrd + Display + Copy>(
        field: &'static str,
        value: T,
        least: T,
        most: T,
    ) -> Result<(), Self> {
        if least <= value && value <= most {
            Ok(())
        } else {
            Err(Self::new(field, value, format!("in {least} to {most}")))
        }
    }

    /// Number of characters of a text, or of entries of a list.
    pub(crate) fn check_length(
        field: &'static str,
        what: &str,
        length: usize,
        least: usize,
        most: usize,
    ) -> Result<(), Self> {
        if (least..=most).contains(&length) {
            Ok(())
        } else {
            Err(Self::new(field, format_args!("{length} {what}"), format!("{least} to {most} {what}")))
        }
    }
}
