//! `at at_cmd_mode start`: a shell that has stepped aside for AT commands.

use super::Heard;

/// Ctrl-X, then Ctrl-Q.
const ESCAPE: [u8; 2] = [0x18, 0x11];
/// The longest line, and the most commands in one.
const MAX_LINE: usize = 1023;
const MAX_COMMANDS: usize = 10;
/// What stands under the first line and above the last.
pub(super) const RULE: &str = "===========================================================";

/// The line being typed.
#[derive(Debug)]
pub(super) struct AtCommands {
    echo: bool,
    line: Vec<u8>,
    in_quotes: bool,
    last: u8,
}

/// What a byte did.
pub(super) enum Step {
    Nothing,
    Heard(Heard),
    /// The line was too long, or had too many commands.
    TooLong,
    /// Back to the prompt.
    Escaped,
}

impl AtCommands {
    pub(super) fn new(echo: bool) -> Self {
        Self { echo, line: Vec::new(), in_quotes: false, last: 0 }
    }

    pub(super) fn push(&mut self, byte: u8, out: &mut Vec<u8>) -> Step {
        let last = core::mem::replace(&mut self.last, byte);
        if [last, byte] == ESCAPE {
            return Step::Escaped;
        }
        match byte {
            0x08 | 0x7f => {
                if let Some(taken) = self.line.pop() {
                    self.in_quotes ^= taken == b'"';
                    if self.echo {
                        out.extend_from_slice(b"\x08 \x08");
                    }
                }
                return Step::Nothing;
            }
            b'\r' if !self.in_quotes => {
                if self.echo {
                    out.extend_from_slice(b"\r\n");
                }
                return self.end();
            }
            0x18 | 0 => return Step::Nothing,
            b'\n' if self.line.is_empty() => return Step::Nothing,
            _ => {}
        }
        if self.echo {
            out.push(byte);
        }
        self.in_quotes ^= byte == b'"';
        // One byte more than is allowed says that the line is too long.
        if self.line.len() <= MAX_LINE {
            self.line.push(byte);
        }
        Step::Nothing
    }

    fn end(&mut self) -> Step {
        let line = core::mem::take(&mut self.line);
        if line.iter().all(|byte| *byte <= b' ') {
            return Step::Nothing;
        }
        let commands: Vec<_> = line.split(|byte| *byte == b'|').map(<[u8]>::to_vec).collect();
        if line.len() > MAX_LINE || commands.len() > MAX_COMMANDS {
            return Step::TooLong;
        }
        Step::Heard(Heard::At(commands))
    }
}
