//! A Zephyr shell on a serial port: prompt, echo, a line of limited length, colours.

mod history;
mod print;
mod words;

use self::history::History;
use self::print::TOO_BIG;
use super::Heard;
use super::at_commands::{AtCommands, RULE, Step};
use crate::script::Colour;

/// The width of a terminal that did not say another.
const WIDTH: usize = 80;

/// Which commands the shell has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShellKind {
    /// `at`
    At,
    /// `at`, in the modem shell.
    Modem,
    /// `cred`, and `nrf_cloud_cred` where `psa` is set.
    Credentials { psa: bool },
}

/// A shell.
#[derive(Debug)]
pub(crate) struct Shell {
    kind: ShellKind,
    echo: bool,
    colours: bool,
    /// `CONFIG_SHELL_CMD_BUFF_SIZE`, with the final NUL.
    buffer: usize,
    /// It starts with `at at_cmd_mode start`.
    at_commands_first: bool,
    line: Vec<u8>,
    history: History,
    /// The last line end, so that CR LF counts once.
    last_end: Option<u8>,
    escape: Escape,
    events: bool,
    bypass: Option<Bypass>,
}

/// How much of an escape sequence was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    None,
    Begun,
    Sequence,
}

/// Who takes the bytes in the place of the shell.
#[derive(Debug)]
enum Bypass {
    AtCommands(AtCommands),
    Load,
}

impl Shell {
    pub(crate) fn new(kind: ShellKind, echo: bool, colours: bool, buffer: usize, at_commands: bool) -> Self {
        let mut shell = Self {
            kind,
            echo,
            colours,
            buffer,
            at_commands_first: at_commands,
            line: Vec::new(),
            history: History::default(),
            last_end: None,
            escape: Escape::None,
            events: false,
            bypass: None,
        };
        shell.restart();
        shell
    }

    pub(super) fn restart(&mut self) {
        self.line.clear();
        self.history = History::default();
        self.last_end = None;
        self.escape = Escape::None;
        self.events = false;
        self.bypass = self.at_commands_first.then(|| Bypass::AtCommands(AtCommands::new(self.echo)));
    }

    pub(super) const fn tells_events(&self) -> bool {
        self.events || matches!(self.bypass, Some(Bypass::AtCommands(_)))
    }

    /// What stands on the wire after the banner of a start.
    pub(super) fn first_prompt(&self) -> Vec<u8> {
        let mut out = b"\r\n\r\n".to_vec();
        if self.at_commands_first {
            self.greet_at_commands(&mut out);
        } else {
            self.prompt(&mut out);
        }
        out
    }

    pub(super) fn push(&mut self, byte: u8, out: &mut Vec<u8>) -> Option<Heard> {
        match &mut self.bypass {
            Some(Bypass::AtCommands(commands)) => match commands.push(byte, out) {
                Step::Nothing => None,
                Step::Heard(heard) => Some(heard),
                Step::TooLong => {
                    self.print(Colour::Normal, &format!("ERROR: AT command failed: {TOO_BIG}"), out);
                    None
                }
                Step::Escaped => {
                    self.print(Colour::Normal, RULE, out);
                    self.print(Colour::Normal, "AT command mode exited", out);
                    self.bypass = None;
                    self.prompt(out);
                    None
                }
            },
            Some(Bypass::Load) => {
                let ends = byte == 0x03;
                if ends {
                    self.bypass = None;
                }
                Some(Heard::Load { bytes: if ends { Vec::new() } else { vec![byte] }, ends })
            }
            None => self.edit(byte, out),
        }
    }

    /// `cred buf load`: bytes go to the buffer until Ctrl-C.
    pub(crate) fn load(&mut self) {
        self.bypass = Some(Bypass::Load);
    }

    /// `cred buf load` ends by itself when the buffer is full.
    pub(crate) fn end_load(&mut self) {
        self.bypass = None;
    }

