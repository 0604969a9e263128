//! The way to a kit: its port.

use clap::Args;
use modem_at::{Direction, Error, Modem, Options, SerialTransport, Transcript};

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::env;
use crate::interrupt;

/// The options of every verb that talks to a kit.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Port")]
pub(crate) struct PortOptions {
    /// Serial port of the kit [env: NRFCLOUD_PORT=]
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
    pub(crate) fn open(&self, context: &Context) -> Result<Modem<SerialTransport>, Diagnostic> {
        let port = self.name().ok_or_else(diagnostic::no_port)?;
        let transcript = context.out.is_verbose().then(|| {
            let out = context.out.clone();
            Transcript::new(move |direction, line| {
                let arrow = match direction {
                    Direction::ToModem => ">",
                    Direction::FromModem => "<",
                };
                out.trace(format_args!("{arrow} {line}"));
            })
        });
        let options = Options { baud: self.baud, transcript, ..Options::default() };
        let modem = Modem::open_path(&port, options)?;
        context.out.trace(format_args!("{port}: commands end with {}", modem.terminator()));
        Ok(modem)
    }
}

/// Does something that a modem allows offline only, and puts it back; Ctrl-C is put off meanwhile.
pub(crate) fn while_offline<T>(
    context: &Context,
    modem: &mut Modem<SerialTransport>,
    change: impl FnOnce(&mut Modem<SerialTransport>) -> Result<T, Error>,
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
