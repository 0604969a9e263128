//! `cargo xtask miri`: the unit tests of `jwt-core` under Miri, which finds undefined behaviour in what they run.
//!
//! The crate forbids `unsafe`; what Miri could find is in its dependencies. What calls C (aws-lc) does not run in it.

use std::process::Command;

use crate::{
    nightly,
    workspace::{self, ToolError},
};

pub(crate) fn run() -> Result<(), MiriError> {
    if let Some(what) = nightly::missing()? {
        return Err(MiriError::Missing(what.into()));
    }
    if !workspace::answers(&mut nightly::cargo(["miri", "--version"])?) {
        let mut rustup = Command::new("rustup");
        rustup.args(["component", "add", "--toolchain=nightly", "miri", "rust-src"]);
        workspace::run(rustup.current_dir(workspace::root()?)).map_err(|error| {
            MiriError::Missing(format!(
                "Miri cannot be had for the nightly toolchain that is installed: {error}"
            ))
        })?;
    }
    let mut miri =
        nightly::cargo(["miri", "test", "--locked", "--package=jwt-core", "--lib", "--features=alloc,pem"])?;
    // Proptest asks for the current folder and for randomness, which an isolated test has not.
    miri.env("MIRIFLAGS", "-Zmiri-disable-isolation").env("PROPTEST_CASES", CASES);
    Ok(workspace::run(&mut miri)?)
}

/// Each case takes some hundred times as long as on the processor.
const CASES: &str = "32";

/// Miri found something, or could not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MiriError {
    #[error("miri: {0}")]
    Tool(#[from] ToolError),
    #[error("miri: nothing was checked: {0}")]
    Missing(String),
}
