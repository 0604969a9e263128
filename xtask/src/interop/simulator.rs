//! A simulator of the package `interop`, as a child.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use super::{InteropError, peers};

/// A running simulator. It ends with this value.
pub(super) struct Simulator {
    name: &'static str,
    process: Child,
    output: BufReader<ChildStdout>,
    /// What it says of itself: where it is, what opens it, and what else there is to work with.
    pub(super) place: Value,
}

impl Simulator {
    /// The simulated nRF Cloud, with kits.
    pub(super) fn start() -> Result<Self, InteropError> {
        Self::spawn("interop-cloud", Command::new(peers::program("interop-cloud")?))
    }

    /// A simulated kit of this kind, by the program `interop-modem`.
    pub(super) fn start_kit(program: &Path, kind: &Value) -> Result<Self, InteropError> {
        let mut command = Command::new(program);
        command.arg(kind.to_string());
        Self::spawn("interop-modem", command)
    }

    fn spawn(name: &'static str, mut command: Command) -> Result<Self, InteropError> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or_else(|| fault(name, "no standard output".into()))?;
        let mut simulator = Self { name, process, output: BufReader::new(output), place: Value::Null };
        simulator.place = simulator.line()?;
        Ok(simulator)
    }

    /// What the simulator answers to a question.
    pub(super) fn ask(&mut self, question: &Value) -> Result<Value, InteropError> {
        if let Some(input) = &mut self.process.stdin {
            writeln!(input, "{question}")?;
        }
        let answer = self.line()?;
        match answer["error"].as_str() {
            Some(error) => Err(fault(self.name, format!("{question}: {error}"))),
            None => Ok(answer),
        }
    }

    /// A text of [`Self::place`].
    pub(super) fn text(&self, name: &str) -> Result<String, InteropError> {
        let text = self.place[name].as_str().map(str::to_owned);
        text.ok_or_else(|| fault(self.name, format!("no {name} in {}", self.place)))
    }

    fn line(&mut self) -> Result<Value, InteropError> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        serde_json::from_str(&line).map_err(|error| fault(self.name, error.to_string()))
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // Its standard input ends, and so does it.
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}

fn fault(who: &'static str, fault: String) -> InteropError {
    InteropError::Answer { who, fault }
}
