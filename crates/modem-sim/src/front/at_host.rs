//! The bytes of the AT host library: where a command ends, and what stands around an answer.

use core::fmt;
use core::str::FromStr;

use crate::script::Part;

/// The byte or bytes that end a command; a build option of the firmware.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Terminator {
    /// A zero byte.
    Null,
    /// Carriage return, the default of the firmware.
    #[default]
    Cr,
    /// Line feed.
    Lf,
    /// Carriage return, then line feed.
    CrLf,
}

impl Terminator {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Null, "null"), (Self::Cr, "cr"), (Self::Lf, "lf"), (Self::CrLf, "crlf")];
}

impl fmt::Display for Terminator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.into_iter().find(|(terminator, _)| terminator == self);
        f.write_str(name.map_or("", |(_, name)| name))
    }
}

impl FromStr for Terminator {
    type Err = TerminatorError;

    /// Reads `null`, `cr`, `lf` or `crlf`.
    fn from_str(text: &str) -> Result<Self, TerminatorError> {
        let found = Self::ALL.into_iter().find(|(_, name)| *name == text);
        found.map(|(terminator, _)| terminator).ok_or_else(|| TerminatorError { value: text.to_owned() })
    }
}

/// A text that names no [`Terminator`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("terminator `{value}` is not one of null, cr, lf, crlf")]
pub struct TerminatorError {
    value: String,
}

/// What becomes of the bytes that a host sends before it has the answer to its command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhileBusy {
    /// They wait, as with RTS/CTS.
    #[default]
    Keep,
    /// What came in the same burst behind the command is lost, as without flow control.
    Drop,
}

/// The command buffer without its terminating zero.
const MAX_COMMAND: usize = 4095;

/// The AT host.
#[derive(Debug)]
pub(crate) struct AtHost {
    terminator: Terminator,
    prefix: bool,
    echo: bool,
    buffer: Vec<u8>,
    in_quotes: bool,
}

impl AtHost {
    /// With `prefix`, answers and notifications begin with `\n` in CR mode and `\r` in LF mode, as the library writes
    /// them today; older ones did not.
    pub(crate) fn new(terminator: Terminator, prefix: bool, echo: bool) -> Self {
        Self { terminator, prefix, echo, buffer: Vec::new(), in_quotes: false }
    }

    /// Takes one byte; gives a command when the byte ended one that is not blank.
    pub(super) fn push(&mut self, byte: u8, out: &mut Vec<u8>) -> Option<Vec<u8>> {
        if self.echo {
            out.push(byte);
        }
        match byte {
            0x08 | 0x7f => {
                if self.buffer.pop() == Some(b'"') {
                    self.in_quotes = !self.in_quotes;
                }
                return None;
            }
            _ if !self.in_quotes && self.terminates(byte) => return self.take(),
            0 if !self.in_quotes => return None,
            _ => {}
        }
        // A byte too many is dropped whole: a closing quote that does not fit leaves the quote open.
        if self.buffer.len() < MAX_COMMAND {
            self.buffer.push(byte);
            self.in_quotes ^= byte == b'"';
        }
        None
    }

    /// An answer is one write, a notification another, a log line a third that nobody puts a prefix before.
    pub(super) fn frame(&self, script: &[Part], out: &mut Vec<u8>) {
        let mut answered = false;
        for part in script {
            match part {
                Part::Information(bytes) => {
                    self.begin(&mut answered, out);
                    out.extend_from_slice(bytes);
                }
                Part::Result(text) => {
                    self.begin(&mut answered, out);
                    out.extend_from_slice(text.as_bytes());
                }
                Part::Notification(text) => {
                    self.begin(&mut false, out);
                    out.extend_from_slice(text.as_bytes());
                    out.extend_from_slice(b"\r\n");
                }
                Part::Print(_, text) | Part::Log(text) => {
                    out.extend_from_slice(text.as_bytes());
                    out.extend_from_slice(b"\r\n");
                }
                Part::Noise(bytes) => out.extend_from_slice(bytes),
            }
        }
    }

    pub(super) fn restart(&mut self) {
        self.buffer.clear();
        self.in_quotes = false;
    }

    fn begin(&self, begun: &mut bool, out: &mut Vec<u8>) {
        if !std::mem::replace(begun, true) && self.prefix {
            match self.terminator {
                Terminator::Cr => out.push(b'\n'),
                Terminator::Lf => out.push(b'\r'),
                Terminator::Null | Terminator::CrLf => {}
            }
        }
    }

