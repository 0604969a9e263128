//! What was looked at, and what came of it: the answer of verbs that explain instead of stopping at the first fault.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::exit_code::ExitCode;
use crate::text::Shown;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Looked at, and as it should be.
    Ok,
    /// Good to know.
    Note,
    /// May be the reason, or become one.
    Warning,
    /// Does not work.
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    /// Its name for programs and for searching: `area.what`.
    id: &'static str,
    level: Level,
    message: String,
    /// The next command, or what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// How a run ends whose worst finding this is.
    #[serde(skip)]
    code: ExitCode,
}

impl Finding {
    pub(crate) fn ok(id: &'static str, message: impl Display) -> Self {
        Self::new(id, Level::Ok, ExitCode::Ok, message)
    }

    pub(crate) fn note(id: &'static str, message: impl Display) -> Self {
        Self::new(id, Level::Note, ExitCode::Ok, message)
    }

    pub(crate) fn warning(id: &'static str, message: impl Display) -> Self {
        Self::new(id, Level::Warning, ExitCode::Ok, message)
    }

    pub(crate) fn error(id: &'static str, code: ExitCode, message: impl Display) -> Self {
        Self::new(id, Level::Error, code, message)
    }

    /// What would have ended another verb.
    pub(crate) fn of(id: &'static str, diagnostic: &Diagnostic) -> Self {
        let reasons = diagnostic.reasons().iter().map(|reason| format!("; {reason}"));
        let message = format!("{}{}", diagnostic.message(), reasons.collect::<String>());
        let finding = Self::error(id, diagnostic.code(), message);
        match diagnostic.help() {
            Some(help) => finding.next(help),
            None => finding,
        }
    }

    pub(crate) fn next(mut self, next: impl Display) -> Self {
        self.next = Some(next.to_string());
        self
    }

    /// The same, as something that only may be wrong.
    pub(crate) fn into_warning(mut self) -> Self {
        self.level = Level::Warning;
        self
    }

    pub(crate) fn is_error(&self) -> bool {
        self.level == Level::Error
    }

    fn new(id: &'static str, level: Level, code: ExitCode, message: impl Display) -> Self {
        Self { id, level, message: message.to_string(), next: None, code }
    }
}

impl Display for Finding {
    /// `error[clock.skew]: …`, and in a second line what to do.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        write!(f, "{level}[{}]: {}", self.id, Shown(&self.message))?;
        match &self.next {
            Some(next) => write!(f, "\n  next: {}", Shown(next)),
            None => Ok(()),
        }
    }
}

/// Findings in the order in which they are to be read: causes before what follows from them.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    pub(crate) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.0.extend(findings);
    }

    /// How many are errors.
    pub(crate) fn error_count(&self) -> usize {
        self.0.iter().filter(|finding| finding.is_error()).count()
    }

    /// How many warnings there are, in words, where there are any.
    pub(crate) fn warnings(&self) -> Option<String> {
        match self.0.iter().filter(|finding| finding.level == Level::Warning).count() {
            0 => None,
            1 => Some("1 warning".to_owned()),
            count => Some(format!("{count} warnings")),
        }
    }

    /// The code of the first error, which is the cause of those behind it; [`ExitCode::Ok`] without one.
    pub(crate) fn exit_code(&self) -> ExitCode {
        self.0.iter().find(|finding| finding.is_error()).map_or(ExitCode::Ok, |finding| finding.code)
    }
}

impl Display for Findings {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|finding| writeln!(f, "{finding}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_counts_and_a_warning_does_not() {
        let mut findings = Findings::default();
        assert_eq!(findings.exit_code(), ExitCode::Ok);
        findings.push(Finding::warning("a.b", "x"));
        findings.push(Finding::error("a.c", ExitCode::Network, "x").into_warning());
        assert_eq!(findings.exit_code(), ExitCode::Ok);
        findings.push(Finding::error("a.d", ExitCode::NoDevice, "x"));
        findings.push(Finding::error("a.e", ExitCode::Network, "x"));
        assert_eq!((findings.exit_code(), findings.error_count()), (ExitCode::NoDevice, 2));
    }

    #[test]
    fn a_finding_reads_as_a_message_of_a_compiler_and_stays_on_its_lines() {
        let finding = Finding::error("area.what", ExitCode::Network, "a\u{1b}b\nc").next("do\tthis");
        assert_eq!(finding.to_string(), "error[area.what]: a\\u{1b}b\\u{a}c\n  next: do\\u{9}this");
    }
}
