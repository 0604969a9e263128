//! Everything that leaves the program: data on stdout, the rest on stderr.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, OnceLock};

use clap::ValueEnum;
use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::progress::{Progress, Screen};
use crate::text::Shown;

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
///
/// What is printed is a side effect: it changes neither what a command does nor how it ends. A reader that has gone away has all it
/// wants. Any other failure of stdout is kept, and told when the command has ended.
#[derive(Clone, Debug)]
pub(crate) struct Printer {
    format: Format,
    quiet: bool,
    verbose: bool,
    color: bool,
    screen: Arc<Screen>,
    failure: Arc<OnceLock<OutputError>>,
}

/// Something of the result is not on stdout, and not because nobody reads it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// Stdout cannot be written.
    #[error("cannot write to standard output: {0}")]
    Write(io::Error),
    /// A result that has no JSON form.
    #[error("the result cannot be written as JSON: {0}")]
    Document(serde_json::Error),
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
        // With `-v` there is more to read than a line that changes.
        let screen = Arc::new(Screen::new(!quiet && !verbose && is_smart_terminal()));
        Self { format, quiet, verbose, color: color.on(&io::stderr()), screen, failure: Arc::default() }
    }

    /// Gives the result of a command: as a JSON document of `schema`, or as the text that `human` makes of it.
    pub(crate) fn result<T: Serialize, D: Display>(
        &self,
        schema: &str,
        body: &T,
        human: impl FnOnce(&T) -> D,
    ) {
        match self.format {
            Format::Human => self.text(&human(body).to_string()),
            Format::Json => match serde_json::to_string(&Document { schema, version: 1, body }) {
                Ok(line) => self.text(&format!("{line}\n")),
                Err(error) => self.failed(OutputError::Document(error)),
            },
        }
    }

    /// Writes text to stdout as it is.
    pub(crate) fn text(&self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Writes bytes to stdout as they are.
    pub(crate) fn bytes(&self, bytes: &[u8]) {
        let written = self.screen.around(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes).and_then(|()| stdout.flush())
        });
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => self.failed(OutputError::Write(error)),
            _ => {}
        }
    }

    fn failed(&self, error: OutputError) {
        // The first one is the cause; what follows from it is not news.
        let _ = self.failure.set(error);
    }

    /// Why something of the result is not on stdout.
    pub(crate) fn failure(&self) -> Option<&OutputError> {
        self.failure.get()
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

    /// Begins to tell how far something is.
    pub(crate) fn progress(&self) -> Progress<'_> {
        Progress::new(&self.screen)
    }

    /// Asks something, as it is.
    pub(crate) fn prompt(&self, text: impl Display) {
        let mut stderr = io::stderr().lock();
        // Where stderr is gone there is nobody to ask.
        let _ = write!(stderr, "{text}").and_then(|()| stderr.flush());
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
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
        // Servers, modems and file names have a say in most messages, and none in what the terminal does.
        let text = Shown(text);
        self.screen.around(|| {
            let mut stderr = io::stderr().lock();
            // Where stderr is gone there is nobody to tell.
            let _ = if self.color {
                writeln!(stderr, "\u{1b}[{color}m{label}:\u{1b}[0m {text}")
            } else {
                writeln!(stderr, "{label}: {text}")
            };
        });
    }
}

/// A terminal on stderr whose cursor can be moved.
fn is_smart_terminal() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
