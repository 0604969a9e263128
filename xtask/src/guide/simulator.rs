//! `nrfcloud sim …` as a child: its first lines of standard output say where it is.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    process::{ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use super::{call::Call, children::Running, failure::Failure};

/// How long a simulator may take to say where it is.
const START: Duration = Duration::from_secs(20);

/// A running simulator.
#[derive(Debug)]
pub(crate) struct Simulator {
    line: String,
    running: Running,
    output: Receiver<String>,
}

impl Simulator {
    /// Starts it, with its log in that file of the guide's folder.
    pub(crate) fn start(call: &Call, log: &str) -> Result<Self, Failure> {
        let line = call.line();
        let not_run = |source| Failure::NotRun { command: line.clone(), source };
        let log = File::create(call.folder.join(log)).map_err(not_run)?;
        let mut command = call.command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut running = Running::spawn(&mut command).map_err(not_run)?;
        let (sender, output) = mpsc::channel();
        if let Some(stdout) = running.child().stdout.take() {
            // Reads to the end, whether or not anyone listens, so that the simulator is never held up.
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        Ok(Self { line, running, output })
    }

    /// Its next line of standard output.
    pub(crate) fn next_line(&mut self) -> Result<String, Failure> {
        self.output.recv_timeout(START).map_err(|error| {
            let what = format!("the output of `{}`", self.line);
            match error {
                mpsc::RecvTimeoutError::Timeout => Failure::unreadable(what, "no line came"),
                mpsc::RecvTimeoutError::Disconnected => Failure::unreadable(what, "it ended without a line"),
            }
        })
    }

    /// Asks it to end. None when it had to be killed.
    pub(crate) fn stop(mut self) -> Result<Option<ExitStatus>, Failure> {
        self.running.stop().map_err(|source| Failure::NotRun { command: self.line.clone(), source })
    }
}
