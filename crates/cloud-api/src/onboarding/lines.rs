//! From byte offsets to lines and columns.

use memchr::memchr2_iter;

use super::problem::Place;

/// The place of a byte in a text that begins at `origin`. LF, CR LF and CR alone end a line.
pub(super) fn place(origin: Place, text: &[u8], offset: usize) -> Place {
    let offset = offset.min(text.len());
    let mut place = origin;
    let mut start = 0;
    for at in memchr2_iter(b'\n', b'\r', &text[..offset]) {
        if text[at] == b'\r' && text.get(at + 1) == Some(&b'\n') {
            continue;
        }
        start = at + 1;
        place = Place { line: place.line + 1, column: 1 };
    }
    // Bytes that continue a UTF-8 character are no column of their own.
    place.column += text[start..offset].iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_line_ends_and_wide_characters() {
        let text = "a\nbé,c\r\nd\re".as_bytes();
        let at = |offset: usize| {
            let place = place(Place::START, text, offset);
            (place.line, place.column)
        };
        let of = |needle: u8| at(text.iter().position(|byte| *byte == needle).unwrap());
        assert_eq!(of(b'a'), (1, 1));
        assert_eq!(of(b'b'), (2, 1));
        assert_eq!(of(b'c'), (2, 4));
        assert_eq!(of(b'd'), (3, 1));
        assert_eq!(of(b'e'), (4, 1));
        assert_eq!(at(usize::MAX), (4, 2));
        assert_eq!(place(Place::START, b"", 0), Place::START);
        // A text that goes on in the middle of a line.
        assert_eq!(place(Place { line: 3, column: 5 }, b"ab", 1), Place { line: 3, column: 6 });
    }
}
