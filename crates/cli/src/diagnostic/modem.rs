//! Kits and their ports.

use std::fmt::Display;

use modem_at::ports::{PortSelectorError, PortsError, SelectError};
use modem_at::{CmeCode, CommandError, Error, ModemTime, SecTag, TransportError};

use super::Diagnostic;
use crate::exit_code::ExitCode;
use crate::input::Source;

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        match error {
            Error::Transport(error) => error.into(),
            Error::Command(error) => error.into(),
            Error::NoAnswer { .. } => Self::new(ExitCode::NoDevice, error).help_with(
                "try the kit's other ports (nrfcloud modem ports), and check that its firmware takes AT commands: at_client does",
            ),
            Error::Select(error) => error.into(),
            Error::Cancelled => Self::interrupted(),
            Error::Unsupported { .. } => Self::new(ExitCode::ModemRefused, error)
                .help_with("this kit has no modem; its shell keeps certificates, keys and pre-shared keys only"),
            Error::ShellRefused { .. } => Self::new(ExitCode::ModemRefused, error)
                .help_with("do what the shell says; nrfcloud modem delete empties a slot that is taken"),
            Error::EchoLost { .. } => Self::new(ExitCode::ModemRefused, error).help_with(
                "build the firmware with a larger CONFIG_SHELL_CMD_BUFF_SIZE, or with the AT host instead of a shell",
            ),
            Error::NoResult { .. } => Self::new(ExitCode::ModemRefused, error)
                .help_with("reset the kit and try again; -v shows what the shell said"),
            Error::Timeout { .. } | Error::Restarted { .. } => {
                Self::new(ExitCode::Network, error).help_with("reset the kit and try again")
            }
            Error::Refused { .. } => {
                let help = error.cme_code().and_then(CmeCode::cure);
                Self::new(ExitCode::ModemRefused, error)
                    .help_with(help.unwrap_or("check the command, and that this firmware knows it"))
            }
            Error::NoModemTime => Self::new(ExitCode::ModemRefused, error).help_with(
                "set its clock: nrfcloud modem time --set now; or give --no-exp",
            ),
            Error::WrittenDiffers { .. } | Error::WrittenUnconfirmed { .. } => Self::new(ExitCode::ModemRefused, error)
                .help_with("do not rely on this slot: look with `nrfcloud modem slots`, and write again"),
            Error::Reply { .. } | Error::NoDeviceUuid => {
                Self::new(ExitCode::ModemRefused, error).help_with("try again; -v shows what the modem said")
            }
            other => Self::new(ExitCode::Unexpected, other),
        }
    }
}

impl From<TransportError> for Diagnostic {
    fn from(error: TransportError) -> Self {
        let help = match &error {
            TransportError::NotFound { .. }
            | TransportError::Directory { .. }
            | TransportError::NotATerminal { .. } => {
                "nrfcloud modem ports lists the ports of this host".into()
            }
            TransportError::PermissionDenied { group: Some(group), .. } => {
                format!("join the group and log in again: sudo usermod -aG {group} $USER").into()
            }
            TransportError::PermissionDenied { .. } => "ask whoever owns the port for access".into(),
            TransportError::Connect { .. } => "check the address, and that the server runs".into(),
            TransportError::NoComPort { .. } => {
                "use tcp:// for a server that passes bytes on and nothing else".into()
            }
            TransportError::Busy { .. } => {
                "close the terminal program, or stop ModemManager, that holds it".into()
            }
            TransportError::Disconnected { .. } => {
                "check cable and power, and look at the ports again".into()
            }
            _ => std::borrow::Cow::from("check cable and power, and try again"),
        };
        Self::new(ExitCode::NoDevice, error).help_with(help)
    }
}

impl From<CommandError> for Diagnostic {
    fn from(error: CommandError) -> Self {
        let help = match &error {
            CommandError::NotAt | CommandError::OpenQuote => {
                "nothing was sent; a command looks like 'AT+CGSN', in single quotes for the shell"
            }
            CommandError::Lifetime { .. } => "give --expires-in as 90s, 10m, 2h or 7d",
            CommandError::Unspoken { .. } => {
                return Self::new(ExitCode::ModemRefused, error).help_with(
                    "this kit has no modem: nrfcloud modem slots, write and delete work with its shell",
                );
            }
            _ => "nothing was sent; mend what is named",
        };
        Self::new(ExitCode::BadInput, error).help_with(help)
    }
}

impl From<SelectError> for Diagnostic {
    fn from(error: SelectError) -> Self {
        let help = match &error {
            SelectError::Several { .. } => "name one of them with --port",
            SelectError::NoCommandPort { .. } => "give --port with the path of the port itself",
            SelectError::Ports(_) => return Self::new(ExitCode::Unexpected, error),
            _ => "nrfcloud modem ports lists the ports of this host",
        };
        Self::new(ExitCode::NoDevice, error).help_with(help)
    }
}

