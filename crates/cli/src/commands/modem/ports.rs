//! `nrfcloud modem ports`

use clap::Args;
use modem_at::ports::{self, SystemPorts};
use serde::Serialize;

use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct Ports {}

#[derive(Serialize)]
struct List {
    boards: Vec<Board>,
}

#[derive(Serialize)]
struct Board {
    #[serde(skip_serializing_if = "Option::is_none")]
    kit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    ports: Vec<Port>,
}

#[derive(Serialize)]
struct Port {
    port: String,
    /// Whether this is the one that takes AT commands, where that is known.
    at: bool,
    /// Whether this is the one that has a shell for credentials, where that is known.
    shell: bool,
    /// A name that stays the same wherever the kit is plugged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    by_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usb: Option<String>,
}

impl Ports {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let boards = ports::boards(&SystemPorts)?.into_iter().map(Board::from).collect();
        let list = List { boards };
        if list.boards.is_empty() {
            context.out.note("no serial port on this host");
        }
        context.out.result("nrfcloud.modem.ports", &list, human);
        Ok(())
    }
}

impl From<ports::Board> for Board {
    fn from(board: ports::Board) -> Self {
        let (at_port, shell_port) = (board.at_port, board.shell_port);
        let ports = board.ports.into_iter().enumerate().map(|(index, port)| Port {
            port: port.path,
            at: at_port == Some(index),
            shell: shell_port == Some(index),
            by_id: port.by_id,
            usb: port.usb.map(|usb| format!("{:04x}:{:04x}", usb.vid, usb.pid)),
        });
        Self { kit: board.kit, serial_number: board.serial_number, ports: ports.collect() }
    }
}

/// Port, kit, serial number, `AT` or `shell`; separated by tabs.
fn human(list: &List) -> String {
    let mut text = String::new();
    for board in &list.boards {
        for port in &board.ports {
            let serial = board.serial_number.as_deref().unwrap_or_default();
            let at = match (port.at, port.shell) {
                (true, _) => "AT",
                (_, true) => "shell",
                _ => "",
            };
            text.push_str(&format!(
                "{}\t{}\t{}\t{at}\n",
                port.port,
                board.kit.unwrap_or_default(),
                Shown(serial)
            ));
        }
    }
    text
}
