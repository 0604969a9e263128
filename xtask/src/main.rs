//! The project's own tasks, as `cargo xtask TASK`. One file per task.

mod bench;
mod dist;
mod embedded;
mod fuzz;
mod guide;
mod hsm;
mod interop;
mod lint;
mod miri;
mod nightly;
mod test;
mod workspace;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

/// What `cargo xtask` was asked to do.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "The project's own tasks",
    max_term_width = 100
)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Walk Nordic's guide "JWT authentication for nRF Cloud" end to end, and check every step
    Guide(guide::Options),
    /// Run every test of the workspace, doctests included
    Test(test::Options),
    /// Check format, lints, documentation, feature sets, arrows, licences and the bare-metal build
    Lint,
    /// Run the device's code on a simulated Cortex-M33: vectors, flash, stack, instructions
    Embedded,
    /// Measure against the raw primitives and the peers, and print the ratios with their targets
    Bench(bench::Options),
    /// Check against other implementations, both ways
    Interop(interop::Options),
    /// Build what is handed out: a static program, completions, manual pages, a bill of materials, checksums
    Dist(dist::Options),
    /// Run the fuzz targets from the committed seeds
    Fuzz(fuzz::Options),
    /// Issue a certificate with a key in SoftHSM2, and let openssl judge it
    Hsm,
    /// Run the unit tests of jwt-core and of the engine of modem-at under Miri
    Miri,
}

/// A task that did not end well.
#[derive(Debug, thiserror::Error)]
enum TaskError {
    #[error(transparent)]
    Guide(#[from] guide::GuideError),
    #[error(transparent)]
    Test(#[from] test::TestError),
    #[error(transparent)]
    Lint(#[from] lint::LintError),
    #[error(transparent)]
    Embedded(#[from] embedded::EmbeddedError),
    #[error(transparent)]
    Bench(#[from] bench::BenchError),
    #[error(transparent)]
    Dist(#[from] dist::DistError),
    #[error(transparent)]
    Interop(#[from] interop::InteropError),
    #[error(transparent)]
    Fuzz(#[from] fuzz::FuzzError),
    #[error(transparent)]
    Hsm(#[from] hsm::HsmError),
    #[error(transparent)]
    Miri(#[from] miri::MiriError),
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do when stderr is closed; the exit code still tells.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<(), TaskError> {
    match task {
        Task::Guide(options) => guide::run(&options)?,
        Task::Test(options) => test::run(&options)?,
        Task::Lint => lint::run()?,
        Task::Embedded => embedded::run()?,
        Task::Bench(options) => bench::run(&options)?,
        Task::Interop(options) => interop::run(&options)?,
        Task::Dist(options) => dist::run(&options)?,
        Task::Fuzz(options) => fuzz::run(&options)?,
        Task::Hsm => hsm::run()?,
        Task::Miri => miri::run()?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Arguments::command().debug_assert();
    }
}
