//! `cargo xtask interop [AREA]`: our code against other implementations of the same standards.
//!
//! Peers in other languages are installed from their registries into `target/interop`, at the versions that `interop/`
//! pins. One that is missing is a failure that names it.

mod browser;
mod cloud;
mod jwt;
mod modem;
mod page;
mod peers;
mod pki;
mod simulator;
mod tally;

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use crate::workspace::ToolError;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// What to check [default: every area]
    area: Option<Area>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Area {
    /// Tokens: jwt-core with both back ends, `jsonwebtoken`, PyJWT and `jose`, each against each of ours
    Jwt,
    /// Certificates and requests: `pki`, openssl, Python's `cryptography` and nRF Cloud Utils, each with what the others made
    Pki,
    /// nRF Cloud Utils against the simulated nRF Cloud: onboarding, updates, claiming
    Cloud,
    /// `nrfcredstore` and nRF Cloud Utils against simulated kits: credentials, installation, tokens
    Modem,
    /// The page of the simulated nRF Cloud, in headless Chromium: live, by keyboard, without an error
    Page,
}

pub(crate) fn run(options: &Options) -> Result<(), InteropError> {
    match options.area {
        None => {
            [jwt::run, pki::run, cloud::run, modem::run, page::run].into_iter().try_for_each(|area| area())
        }
        Some(Area::Jwt) => jwt::run(),
        Some(Area::Pki) => pki::run(),
        Some(Area::Cloud) => cloud::run(),
        Some(Area::Modem) => modem::run(),
        Some(Area::Page) => page::run(),
    }
}

/// A program of nRF Cloud Utils, installed where it is not there yet.
pub(crate) fn nrfcloud_utils(program: &str) -> Result<PathBuf, InteropError> {
    Ok(peers::python_programs()?.join(program))
}

fn say(text: &str) {
    // A closed stdout does not change what was found.
    let _ = writeln!(io::stdout(), "{text}");
}

/// A peer is missing, broken, or disagrees with us.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InteropError {
    #[error("interop: {0}")]
    Tool(#[from] ToolError),
    #[error("interop: {program} is missing: install {package}")]
    Missing { program: &'static str, package: &'static str },
    #[error("interop: {0}")]
    Files(#[from] io::Error),
    #[error("interop: cargo metadata names no target directory")]
    TargetDirectory,
    #[error("interop: {who} answers nothing that can be read: {fault}")]
    Answer { who: &'static str, fault: String },
    #[error("interop: {} of {checks} checks failed:\n  {}", faults.len(), faults.join("\n  "))]
    Disagreement { checks: usize, faults: Vec<String> },
}
