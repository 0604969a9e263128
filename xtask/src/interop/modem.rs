//! Nordic's tools for the serial port against simulated kits.
//!
//! `nrfcredstore` and nRF Cloud Utils run as they were installed; all that they are told is that there is one port more
//! (`interop/python/port/sitecustomize.py`). What each of them did is asked of the kit by `modem-at`, and held against what the tool said
//! and how it ended. Where a tool says what is not so, that is its bug; it is shown where it is in its source, and must come out just so.

mod credstore;
mod installer;
mod nrf93;
mod tokens;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{InteropError, peers, simulator::Simulator, tally::Tally};
use crate::workspace;

pub(super) fn run() -> Result<(), InteropError> {
    let bench = Bench::new()?;
    let mut tally = Tally::default();
    for mode in ["at", "at-shell"] {
        credstore::check(&bench, mode, &mut tally)?;
    }
    installer::check(&bench, &mut tally)?;
    tokens::check(&bench, &mut tally)?;
    nrf93::check(&bench, &mut tally)?;
    tally.finish()
}

/// The tools, and a folder for the files that go to them and come back.
struct Bench {
    programs: PathBuf,
    /// The program that is a kit.
    kits: PathBuf,
    /// What makes a port known to the tools.
    port_module: PathBuf,
    folder: PathBuf,
}

impl Bench {
    fn new() -> Result<Self, InteropError> {
        let folder = peers::target_directory()?.join("interop/modem");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let port_module = workspace::root()?.join("interop/python/port");
        let (programs, kits) = (peers::python_programs()?, peers::program("interop-modem")?);
        Ok(Self { programs, kits, port_module, folder })
    }

    /// Starts a kit, whose files get a folder of its own.
    fn kit(&self, name: &str, kind: &Value) -> Result<Kit<'_>, InteropError> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder)?;
        let simulator = Simulator::start_kit(&self.kits, kind)?;
        Ok(Kit { bench: self, port: simulator.text("port")?, simulator, folder })
    }

    /// The source of a module of the tools, as it was installed.
    fn source(&self, module: &str) -> Result<String, InteropError> {
        let script =
            "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]).origin, end='')";
        let found = self.run("python", &["-c", script, module], &self.folder, None)?;
        Ok(fs::read_to_string(found.output)?)
    }

    /// Runs a tool in a folder.
    fn run(
        &self,
        program: &str,
        arguments: &[&str],
        folder: &Path,
        port: Option<&str>,
    ) -> Result<Ran, InteropError> {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).current_dir(folder);
        if let Some(port) = port {
            command.env("PYTHONPATH", &self.port_module).env("INTEROP_PORT", port);
        }
        let output = command.output()?;
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        Ok(Ran { status: output.status.code(), output: text.concat() })
    }
}

/// A running kit, and the tools that take it for a real one.
struct Kit<'b> {
    bench: &'b Bench,
    simulator: Simulator,
    port: String,
    folder: PathBuf,
}

/// What a tool did.
#[derive(Debug)]
struct Ran {
    status: Option<i32>,
    output: String,
}

impl Ran {
    /// Whether it ended with this status, having said this.
    fn ended(&self, status: i32, said: &str) -> bool {
        self.status == Some(status) && self.output.contains(said)
    }
}

impl Kit<'_> {
    fn run(&self, program: &str, arguments: &[&str]) -> Result<Ran, InteropError> {
        self.bench.run(program, arguments, &self.folder, Some(&self.port))
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }

    fn write(&self, name: &str, content: &str) -> Result<String, InteropError> {
        fs::write(self.folder.join(name), content)?;
        Ok(self.path(name))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    fn text(&self, name: &str) -> Result<String, InteropError> {
        self.simulator.text(name)
    }

    /// The slots that a user can fill, each as `<tag>,<type>,<SHA-256>`.
    fn slots(&mut self) -> Result<Vec<String>, InteropError> {
        let all = self.all_slots()?;
        // The highest ones are the modem's own.
        Ok(all.into_iter().filter(|slot| !slot.starts_with("42949672")).collect())
    }

    fn all_slots(&mut self) -> Result<Vec<String>, InteropError> {
        let answer = self.simulator.ask(&json!({ "ask": "slots" }))?;
        let slots = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(slots.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// Whether the private key in a slot is the one that the certificate or request in a file is for.
    fn owns(&mut self, tag: u32, file: &str) -> Result<bool, InteropError> {
        let file = self.path(file);
        Ok(self.simulator.ask(&json!({ "ask": "owns", "tag": tag, "file": file }))? == true)
    }

    /// Whether the kit has signed this attestation token with its identity key.
    fn attested(&mut self, token: &str) -> Result<bool, InteropError> {
        Ok(self
            .simulator
            .ask(&json!({ "ask": "attested", "token": token }))
            .is_ok_and(|answer| answer == true))
    }

    /// The first line that the kit answers to a command.
    fn say(&mut self, command: &str) -> Result<String, InteropError> {
        let answer = self.simulator.ask(&json!({ "ask": "say", "command": command }))?;
        Ok(answer[0].as_str().unwrap_or_default().to_owned())
    }
}

/// A slot with this content, as [`Kit::slots`] has it.
fn slot(tag: u32, kind: u32, content: &str) -> String {
    let digest = Sha256::digest(content);
    let digits: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("{tag},{kind},{digits}")
}

/// A text with the line breaks that Nordic's tools, or a shell, give it.
fn with_crlf(text: &str) -> String {
    text.replace('\r', "").replace('\n', "\r\n")
}

/// A file of `fixtures/modem-sim`.
fn fixture(name: &str) -> Result<String, InteropError> {
    Ok(fs::read_to_string(fixture_path(name)?)?)
}

fn fixture_path(name: &str) -> Result<PathBuf, InteropError> {
    Ok(workspace::root()?.join("fixtures/modem-sim").join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_told_as_the_kit_tells_it() {
        // `printf 'a\r\nb\r\n' | sha256sum`
        let digest = "58055BDCC73787EB88C78D36F0B4939E9C5DC1C3AD17E25CC85A6833CF1A0CAB";
        assert_eq!(slot(42, 0, &with_crlf("a\nb\r\n")), format!("42,0,{digest}"));
    }

    #[test]
    fn a_tool_has_to_end_as_it_says() {
        let ran = Ran { status: Some(0), output: "INFO PASS".into() };
        assert!(ran.ended(0, "PASS") && !ran.ended(0, "FAIL") && !ran.ended(1, "PASS"));
    }
}
