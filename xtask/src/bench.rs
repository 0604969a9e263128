//! `cargo xtask bench AREA`: the benchmarks of an area, as times and as ratios with what the project asks for beside them.
//!
//! It fails only when a benchmark cannot run. A target that is missed is told, and may be noise: the bounds beside each
//! median say how sure it is.

mod date;
mod machine;
mod section;
mod targets;
mod times;

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
    process::Command,
    time::SystemTime,
};

use self::{machine::Machine, targets::Reached, times::Time};
use crate::{
    interop::{self, InteropError},
    workspace::{self, ToolError},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// What to measure
    area: Area,
    /// Write the result into docs/benchmarks.md. Do it on a machine that does nothing else
    #[arg(long)]
    record: bool,
}

/// What can be measured: one bench of the package `benches` each.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Area {
    /// Tokens: signing and verifying against the raw primitives and `jsonwebtoken`
    Jwt,
    /// Assistance data: decoding and encoding against the bound of reading the bytes
    Agnss,
    /// Onboarding CSV, the end of bulk operations against Nordic's tool, and the simulated cloud under load
    Cloud,
    /// Simulated kits at 115200 baud: a whole installation against its bytes on the wire and Nordic's tool
    Modem,
    /// Certificates: issuing against the raw primitives, Nordic's tool and openssl, and whole fleets
    Pki,
}

impl Area {
    /// The bench, which is also the group in criterion's folder and the name of the markers in the document.
    fn name(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::Agnss => "agnss",
            Self::Cloud => "cloud",
            Self::Modem => "modem",
            Self::Pki => "pki",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Jwt => "Tokens",
            Self::Agnss => "Assistance data",
            Self::Cloud => "Onboarding and the simulated cloud",
            Self::Modem => "Credentials over a serial port",
            Self::Pki => "Certificates",
        }
    }

    /// What the bench has to find in its environment: the peers that are programs.
    fn environment(self, machine: &Machine) -> Result<Vec<(&'static str, PathBuf)>, BenchError> {
        Ok(match self {
            Self::Jwt | Self::Agnss => Vec::new(),
            Self::Cloud => {
                workspace::run(&mut workspace::cargo(["build", "--locked", "--release", "--package=cli"])?)?;
                let program = format!("release/nrfcloud{}", std::env::consts::EXE_SUFFIX);
                vec![
                    ("NRFCLOUD_PYTHON", interop::nrfcloud_utils("python")?),
                    ("NRFCLOUD", machine.target_directory.join(program)),
                ]
            }
            Self::Modem => vec![("NRFCLOUD_PYTHON", interop::nrfcloud_utils("python")?)],
            Self::Pki => vec![("NRFCLOUD_UTILS", interop::nrfcloud_utils("create_device_credentials")?)],
        })
    }

    /// The packages whose versions belong to the result.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Jwt => &["aws-lc-rs", "aws-lc-sys", "jsonwebtoken", "p256"],
            Self::Agnss => &[],
            Self::Cloud => &["aws-lc-rs", "axum", "base64", "memchr", "reqwest", "x509-cert"],
            Self::Modem => &["serialport"],
            Self::Pki => &["aws-lc-rs", "aws-lc-sys", "der", "x509-cert"],
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<(), BenchError> {
    let area = options.area;
    let machine = Machine::read(area.packages())?;
    let environment = area.environment(&machine)?;
    let criterion = machine.target_directory.join("criterion");
    let bench = |arguments: &[&str]| -> Result<Command, BenchError> {
        let mut command =
            workspace::cargo(["bench", "--locked", "--package=benches", "--bench", area.name()])?;
        // Said, since criterion falls back to a folder of its own choice where it cannot ask cargo.
        command.args(arguments).env("CRITERION_HOME", &criterion);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        Ok(command)
    };
    let start = SystemTime::now();
    workspace::run(&mut bench(&[])?)?;
    let times = times::read(&criterion.join(area.name()), start)?;
    say("measuring the targets, each side in turn");
    let reached = targets::read(&workspace::output(&mut bench(&["--quiet", "--", "--targets"])?)?)?;
    let body = body(&machine, &times, &reached);
    // A closed stdout does not change what was found.
    let _ = write!(io::stdout(), "\n{body}");
    if options.record {
        record_section(&format!("bench {}", area.name()), area.heading(), section::METHOD, &body)?;
    }
    Ok(())
}

fn body(machine: &Machine, times: &[Time], reached: &[Reached]) -> String {
    format!("{machine}\n\n{}\n{}", targets::table(reached), times::table(times))
}

/// The machine in words, for a section of another task.
pub(crate) fn machine() -> Result<String, BenchError> {
    Ok(Machine::read(&[])?.to_string())
}

/// Writes the section of `task` into docs/benchmarks.md; `method` says how its numbers came about.
pub(crate) fn record_section(task: &str, heading: &str, method: &str, body: &str) -> Result<(), BenchError> {
    let path = workspace::root()?.join("docs/benchmarks.md");
    let fault = |source| BenchError::Document { path: path.clone(), source };
    let document = match fs::read_to_string(&path) {
        Ok(document) => document,
        Err(error) if error.kind() == io::ErrorKind::NotFound => section::HEAD.into(),
        Err(error) => return Err(fault(error)),
    };
    let document = section::replaced(&document, task, heading, method, body)
        .ok_or_else(|| BenchError::Markers { task: task.into() })?;
    fs::write(&path, document).map_err(fault)?;
    say("written: docs/benchmarks.md");
    Ok(())
}

fn say(text: &str) {
    // A closed stderr is no reason not to go on.
    let _ = writeln!(io::stderr(), "{text}");
}

/// The benchmarks did not run, or their result could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    #[error("benchmarks: {0}")]
    Tool(#[from] ToolError),
    #[error("benchmarks: {0}")]
    Peer(#[from] InteropError),
    #[error("benchmarks: {0}")]
    Machine(#[from] machine::MachineError),
    #[error("benchmarks: {0}")]
    Times(#[from] times::TimesError),
    #[error("benchmarks: {0}")]
    Targets(#[from] targets::TargetsError),
    #[error("{}: {source}", path.display())]
    Document { path: PathBuf, source: io::Error },
    #[error("docs/benchmarks.md has the marker that begins `{task}`, but none that ends it")]
    Markers { task: String },
}
