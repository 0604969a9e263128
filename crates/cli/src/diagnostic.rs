//! What is told when a command fails: one message, its reasons, an exit code, and `help:` with the next step.
//!
//! Libraries and the modules beside this one say what happened. What to do about it is said here and nowhere else.

mod cloud;
mod local;
mod modem;

#[cfg(feature = "sim")]
pub(crate) use cloud::sim_cloud;
pub(crate) use cloud::{bad_token, rows_failed, rows_unknown, upload_lost};
pub(crate) use local::{
    bad_assistance_data, bad_claim, bad_csv, bad_value, certificate_not_verified, csv_not_extended,
    csv_not_sent, device_in_csv, no_token, other_device_id, token_not_verified, unusable, unusable_key,
};
#[cfg(all(feature = "sim", unix))]
pub(crate) use modem::sim_modem;
pub(crate) use modem::{bad_keygen, no_port};

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Display;

use crate::exit_code::ExitCode;
use crate::output::OutputError;

/// The end of a command that did not do all it should.
#[derive(Debug)]
pub(crate) struct Diagnostic {
    code: ExitCode,
    message: String,
    reasons: Vec<String>,
    help: Option<Cow<'static, str>>,
}

impl Diagnostic {
    fn new(code: ExitCode, message: impl Display) -> Self {
        Self { code, message: message.to_string(), reasons: Vec::new(), help: None }
    }

    fn help_with(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn because(mut self, reasons: impl IntoIterator<Item = impl Display>) -> Self {
        self.reasons.extend(reasons.into_iter().map(|reason| reason.to_string()));
        self
    }

    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        self.code
    }

    /// What happened, to which thing.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Each reason, where there may be several.
    pub(crate) fn reasons(&self) -> &[String] {
        &self.reasons
    }

    /// What to do next.
    pub(crate) fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

/// Something that should not happen, and is not the user's doing.
pub(crate) fn unexpected(error: impl Display) -> Diagnostic {
    Diagnostic::new(ExitCode::Unexpected, error)
}

impl Diagnostic {
    /// A value on the command line that breaks a rule.
    pub(crate) fn bad_argument(argument: &str, error: &dyn Error) -> Self {
        Self::new(ExitCode::BadInput, error)
            .help_with(format!("the value of `{argument}` is refused; --help tells what it takes"))
    }

    /// Arguments that do not go together, where the parser cannot know.
    pub(crate) fn usage(message: impl Display, help: &'static str) -> Self {
        Self::new(ExitCode::Usage, message).help_with(help)
    }

    /// The user pressed Ctrl-C, and what had to be put back has been.
    pub(crate) fn interrupted() -> Self {
        Self::new(ExitCode::Interrupted, "interrupted; the step in hand was finished first")
            .help_with("run the same command again to go on")
    }
}

impl From<OutputError> for Diagnostic {
    fn from(error: OutputError) -> Self {
        match error {
            // The reader has all it wants. Nothing is said with this code.
            OutputError::Closed => Self::new(ExitCode::Ok, error),
            OutputError::Write(_) => Self::new(ExitCode::Unexpected, error),
        }
    }
}
