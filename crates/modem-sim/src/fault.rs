//! Faults on demand: what a kit can do to its host.

use crate::device::{Answer, Command, Form, Line, Parameters};

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing is ever answered. Commands are still carried out.
    Mute,
    /// The command with this number, from 1, is carried out and not answered. Blank lines do not count.
    SilentAt(u32),
    /// The `%CMNG` write with this number, from 1, answers `ERROR` and stores nothing.
    FailWrite(u32),
    /// A notification comes with the answer to each command that reads exactly so, capitals aside.
    Urc {
        /// The command, `AT+CGSN`.
        command: String,
        /// Where it lands.
        place: UrcPlace,
        /// The notification without its line end.
        text: String,
    },
}

/// Where a notification lands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrcPlace {
    /// Before the answer.
    Before,
    /// Between the last information line and the final result.
    BeforeResult,
    /// Behind the answer.
    After,
}

/// The faults of one kit, and how far it has come.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    all: Vec<Fault>,
    commands: u32,
    writes: u32,
}

impl Faults {
    pub(crate) fn new(all: Vec<Fault>) -> Self {
        Self { all, commands: 0, writes: 0 }
    }

    /// Counts a command, and gives the answer that a fault puts in the place of the modem's.
    pub(crate) fn before(&mut self, command: &[u8]) -> Option<Answer> {
        self.commands = self.commands.saturating_add(1);
        if !is_credential_write(command) {
            return None;
        }
        self.writes = self.writes.saturating_add(1);
        self.all.contains(&Fault::FailWrite(self.writes)).then(Answer::plain_error)
    }

    /// What becomes of the answer to the command counted last; `None` is silence.
    pub(crate) fn after(&self, command: &[u8], mut answer: Answer) -> Option<Answer> {
        for fault in &self.all {
            match fault {
                Fault::Mute => return None,
                Fault::SilentAt(number) if *number == self.commands => return None,
                Fault::Urc { command: on, place, text }
                    if command.trim_ascii().eq_ignore_ascii_case(on.as_bytes()) =>
                {
                    answer.interrupt(*place, text);
                }
                Fault::SilentAt(_) | Fault::FailWrite(_) | Fault::Urc { .. } => {}
            }
        }
        Some(answer)
    }
}

fn is_credential_write(command: &[u8]) -> bool {
    match Line::parse(command) {
        Line::Command(Command { name, form: Form::Set(parameters) }) if name == "%CMNG" => {
            Parameters::parse(parameters).is_ok_and(|parameters| parameters.number::<u8>(0) == Ok(Some(0)))
        }
        _ => false,
    }
}
