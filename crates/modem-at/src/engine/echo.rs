//! The command on its way back.

use alloc::vec::Vec;

use zeroize::Zeroizing;

/// How much of a command has come back.
///
/// White space does not count: a shell breaks a long echo at the width of its terminal, and terminators differ.
pub(super) struct Echo {
    /// The command without white space.
    due: Zeroizing<Vec<u8>>,
    /// Where the command itself has line breaks, counted in bytes of `due`.
    breaks: Vec<usize>,
    done: usize,
}

impl Echo {
    pub(super) fn new(line: &str) -> Self {
        let mut due = Zeroizing::new(Vec::with_capacity(line.len()));
        let mut breaks = Vec::new();
        for byte in line.bytes() {
            if !byte.is_ascii_whitespace() {
                due.push(byte);
            } else if byte == b'\n' {
                breaks.push(due.len());
            }
        }
        Self { due, breaks, done: 0 }
    }

    /// Whether all of it has come back.
    pub(super) fn is_complete(&self) -> bool {
        self.done == self.due.len()
    }

    /// Takes the part of the echo with which a line begins, and returns what follows it in the line. A line that ends within the
    /// echo belongs to it only where the command breaks the line, or the terminal may have done so (`may_break`).
    pub(super) fn take<'a>(&mut self, line: &'a str, may_break: bool) -> Option<&'a str> {
        if self.is_complete() {
            return None;
        }
        let (matched, length) = self.matched(line.as_bytes());
        let done = self.done + matched;
        if done == self.due.len() {
            self.done = done;
            // The length is that of a match with ASCII, so it is a border between characters.
            return line.get(length..).map(|rest| rest.trim_start_matches(' '));
        }
        let whole_line = line.as_bytes()[length..].iter().all(u8::is_ascii_whitespace);
        if matched > 0 && whole_line && (may_break || self.breaks.contains(&done)) {
            self.done = done;
            return Some("");
        }
        None
    }

    /// How many bytes have come back, with those at the start of a line that is not complete.
    pub(super) fn progress(&self, pending: &[u8]) -> usize {
        let (matched, length) = self.matched(pending);
        let clean = length == pending.len() || self.done + matched == self.due.len();
        self.done + if clean { matched } else { 0 }
    }

    /// Whether a line is the rest of the echo and nothing else.
    pub(super) fn is_all_of(&self, line: &[u8]) -> bool {
        let (matched, length) = self.matched(line);
        matched > 0 && self.done + matched == self.due.len() && length == line.len()
    }

    /// A shell prints its prompt and what was typed anew after it was interrupted by a log line.
    pub(super) fn restart(&mut self) {
        if !self.is_complete() {
            self.done = 0;
        }
    }

    /// How many bytes of what is due stand at the start of the line, and how many bytes of the line they take.
    fn matched(&self, line: &[u8]) -> (usize, usize) {
        let due = &self.due[self.done..];
        let (mut matched, mut length) = (0, 0);
        for &byte in line {
            if byte.is_ascii_whitespace() {
                length += 1;
            } else if due.get(matched) == Some(&byte) {
                matched += 1;
                length += 1;
            } else {
                break;
            }
            if matched == due.len() {
                break;
            }
        }
        (matched, length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_in_pieces() {
        let mut echo = Echo::new("AT+X=\"a b\r\nc\"");
        assert_eq!(echo.progress(b"AT+X"), 4);
        assert_eq!(echo.progress(b"AT-X"), 0);
        assert_eq!(echo.take("AT+X=\"a", false), None);
        assert_eq!(echo.take("AT+X=\"a", true), Some(""));
        assert_eq!(echo.take("b", false), Some(""));
        assert_eq!(echo.take("d\"", false), None);
        assert_eq!(echo.take("c\" OK", false), Some("OK"));
        assert!(echo.is_complete());
        assert_eq!(echo.take("AT", false), None);
    }

    #[test]
    fn an_echo_that_starts_anew() {
        let mut echo = Echo::new("at 'AT+CGSN'");
        assert_eq!(echo.take("at 'AT", true), Some(""));
        echo.restart();
        assert_eq!(echo.take("at 'AT+CGSN'", false), Some(""));
        echo.restart();
        assert!(echo.is_complete());
    }
}
