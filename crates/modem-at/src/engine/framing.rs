//! From bytes to lines.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use zeroize::{Zeroize, Zeroizing};

/// Longer lines are given up; the longest answer of a modem, a credential, has about 4 kB.
const MAX_LINE: usize = 16 * 1024;

/// Collects one line at a time.
///
/// A line ends with LF or with a terminal's next-line sequence (`ESC E`). Carriage returns at its ends and NUL bytes are dropped. Escape
/// sequences are cut out; those that move the cursor back and erase, with which a shell makes room for a log line, do so. Only
/// where the caller says so, a quoted string holds line breaks; they are kept exactly.
#[derive(Default)]
pub(super) struct Framer {
    line: Vec<u8>,
    /// Where the next byte goes: at the end, unless the cursor was moved back.
    cursor: usize,
    quotes: usize,
    escape: Escape,
    overlong: bool,
    /// The byte before this one.
    previous: u8,
    /// A blank line ended in CR LF, and no other line since.
    blank: bool,
}

/// A complete line.
pub(super) struct Frame {
    pub(super) text: Zeroizing<String>,
    /// Whether a carriage return stood before the line feed, as in every line that a modem ends.
    pub(super) ends_in_crlf: bool,
    /// The terminal broke the line, not its sender.
    pub(super) wrapped: bool,
    /// A blank line stood before it.
    pub(super) after_blank: bool,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    /// ESC was seen.
    Started,
    /// ESC and `[` were seen: everything up to a byte from `@` to `~` belongs to the sequence. The number in it so far.
    Sequence(u16),
}

impl Framer {
    /// Takes one byte and returns a line if this byte ends it. `takes_text` tells whether a line with an open quote
    /// goes on after a line break.
    pub(super) fn push(&mut self, byte: u8, takes_text: impl Fn(&[u8]) -> bool) -> Option<Frame> {
        let previous = core::mem::replace(&mut self.previous, byte);
        match (self.escape, byte) {
            // Also within a sequence, which it ends.
            (_, 0x1b) => {
                self.escape = Escape::Started;
                return None;
            }
            (Escape::None, _) => {}
            (Escape::Started, b'[') => {
                self.escape = Escape::Sequence(0);
                return None;
            }
            (Escape::Sequence(number), b' '..=b'?') => {
                let digit = u16::from(byte.saturating_sub(b'0').min(9));
                self.escape = Escape::Sequence(number.saturating_mul(10).saturating_add(digit));
                return None;
            }
            (_, b'\0'..=b'\x1f') => self.escape = Escape::None,
            (Escape::Started, b'E') => {
                self.escape = Escape::None;
                let inside_text = self.inside_quotes() && takes_text(&self.line);
                return if inside_text { None } else { self.finish(true) };
            }
            (Escape::Sequence(number), byte) => {
                self.escape = Escape::None;
                self.control(byte, number.into());
                return None;
            }
            (Escape::Started, _) => {
                self.escape = Escape::None;
                return None;
            }
        }
        match byte {
            b'\n' => {
                let inside_text = self.inside_quotes() && takes_text(&self.line);
                if !inside_text || self.overlong {
                    self.blank |= self.line.is_empty() && previous == b'\r';
                    return self.finish(false);
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

    /// Ends the line here.
    pub(super) fn end_line(&mut self) -> Option<Frame> {
        self.finish(false)
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
        self.cursor = 0;
        self.quotes = 0;
        self.overlong = false;
    }

    /// Forgets a prompt or a stray piece without an end, so that it does not hide the first line of an answer.
    /// The start of a notification is kept: its end is still to come.
    pub(super) fn mark_start(&mut self) {
        self.blank = false;
        if !self.line.starts_with(b"+") && !self.line.starts_with(b"%") {
            self.clear();
        }
    }

    /// The sequences with which a shell takes back its prompt: cursor left, and erase from the cursor on.
    fn control(&mut self, command: u8, number: usize) {
        match command {
            b'D' => self.cursor = self.cursor.saturating_sub(number.max(1)),
            b'C' => self.cursor = self.line.len().min(self.cursor + number.max(1)),
            b'J' | b'K' if number == 0 && self.cursor < self.line.len() => {
                self.line[self.cursor..].zeroize();
                self.line.truncate(self.cursor);
                self.count_quotes();
            }
            _ => {}
        }
    }

    fn store(&mut self, byte: u8) {
        if self.line.len() >= MAX_LINE {
            self.clear();
            self.overlong = true;
        }
        if self.overlong {
            return;
        }
        if let Some(place) = self.line.get_mut(self.cursor) {
            *place = byte;
            self.count_quotes();
        } else {
            self.quotes += usize::from(byte == b'"');
            self.line.push(byte);
        }
        self.cursor += 1;
    }

    fn count_quotes(&mut self) {
        self.quotes = self.line.iter().filter(|&&byte| byte == b'"').count();
    }

    fn finish(&mut self, wrapped: bool) -> Option<Frame> {
        let mut line = Zeroizing::new(core::mem::take(&mut self.line));
        let overlong = self.overlong;
        self.clear();
        let mut frame = |text: String, ends_in_crlf| Frame {
            text: Zeroizing::new(text),
            ends_in_crlf,
            wrapped,
            after_blank: core::mem::take(&mut self.blank),
        };
        if overlong {
            return Some(frame(String::from("[a line of more than 16 KiB]"), true));
        }
        let ends_in_crlf = line.last() == Some(&b'\r');
        while matches!(line.last(), Some(b'\r' | b' ')) {
            line.pop();
        }
        let text = match core::str::from_utf8(&line) {
            Ok(text) => text.to_string(),
            Err(_) => String::from_utf8_lossy(&line).into_owned(),
        };
        (!text.is_empty()).then(|| frame(text, ends_in_crlf))
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
            b"one\x1bEtwo\x1bE",
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
        assert_eq!(lines(b"a\x1b\x1b[1mb\x1b[12\x1b[1mc\n"), ["abc"]);
    }

    #[test]
    fn a_log_line_takes_the_place_of_what_was_typed() {
        let bytes = b"uart:~$ at 'AT\x1b[14D\x1b[J[00:00:01.000,000] <inf> x: y\r\nuart:~$ at 'AT+CGSN'\x1bE";
        assert_eq!(lines(bytes), ["[00:00:01.000,000] <inf> x: y", "uart:~$ at 'AT+CGSN'"]);
        assert_eq!(lines(b"abc\x1b[2DX\x1b[CZ\x1b[99D\x1b[1C\x1b[K!\n"), ["a!"]);
    }

    #[test]
    fn a_blank_line_is_told_with_the_next() {
        let mut framer = Framer::default();
        let blanks: Vec<bool> = b"\r\none\r\ntwo\r\n\nthree\r\n"
            .iter()
            .filter_map(|&byte| framer.push(byte, |_| false))
            .map(|frame| frame.after_blank)
            .collect();
        assert_eq!(blanks, [true, false, false]);
    }
}
