//! Everything that leaves the program: data on stdout, the rest on stderr.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use serde::Serialize;

use crate::diagnostic::Diagnostic;

/// How data is written to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people and pipes.
    Human,
    /// One JSON document on one line, with `schema` and `version`.
    Json,
}

/// When messages are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    fn on(self, stream: &impl IsTerminal) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                stream.is_terminal()
                    && std::env::var_os(crate::env::NO_COLOR).is_none_or(|value| value.is_empty())
            }
        }
    }
}

/// Writes data to stdout and messages to stderr, in the form that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Printer {
    format: Format,
    quiet: bool,
    verbose: bool,
    color: bool,
}

/// A reader went away; nothing more can be said to it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// The pipe is closed: the reader has what it wants.
    #[error("the pipe is closed")]
    Closed,
    /// Stdout cannot be written, for another reason.
    #[error("cannot write to standard output: {0}")]
    Write(io::Error),
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Write(error),
        }
    }
}

/// The frame of every JSON document.
#[derive(Serialize)]
struct Document<'a, T> {
    schema: &'a str,
    version: u32,
    #[serde(flatten)]
    body: &'a T,
}

impl Printer {
    pub(crate) fn new(format: Format, quiet: bool, verbose: bool, color: Color) -> Self {
        Self { format, quiet, verbose, color: color.on(&io::stderr()) }
    }

    /// Gives the result of a command: as a JSON document of `schema`, or as the text that `human` makes of it.
    pub(crate) fn result<T: Serialize, D: Display>(
        &self,
        schema: &str,
        body: &T,
        human: impl FnOnce(&T) -> D,
    ) -> Result<(), OutputError> {
        match self.format {
            Format::Human => self.text(&human(body).to_string()),
            Format::Json => {
                let document = Document { schema, version: 1, body };
                let line =
                    serde_json::to_string(&document).map_err(|error| OutputError::Write(error.into()))?;
                self.text(&format!("{line}\n"))
            }
        }
    }

    /// Writes text to stdout as it is.
    pub(crate) fn text(&self, text: &str) -> Result<(), OutputError> {
        self.bytes(text.as_bytes())
    }

    /// Writes bytes to stdout as they are.
    #[expect(clippy::unused_self, reason = "stdout belongs to the printer")]
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<(), OutputError> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        Ok(stdout.flush()?)
    }

    /// Something that the user should know, and nothing is wrong.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.quiet {
            self.message("note", "36", text);
        }
    }

    /// Something that may be wrong.
    pub(crate) fn warn(&self, text: impl Display) {
        if !self.quiet {
            self.message("warning", "33", text);
        }
    }

    /// What is going on, with `-v`.
    pub(crate) fn trace(&self, text: impl Display) {
        if self.verbose {
            self.message("trace", "2", text);
        }
    }

    /// A printer that says nothing, for a step that is only tried.
    pub(crate) fn silent(&self) -> Self {
        Self { quiet: true, verbose: false, ..self.clone() }
    }

    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// What went wrong, and what to do.
    pub(crate) fn error(&self, diagnostic: &Diagnostic) {
        self.message("error", "31", diagnostic.message());
        for reason in diagnostic.reasons() {
            self.message("reason", "31", reason);
        }
        if let Some(help) = diagnostic.help() {
            self.message("help", "36", help);
        }
    }

    fn message(&self, label: &str, color: &str, text: impl Display) {
        let mut stderr = io::stderr().lock();
        // Where stderr is gone there is nobody to tell.
        let _ = if self.color {
            writeln!(stderr, "\u{1b}[{color}m{label}:\u{1b}[0m {text}")
        } else {
            writeln!(stderr, "{label}: {text}")
        };
    }
}
