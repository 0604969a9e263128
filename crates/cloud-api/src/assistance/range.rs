//! Byte ranges of RFC 9110 section 14, as far as A-GNSS needs them.

use std::fmt;
use std::str::FromStr;

/// The part of the data to ask for: `bytes=<first>-<last>`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    first: u64,
    last: Option<u64>,
}

/// A range that ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("byte range {first}-{last} ends before it begins")]
#[non_exhaustive]
pub struct InvalidByteRange {
    /// First byte.
    pub first: u64,
    /// Last byte.
    pub last: u64,
}

impl ByteRange {
    /// From byte `first` to byte `last`, both included. The guide's range is `ByteRange::new(0, 500)`.
    ///
    /// # Errors
    ///
    /// [`InvalidByteRange`] when `last` is before `first`.
    pub fn new(first: u64, last: u64) -> Result<Self, InvalidByteRange> {
        if last < first {
            Err(InvalidByteRange { first, last })
        } else {
            Ok(Self { first, last: Some(last) })
        }
    }

    /// From byte `first` to the end.
    #[must_use]
    pub fn from_byte(first: u64) -> Self {
        Self { first, last: None }
    }

    /// `length` bytes (at least 1) from byte `first`.
    pub(super) fn starting_at(first: u64, length: u64) -> Self {
        Self { first, last: Some(first.saturating_add(length.max(1) - 1)) }
    }

    /// First byte.
    #[must_use]
    pub fn first(self) -> u64 {
        self.first
    }

    /// Last byte, included; `None` when it is that of the data.
    #[must_use]
    pub fn last(self) -> Option<u64> {
        self.last
    }
}

impl fmt::Display for ByteRange {
    /// The value of the `Range` header.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last {
            Some(last) => write!(f, "bytes={}-{last}", self.first),
            None => write!(f, "bytes={}-", self.first),
        }
    }
}

/// The part of the data that came: `content-range: bytes <first>-<last>/<total>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContentRange {
    /// First byte.
    pub first: u64,
    /// Last byte, included.
    pub last: u64,
    /// Length of the whole.
    pub total: u64,
}

/// A text is not a content range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not of the form \"bytes <first>-<last>/<total>\"")]
pub struct InvalidContentRange;

impl ContentRange {
    /// All of `total` bytes, if there are any.
    pub(super) fn all(total: u64) -> Option<Self> {
        Some(Self { first: 0, last: total.checked_sub(1)?, total })
    }

    /// Number of bytes in this part.
    #[must_use]
    pub fn length(self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }
}

impl FromStr for ContentRange {
    type Err = InvalidContentRange;

    fn from_str(value: &str) -> Result<Self, InvalidContentRange> {
        let parse = || {
            let (unit, rest) = value.trim().split_once(' ')?;
            let (range, total) = rest.trim().split_once('/')?;
            let (first, last) = range.split_once('-')?;
            let range =
                Self { first: first.parse().ok()?, last: last.parse().ok()?, total: total.parse().ok()? };
            let whole =
                unit.eq_ignore_ascii_case("bytes") && range.first <= range.last && range.last < range.total;
            whole.then_some(range)
        };
        parse().ok_or(InvalidContentRange)
    }
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes {}-{}/{}", self.first, self.last, self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guides_range() {
        assert_eq!(ByteRange::new(0, 500).unwrap().to_string(), "bytes=0-500");
        assert_eq!(ByteRange::from_byte(7).to_string(), "bytes=7-");
        assert_eq!(ByteRange::starting_at(500, 0).to_string(), "bytes=500-500");
        assert_eq!(ByteRange::new(5, 4).unwrap_err().to_string(), "byte range 5-4 ends before it begins");
    }

    #[test]
    fn content_ranges() {
        let range: ContentRange = "bytes 0-500/1160".parse().unwrap();
        assert_eq!((range.first, range.last, range.total, range.length()), (0, 500, 1160, 501));
        assert_eq!(range.to_string(), "bytes 0-500/1160");
        for bad in ["", "bytes */1160", "bytes 5-4/9", "bytes 0-9/9", "items 0-1/9", "bytes 0-1/*", "0-1/9"] {
            assert!(bad.parse::<ContentRange>().is_err(), "{bad}");
        }
        let widest: ContentRange = format!("bytes 0-{}/{}", u64::MAX - 1, u64::MAX).parse().unwrap();
        assert_eq!(widest.length(), u64::MAX);
    }
}
