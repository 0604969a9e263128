//! A person who types AT commands.

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use modem_at::Error;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::interrupt;
use crate::serial::PortOptions;

/// Sends what is typed, line by line, and shows the answers, until there is no more (Ctrl-D) or Ctrl-C. A refusal is told and ends nothing.
pub(super) fn talk(context: &Context, port: &PortOptions) -> Result<(), Diagnostic> {
    let mut modem = port.open(context)?;
    let _held = interrupt::hold().map_err(diagnostic::unexpected)?;
    context.out.note("type commands such as AT+CGSN; Ctrl-D ends");
    let lines = lines();
    let mut command = String::new();
    loop {
        context.out.prompt(if command.is_empty() { "AT> " } else { "  > " });
        let Some(line) = next(&lines)? else { break };
        command.push_str(&line);
        // What stands in quotes may hold line breaks.
        if command.matches('"').count() % 2 == 1 {
            continue;
        }
        let typed = std::mem::take(&mut command);
        if typed.trim().is_empty() {
            continue;
        }
        match modem.command(typed.trim()) {
            Ok(lines) => context.out.text(&format!("{}OK\n", super::text_of(&lines))),
            Err(error @ (Error::Transport(_) | Error::Cancelled)) => return Err(error.into()),
            Err(error) => context.out.error(&Diagnostic::from(error)),
        }
    }
    context.out.prompt("\n");
    Ok(modem.close()?)
}

/// The lines of standard input. They are read apart, so that Ctrl-C is seen while nothing is typed.
fn lines() -> Receiver<io::Result<String>> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        loop {
            let mut line = String::new();
            let read = io::stdin().read_line(&mut line);
            let is_last = !matches!(read, Ok(1..));
            // Nobody waits for a further line when the command has ended.
            if sender.send(read.map(|_| line)).is_err() || is_last {
                break;
            }
        }
    });
    lines
}

/// The next line; `None` at the end of the input, and after Ctrl-C.
fn next(lines: &Receiver<io::Result<String>>) -> Result<Option<String>, Diagnostic> {
    while !interrupt::is_pending() {
        match lines.recv_timeout(Duration::from_millis(50)) {
            Ok(Ok(line)) => return Ok(Some(line).filter(|line| !line.is_empty())),
            Ok(Err(error)) => {
                return Err(diagnostic::unexpected(format_args!("cannot read standard input: {error}")));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
    }
    Ok(None)
}
