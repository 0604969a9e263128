//! `cargo xtask lint`: every check that needs no test to run.
//!
//! All checks run even after one failed, so that one run tells everything. A check that cannot run is a failure in
//! CI (`CI=true`) and a loud warning elsewhere.

mod arrows;
mod bare_metal;
mod features;
mod metadata;

use std::{
    env,
    fmt::Write as _,
    io::{self, Write as _},
};

use crate::workspace::{self, ToolError};

pub(crate) fn run() -> Result<(), LintError> {
    let mut tally = Tally::default();
    let packages = metadata::read().map_err(LintError::LockFile)?;
    tally.note("the lock file is up to date", Outcome::Passed);

    tally.run("the code is formatted", || cargo(&["fmt", "--all", "--check"]));
    tally.run("clippy, all targets, all features", || {
        cargo(&[
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "--deny=warnings",
        ])
    });
    tally.run("rustdoc", || {
        let mut command =
            workspace::cargo(["doc", "--locked", "--workspace", "--no-deps", "--all-features"])?;
        workspace::run(command.env("RUSTDOCFLAGS", "--deny=warnings"))?;
        Ok(Outcome::Passed)
    });
    tally.run("the arrows between the crates", || Ok(arrows::check(&packages)));
    for package in &packages {
        for set in features::sets(package) {
            tally.run(&format!("{}, {set}", package.name), || cargo(&set.clippy_arguments(package)));
        }
    }
    for build in bare_metal::builds(&packages) {
        tally.run(&build.title(), || build.run());
    }
    tally.run("licences, bans and sources (cargo-deny)", deny);
    tally.finish()
}

fn cargo<S: AsRef<str>>(arguments: &[S]) -> Result<Outcome, ToolError> {
    workspace::run(&mut workspace::cargo(arguments.iter().map(AsRef::as_ref))?)?;
    Ok(Outcome::Passed)
}

/// cargo-deny without its advisories, whose database would have to be fetched: a check must give the same answer
/// tomorrow, and without a network.
fn deny() -> Result<Outcome, ToolError> {
    if !workspace::answers(&mut workspace::cargo(["deny", "--version"])?) {
        return Ok(Outcome::CouldNotRun(
            "cargo-deny is not installed: `cargo install --locked cargo-deny`".into(),
        ));
    }
    cargo(&["deny", "--locked", "--all-features", "check", "bans", "licenses", "sources"])
}

/// How a check ended, other than by a command's failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// With what is wrong.
    Failed(String),
    /// With the reason, and what to do about it.
    CouldNotRun(String),
}

#[derive(Debug, Default)]
struct Tally {
    checks: Vec<(String, Outcome)>,
}

impl Tally {
    fn run(&mut self, title: &str, check: impl FnOnce() -> Result<Outcome, ToolError>) {
        say(&format!("\n==> {title}"));
        let outcome = check().unwrap_or_else(|error| Outcome::Failed(error.to_string()));
        match &outcome {
            Outcome::Passed => {}
            Outcome::Failed(why) => say(&format!("FAILED: {why}")),
            Outcome::CouldNotRun(why) => say(&format!("WARNING: could not run: {why}")),
        }
        self.note(title, outcome);
    }

    fn note(&mut self, title: &str, outcome: Outcome) {
        self.checks.push((title.to_owned(), outcome));
    }

    fn finish(self) -> Result<(), LintError> {
        let in_ci = env::var("CI").is_ok_and(|value| value == "true");
        say(&format!("\n{}", self.table()));
        self.verdict(in_ci)
    }

    fn table(&self) -> String {
        let mut table = String::new();
        for (title, outcome) in &self.checks {
            let word = match outcome {
                Outcome::Passed => "ok",
                Outcome::Failed(_) => "FAILED",
                Outcome::CouldNotRun(_) => "NOT RUN",
            };
            // Writing to a `String` cannot fail.
            let _ = writeln!(table, "{word:<8} {title}");
        }
        let passed = self.checks.iter().filter(|(_, outcome)| *outcome == Outcome::Passed).count();
        let _ = write!(table, "lint: {passed} of {} checks passed", self.checks.len());
        table
    }

    fn verdict(&self, in_ci: bool) -> Result<(), LintError> {
        let wrong: Vec<&str> = self
            .checks
            .iter()
            .filter(|(_, outcome)| match outcome {
                Outcome::Passed => false,
                Outcome::Failed(_) => true,
                Outcome::CouldNotRun(_) => in_ci,
            })
            .map(|(title, _)| title.as_str())
            .collect();
        if wrong.is_empty() { Ok(()) } else { Err(LintError::Failed(wrong.join("; "))) }
    }
}

fn say(text: &str) {
    // A closed stderr is no reason to stop checking.
    let _ = writeln!(io::stderr(), "{text}");
}

/// What is wrong with the workspace.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LintError {
    #[error("the manifests do not fit Cargo.lock, or cannot be read: {0}")]
    LockFile(metadata::MetadataError),
    #[error("lint failed: {0}")]
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally() -> Tally {
        let mut tally = Tally::default();
        tally.note("format", Outcome::Passed);
        tally.note("licences", Outcome::CouldNotRun("cargo-deny is not installed".into()));
        tally
    }

    #[test]
    fn a_check_that_could_not_run_fails_in_ci_only() {
        tally().verdict(false).unwrap();
        assert_eq!(tally().verdict(true).unwrap_err().to_string(), "lint failed: licences");
    }

    #[test]
    fn a_failed_check_fails_everywhere() {
        let mut tally = tally();
        tally.note("clippy", Outcome::Failed("`cargo clippy` failed".into()));
        assert_eq!(tally.verdict(false).unwrap_err().to_string(), "lint failed: clippy");
    }

    #[test]
    fn the_table_counts_only_what_passed() {
        assert_eq!(tally().table(), "ok       format\nNOT RUN  licences\nlint: 1 of 2 checks passed");
    }
}
