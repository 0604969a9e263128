//! A Zephyr shell for tests (facts, section 5.1): prompt, colours, echo, a terminal of 80 columns, a buffer with a limit.

use crate::kit::{Answer, Kit};

const WIDTH: usize = 80;

/// The shell, and what its commands print: lines that end with `\n`.
pub(crate) struct Zephyr<F> {
    prompt: &'static str,
    limit: usize,
    /// After so many bytes of a line, a log line is printed above it.
    log_after: Option<usize>,
    /// What breaks an echo at the width of the terminal: an escape sequence or a plain line break.
    next_line: &'static str,
    line: Vec<u8>,
    commands: F,
}

impl<F: FnMut(&str) -> String + Send + 'static> Zephyr<F> {
    pub(crate) fn new(prompt: &'static str, commands: F) -> Self {
        Self { prompt, limit: 4096, log_after: None, next_line: "\x1bE", line: Vec::new(), commands }
    }

    /// `CONFIG_SHELL_CMD_BUFF_SIZE`, without the final NUL.
    pub(crate) fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    pub(crate) fn next_line(mut self, bytes: &'static str) -> Self {
        self.next_line = bytes;
        self
    }

    pub(crate) fn log_after(mut self, bytes: usize) -> Self {
        self.log_after = Some(bytes);
        self
    }

    pub(crate) fn start(mut self) -> Kit {
        Kit::raw(move |byte| {
            let (command, text) = self.push(byte);
            (!text.is_empty()).then(|| (command, Answer::Bytes(text.into_bytes())))
        })
    }

    pub(crate) fn push(&mut self, byte: u8) -> (Option<String>, String) {
        match byte {
            3 => {
                self.line.clear();
                (None, format!("\r\n{}", self.coloured()))
            }
            b'\r' => {
                let line = String::from_utf8(std::mem::take(&mut self.line)).unwrap();
                if line.is_empty() {
                    return (None, format!("\r\n{}", self.coloured()));
                }
                let printed = (self.commands)(&line).replace('\n', "\r\n");
                (Some(line), format!("\x1bE{printed}{}", self.coloured()))
            }
            b'\n' => (None, String::new()),
            byte if self.line.len() < self.limit => {
                self.line.push(byte);
                let mut echo = char::from(byte).to_string();
                if (self.prompt.len() + self.line.len()).is_multiple_of(WIDTH) {
                    echo.push_str(self.next_line);
                }
                if self.log_after == Some(self.line.len()) {
                    let typed = std::str::from_utf8(&self.line).unwrap();
                    let back = self.prompt.len() + typed.len();
                    echo.push_str(&format!(
                        "\x1b[{back}D\x1b[J[00:00:07.000,000] \x1b[0m<inf> app: tick\x1b[0m\r\n{}{typed}",
                        self.coloured()
                    ));
                }
                (None, echo)
            }
            _ => (None, String::new()),
        }
    }

    fn coloured(&self) -> String {
        format!("\x1b[1;32m{}\x1b[m", self.prompt)
    }
}

/// An AT shell before a modem (facts, section 5.2).
pub(crate) fn at_shell(
    prompt: &'static str,
    mut modem: impl FnMut(&str) -> String + Send + 'static,
) -> Zephyr<impl FnMut(&str) -> String + Send + 'static> {
    Zephyr::new(prompt, move |line| {
        let Some(argument) = line.strip_prefix("at '").and_then(|rest| rest.strip_suffix('\'')) else {
            return format!("{}: command not found\n", line.split(' ').next().unwrap());
        };
        let mut command = argument.replace("\\'", "'");
        if command.starts_with("AT%CMNG=0") {
            command = command.replace("\\n", "\r\n");
        }
        // The text of the modem, and the line feed of `shell_print`.
        format!("{}\n", modem(&command))
    })
}
