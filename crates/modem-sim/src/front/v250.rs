//! The frame of V.250, with blank lines around everything: Serial Modem and the nRF93M1.

use crate::script::Part;

/// The buffer of Serial Modem doubles up to this size. A longer command is refused at once.
const MAX_COMMAND: usize = 8192;

/// A line discipline in the manner of ITU-T V.250.
#[derive(Debug)]
pub(crate) struct V250 {
    echo: bool,
    echo_at_start: bool,
    ready: &'static str,
    buffer: Vec<u8>,
    in_quotes: bool,
}

impl V250 {
    /// `ready` is said after a start.
    pub(crate) fn new(echo: bool, ready: &'static str) -> Self {
        Self { echo, echo_at_start: echo, ready, buffer: Vec::new(), in_quotes: false }
    }

    /// Takes one byte; gives a command when the byte ended one. What comes before `AT` is passed over.
    pub(super) fn push(&mut self, byte: u8, out: &mut Vec<u8>) -> Option<Vec<u8>> {
        if self.echo {
            out.push(byte);
        }
        match (byte, self.buffer.len()) {
            (0x08 | 0x7f, _) => {
                if self.buffer.pop() == Some(b'"') {
                    self.in_quotes = !self.in_quotes;
                }
                return None;
            }
            (b'A' | b'a', 0) => {}
            (_, 0) => return None,
            (b'T' | b't', 1) => {}
            (b'A' | b'a', 1) => return None,
            (_, 1) => {
                self.buffer.clear();
                return None;
            }
            (b'\r', _) if !self.in_quotes => return Some(core::mem::take(&mut self.buffer)),
            _ => {}
        }
        if self.buffer.len() >= MAX_COMMAND {
            self.restart_line();
            self.frame(&[Part::Result("ERROR\r\n".to_owned())], out);
            return None;
        }
        self.buffer.push(byte);
        self.in_quotes ^= byte == b'"';
        None
    }

    /// `ATE0` and `ATE1`.
    pub(crate) fn set_echo(&mut self, echo: bool) {
        self.echo = echo;
    }

    pub(super) fn frame(&self, script: &[Part], out: &mut Vec<u8>) {
        let mut informed = false;
        for part in script {
            match part {
                Part::Information(bytes) if bytes.is_empty() => {}
                Part::Information(bytes) => {
                    if !std::mem::replace(&mut informed, true) {
                        out.extend_from_slice(b"\r\n");
                    }
                    out.extend_from_slice(bytes);
                }
                // The rest of a torn result follows its first half at once.
                Part::Result(text) if informed && !out.ends_with(b"\n") => {
                    out.extend_from_slice(text.as_bytes());
                }
                Part::Result(text) => {
                    out.extend_from_slice(b"\r\n");
                    out.extend_from_slice(text.as_bytes());
                }
                Part::Print(_, text) | Part::Notification(text) => {
                    out.extend_from_slice(b"\r\n");
                    out.extend_from_slice(text.as_bytes());
                    out.extend_from_slice(b"\r\n");
                }
                Part::Log(text) => {
                    out.extend_from_slice(text.as_bytes());
                    out.extend_from_slice(b"\r\n");
                }
                Part::Noise(bytes) => out.extend_from_slice(bytes),
            }
        }
    }

    pub(super) fn restart(&mut self) {
        self.restart_line();
        self.echo = self.echo_at_start;
    }

    pub(super) const fn ready(&self) -> &'static str {
        self.ready
    }

    fn restart_line(&mut self) {
        self.buffer.clear();
        self.in_quotes = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(input: &[u8]) -> (Vec<String>, Vec<u8>) {
        let (mut host, mut out) = (V250::new(false, ""), Vec::new());
        let commands = input.iter().filter_map(|byte| host.push(*byte, &mut out));
        (commands.map(|command| String::from_utf8(command).unwrap()).collect(), out)
    }

    fn framed(script: &[Part]) -> String {
        let mut out = Vec::new();
        V250::new(false, "").frame(script, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_command_begins_with_at() {
        assert_eq!(commands(b"\r\nxAxAAT\r\nat+cgsn\r").0, ["AT", "at+cgsn"]);
        assert_eq!(commands(b"AT%CMNG=0,1,0,\"a\r\nb\"\r").0, ["AT%CMNG=0,1,0,\"a\r\nb\""]);
        assert_eq!(commands(b"ATX\x08\"\x7f\r").0, ["AT"]);
    }

    #[test]
    fn a_long_command_is_refused_at_once() {
        let (commands, out) = commands(&[b"AT".to_vec(), vec![b'x'; 8191], b"\rAT\r".to_vec()].concat());
        assert_eq!((commands, out), (vec!["AT".to_owned()], b"\r\nERROR\r\n".to_vec()));
    }

    #[test]
    fn blank_lines_stand_as_in_the_source() {
        let ok = Part::Result("OK\r\n".to_owned());
        let urc = Part::Notification("+CEREG: 2".to_owned());
        assert_eq!(framed(std::slice::from_ref(&ok)), "\r\nOK\r\n");
        let imei = Part::Information(b"352656106647673\r\n".to_vec());
        assert_eq!(framed(&[imei.clone(), ok.clone()]), "\r\n352656106647673\r\n\r\nOK\r\n");
        assert_eq!(framed(&[urc.clone(), ok]), "\r\n+CEREG: 2\r\n\r\nOK\r\n");
        let torn = [Part::Information(b"O".to_vec()), Part::Result("K\r\n".to_owned())];
        assert_eq!(framed(&torn), "\r\nOK\r\n");
    }

    #[test]
    fn the_echo_can_be_switched() {
        let (mut host, mut out) = (V250::new(false, ""), Vec::new());
        host.set_echo(true);
        b"AT\r".iter().for_each(|byte| drop(host.push(*byte, &mut out)));
        host.restart();
        b"AT\r".iter().for_each(|byte| drop(host.push(*byte, &mut out)));
        assert_eq!(out, b"AT\r");
    }
}
