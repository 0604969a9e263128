//! Where the workspace is, and how its cargo is called.

use std::{
    env,
    ffi::OsStr,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

/// The folder of the root `Cargo.toml`.
///
/// Cargo tells a program that it runs where its package is. Without cargo, it is looked for from the current folder
/// upwards.
pub(crate) fn root() -> Result<PathBuf, ToolError> {
    if let Some(package) = env::var_os("CARGO_MANIFEST_DIR")
        && let Some(root) = Path::new(&package).parent()
    {
        return Ok(root.to_owned());
    }
    let here = env::current_dir().map_err(|_| ToolError::NoWorkspace)?;
    here.ancestors()
        .find(|folder| folder.join("xtask/Cargo.toml").is_file())
        .map(Path::to_owned)
        .ok_or(ToolError::NoWorkspace)
}

/// The cargo that runs this task, in the root folder.
pub(crate) fn cargo<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(arguments: I) -> Result<Command, ToolError> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root()?);
    Ok(command)
}

/// Runs a command with its output on the terminal, after saying what it is.
pub(crate) fn run(command: &mut Command) -> Result<(), ToolError> {
    let line = line(command);
    // A closed stderr is no reason not to run the command.
    let _ = writeln!(io::stderr(), "    $ {line}");
    let status =
        command.status().map_err(|source| ToolError::NotStarted { command: line.clone(), source })?;
    if status.success() { Ok(()) } else { Err(ToolError::Failed { command: line, status }) }
}

/// The standard output of a command that succeeded; its standard error goes to the terminal.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>, ToolError> {
    let line = line(command);
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|source| ToolError::NotStarted { command: line.clone(), source })?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(ToolError::Failed { command: line, status: output.status })
    }
}

/// Whether a program can be started at all, asked by running it with these arguments.
pub(crate) fn answers(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// A command as one would type it, with the name of the program instead of its path.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let mut line = program.to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

/// A program that could not be run, or failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolError {
    #[error("no workspace here: run this as `cargo xtask` inside the repository")]
    NoWorkspace,
    #[error("`{command}` could not be started: {source}")]
    NotStarted { command: String, source: io::Error },
    #[error("`{command}` failed ({status})")]
    Failed { command: String, status: std::process::ExitStatus },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().unwrap().join("xtask/Cargo.toml").is_file());
    }

    #[test]
    #[cfg(unix)]
    fn a_failing_command_is_named_with_its_status() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err().to_string();
        assert_eq!(error, "`sh -c exit 3` failed (exit status: 3)");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(Command::new("no-such-program").arg("--version")).unwrap_err().to_string();
        assert!(error.starts_with("`no-such-program --version` could not be started: "), "{error}");
    }
}
