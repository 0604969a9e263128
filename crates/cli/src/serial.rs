//! The way to a kit: its port.

use clap::Args;
use modem_at::ports::SystemPorts;
use modem_at::transcript::Entry;
use modem_at::{Cancel, Dialect, Direction, Error, Modem, Options, PortSelector, Transcript, Transport};

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::env;
use crate::interrupt;
use crate::picker;
use crate::profile;

/// A kit on whichever port was chosen.
pub(crate) type Kit = Modem<Box<dyn Transport + Send>>;

/// Who sees what goes over the wire.
type Record = Box<dyn FnMut(&Entry) + Send>;

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
        let variable = || std::env::var(env::PORT).ok().filter(|port| !port.is_empty());
        self.port.clone().or_else(variable).or_else(|| profile::chosen().port.clone())
    }

    /// Its speed.
    pub(crate) const fn baud(&self) -> u32 {
        self.baud
    }

    /// Opens the port and finds the modem on it.
    pub(crate) fn open(&self, context: &Context) -> Result<Kit, Diagnostic> {
        self.open_with(context, Some(interrupt::cancel()), None)
    }

    /// As [`open`](Self::open), and `record` sees each line that goes over the wire, without the secrets in it.
    pub(crate) fn open_recorded(
        &self,
        context: &Context,
        record: impl FnMut(&Entry) + Send + 'static,
    ) -> Result<Kit, Diagnostic> {
        self.open_with(context, Some(interrupt::cancel()), Some(Box::new(record)))
    }

    /// As [`open`](Self::open), but Ctrl-C ends no command: who holds it off looks for it between steps, and puts the modem back by
    /// commands of its own.
    pub(crate) fn open_uncancelled(&self, context: &Context) -> Result<Kit, Diagnostic> {
        self.open_with(context, None, None)
    }

    fn open_with(
        &self,
        context: &Context,
        cancel: Option<Cancel>,
        record: Option<Record>,
    ) -> Result<Kit, Diagnostic> {
        let port = self.name().map_or_else(|| picker::port(context, &SystemPorts), Ok)?;
        let verbose = context.out.is_verbose();
        let transcript = (verbose || record.is_some()).then(|| {
            let (out, mut record) = (context.out.clone(), record);
            Transcript::new(move |entry| {
                if let Some(record) = &mut record {
                    record(entry);
                }
                let arrow = match entry.direction {
                    Direction::ToModem => ">",
                    Direction::FromModem => "<",
                };
                out.trace(format_args!("{arrow} {}", entry.text));
            })
        });
        let selector: PortSelector = port.parse()?;
        let options = Options { baud: self.baud, transcript, cancel, ..Options::default() };
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
