//! What a shell prints, and the prompt around it.

use super::{Bypass, Shell, ShellKind, WIDTH};
use crate::script::{Colour, Part};

/// `CONFIG_AT_SHELL_CMD_RESPONSE_MAX_LEN`
const MAX_RESPONSE: usize = 2700;
/// What the modem library says of an answer that does not fit (`NRF_E2BIG`).
pub(super) const TOO_BIG: i32 = -7;

impl Shell {
    /// Appends a whole answer as it goes over the wire.
    pub(in crate::front) fn frame(&mut self, script: &[Part], out: &mut Vec<u8>) {
        match &self.bypass {
            Some(Bypass::AtCommands(_)) => self.frame_raw(script, out),
            Some(Bypass::Load) => self.say(script, out),
            None => self.frame_in_shell(script, out),
        }
    }

    /// While a command runs, everything is printed where it comes. Once the prompt stands there again, it is taken away,
    /// and drawn again behind what was printed.
    fn frame_in_shell(&self, script: &[Part], out: &mut Vec<u8>) {
        let answered = script.iter().rposition(Part::is_answer).map_or(0, |last| last + 1);
        let (during, behind) = script.split_at(answered);
        self.say(during, out);
        if answered > 0 {
            self.prompt(out);
        }
        for part in behind {
            self.erase_prompt(out);
            self.say(std::slice::from_ref(part), out);
            self.prompt(out);
            out.extend_from_slice(&self.line);
        }
    }

    fn say(&self, script: &[Part], out: &mut Vec<u8>) {
        let answer: usize = script
            .iter()
            .map(|part| match part {
                Part::Information(bytes) => bytes.len(),
                Part::Result(text) => text.len(),
                _ => 0,
            })
            .sum();
        if answer > MAX_RESPONSE {
            match self.kind {
                ShellKind::Modem => {
                    self.print(Colour::Red, &format!("Failed to send AT command, err {TOO_BIG}"), out);
                }
                _ => self.print(
                    Colour::Normal,
                    &format!("Sending AT command failed with error code {TOO_BIG}"),
                    out,
                ),
            }
            return;
        }
        let failed = script.iter().any(|part| matches!(part, Part::Result(text) if text != "OK\r\n"));
        // The modem shell prints a refusal as an error. What comes before the result of one is nothing.
        let red = failed && self.kind == ShellKind::Modem && self.colours;
        for part in script {
            match part {
                Part::Information(bytes) => terminal(bytes, out),
                Part::Result(text) => {
                    if red {
                        out.extend_from_slice(b"\x1b[1;31m");
                    }
                    // The modem's own CR LF, and the line feed of `shell_print`, each with a CR before the LF.
                    terminal(text.as_bytes(), out);
                    out.extend_from_slice(b"\r\n");
                    if red {
                        out.extend_from_slice(b"\x1b[m");
                    }
                }
                Part::Print(colour, text) => self.print(*colour, text, out),
                Part::Notification(text) => {
                    self.print(Colour::Normal, "AT event handler:", out);
                    terminal(text.as_bytes(), out);
                    out.extend_from_slice(b"\r\r\n\r\n");
                }
                Part::Log(text) => self.print(Colour::Normal, text, out),
                Part::Noise(bytes) => out.extend_from_slice(bytes),
            }
        }
    }

    /// In the AT command mode: the modem's text as it is.
    fn frame_raw(&self, script: &[Part], out: &mut Vec<u8>) {
        for part in script {
            match part {
                Part::Information(bytes) | Part::Noise(bytes) => out.extend_from_slice(bytes),
                Part::Result(text) => out.extend_from_slice(text.as_bytes()),
                Part::Notification(text) | Part::Log(text) | Part::Print(_, text) => {
                    out.extend_from_slice(text.as_bytes());
                    out.extend_from_slice(b"\r\n");
                }
            }
        }
    }

    /// `shell_print` and its siblings.
    pub(super) fn print(&self, colour: Colour, text: &str, out: &mut Vec<u8>) {
        let code: &[u8] = match colour {
            Colour::Red if self.colours => b"\x1b[1;31m",
            Colour::Yellow if self.colours => b"\x1b[1;33m",
            _ => b"",
        };
        out.extend_from_slice(code);
        terminal(text.as_bytes(), out);
        out.extend_from_slice(b"\r\n");
        if !code.is_empty() {
            out.extend_from_slice(b"\x1b[m");
        }
    }

    pub(super) fn prompt(&self, out: &mut Vec<u8>) {
        let (before, after) = if self.colours { ("\x1b[1;32m", "\x1b[m") } else { ("", "") };
        out.extend_from_slice(format!("{before}{}{after}", self.prompt_text()).as_bytes());
    }

    /// Takes the prompt and what was typed behind it off the terminal.
    fn erase_prompt(&self, out: &mut Vec<u8>) {
        let column = self.prompt_text().len() + self.line.len();
        let (rows, column) = (column / WIDTH, column % WIDTH);
        if column > 0 {
            out.extend_from_slice(format!("\x1b[{column}D").as_bytes());
        }
        if rows > 0 {
            out.extend_from_slice(format!("\x1b[{rows}A").as_bytes());
        }
        out.extend_from_slice(b"\x1b[J");
    }
}

/// A CR goes before every LF.
fn terminal(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PROMPT, framed, shell, type_in};
    use super::*;

    #[test]
    fn what_comes_behind_the_answer_takes_the_prompt_away_and_draws_it_again() {
        let mut shell = shell(ShellKind::At);
        let script = [
            Part::Result("OK\r\n".to_owned()),
            Part::Notification("+CEREG: 2".to_owned()),
            Part::Log("[00:00:01.000,000] <inf> x: y".to_owned()),
        ];
        assert_eq!(
            framed(&mut shell, &script),
            format!(
                "OK\r\r\n\r\n{PROMPT}\
                 \x1b[8D\x1b[JAT event handler:\r\n+CEREG: 2\r\r\n\r\n{PROMPT}\
                 \x1b[8D\x1b[J[00:00:01.000,000] <inf> x: y\r\n{PROMPT}"
            )
        );
        type_in(&mut shell, &"x".repeat(80));
        let log = framed(&mut shell, &script[2..]);
        assert!(log.starts_with("\x1b[8D\x1b[1A\x1b[J[00:00") && log.ends_with(&"x".repeat(80)), "{log:?}");
    }

    #[test]
    fn the_modem_shell_has_its_own_prompt_and_refuses_in_red() {
        let mut shell = shell(ShellKind::Modem);
        let out = framed(&mut shell, &[Part::Result("ERROR\r\n".to_owned())]);
        assert_eq!(out, "\x1b[1;31mERROR\r\r\n\r\n\x1b[m\x1b[1;32mmosh:~$ \x1b[m");
        let big = [Part::Information(vec![b'x'; 2700]), Part::Result("OK\r\n".to_owned())];
        assert!(
            framed(&mut shell, &big).starts_with("\x1b[1;31mFailed to send AT command, err -7\r\n\x1b[m")
        );
    }

    #[test]
    fn an_answer_that_does_not_fit_is_a_failure_of_the_driver() {
        let mut shell = shell(ShellKind::At);
        let big = [Part::Information(vec![b'x'; 2700]), Part::Result("OK\r\n".to_owned())];
        assert_eq!(
            framed(&mut shell, &big),
            format!("Sending AT command failed with error code -7\r\n{PROMPT}")
        );
    }
}
