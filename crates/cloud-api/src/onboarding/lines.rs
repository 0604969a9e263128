//! From byte offsets to lines and columns.

use super::problem::Place;

/// Where the lines of a text begin. LF, CR LF and CR alone end a line.
pub(super) struct Lines<'a> {
    source: &'a [u8],
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(source: &'a [u8]) -> Self {
        let mut starts = vec![0];
        for (index, byte) in source.iter().enumerate() {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => source.get(index + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends_line {
                starts.push(index + 1);
            }
        }
        Self { source, starts }
    }

    pub(super) fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.source.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        // `starts` begins with 0, so at least one start is not behind the offset.
        let before = &self.source[self.starts[line - 1]..offset];
        // Bytes that continue a UTF-8 character are no column of their own.
        let column = before.iter().filter(|byte| **byte & 0xC0 != 0x80).count() + 1;
        Place { line, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_line_ends_and_wide_characters() {
        let text = "a\nbé,c\r\nd\re".as_bytes();
        let lines = Lines::new(text);
        let place = |needle: u8| {
            let place = lines.place(text.iter().position(|byte| *byte == needle).unwrap());
            (place.line, place.column)
        };
        assert_eq!(place(b'a'), (1, 1));
        assert_eq!(place(b'b'), (2, 1));
        assert_eq!(place(b'c'), (2, 4));
        assert_eq!(place(b'd'), (3, 1));
        assert_eq!(place(b'e'), (4, 1));
        assert_eq!(lines.place(usize::MAX), Place { line: 4, column: 2 });
        assert_eq!(Lines::new(b"").place(0), Place { line: 1, column: 1 });
    }
}
