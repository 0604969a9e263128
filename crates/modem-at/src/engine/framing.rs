//! From bytes to lines.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use zeroize::{Zeroize, Zeroizing};

/// Longer lines are given up; the longest answer of a modem, a credential, has about 4 kB.
const MAX_LINE: usize = 16 * 1024;

/// Collects one line at a time.
///
/// A line ends with LF. Carriage returns and NUL bytes are dropped, escape sequences are cut out. Only where the
/// caller says so, a quoted string holds line breaks; they are kept exactly.
#[derive(Default)]
pub(super) struct Framer {
    line: Vec<u8>,
    quotes: usize,
    escape: Escape,
    overlong: bool,
}

/// A complete line.
pub(super) struct Frame {
    pub(super) text: Zeroizing<String>,
    /// Whether a carriage return stood before the line feed, as in every line that a modem ends.
    pub(super) ends_in_crlf: bool,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    /// ESC was seen.
    Started,
    /// ESC and `[` were seen: everything up to a byte from `@` to `~` belongs to the sequence.
    Sequence,
}

impl Framer {
    /// Takes one byte and returns a line if this byte ends it. `takes_text` tells whether a line with an open quote
    /// goes on after a line break.
    pub(super) fn push(&mut self, byte: u8, takes_text: impl Fn(&[u8]) -> bool) -> Option<Frame> {
        match (self.escape, byte) {
            (Escape::None, 0x1b) => {
                self.escape = Escape::Started;
                return None;
            }
            (Escape::None, _) => {}
            (Escape::Started, b'[') => {
                self.escape = Escape::Sequence;
                return None;
            }
            (Escape::Sequence, b' '..=b'?') => return None,
            (_, b'\0'..=b'\x1f') => self.escape = Escape::None,
            (_, _) => {
                self.escape = Escape::None;
                return None;
            }
        }
        match byte {
            b'\n' => {
                let inside_text = self.inside_quotes() && takes_text(&self.line);
                if !inside_text || self.overlong {
                    return self.finish();
                }
                self.store(b'\n');
            }
            0 => {}
            // The host ends some lines before a modem's answer; a line never starts with these.
            b'\r' | b' ' if self.line.is_empty() => {}
            byte => self.store(byte),
        }
        None
    }

    /// The line so far.
    pub(super) fn pending(&self) -> &[u8] {
        &self.line
    }

    pub(super) fn inside_quotes(&self) -> bool {
        self.quotes % 2 == 1
    }

    pub(super) fn clear(&mut self) {
        self.line.zeroize();
        self.quotes = 0;
        self.overlong = false;
    }

    /// Forgets a prompt or a stray piece without an end, so that it does not hide the first line of an answer.
    /// The start of a notification is kept: its end is still to come.
    pub(super) fn mark_start(&mut self) {
        if !self.line.starts_with(b"+") && !self.line.starts_with(b"%") {
            self.clear();
        }
    }

    fn store(&mut self, byte: u8) {
        if self.line.len() >= MAX_LINE {
            self.line.zeroize();
            self.overlong = true;
        }
        if self.overlong {
            return;
        }
        self.quotes += usize::from(byte == b'"');
        self.line.push(byte);
    }

    fn finish(&mut self) -> Option<Frame> {
        let mut line = Zeroizing::new(core::mem::take(&mut self.line));
        let overlong = self.overlong;
        self.clear();
        if overlong {
            let text = Zeroizing::new(String::from("[a line of more than 16 KiB]"));
            return Some(Frame { text, ends_in_crlf: true });
        }
        let ends_in_crlf = line.last() == Some(&b'\r');
        while matches!(line.last(), Some(b'\r' | b' ')) {
            line.pop();
        }
        // In a text every byte counts; elsewhere a carriage return is left over from a shell or a terminator.
        if !line.contains(&b'\n') {
            line.retain(|&byte| byte != b'\r');
        }
        let text = match core::str::from_utf8(&line) {
            Ok(text) => text.to_string(),
            Err(_) => String::from_utf8_lossy(&line).into_owned(),
        };
        (!text.is_empty()).then(|| Frame { text: Zeroizing::new(text), ends_in_crlf })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let mut framer = Framer::default();
        bytes
            .iter()
            .filter_map(|&byte| framer.push(byte, |line| line.starts_with(b"%CMNG: ")))
            .map(|frame| frame.text.to_string())
            .collect()
    }

    #[test]
    fn every_known_line_break_is_one() {
        for bytes in [
            &b"one\r\ntwo\r\n"[..],
            b"\none\r\n\ntwo\r\n",
            b"one\r\r\ntwo\r\r\n\r\n",
            b"one\ntwo\n",
            b"\rone\r\n\rtwo\r\n",
            b"\r\none\r\n\r\ntwo\r\n",
            b"\0one\r\n\0two\r\n",
            b"\x1b[1;32mone\x1b[m\r\n\x1b[8D\x1b[Jtwo\x1bE\r\n",
        ] {
            assert_eq!(lines(bytes), ["one", "two"], "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_text_keeps_its_line_breaks_and_a_stray_quote_swallows_nothing() {
        let text = b"%CMNG: 1,0,\"AA\",\"a\r\n\nOK\r\n\"\r\nOK\r\n";
        assert_eq!(lines(text), ["%CMNG: 1,0,\"AA\",\"a\r\n\nOK\r\n\"", "OK"]);
        assert_eq!(lines(b"a \" b\r\nOK\r\n"), ["a \" b", "OK"]);
    }

    #[test]
    fn an_endless_line_is_given_up() {
        let mut bytes = vec![b'x'; 3 * MAX_LINE];
        bytes.extend(b"\r\nOK\r\n");
        assert_eq!(lines(&bytes), ["[a line of more than 16 KiB]", "OK"]);
    }

    #[test]
    fn an_unfinished_escape_ends_with_its_line() {
        assert_eq!(lines(b"a\x1b\nb\x1b[12\nc\n"), ["a", "b", "c"]);
    }
}
