//! The base64 body of Nordic's guide, read with the place of what is wrong in it.

use base64::engine::{Engine as _, general_purpose::STANDARD};

use super::lines;
use super::problem::Place;

/// A text is not base64.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
#[non_exhaustive]
pub struct Base64Error {
    /// Where.
    pub place: Place,
    /// What is wrong there.
    pub problem: Base64Problem,
}

/// What is wrong in a base64 text (RFC 4648 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Base64Problem {
    /// Nothing there.
    #[error("the base64 text is empty")]
    Empty,
    /// A character outside the alphabet.
    #[error("{0:?} is not base64")]
    Character(char),
    /// Something after the padding.
    #[error("stray {0:?} after the base64 padding, where the text should have ended")]
    AfterPadding(char),
    /// The text ends in the middle of a group of four.
    #[error("the base64 text ends too early: {length} characters are not a multiple of 4")]
    Length {
        /// Characters without white space.
        length: usize,
    },
    /// Padding that cannot be, or unused bits that are not zero.
    #[error("the last base64 group is damaged")]
    LastGroup,
}

/// Decodes a base64 body. White space, as tools put it between lines and at the end, is skipped.
///
/// # Errors
///
/// [`Base64Error`]
pub fn decode_base64(text: impl AsRef<[u8]>) -> Result<Vec<u8>, Base64Error> {
    let text = text.as_ref();
    let fail =
        |offset, problem| Err(Base64Error { place: lines::place(Place::START, text, offset), problem });
    let mut plain = Vec::with_capacity(text.len());
    let mut padding = 0;
    let mut last = 0;
    for (offset, byte) in text.iter().copied().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace()) {
        match byte {
            b'=' => padding += 1,
            _ if padding > 0 => return fail(offset, Base64Problem::AfterPadding(character(text, offset))),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {}
            _ => return fail(offset, Base64Problem::Character(character(text, offset))),
        }
        plain.push(byte);
        last = offset;
    }
    if plain.is_empty() {
        return fail(0, Base64Problem::Empty);
    }
    if plain.len() % 4 != 0 {
        return fail(last + 1, Base64Problem::Length { length: plain.len() });
    }
    // Only the padding and the unused bits are left to be wrong.
    STANDARD.decode(&plain).or_else(|_| fail(last, Base64Problem::LastGroup))
}

/// The character at an offset, whole if the text is UTF-8 there.
fn character(text: &[u8], offset: usize) -> char {
    let end = text.len().min(offset + 4);
    String::from_utf8_lossy(&text[offset..end]).chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &str) -> String {
        decode_base64(text).unwrap_err().to_string()
    }

    #[test]
    fn white_space_is_skipped() {
        assert_eq!(decode_base64("aGVs\r\n bG8=\n").unwrap(), b"hello");
    }

    #[test]
    fn each_defect_is_named_with_its_place() {
        assert_eq!(refusal(" \n"), "line 1, column 1: the base64 text is empty");
        assert_eq!(refusal("aGVs\nbG*="), "line 2, column 3: '*' is not base64");
        assert_eq!(refusal("aGVsbGé="), "line 1, column 7: 'é' is not base64");
        assert_eq!(
            refusal("aGVsbG8=q"),
            "line 1, column 9: stray 'q' after the base64 padding, where the text should have ended"
        );
        assert_eq!(
            refusal("aGVsbG8\n"),
            "line 1, column 8: the base64 text ends too early: 7 characters are not a multiple of 4"
        );
        assert_eq!(refusal("aGVsbG9="), "line 1, column 8: the last base64 group is damaged");
        assert_eq!(refusal("aGVs===="), "line 1, column 8: the last base64 group is damaged");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = decode_base64(text);
        }

        #[test]
        fn what_is_encoded_comes_back(bytes in proptest::collection::vec(any::<u8>(), 1..100)) {
            let body = crate::onboarding::CsvBody::base64(&bytes);
            prop_assert_eq!(decode_base64(body.as_bytes()).unwrap(), bytes);
        }
    }
}
