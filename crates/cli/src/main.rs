//! The `nrfcloud` command: device credentials and ES256 JWT authentication for nRF Cloud.
//!
//! A thin layer: it reads arguments, files, environment and clock, calls the libraries, and words what they answer. Nouns and verbs
//! are found under `commands`, every `help:` in `diagnostic`, every exit code in `exit_code`.

mod cell;
mod cli;
mod clock;
mod cloud;
mod commands;
mod confirm;
mod context;
mod csv_file;
mod device_id;
mod device_token;
mod diagnostic;
mod download;
mod env;
mod exit_code;
mod file;
mod finding;
mod input;
mod interrupt;
mod journal;
mod json_argument;
mod key_material;
mod known_keys;
mod output;
mod passphrase;
mod peer;
mod picker;
mod profile;
mod progress;
mod scope;
mod secret;
mod serial;
mod station;
mod text;
mod token;
mod validity;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os()).into()
}
