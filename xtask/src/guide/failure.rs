//! Why a step failed.

use std::io;

/// What went wrong in a step. Where two things were compared, both are in the message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A check failed.
    #[error("{what} (judged by {judge})\n    expected: {expected}\n    found:    {found}")]
    Differs { judge: String, what: String, expected: String, found: String },
    /// A command ended with another exit code than the one that it should.
    #[error(
        "`{command}` ended with the wrong exit code\n    expected: {expected}\n    found:    {found}\n{stderr}"
    )]
    ExitCode { command: String, expected: i32, found: String, stderr: String },
    /// A command did not end.
    #[error("`{command}` did not end within {seconds} s")]
    TimedOut { command: String, seconds: u64 },
    /// A program could not be run.
    #[error("`{command}` could not be run: {source}")]
    NotRun { command: String, source: io::Error },
    /// A file could not be read or written.
    #[error("{what}: {source}")]
    File { what: String, source: io::Error },
    /// The cloud could not be asked.
    #[error("{url} could not be asked: {why}")]
    Cloud { url: String, why: String },
    /// An output that cannot be read as what it should be.
    #[error("{what} cannot be read: {why}")]
    Unreadable { what: String, why: String },
    /// A step before this one did not leave what this one needs.
    #[error("{what} is not there, because an earlier step failed")]
    Missing { what: &'static str },
}

impl Failure {
    #[expect(clippy::needless_pass_by_value, reason = "callers are done with the error, or have a literal")]
    pub(crate) fn unreadable(what: impl Into<String>, why: impl ToString) -> Self {
        Self::Unreadable { what: what.into(), why: why.to_string() }
    }
}