    /// The line editor.
    fn edit(&mut self, byte: u8, out: &mut Vec<u8>) -> Option<Heard> {
        match (core::mem::replace(&mut self.escape, Escape::None), byte) {
            (_, 0x80..) => return None,
            (Escape::Begun, b'[') => {
                self.escape = Escape::Sequence;
                return None;
            }
            (Escape::Sequence, b'A' | b'B') if self.echo => {
                self.recall(byte == b'A', out);
                return None;
            }
            (Escape::Begun | Escape::Sequence, _) => return None,
            (Escape::None, _) => {}
        }
        if !matches!(byte, b'\r' | b'\n') {
            self.last_end = None;
        }
        match byte {
            b'\r' | b'\n' => {
                if self.last_end.is_some_and(|last| last != byte) {
                    return None;
                }
                self.last_end = Some(byte);
                return self.enter(out);
            }
            0x1b => self.escape = Escape::Begun,
            0x03 if self.echo => {
                self.next_line(out);
                self.line.clear();
                self.prompt(out);
            }
            0x08 | 0x7f if self.echo && !self.line.is_empty() => {
                self.line.pop();
                out.extend_from_slice(b"\x1b[1D\x1b[J");
            }
            0x15 if self.echo => self.erase(out),
            b' '..=b'~' if self.line.len() + 1 < self.buffer => {
                self.line.push(byte);
                if self.echo {
                    out.push(byte);
                    if self.is_at_border() {
                        out.extend_from_slice(b"\r\n");
                    }
                }
            }
            // A byte beyond the buffer is lost without a word. Tab, left, right and the rest of the editor are not here.
            _ => {}
        }
        None
    }

    /// Takes the line back that stands behind the prompt.
    fn erase(&mut self, out: &mut Vec<u8>) {
        if !self.line.is_empty() {
            out.extend_from_slice(format!("\x1b[{}D\x1b[J", self.line.len()).as_bytes());
            self.line.clear();
        }
    }

    /// Up and down: a line of before comes in the place of this one.
    fn recall(&mut self, back: bool, out: &mut Vec<u8>) {
        if let Some(line) = self.history.step(back) {
            self.erase(out);
            out.extend_from_slice(&line);
            self.line = line;
        }
    }

    fn enter(&mut self, out: &mut Vec<u8>) -> Option<Heard> {
        if self.line.is_empty() {
            out.extend_from_slice(b"\r\n");
            self.prompt(out);
            return None;
        }
        self.next_line(out);
        self.history.add(&self.line);
        let line = String::from_utf8(core::mem::take(&mut self.line)).unwrap_or_default();
        let heard = match words::split(&line) {
            Ok(words) => self.interpret(words, line, out),
            Err(quote) => {
                self.print(Colour::Red, &format!("not terminated: {quote}"), out);
                None
            }
        };
        if heard.is_none() && self.bypass.is_none() {
            self.prompt(out);
        }
        heard
    }

    /// What the shell does by itself is done here; for the rest, see what is returned.
    fn interpret(&mut self, words: Vec<String>, line: String, out: &mut Vec<u8>) -> Option<Heard> {
        let all: Vec<&str> = words.iter().map(String::as_str).collect();
        let has_at = !matches!(self.kind, ShellKind::Credentials { .. });
        match (all.as_slice(), self.kind) {
            ([], _) => None,
            (["kernel", "reboot", "warm" | "cold"], _) => Some(Heard::Reboot),
            (["at", "events_enable"], _) if has_at => {
                self.events = true;
                self.print(Colour::Normal, "AT command event handler enabled", out);
                None
            }
            (["at", "events_disable"], _) if has_at => {
                self.events = false;
                self.print(Colour::Normal, "AT command event handler disabled", out);
                None
            }
            (["at", "at_cmd_mode", "start", ..], _) if has_at => {
                self.greet_at_commands(out);
                self.bypass = Some(Bypass::AtCommands(AtCommands::new(self.echo)));
                None
            }
            (["at"], _) if has_at => {
                self.print(Colour::Normal, "Usage: at <subcommand>", out);
                None
            }
            (["at", command, ..], _) if has_at => Some(Heard::At(vec![unescape(command)])),
            (["cred", ..], ShellKind::Credentials { .. })
            | (["nrf_cloud_cred", ..], ShellKind::Credentials { psa: true }) => {
                Some(Heard::Shell { words, line })
            }
            ([name, ..], _) => {
                self.print(Colour::Red, &format!("{name}: command not found"), out);
                None
            }
        }
    }

    fn greet_at_commands(&self, out: &mut Vec<u8>) {
        self.print(Colour::Normal, "AT command mode started, press ctrl-x ctrl-q to escape", out);
        self.print(Colour::Normal, RULE, out);
    }

