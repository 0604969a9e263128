//! The simulated nRF Cloud of the package `interop`, as a child.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use super::{InteropError, peers};

/// A running simulator. It ends with this value.
pub(super) struct Simulator {
    process: Child,
    /// What it says of itself: `url`, `apiKey`, `tenantId` and what else there is to work with.
    pub(super) place: Value,
}

impl Simulator {
    pub(super) fn start() -> Result<Self, InteropError> {
        let program = peers::program("interop-cloud")?;
        let mut process = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let place = serde_json::from_str(&line).map_err(|error| fault(error.to_string()))?;
        Ok(Self { process, place })
    }

    /// A text of [`Self::place`].
    pub(super) fn text(&self, name: &str) -> Result<String, InteropError> {
        let text = self.place[name].as_str().map(str::to_owned);
        text.ok_or_else(|| fault(format!("no {name} in {}", self.place)))
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // Its standard input ends, and so does it.
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}

fn fault(fault: String) -> InteropError {
    InteropError::Answer { who: "interop-cloud", fault }
}
