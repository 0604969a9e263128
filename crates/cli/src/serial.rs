//! The way to a kit: its port.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use modem_at::ports::SystemPorts;
use modem_at::transcript::Entry;
use modem_at::{
    Cancel, Dialect, Direction, Error, FlowControl, Modem, Options, PortSelector, Transcript, Transport,
};

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::env;
use crate::file::FileError;
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
    #[command(flatten)]
    line: LineOptions,
}

/// The options of the line itself.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Port")]
struct LineOptions {
    /// Speed of the port in baud
    #[arg(long, default_value_t = 115_200)]
    baud: u32,
    /// What holds back data
    #[arg(long, value_name = "MODE", value_enum, default_value_t)]
    flow_control: Flow,
    /// File to which each line that goes over the wire is added as JSON, without the secrets in it
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Flow {
    /// RTS/CTS where the kit's CTS is up
    #[default]
    Auto,
    /// Nothing
    None,
    /// XON/XOFF
    XonXoff,
}

impl From<Flow> for FlowControl {
    fn from(flow: Flow) -> Self {
        match flow {
            Flow::Auto => Self::RtsCts,
            Flow::None => Self::None,
            Flow::XonXoff => Self::XonXoff,
        }
    }
}

impl PortOptions {
    /// The port given by option or environment. The parser is not asked for the variable: with `jwt sign --key` it must not count.
    pub(crate) fn name(&self) -> Option<String> {
        let variable = || std::env::var(env::PORT).ok().filter(|port| !port.is_empty());
        self.port.clone().or_else(variable).or_else(|| profile::chosen().port.clone())
    }

    /// Whether the option itself was given.
    pub(crate) const fn is_given(&self) -> bool {
        self.port.is_some()
    }

    /// Its speed.
    pub(crate) const fn baud(&self) -> u32 {
        self.line.baud
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
        let mut file = self.line.transcript.as_deref().map(transcript_file).transpose()?;
        let transcript = (verbose || record.is_some() || file.is_some()).then(|| {
            let (out, mut record) = (context.out.clone(), record);
            Transcript::new(move |entry| {
                if let Some(file) = &mut file {
                    // What cannot be written is lost: it must not end a session with a modem.
                    let _ = writeln!(file, "{entry}");
                }
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
        let LineOptions { baud, flow_control, .. } = self.line;
        let flow_control = flow_control.into();
        let options = Options { baud, flow_control, transcript, cancel, ..Options::default() };
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

/// A file to add lines to, which its owner alone may read where it is made here.
fn transcript_file(path: &Path) -> Result<File, Diagnostic> {
    if path == Path::new("-") {
        return Err(diagnostic::not_stdout("--transcript"));
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| FileError::write(path, error).into())
}

/// The options of a verb that talks to several kits, one after the other.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Port")]
pub(crate) struct ManyPorts {
    /// Port of a kit, as for every verb; may be given again [env: NRFCLOUD_PORT=]
    #[arg(long = "port", value_name = "PORT")]
    ports: Vec<String>,
    #[command(flatten)]
    line: LineOptions,
}

impl ManyPorts {
    /// The options of each port; one that was not named is found as always.
    pub(crate) fn each(&self) -> Vec<PortOptions> {
        let named = self.ports.iter().cloned().map(Some);
        let ports: Vec<Option<String>> = if self.ports.is_empty() { vec![None] } else { named.collect() };
        ports.into_iter().map(|port| PortOptions { port, line: self.line.clone() }).collect()
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
