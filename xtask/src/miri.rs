//! `cargo xtask miri`: the unit tests of `jwt-core` and of the engine of `modem-at` under Miri, which finds undefined behaviour in what they run.
//!
//! The crates forbid `unsafe`; what Miri could find is in their dependencies. What calls C (aws-lc) does not run in it.

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
    for arguments in [
        &["--package=jwt-core", "--lib", "--features=alloc,pem"][..],
        // The rest of the crate has a port and a clock. One test goes through every day of a century.
        &["--package=modem-at", "--lib", "--no-default-features", "--", "--skip=every_day_of_the_century"],
    ] {
        let mut miri = nightly::cargo(["miri", "test", "--locked"])?;
        // Proptest asks for the current folder and for randomness, which an isolated test has not.
        miri.args(arguments).env("MIRIFLAGS", "-Zmiri-disable-isolation").env("PROPTEST_CASES", CASES);
        workspace::run(&mut miri)?;
    }
    Ok(())
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
