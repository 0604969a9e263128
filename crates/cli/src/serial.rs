//! The way to a kit: its port.

use clap::Args;
use modem_at::ports::SystemPorts;
use modem_at::{Dialect, Direction, Error, Modem, Options, PortSelector, Transcript, Transport};

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::env;
use crate::interrupt;

/// A kit on whichever port was chosen.
pub(crate) type Kit = Modem<Box<dyn Transport + Send>>;

/// The options of every verb that talks to a kit.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Port")]
pub(crate) struct PortOptions {
    /// Port of the kit: a path, its USB serial number, VID:PID, auto, tcp://HOST:PORT or rfc2217://HOST:PORT [env: NRFCLOUD_PORT=]
    #[arg(long, value_name = "PORT")]
    port: Option<String>,
    /// Speed of the port in baud
    #[arg(long, default_value_t = 115_200)]
    baud: u32,
}

impl PortOptions {
    /// The port given by option or environment. The parser is not asked for the variable: with `jwt sign --key` it must not count.
    pub(crate) fn name(&self) -> Option<String> {
        self.port.clone().or_else(|| std::env::var(env::PORT).ok().filter(|port| !port.is_empty()))
    }

    /// Opens the port and finds the modem on it.
    pub(crate) fn open(&self, context: &Context) -> Result<Kit, Diagnostic> {
        let port = self.name().ok_or_else(diagnostic::no_port)?;
        let transcript = context.out.is_verbose().then(|| {
            let out = context.out.clone();
            Transcript::new(move |entry| {
                let arrow = match entry.direction {
                    Direction::ToModem => ">",
                    Direction::FromModem => "<",
                };
                out.trace(format_args!("{arrow} {}", entry.text));
            })
        });
        let selector: PortSelector = port.parse()?;
        let options =
            Options { baud: self.baud, transcript, cancel: Some(interrupt::cancel()), ..Options::default() };
        let modem = Modem::open_port(&selector, &SystemPorts, options)?;
        let name = modem.transport().name();
        match modem.dialect() {
            dialect @ (Dialect::AtShell | Dialect::CredentialShell) => {
                context.out.trace(format_args!("{name}: {dialect} is there"));
            }
            dialect => {
                let end = modem.terminator();
                context.out.trace(format_args!("{name}: {dialect} is there, whose commands end with {end}"));
            }
        }
        Ok(modem)
    }
}

/// Does something that a modem allows offline only, and puts it back. Ctrl-C ends it after the command in hand, and it is put back all
/// the same.
pub(crate) fn while_offline<T>(
    context: &Context,
    modem: &mut Kit,
    change: impl FnOnce(&mut Kit) -> Result<T, Error>,
) -> Result<T, Diagnostic> {
    let _held = interrupt::hold().map_err(diagnostic::unexpected)?;
    let mut offline = modem.offline()?;
    let changed = change(&mut offline);
    let restored = offline.restore();
    if let (Err(_), Err(error)) = (&changed, &restored) {
        context.out.warn(format_args!("the modem is still offline: {error}"));
    }
    let changed = changed?;
    restored?;
    Ok(changed)
}