    fn terminates(&self, byte: u8) -> bool {
        match self.terminator {
            Terminator::Null => byte == 0,
            Terminator::Cr => byte == b'\r',
            Terminator::Lf => byte == b'\n',
            Terminator::CrLf => byte == b'\n' && self.buffer.last() == Some(&b'\r'),
        }
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        let command = core::mem::take(&mut self.buffer);
        command.iter().any(|byte| *byte > b' ').then_some(command)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn commands(terminator: Terminator, input: &[u8]) -> Vec<String> {
        let mut host = AtHost::new(terminator, true, false);
        let commands = input.iter().filter_map(|byte| host.push(*byte, &mut Vec::new()));
        commands.map(|command| String::from_utf8(command).unwrap()).collect()
    }

    #[test]
    fn each_mode_ends_a_command_by_its_own_bytes() {
        assert_eq!(commands(Terminator::Cr, b"AT\r\nAT+CGSN\r\n"), ["AT", "\nAT+CGSN"]);
        assert_eq!(commands(Terminator::Lf, b"AT\r\nAT+CGSN\r\n"), ["AT\r", "AT+CGSN\r"]);
        assert_eq!(commands(Terminator::CrLf, b"A\rB\nC\r\n\nD\r\n"), ["A\rB\nC\r", "\nD\r"]);
        assert_eq!(commands(Terminator::Null, b"AT\r\n\0AT+CGSN\0"), ["AT\r\n", "AT+CGSN"]);
        assert_eq!(commands(Terminator::Cr, b"A\0T\r"), ["AT"]);
    }

    #[test]
    fn blank_lines_are_silent() {
        assert_eq!(commands(Terminator::Cr, b"\r\n\r  \t\r\rAT\r"), ["AT"]);
        assert_eq!(commands(Terminator::CrLf, b"\r\n\r\nAT\r\n"), ["AT\r"]);
    }

    #[test]
    fn terminators_inside_quotes_are_data() {
        assert_eq!(commands(Terminator::Cr, b"A\"1\r\n\0\r2\"\r"), ["A\"1\r\n\0\r2\""]);
        assert_eq!(commands(Terminator::Null, b"A\"1\0x\"\0"), ["A\"1\0x\""]);
    }

    #[test]
    fn backspace_and_delete_take_back_a_byte_and_its_quote() {
        assert_eq!(commands(Terminator::Cr, b"AX\x08T\x7f\x7f\x7f\x7fAT\r"), ["AT"]);
        assert_eq!(commands(Terminator::Cr, b"A\"\x08T\r"), ["AT"]);
        assert_eq!(commands(Terminator::Cr, b"A\"1\"\x7f2\r\"\r"), ["A\"12\r\""]);
    }

    #[test]
    fn a_long_command_is_cut_and_still_sent() {
        let mut input = vec![b'A'; 5000];
        input.push(b'\r');
        assert_eq!(commands(Terminator::Cr, &input)[0].len(), 4095);
    }

    #[test]
    fn a_closing_quote_beyond_the_buffer_is_lost_and_the_line_stays_stuck() {
        let mut input = b"AT%CMNG=0,1,0,\"".to_vec();
        input.extend([b'x'; 5000]);
        input.extend(b"\"\rAT\r\"\r");
        assert_eq!(commands(Terminator::Cr, &input), [""; 0]);
        input.extend(b"\x08\"\rAT\r");
        let got = commands(Terminator::Cr, &input);
        assert_eq!(got.len(), 2);
        assert!(
            got[0].ends_with("x\""),
            "the first command was let go after a backspace made room for its quote"
        );
        assert_eq!(got[1], "AT");
    }

    #[test]
    fn a_stuck_quote_is_freed_by_a_quote() {
        assert_eq!(
            commands(Terminator::Cr, b"AT%CMNG=0,1,0,\"half\rAT\r\"\rAT\r"),
            ["AT%CMNG=0,1,0,\"half\rAT\r\"", "AT"]
        );
    }

    #[test]
    fn the_prefix_follows_the_mode() {
        for (terminator, prefix, expected) in [
            (Terminator::Cr, true, "\nOK\r\n"),
            (Terminator::Lf, true, "\rOK\r\n"),
            (Terminator::CrLf, true, "OK\r\n"),
            (Terminator::Null, true, "OK\r\n"),
            (Terminator::Cr, false, "OK\r\n"),
        ] {
            let mut out = Vec::new();
            AtHost::new(terminator, prefix, false).frame(&[Part::Result("OK\r\n".to_owned())], &mut out);
            assert_eq!(out, expected.as_bytes());
        }
    }

    #[test]
    fn an_answer_in_pieces_has_one_prefix_and_a_notification_inside_its_own() {
        let script = [
            Part::Information(b"12".to_vec()),
            Part::Notification("+CEREG: 2".to_owned()),
            Part::Log("[00:00:01.000,000] <inf> x: y".to_owned()),
            Part::Noise(vec![0xff]),
            Part::Information(b"3\r\n".to_vec()),
            Part::Result("OK\r\n".to_owned()),
        ];
        let mut out = Vec::new();
        AtHost::new(Terminator::Cr, true, false).frame(&script, &mut out);
        assert_eq!(out, b"\n12\n+CEREG: 2\r\n[00:00:01.000,000] <inf> x: y\r\n\xff3\r\nOK\r\n");
    }

    #[test]
    fn an_echo_gives_back_every_byte() {
        let mut out = Vec::new();
        let mut host = AtHost::new(Terminator::Cr, true, true);
        b"AT\r\n".iter().for_each(|byte| drop(host.push(*byte, &mut out)));
        assert_eq!(out, b"AT\r\n");
    }

    #[test]
    fn terminators_have_names() {
        for (terminator, name) in Terminator::ALL {
            assert_eq!((name.parse(), terminator.to_string()), (Ok(terminator), name.to_owned()));
        }
        assert_eq!(
            "CR".parse::<Terminator>().unwrap_err().to_string(),
            "terminator `CR` is not one of null, cr, lf, crlf"
        );
    }

    proptest! {
        #[test]
        fn no_input_makes_an_oversized_or_blank_command(input in proptest::collection::vec(any::<u8>(), 0..9000)) {
            let mut host = AtHost::new(Terminator::Cr, true, false);
            for byte in input {
                if let Some(command) = host.push(byte, &mut Vec::new()) {
                    prop_assert!(command.len() <= MAX_COMMAND);
                    prop_assert!(command.iter().any(|byte| *byte > b' '));
                }
            }
        }
    }
}
