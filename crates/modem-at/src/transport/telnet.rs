//! Telnet (RFC 854) as far as a serial port needs it: data, options, and the subnegotiations of RFC 2217.

use std::mem;

pub(super) const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;

/// RFC 856: bytes are bytes.
pub(super) const BINARY: u8 = 0;
/// RFC 858: no half duplex.
pub(super) const SUPPRESS_GO_AHEAD: u8 = 3;
/// RFC 2217.
pub(super) const COM_PORT: u8 = 44;

/// Longer subnegotiations are given up; those of RFC 2217 have a few bytes, and a signature at most.
const MAX_SUBNEGOTIATION: usize = 1024;

/// What a server said besides data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    /// It wants us to use an option.
    Do(u8),
    /// It wants us not to.
    Dont(u8),
    /// It uses an option.
    Will(u8),
    /// It does not.
    Wont(u8),
    /// A subnegotiation of RFC 2217: command and value.
    ComPort(u8, Vec<u8>),
}

/// Takes data and messages apart.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
    subnegotiation: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Data,
    Command,
    Option(u8),
    Subnegotiation,
    SubnegotiationCommand,
}

impl Decoder {
    /// Appends the data in `bytes` to `data`, and returns the messages in it.
    pub(super) fn decode(&mut self, bytes: &[u8], data: &mut Vec<u8>) -> Vec<Message> {
        let mut messages = Vec::new();
        for &byte in bytes {
            self.state = match (self.state, byte) {
                (State::Data, IAC) => State::Command,
                (State::Data, byte) => {
                    data.push(byte);
                    State::Data
                }
                (State::Command, IAC) => {
                    data.push(IAC);
                    State::Data
                }
                (State::Command, command @ (WILL | WONT | DO | DONT)) => State::Option(command),
                (State::Command, SB) => State::Subnegotiation,
                // A command without parameters, such as NOP.
                (State::Command, _) => State::Data,
                (State::Option(command), option) => {
                    messages.push(match command {
                        DO => Message::Do(option),
                        DONT => Message::Dont(option),
                        WILL => Message::Will(option),
                        _ => Message::Wont(option),
                    });
                    State::Data
                }
                (State::Subnegotiation, IAC) => State::SubnegotiationCommand,
                (State::Subnegotiation, byte) => {
                    self.keep(byte);
                    State::Subnegotiation
                }
                (State::SubnegotiationCommand, SE) => {
                    if let [COM_PORT, command, value @ ..] = &*mem::take(&mut self.subnegotiation) {
                        messages.push(Message::ComPort(*command, value.to_vec()));
                    }
                    State::Data
                }
                (State::SubnegotiationCommand, byte) => {
                    self.keep(byte);
                    State::Subnegotiation
                }
            };
        }
        messages
    }

    fn keep(&mut self, byte: u8) {
        if self.subnegotiation.len() < MAX_SUBNEGOTIATION {
            self.subnegotiation.push(byte);
        }
    }
}

/// Data on its way to the server: an IAC in it is sent twice.
pub(super) fn data(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        out.push(byte);
        if byte == IAC {
            out.push(IAC);
        }
    }
    out
}

/// An offer, a wish, a refusal.
pub(super) const fn will(option: u8) -> [u8; 3] {
    [IAC, WILL, option]
}

pub(super) const fn wont(option: u8) -> [u8; 3] {
    [IAC, WONT, option]
}

pub(super) const fn please(option: u8) -> [u8; 3] {
    [IAC, DO, option]
}

pub(super) const fn dont(option: u8) -> [u8; 3] {
    [IAC, DONT, option]
}

/// A subnegotiation of RFC 2217.
pub(super) fn com_port(command: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![IAC, SB, COM_PORT, command];
    out.extend(data(value));
    out.extend([IAC, SE]);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commands_are_no_data() {
        let mut decoder = Decoder::default();
        let mut out = Vec::new();
        let bytes = [
            &b"a"[..],
            &will(COM_PORT),
            b"b",
            &[IAC, 241],
            &com_port(101, &[0, 0, IAC, 0]),
            &[IAC, SB, 24, 1, IAC, SE],
            b"c",
        ]
        .concat();
        assert_eq!(
            decoder.decode(&bytes, &mut out),
            [Message::Will(COM_PORT), Message::ComPort(101, vec![0, 0, IAC, 0])]
        );
        assert_eq!(out, b"abc");
    }

    proptest! {
        /// Every byte comes through, with messages between them and in whichever portions.
        #[test]
        fn data_goes_round(
            pieces in proptest::collection::vec(proptest::collection::vec(200u8..=255, 0..20), 1..6),
            cut in 1usize..5,
        ) {
            let mut wire = Vec::new();
            for piece in &pieces {
                wire.extend(data(piece));
                wire.extend(com_port(1, piece));
            }
            let mut decoder = Decoder::default();
            let (mut found, mut messages) = (Vec::new(), Vec::new());
            for part in wire.chunks(cut) {
                messages.extend(decoder.decode(part, &mut found));
            }
            prop_assert_eq!(found, pieces.concat());
            prop_assert_eq!(messages, pieces.into_iter().map(|piece| Message::ComPort(1, piece)).collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
            Decoder::default().decode(&bytes, &mut Vec::new());
        }
    }
}
