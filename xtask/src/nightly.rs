//! Cargo of the nightly toolchain, for what is not stable: sanitizers and Miri.

use std::process::Command;

use crate::workspace::{self, ToolError};

/// Runs in the root folder. The variables by which the cargo of this task tells where it is would mislead another one.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Result<Command, ToolError> {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo"]).args(arguments).current_dir(workspace::root()?);
    for variable in ["CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTUP_TOOLCHAIN"]
    {
        command.env_remove(variable);
    }
    Ok(command)
}

/// What to do where the toolchain is missing, or `None`.
pub(crate) fn missing() -> Result<Option<&'static str>, ToolError> {
    let is_there = workspace::answers(&mut cargo(["--version"])?);
    Ok((!is_there).then_some("the nightly toolchain is not installed: `rustup toolchain install nightly`"))
}