impl From<PortSelectorError> for Diagnostic {
    fn from(error: PortSelectorError) -> Self {
        Self::new(ExitCode::BadInput, error).help_with(
            "give a path, a USB serial number, VID:PID, auto, tcp://HOST:PORT or rfc2217://HOST:PORT",
        )
    }
}

impl From<PortsError> for Diagnostic {
    fn from(error: PortsError) -> Self {
        Self::new(ExitCode::Unexpected, error)
    }
}

/// Nobody said which port.
pub(crate) fn no_port() -> Diagnostic {
    Diagnostic::new(ExitCode::NoDevice, "no port given")
        .help_with("give --port or set NRFCLOUD_PORT; `nrfcloud modem ports` lists the ports of this host")
}

/// A script with a line that is no command.
pub(crate) fn bad_script(source: &Source, error: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{source}, {error}"))
        .help_with("nothing was sent; a script has a command such as AT+CGSN in each line")
}

/// A command of a script that was refused. What stands below it was not sent.
pub(crate) fn script_stopped(source: &Source, line: usize, error: Error) -> Diagnostic {
    let diagnostic = Diagnostic::from(error);
    if diagnostic.code == ExitCode::Interrupted {
        return diagnostic;
    }
    Diagnostic { message: format!("{source}, line {line}: {}", diagnostic.message), ..diagnostic }
}

/// A store of which not all could be deleted.
pub(crate) fn slots_not_deleted(failed: usize, total: usize, first: &str) -> Diagnostic {
    let code = if failed < total { ExitCode::Partly } else { ExitCode::ModemRefused };
    Diagnostic::new(code, format!("{failed} of {total} slots are not deleted"))
        .because([first])
        .help_with("look at what is left: nrfcloud modem slots")
}

/// A firmware that makes no certificates.
pub(crate) fn no_self_signed(firmware: &str) -> Diagnostic {
    Diagnostic::new(ExitCode::ModemRefused, format!("{firmware} makes no certificate of its own"))
        .help_with("that begins with mfw_nrf91x1_2.0.2; before, a request is signed by an authority: nrfcloud cert issue --keygen")
}

/// The modem made a key, and its answer does not hold together.
pub(crate) fn bad_keygen(sec_tag: SecTag, error: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::ModemRefused, format!("the answer to AT%KEYGEN cannot be trusted: {error}"))
        .help_with(format!(
            "delete the slot and make the key again: nrfcloud modem delete --sec-tag {sec_tag} --type key"
        ))
}

/// The modem proved its identity, and the proof does not hold together.
pub(crate) fn bad_attestation(error: impl Display) -> Diagnostic {
    Diagnostic::new(
        ExitCode::ModemRefused,
        format!("the answer to AT%ATTESTTOKEN cannot be trusted: {error}"),
    )
    .help_with("try again; `nrfcloud modem info` says which modem it is")
}

/// The modem took a time and does not show it.
pub(crate) fn clock_not_set(wanted: ModemTime, found: Option<ModemTime>) -> Diagnostic {
    let shows = found.map_or_else(|| "no valid time".to_owned(), |found| found.to_string());
    Diagnostic::new(
        ExitCode::ModemRefused,
        format!("the clock was set to {wanted}, and the modem shows {shows}"),
    )
    .help_with("try again; a network that tells the time sets the clock, too")
}

/// The modem was given attributes for the request and said no; it does not say why.
pub(crate) fn attributes_refused(refusal: Diagnostic) -> Diagnostic {
    match refusal.code() {
        ExitCode::ModemRefused => {
            refusal.help_with("check --attributes: names that X.509 knows, as CN=nrf-352656106647673,O=Example, or leave them out")
        }
        _ => refusal,
    }
}

/// A pre-shared key that no modem takes. Nothing of it is told.
pub(crate) fn bad_psk(source: &Source) -> Diagnostic {
    Diagnostic::new(
        ExitCode::BadInput,
        format!(
            "{source}: a pre-shared key is an even number of hexadecimal digits, and this is something else"
        ),
    )
    .help_with(
        "write the key as hexadecimal digits, without 0x and spaces; for its name there is --type psk-id",
    )
}

/// A simulated kit did not start.
#[cfg(all(feature = "sim", unix))]
pub(crate) fn sim_modem(error: &modem_sim::StartError) -> Diagnostic {
    match error {
        modem_sim::StartError::Firmware { .. } => Diagnostic::new(ExitCode::BadInput, error)
            .help_with("leave --mfw out, or give one of the same family as --model"),
        modem_sim::StartError::Listen { .. } => Diagnostic::new(ExitCode::Network, error)
            .help_with("give another address; port 0 is any free one"),
        modem_sim::StartError::State { .. } => Diagnostic::new(ExitCode::BadInput, error)
            .help_with("give the --seed and --mode that the file was made with, or another file"),
        modem_sim::StartError::Link { .. } => Diagnostic::new(ExitCode::BadInput, error)
            .help_with("give a path in a folder that is yours to write"),
        _ => Diagnostic::new(ExitCode::Unexpected, error),
    }
}
