//! The implementations as programs, and how they come to be there.

use std::{
    ffi::OsString,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use super::{InteropError, say};
use crate::workspace;

/// A program that reads a request and writes a response, both JSON.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) name: &'static str,
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl Peer {
    pub(super) fn ask(&self, request: &Value) -> Result<Value, InteropError> {
        let fault = |fault: String| InteropError::Answer { who: self.name, fault };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| fault(error.to_string()))?;
        // Dropped at the end of the statement, which tells the program that there is no more.
        let sent = child.stdin.take().map(|mut stdin| stdin.write_all(request.to_string().as_bytes()));
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(fault(output.status.to_string()));
        }
        sent.transpose()?;
        serde_json::from_slice(&output.stdout).map_err(|error| fault(error.to_string()))
    }
}

/// A program of the package `interop` as each of the implementations that it contains.
pub(super) fn of_cargo<const N: usize>(
    program: &str,
    names: [&'static str; N],
) -> Result<[Peer; N], InteropError> {
    let program = self::program(program)?;
    Ok(names.map(|name| Peer { name, program: program.clone(), arguments: vec![name.into()] }))
}

/// A program of the package `interop`, built.
pub(super) fn program(name: &str) -> Result<PathBuf, InteropError> {
    workspace::run(&mut workspace::cargo(["build", "--locked", "--quiet", "--package=interop"])?)?;
    Ok(target_directory()?.join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// A script in the virtual environment of Python.
pub(super) fn of_python(name: &'static str, script: &str) -> Result<Peer, InteropError> {
    let script = workspace::root()?.join("interop/python").join(script);
    Ok(Peer { name, program: python_programs()?.join("python"), arguments: vec![script.into()] })
}

/// The folder of the programs of the virtual environment, with all that `interop/python/requirements.txt` names.
pub(super) fn python_programs() -> Result<PathBuf, InteropError> {
    let list = workspace::root()?.join("interop/python/requirements.txt");
    let folder = target_directory()?.join("interop/python");
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    if !is_installed(&folder, &list) {
        say("installing the peers in Python into target/interop/python");
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv", "--clear"]).arg(&folder);
        workspace::run(&mut venv)
            .map_err(|_| InteropError::Missing { program: "Python", package: "python3 and python3-venv" })?;
        let mut pip = Command::new(programs.join("python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        workspace::run(pip.arg(&list)).map_err(|_| InteropError::Missing {
            program: "a peer in Python",
            package: "what interop/python/requirements.txt names",
        })?;
        mark_installed(&folder, &list)?;
    }
    Ok(programs)
}

/// A script of Node, beside the packages that it imports.
pub(super) fn of_node(name: &'static str, script: &str) -> Result<Peer, InteropError> {
    let from = workspace::root()?.join("interop/node");
    let folder = target_directory()?.join("interop/node");
    if !workspace::answers(Command::new("node").arg("--version")) {
        return Err(InteropError::Missing { program: "Node.js", package: "nodejs" });
    }
    fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json", script] {
        fs::copy(from.join(file), folder.join(file))?;
    }
    if !is_installed(&folder, &from.join("package-lock.json")) {
        say(&format!("installing {name} into target/interop/node"));
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(&folder);
        workspace::run(&mut npm).map_err(|_| InteropError::Missing {
            program: name,
            package: "npm, and what interop/node/package.json names",
        })?;
        mark_installed(&folder, &from.join("package-lock.json"))?;
    }
    Ok(Peer { name, program: "node".into(), arguments: vec![folder.join(script).into()] })
}

/// Whether just what `list` asks for was installed into `folder`.
fn is_installed(folder: &Path, list: &Path) -> bool {
    match (fs::read(folder.join(MARK)), fs::read(list)) {
        (Ok(installed), Ok(wanted)) => installed == wanted,
        _ => false,
    }
}

fn mark_installed(folder: &Path, list: &Path) -> Result<(), InteropError> {
    fs::copy(list, folder.join(MARK))?;
    Ok(())
}

/// The list that the packages in a folder were installed by.
const MARK: &str = "installed-by";

pub(super) fn target_directory() -> Result<PathBuf, InteropError> {
    let mut command = workspace::cargo(["metadata", "--locked", "--no-deps", "--format-version=1"])?;
    let metadata: Value = serde_json::from_slice(&workspace::output(&mut command)?)
        .map_err(|_| InteropError::TargetDirectory)?;
    Ok(metadata["target_directory"].as_str().ok_or(InteropError::TargetDirectory)?.into())
}
