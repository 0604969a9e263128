//! What stands behind the firmware of a kit: a modem, or only a store of credentials.

use super::Ending;
use crate::credential_shell::{CredentialShell, Said};
use crate::device::{Command, Device, Form, Line};
use crate::front::Front;
use crate::mode::Mode;
use crate::nrf93::Nrf93;
use crate::script::Part;

/// One of three.
pub(crate) enum Machine {
    Modem { device: Box<Device>, mode: Mode },
    Credentials(Box<CredentialShell>),
    Nrf93(Box<Nrf93>),
}

/// What a command gives.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) script: Vec<Part>,
    pub(crate) ending: Option<Ending>,
}

impl Outcome {
    pub(crate) fn of(script: Vec<Part>) -> Self {
        Self { script, ending: None }
    }

    fn ok() -> Self {
        Self::of(vec![Part::Result("OK\r\n".to_owned())])
    }
}

impl Machine {
    /// An AT command. Notifications come with the answer where the host hears them.
    pub(crate) fn execute(&mut self, command: &[u8], now: u64, events: bool, front: &mut Front) -> Outcome {
        if let Front::V250(line) = front
            && let Some(echo) = echo_switch(command)
        {
            line.set_echo(echo);
            return Outcome::ok();
        }
        match self {
            Self::Modem { device, mode: Mode::SerialModem } => {
                let own = own_command(command, device);
                own.unwrap_or_else(|| Outcome::of(device.execute(command, now).into_script(events)))
            }
            Self::Modem { device, .. } => Outcome::of(device.execute(command, now).into_script(events)),
            Self::Nrf93(modem) => Outcome::of(modem.execute(command)),
            Self::Credentials(_) => Outcome::default(),
        }
    }

    /// A command of a shell without a modem.
    pub(crate) fn run_in_shell(&mut self, words: &[&str], front: &mut Front) -> Outcome {
        let Self::Credentials(shell) = self else {
            return Outcome::default();
        };
        let said = shell.run(words);
        if let (true, Front::Shell(front)) = (said.loads, front) {
            front.load();
        }
        Outcome::of(printed(said))
    }

    /// Bytes of `cred buf load`.
    pub(crate) fn load(&mut self, bytes: &[u8], ends: bool, front: &mut Front) -> Vec<Part> {
        let Self::Credentials(shell) = self else {
            return Vec::new();
        };
        let (said, over) = shell.load(bytes, ends);
        if let (true, Front::Shell(front)) = (over, front) {
            front.end_load();
        }
        printed(said)
    }

    /// The answer to a command that was not carried out.
    pub(crate) fn refuse(&self, text: &[u8], code: Option<u16>) -> Vec<Part> {
        match self {
            Self::Modem { device, .. } => device.refuse(code).into_script(false),
            Self::Nrf93(modem) => modem.refuse(code),
            Self::Credentials(_) => {
                let line = String::from_utf8_lossy(text);
                let words: Vec<&str> = line.split_ascii_whitespace().collect();
                printed(CredentialShell::refuse(&words, code))
            }
        }
    }

    /// The troubles of the next command: no room, supply about to go, a write that is damaged.
    pub(crate) fn set_trouble(&mut self, [memory_full, power_off, wrong_sha]: [bool; 3]) {
        let trouble = match self {
            Self::Modem { device, .. } => &mut device.trouble,
            Self::Credentials(shell) => &mut shell.trouble,
            Self::Nrf93(_) => return,
        };
        trouble.memory_full = memory_full;
        trouble.power_off = power_off;
        trouble.wrong_sha = wrong_sha;
    }

    /// Which of them the last command came to.
    pub(crate) fn take_met(&mut self) -> [bool; 3] {
        match self {
            Self::Modem { device, .. } => core::mem::take(&mut device.trouble.met),
            Self::Credentials(shell) => core::mem::take(&mut shell.trouble.met),
            Self::Nrf93(_) => [false; 3],
        }
    }

    /// Another number whenever what the kit keeps has changed.
    pub(crate) fn changes(&self) -> u64 {
        match self {
            Self::Modem { device, .. } => device.changes(),
            Self::Credentials(shell) => shell.changes(),
            Self::Nrf93(modem) => u64::from(modem.made().uuid) + u64::from(modem.made().key),
        }
    }

    /// The answer to a command whose outcome could not be kept.
    pub(crate) fn refuse_unsaved(&self, text: &[u8]) -> Vec<Part> {
        match self {
            Self::Modem { device, .. } => device.refuse_unsaved().into_script(false),
            _ => self.refuse(text, None),
        }
    }

    pub(crate) fn restart(&mut self) {
        match self {
            Self::Modem { device, .. } => device.restart(),
            Self::Credentials(shell) => shell.restart(),
            Self::Nrf93(modem) => modem.restart(),
        }
    }
}

fn printed(said: Said) -> Vec<Part> {
    said.lines.into_iter().map(|(colour, text)| Part::Print(colour, text)).collect()
}

fn echo_switch(command: &[u8]) -> Option<bool> {
    match command.to_ascii_uppercase().trim_ascii() {
        b"ATE" | b"ATE0" => Some(false),
        b"ATE1" => Some(true),
        _ => None,
    }
}

/// The commands of Serial Modem itself that are here.
fn own_command(command: &[u8], device: &Device) -> Option<Outcome> {
    let Line::Command(Command { name, form: Form::Execute }) = Line::parse(command) else {
        return None;
    };
    let information = |line: String| {
        let line = format!("{line}\r\n").into_bytes();
        Outcome::of(vec![Part::Information(line), Part::Result("OK\r\n".to_owned())])
    };
    match name.as_str() {
        "#XSMVER" => Some(information("#XSMVER: \"v1.0.0\",\"v3.1.99\"".to_owned())),
        "#XUUID" => Some(information(format!("#XUUID: {}", device.device_uuid()))),
        "#XRESET" => Some(Outcome { ending: Some(Ending::Restart), ..Outcome::ok() }),
        _ => None,
    }
}