    const fn prompt_text(&self) -> &'static str {
        match self.kind {
            ShellKind::Modem => "mosh:~$ ",
            ShellKind::At | ShellKind::Credentials { .. } => "uart:~$ ",
        }
    }

    /// The echo moved to a new line already where it came to the border.
    fn next_line(&self, out: &mut Vec<u8>) {
        if !self.echo || !self.is_at_border() {
            out.extend_from_slice(b"\r\n");
        }
    }

    fn is_at_border(&self) -> bool {
        (self.prompt_text().len() + self.line.len()).is_multiple_of(WIDTH)
    }
}

/// `CONFIG_AT_SHELL_UNESCAPE_LF`: the two characters `\n` become CR LF in a write of a credential, spelt exactly so.
fn unescape(command: &str) -> Vec<u8> {
    if command.starts_with("AT%CMNG=0") {
        command.replace("\\n", "\r\n").into_bytes()
    } else {
        command.as_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Part;

    pub(super) const PROMPT: &str = "\x1b[1;32muart:~$ \x1b[m";

    pub(super) fn shell(kind: ShellKind) -> Shell {
        Shell::new(kind, true, true, 256, false)
    }

    pub(super) fn type_in(shell: &mut Shell, text: &str) -> (Vec<Heard>, String) {
        let mut out = Vec::new();
        let heard = text.bytes().filter_map(|byte| shell.push(byte, &mut out)).collect();
        (heard, String::from_utf8(out).unwrap())
    }

    fn at(command: &str) -> Heard {
        Heard::At(vec![command.as_bytes().to_vec()])
    }

    pub(super) fn framed(shell: &mut Shell, script: &[Part]) -> String {
        let mut out = Vec::new();
        shell.frame(script, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_command_is_echoed_and_its_answer_ends_with_an_empty_line_and_the_prompt() {
        let mut shell = shell(ShellKind::At);
        let (heard, out) = type_in(&mut shell, "at 'AT+CGSN'\r\n");
        assert_eq!((heard, out), (vec![at("AT+CGSN")], "at 'AT+CGSN'\r\n".to_owned()));
        let script = [Part::Information(b"123\r\n".to_vec()), Part::Result("OK\r\n".to_owned())];
        assert_eq!(framed(&mut shell, &script), format!("123\r\r\nOK\r\r\n\r\n{PROMPT}"));
    }

    #[test]
    fn cr_lf_and_cr_lf_are_one_enter_each() {
        for (ends, count) in [("\r", 1), ("\n", 1), ("\r\n", 1), ("\r\r", 2), ("\r\n\r\n", 2), ("\n\n\n", 3)]
        {
            let (_, out) = type_in(&mut shell(ShellKind::At), ends);
            assert_eq!(out, format!("\r\n{PROMPT}").repeat(count), "{ends:?}");
        }
    }

    #[test]
    fn a_long_echo_is_broken_at_the_width_of_the_terminal() {
        let mut shell = shell(ShellKind::At);
        let line = format!("at '{}'", "x".repeat(139));
        let (heard, out) = type_in(&mut shell, &format!("{line}\r"));
        assert_eq!(heard, [at(&"x".repeat(139))]);
        // 8 of the prompt and 72 of the line; the line ends again after 72 + 80.
        assert_eq!(out, format!("{}\r\n{}\r\n", &line[..72], &line[72..]));
        let line = format!("at '{}'", "x".repeat(147));
        let (_, out) = type_in(&mut shell, &format!("{line}\r"));
        assert_eq!(
            out,
            format!("{}\r\n{}\r\n", &line[..72], &line[72..]),
            "no second line end at the border"
        );
    }

    #[test]
    fn what_does_not_fit_the_buffer_is_lost_without_a_word() {
        let mut shell = shell(ShellKind::At);
        let (heard, out) = type_in(&mut shell, &format!("at {}\r", "x".repeat(300)));
        assert_eq!(heard, [at(&"x".repeat(252))]);
        assert_eq!(out.replace("\r\n", ""), format!("at {}", "x".repeat(252)));
    }

    #[test]
    fn the_editor_knows_a_few_keys() {
        let mut shell = shell(ShellKind::At);
        let (heard, out) = type_in(&mut shell, "at ATX\x7f\x08T\r");
        assert_eq!((heard, out), (vec![at("AT")], "at ATX\x1b[1D\x1b[J\x1b[1D\x1b[JT\r\n".to_owned()));
        let (heard, out) = type_in(&mut shell, "half\x03");
        assert_eq!((heard, out), (vec![], format!("half\r\n{PROMPT}")));
        let (heard, out) = type_in(&mut shell, "half\x15\x1b[C\x1bf\t\x00at AT\r");
        assert_eq!((heard, out), (vec![at("AT")], "half\x1b[4D\x1b[Jat AT\r\n".to_owned()));
    }

    #[test]
    fn arrows_bring_back_a_line_of_before() {
        let mut shell = shell(ShellKind::At);
        let (heard, out) = type_in(&mut shell, "\x1b[A\x1b[Bat AT\rat ATX\r");
        assert_eq!((heard, out), (vec![at("AT"), at("ATX")], "at AT\r\nat ATX\r\n".to_owned()));
        let (heard, out) = type_in(&mut shell, "half\x1b[A\x1b[A\r");
        let shown = "half\x1b[4D\x1b[Jat ATX\x1b[6D\x1b[Jat AT\r\n";
        assert_eq!((heard, out), (vec![at("AT")], shown.to_owned()));
        let (heard, out) = type_in(&mut shell, "\x1b[A\x1b[B\r");
        assert_eq!((heard, out), (vec![], format!("at AT\x1b[5D\x1b[J\r\n{PROMPT}")));
        let mut silent = Shell::new(ShellKind::At, false, true, 256, false);
        assert_eq!(type_in(&mut silent, "at AT\r\x1b[A\r").0, [at("AT")], "without echo there is no editor");
    }

    #[test]
    fn line_breaks_are_put_back_in_a_write_only() {
        let mut shell = shell(ShellKind::At);
        let (heard, _) = type_in(&mut shell, "at 'AT%CMNG=0,1,0,\"a\\nb\"'\rat 'AT+X=\"a\\nb\"'\r");
        assert_eq!(heard, [at("AT%CMNG=0,1,0,\"a\r\nb\""), at("AT+X=\"a\\nb\"")]);
    }

    #[test]
    fn what_the_shell_answers_by_itself() {
        for (line, answer) in [
            ("at events_enable", "AT command event handler enabled\r\n"),
            ("at events_disable", "AT command event handler disabled\r\n"),
            ("at", "Usage: at <subcommand>\r\n"),
            ("cred list", "\x1b[1;31mcred: command not found\r\n\x1b[m"),
            ("AT+CGSN", "\x1b[1;31mAT+CGSN: command not found\r\n\x1b[m"),
            ("at 'AT", "\x1b[1;31mnot terminated: '\r\n\x1b[m"),
        ] {
            let (heard, out) = type_in(&mut shell(ShellKind::At), &format!("{line}\r"));
            assert_eq!((heard, out), (vec![], format!("{line}\r\n{answer}{PROMPT}")));
        }
        assert_eq!(type_in(&mut shell(ShellKind::Modem), "kernel reboot warm\r").0, [Heard::Reboot]);
        let credentials = ShellKind::Credentials { psa: false };
        assert!(type_in(&mut shell(credentials), "nrf_cloud_cred keygen\r").0.is_empty());
        assert_eq!(type_in(&mut shell(credentials), "cred list\r").0.len(), 1);
    }

    #[test]
    fn the_at_command_mode_comes_and_goes() {
        let mut shell = shell(ShellKind::At);
        let (heard, out) = type_in(&mut shell, "at at_cmd_mode start\rAT|AT+CGSN\r");
        assert_eq!(heard, [Heard::At(vec![b"AT".to_vec(), b"AT+CGSN".to_vec()])]);
        let rule = "=".repeat(59);
        assert_eq!(
            out,
            format!(
                "at at_cmd_mode start\r\nAT command mode started, press ctrl-x ctrl-q to escape\r\n{rule}\r\nAT|AT+CGSN\r\n"
            )
        );
        assert!(shell.tells_events());
        assert_eq!(framed(&mut shell, &[Part::Result("OK\r\n".to_owned())]), "OK\r\n");
        let (heard, out) = type_in(&mut shell, &format!("AT{}\r", "x".repeat(1022)));
        assert_eq!(heard, []);
        assert!(out.ends_with("\r\nERROR: AT command failed: -7\r\n"));
        let (_, out) = type_in(&mut shell, "A\x18\x11");
        assert_eq!(out, format!("A{rule}\r\nAT command mode exited\r\n{PROMPT}"));
        let mut first = Shell::new(ShellKind::At, true, true, 256, true);
        assert_eq!(type_in(&mut first, "AT\r").0, [at("AT")]);
        assert!(first.first_prompt().ends_with(b"=\r\n"));
    }
}
