//! `cargo xtask test`: every test, by plain `cargo test`, so that Rust and a C compiler are enough.

use std::ffi::OsString;

use crate::workspace::{self, ToolError};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Given to `cargo test` as they are, such as `-p pki` or a test's name
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

pub(crate) fn run(options: &Options) -> Result<(), TestError> {
    let mut command = workspace::cargo(["test", "--locked", "--all-features"])?;
    let chosen = options.arguments.iter().any(|argument| argument == "-p" || argument == "--package");
    if !chosen {
        command.arg("--workspace");
    }
    command.args(&options.arguments);
    Ok(workspace::run(&mut command)?)
}

/// A test failed, or the tests did not run.
#[derive(Debug, thiserror::Error)]
#[error("tests: {0}")]
pub(crate) struct TestError(#[from] ToolError);
