//! The Range header: one range of bytes, or 416 (facts 4.1; forms of RFC 9110, section 14.1.2).

use std::ops::Range;

use axum::http::{HeaderMap, header};

/// What part is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// No Range header: all of it.
    All,
    /// `bytes=first-last`, both included.
    Between(usize, usize),
    /// `bytes=first-`.
    From(usize),
    /// `bytes=-length`: the end.
    Last(usize),
}

impl Asked {
    /// The reason is a lower-case fragment.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, &'static str> {
        let mut values = headers.get_all(header::RANGE).iter();
        let Some(value) = values.next() else { return Ok(Self::All) };
        if values.next().is_some() {
            return Err("more than one Range header");
        }
        let text = value.to_str().map_err(|_| "the header is not ASCII")?;
        let set = text.strip_prefix("bytes=").ok_or("the header does not begin with bytes=")?;
        if set.contains(',') {
            return Err("more than one range");
        }
        match set.split_once('-').ok_or("a range is first-last")? {
            ("", length) => Ok(Self::Last(number(length)?)),
            (first, "") => Ok(Self::From(number(first)?)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                if first <= last {
                    Ok(Self::Between(first, last))
                } else {
                    Err("the range ends before it begins")
                }
            }
        }
    }

    /// Whether this is the beginning of an answer.
    pub(super) fn is_from_start(self) -> bool {
        matches!(self, Self::All | Self::Between(0, _) | Self::From(0))
    }

    /// The half-open range of a payload of `size` bytes; an end beyond it is clipped.
    pub(super) fn within(self, size: usize) -> Result<Range<usize>, &'static str> {
        let range = match self {
            Self::All => 0..size,
            Self::Between(first, last) => first..size.min(last.saturating_add(1)),
            Self::From(first) => first..size,
            Self::Last(length) => size.saturating_sub(length)..size,
        };
        if range.start < range.end { Ok(range) } else { Err("the range begins at or after the end") }
    }
}

/// Digits only; a number too large to hold is the largest.
fn number(text: &str) -> Result<usize, &'static str> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err("a range is first-last");
    }
    Ok(text.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked(text: &str) -> Result<Asked, &'static str> {
        Asked::of(&HeaderMap::from_iter([(header::RANGE, HeaderValue::from_str(text).unwrap())]))
    }

    fn bytes(text: &str) -> Result<Range<usize>, &'static str> {
        asked(text)?.within(1160)
    }

    #[test]
    fn reads_ranges_and_clips_their_end() {
        assert_eq!(bytes("bytes=0-500"), Ok(0..501));
        assert_eq!(bytes("bytes=0-0"), Ok(0..1));
        assert_eq!(bytes("bytes=1159-1159"), Ok(1159..1160));
        assert_eq!(bytes("bytes=0-1160"), Ok(0..1160));
        assert_eq!(bytes("bytes=1000-99999999999999999999999"), Ok(1000..1160));
        assert_eq!(bytes("bytes=1000-"), Ok(1000..1160));
        assert_eq!(bytes("bytes=-60"), Ok(1100..1160));
        assert_eq!(bytes("bytes=-5000"), Ok(0..1160));
        assert_eq!(Asked::of(&HeaderMap::new()).unwrap().within(1160), Ok(0..1160));
    }

    #[test]
    fn refuses_the_rest() {
        assert_eq!(bytes("bytes=1160-2000"), Err("the range begins at or after the end"));
        assert_eq!(bytes("bytes=1160-"), Err("the range begins at or after the end"));
        assert_eq!(bytes("bytes=99999999999999999999999-"), Err("the range begins at or after the end"));
        assert_eq!(bytes("bytes=-0"), Err("the range begins at or after the end"));
        assert_eq!(bytes("bytes=10-9"), Err("the range ends before it begins"));
        assert_eq!(bytes("bytes=0-1,3-4"), Err("more than one range"));
        assert_eq!(bytes("items=0-1"), Err("the header does not begin with bytes="));
        for text in ["bytes=", "bytes=-", "bytes=a-b", "bytes=+1-2", "bytes= 1-2", "bytes=1"] {
            assert_eq!(bytes(text), Err("a range is first-last"), "{text}");
        }
    }
}
