//! The question which port is meant, put to a person at a terminal.

use std::fmt::Write as _;

use modem_at::ports::{self, Board, PortLister};

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::text::Shown;

/// A port for a person to pick: its path, and what is known of it.
#[derive(Debug, PartialEq, Eq)]
struct Choice {
    path: String,
    about: String,
}

/// Asks for a port until the answer is one. Without a terminal, or without an answer, there is none.
pub(crate) fn port(context: &Context, lister: &impl PortLister) -> Result<String, Diagnostic> {
    if !context.can_ask() {
        return Err(diagnostic::no_port());
    }
    let choices = choices(&ports::boards(lister)?);
    context.out.prompt(menu(&choices));
    loop {
        context.out.prompt("Number, path or USB serial number of a port: ");
        let answer = context.input.line()?;
        match pick(&choices, answer.trim()) {
            Pick::Port(port) => return Ok(port),
            Pick::Nothing => return Err(diagnostic::no_port()),
            Pick::NoSuchNumber => context.out.warn("there is no such number above"),
        }
    }
}

/// The port of each kit that takes commands, and all ports of what is no kit.
fn choices(boards: &[Board]) -> Vec<Choice> {
    let choice = |board: &Board, path: &str| Choice {
        path: path.to_owned(),
        about: [board.kit, board.serial_number.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
    };
    boards
        .iter()
        .flat_map(|board| match board.command_port() {
            Some(port) => vec![choice(board, &port.path)],
            None => board.ports.iter().map(|port| choice(board, &port.path)).collect(),
        })
        .collect()
}

fn menu(choices: &[Choice]) -> String {
    if choices.is_empty() {
        return "No serial port of this host is known.\n".to_owned();
    }
    let width = choices.iter().map(|choice| choice.path.chars().count()).max().unwrap_or_default();
    let mut menu = String::from("The serial ports of this host:\n");
    for (index, Choice { path, about }) in choices.iter().enumerate() {
        let line = format!("{:>3}  {path:width$}  {}", index + 1, Shown(about));
        // Writing to a `String` cannot fail.
        let _ = writeln!(menu, "{}", line.trim_end());
    }
    menu
}

#[derive(Debug, PartialEq, Eq)]
enum Pick {
    Port(String),
    NoSuchNumber,
    Nothing,
}

/// Two digits at most are a number of the menu; serial numbers have more.
fn pick(choices: &[Choice], answer: &str) -> Pick {
    if answer.is_empty() {
        return Pick::Nothing;
    }
    if answer.len() > 2 || !answer.bytes().all(|byte| byte.is_ascii_digit()) {
        return Pick::Port(answer.to_owned());
    }
    let choice = answer.parse::<usize>().ok().and_then(|number| choices.get(number.checked_sub(1)?));
    choice.map_or(Pick::NoSuchNumber, |choice| Pick::Port(choice.path.clone()))
}

#[cfg(test)]
mod tests {
    use modem_at::ports::{Port, PortsError, Usb};

    use super::*;

    struct Desk;

    impl PortLister for Desk {
        fn list(&self) -> Result<Vec<Port>, PortsError> {
            let usb = |interface| Usb {
                vid: 0x1366,
                pid: 0x1059,
                serial_number: Some("001051202135".to_owned()),
                interface: Some(interface),
            };
            let port = |path: &str, usb| Port { path: path.to_owned(), by_id: None, usb };
            Ok(vec![
                port("/dev/ttyS0", None),
                port("/dev/ttyACM0", Some(usb(0))),
                port("/dev/ttyACM1", Some(usb(2))),
            ])
        }
    }

    #[test]
    fn a_kit_has_one_line_and_a_bare_port_its_own() {
        let menu = menu(&choices(&ports::boards(&Desk).unwrap()));
        let lines: Vec<&str> = menu.lines().collect();
        let ["The serial ports of this host:", kit, "  2  /dev/ttyS0"] = lines[..] else { panic!("{menu}") };
        assert!(kit.starts_with("  1  /dev/ttyACM") && kit.ends_with(" 001051202135"), "{menu}");
    }

    #[test]
    fn an_answer_is_a_number_or_a_name() {
        let choices = choices(&ports::boards(&Desk).unwrap());
        assert_eq!(pick(&choices, "2"), Pick::Port("/dev/ttyS0".to_owned()));
        assert_eq!(pick(&choices, "/dev/pts/3"), Pick::Port("/dev/pts/3".to_owned()));
        assert_eq!(pick(&choices, "1051202135"), Pick::Port("1051202135".to_owned()));
        assert_eq!(pick(&choices, ""), Pick::Nothing);
        assert_eq!(pick(&choices, "0"), Pick::NoSuchNumber);
        assert_eq!(pick(&choices, "3"), Pick::NoSuchNumber);
        assert_eq!(pick(&[], "1"), Pick::NoSuchNumber);
    }
}
