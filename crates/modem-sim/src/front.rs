//! The firmware between the serial port and the modem: where a command ends, and what stands around an answer.

mod at_commands;
mod at_host;
mod shell;
mod v250;

pub use self::at_host::{Terminator, TerminatorError, WhileBusy};
pub(crate) use self::shell::{Shell, ShellKind};
pub(crate) use self::{at_host::AtHost, v250::V250};
use crate::script::Part;

/// What a host wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// AT commands, nearly always one.
    At(Vec<Vec<u8>>),
    /// A command of a shell, in words, and as it was typed.
    Shell { words: Vec<String>, line: String },
    /// Bytes for the buffer of `cred buf load`, up to Ctrl-C or not.
    Load { bytes: Vec<u8>, ends: bool },
    /// `kernel reboot`.
    Reboot,
}

/// The firmware of one kit.
#[derive(Debug)]
pub(crate) enum Front {
    AtHost(AtHost),
    V250(V250),
    Shell(Box<Shell>),
}

impl Front {
    /// Takes one byte; `out` gets what is sent back at once.
    pub(crate) fn push(&mut self, byte: u8, out: &mut Vec<u8>) -> Option<Heard> {
        match self {
            Self::AtHost(host) => host.push(byte, out).map(|command| Heard::At(vec![command])),
            Self::V250(host) => host.push(byte, out).map(|command| Heard::At(vec![command])),
            Self::Shell(shell) => shell.push(byte, out),
        }
    }

    /// Appends the whole answer to a command as it goes over the wire.
    pub(crate) fn frame(&mut self, script: &[Part], out: &mut Vec<u8>) {
        match self {
            Self::AtHost(host) => host.frame(script, out),
            Self::V250(host) => host.frame(script, out),
            Self::Shell(shell) => shell.frame(script, out),
        }
    }

    /// Notifications of the modem reach the host.
    pub(crate) const fn tells_events(&self) -> bool {
        match self {
            Self::AtHost(_) | Self::V250(_) => true,
            Self::Shell(shell) => shell.tells_events(),
        }
    }

    /// It takes no byte before all that it has to say is out, because one thread does both.
    pub(crate) const fn talks_before_it_listens(&self) -> bool {
        matches!(self, Self::Shell(_))
    }

    /// Forgets what was typed and what was switched on since the start.
    pub(crate) fn restart(&mut self) {
        match self {
            Self::AtHost(host) => host.restart(),
            Self::V250(host) => host.restart(),
            Self::Shell(shell) => shell.restart(),
        }
    }

    /// What it says when it comes up: at once, and when the modem is ready.
    pub(crate) fn banner(&self) -> (String, Vec<u8>) {
        const BOOT: &str = "All pins have been configured as non-secure\r\n\
                            Booting TF-M v2.1.0\r\n\
                            [Sec Thread] Secure image initializing!\r\n\
                            *** Booting nRF Connect SDK v2.9.99-98a5e50b9ac1 ***\r\n\
                            *** Using Zephyr OS v3.7.99-693769a5c735 ***\r\n";
        match self {
            Self::AtHost(_) => (format!("{BOOT}The AT host sample started\r\n"), b"Ready\r\n".to_vec()),
            Self::V250(host) => (String::new(), host.ready().as_bytes().to_vec()),
            Self::Shell(shell) => (BOOT.to_owned(), shell.first_prompt()),
        }
    }
}
