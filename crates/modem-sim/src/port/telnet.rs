//! The server's half of RFC 2217: a serial port over Telnet, whose settings are all taken and change nothing.

use std::collections::BTreeSet;

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;

const BINARY: u8 = 0;
const SUPPRESS_GO_AHEAD: u8 = 3;
const COM_PORT: u8 = 44;

/// Commands of the client (RFC 2217, section 3). The answer has the same value and a number that is 100 higher.
const SIGNATURE: u8 = 0;
const SET_CONTROL: u8 = 5;
const SUSPEND: u8 = 8;
const RESUME: u8 = 9;
const PURGE: u8 = 12;
const ANSWER: u8 = 100;
/// More than any sub-negotiation here needs.
const MAX_SUBNEGOTIATION: usize = 256;

/// What was agreed with one client.
#[derive(Debug, Default)]
pub(crate) struct Telnet {
    state: State,
    agreed: BTreeSet<(u8, u8)>,
    suspended: bool,
    /// The client asked for what is on its way to it to be thrown away.
    purge: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Data,
    Command,
    Option(u8),
    Sub(Vec<u8>),
    SubCommand(Vec<u8>),
}

impl Telnet {
    /// Takes the bytes of the client apart: what goes to the kit, and what goes back to the client.
    pub(crate) fn decode(&mut self, input: &[u8], to_kit: &mut Vec<u8>, to_client: &mut Vec<u8>) {
        for byte in input {
            self.state = match (core::mem::take(&mut self.state), *byte) {
                (State::Data, IAC) => State::Command,
                (State::Data, byte) => {
                    to_kit.push(byte);
                    State::Data
                }
                (State::Command, IAC) => {
                    to_kit.push(IAC);
                    State::Data
                }
                (State::Command, verb @ (DO | DONT | WILL | WONT)) => State::Option(verb),
                (State::Command, SB) => State::Sub(Vec::new()),
                (State::Command, _) => State::Data,
                (State::Option(verb), option) => {
                    self.negotiate(verb, option, to_client);
                    State::Data
                }
                (State::Sub(text), IAC) => State::SubCommand(text),
                (State::Sub(text), byte) => State::Sub(longer(text, byte)),
                (State::SubCommand(text), IAC) => State::Sub(longer(text, IAC)),
                (State::SubCommand(text), _) => {
                    self.com_port(&text, to_client);
                    State::Data
                }
            };
        }
    }

    /// Appends bytes of the kit as they go to the client.
    pub(crate) fn encode(bytes: &[u8], to_client: &mut Vec<u8>) {
        for byte in bytes {
            to_client.push(*byte);
            if *byte == IAC {
                to_client.push(IAC);
            }
        }
    }

    /// The client does not want to be sent anything now.
    pub(crate) const fn is_suspended(&self) -> bool {
        self.suspended
    }

    pub(crate) fn take_purge(&mut self) -> bool {
        core::mem::take(&mut self.purge)
    }

    /// Each offer and each wish is answered once, so that no two sides can talk each other to death.
    fn negotiate(&mut self, verb: u8, option: u8, to_client: &mut Vec<u8>) {
        let answer = match (verb, option) {
            (WILL, BINARY | SUPPRESS_GO_AHEAD | COM_PORT) => DO,
            (DO, BINARY | SUPPRESS_GO_AHEAD | COM_PORT) => WILL,
            (WILL, _) => DONT,
            (DO, _) => WONT,
            _ => return,
        };
        if self.agreed.insert((answer, option)) {
            to_client.extend_from_slice(&[IAC, answer, option]);
        }
    }

    fn com_port(&mut self, text: &[u8], to_client: &mut Vec<u8>) {
        let [COM_PORT, command, value @ ..] = text else {
            return;
        };
        match *command {
            SUSPEND => self.suspended = true,
            RESUME => self.suspended = false,
            SIGNATURE => reply(SIGNATURE, b"modem-sim", to_client),
            command @ 1..=4 | command @ (10 | 11) => reply(command, value, to_client),
            SET_CONTROL => reply(SET_CONTROL, value, to_client),
            PURGE => {
                // 1 and 3 name what the access server has for the client.
                self.purge |= matches!(value, [1 | 3]);
                reply(PURGE, value, to_client);
            }
            _ => {}
        }
    }
}

fn longer(mut text: Vec<u8>, byte: u8) -> Vec<u8> {
    if text.len() < MAX_SUBNEGOTIATION {
        text.push(byte);
    }
    text
}

fn reply(command: u8, value: &[u8], to_client: &mut Vec<u8>) {
    to_client.extend_from_slice(&[IAC, SB, COM_PORT, command + ANSWER]);
    Telnet::encode(value, to_client);
    to_client.extend_from_slice(&[IAC, SE]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(telnet: &mut Telnet, input: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (mut to_kit, mut to_client) = (Vec::new(), Vec::new());
        telnet.decode(input, &mut to_kit, &mut to_client);
        (to_kit, to_client)
    }

    #[test]
    fn options_are_answered_once() {
        let mut telnet = Telnet::default();
        let offer = [IAC, WILL, COM_PORT, IAC, DO, BINARY, IAC, WILL, 1, IAC, DO, 1, IAC, WONT, 1];
        let answer = [IAC, DO, COM_PORT, IAC, WILL, BINARY, IAC, DONT, 1, IAC, WONT, 1].to_vec();
        assert_eq!(decoded(&mut telnet, &offer), (vec![], answer));
        assert_eq!(decoded(&mut telnet, &offer), (vec![], vec![]));
    }

    #[test]
    fn settings_are_taken_as_they_are() {
        let mut telnet = Telnet::default();
        // 115200 is 0x0001c200; a byte of 255 comes twice.
        let baud = [IAC, SB, COM_PORT, 1, 0, 1, 0xc2, 0, IAC, SE];
        let answer = [IAC, SB, COM_PORT, 101, 0, 1, 0xc2, 0, IAC, SE];
        assert_eq!(decoded(&mut telnet, &baud).1, answer);
        let mask = [IAC, SB, COM_PORT, 11, IAC, IAC, IAC, SE];
        assert_eq!(decoded(&mut telnet, &mask).1, [IAC, SB, COM_PORT, 111, IAC, IAC, IAC, SE]);
        assert!(decoded(&mut telnet, &[IAC, SB, 24, 1, IAC, SE]).1.is_empty());
    }

    #[test]
    fn data_pass_and_a_byte_of_255_comes_twice() {
        let mut telnet = Telnet::default();
        assert_eq!(decoded(&mut telnet, &[b'A', IAC, IAC, IAC, 241, b'T']).0, [b'A', IAC, b'T']);
        let mut out = Vec::new();
        Telnet::encode(&[1, IAC, 2], &mut out);
        assert_eq!(out, [1, IAC, IAC, 2]);
    }

    #[test]
    fn the_client_can_pause_and_purge() {
        let mut telnet = Telnet::default();
        decoded(&mut telnet, &[IAC, SB, COM_PORT, SUSPEND, IAC, SE]);
        assert!(telnet.is_suspended());
        let (_, answer) =
            decoded(&mut telnet, &[IAC, SB, COM_PORT, RESUME, IAC, SE, IAC, SB, COM_PORT, PURGE, 1, IAC, SE]);
        assert!(!telnet.is_suspended() && telnet.take_purge() && !telnet.take_purge());
        assert_eq!(answer, [IAC, SB, COM_PORT, 112, 1, IAC, SE]);
    }
}
