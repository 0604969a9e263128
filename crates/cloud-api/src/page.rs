//! One page of a list.

use std::fmt;

use serde::Deserialize;

/// One page of a listing operation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Number of results of this query, at most the page limit; not the number of all there are.
    #[serde(default)]
    pub total: Option<u64>,
    /// Present when there are more: give it back in the next request, as it is (it is encoded on the way).
    #[serde(default)]
    pub page_next_token: Option<String>,
}

/// Entries per page, 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u8);

/// A number cannot be a page limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("page limit {0} is not in 1 to 100")]
pub struct InvalidPageLimit(pub u8);

impl TryFrom<u8> for PageLimit {
    type Error = InvalidPageLimit;

    fn try_from(limit: u8) -> Result<Self, InvalidPageLimit> {
        if (1..=100).contains(&limit) { Ok(Self(limit)) } else { Err(InvalidPageLimit(limit)) }
    }
}

impl fmt::Display for PageLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_1_to_100() {
        assert_eq!(PageLimit::try_from(100).unwrap().to_string(), "100");
        assert_eq!(PageLimit::try_from(0).unwrap_err().to_string(), "page limit 0 is not in 1 to 100");
        assert!(PageLimit::try_from(101).is_err());
    }
}
