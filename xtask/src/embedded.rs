//! `cargo xtask embedded`: the vectors, a session with a modem, sizes and instructions on the nRF91's core, a Cortex-M33, in QEMU.
//!
//! It builds the workspace in `embedded/`, runs each image, and fails if a vector is wrong or a limit of [`image::IMAGES`] is
//! exceeded. It installs nothing; it says what is missing.

mod elf;
mod image;
mod machine;

use std::{
    env,
    io::{self, Write as _},
    path::Path,
    process::Command,
};

use image::{IMAGES, Image, Measured};

use crate::workspace::{self, ToolError};

const TARGET: &str = "thumbv8m.main-none-eabi";

pub(crate) fn run() -> Result<(), EmbeddedError> {
    let missing = missing()?;
    if !missing.is_empty() {
        return Err(EmbeddedError::Missing(missing.join("; ")));
    }
    workspace::run(&mut cargo(&["fmt", "--check", "-p=firmware", "-p=modem-trace", "-p=es256-cortex-m"])?)?;
    // What has a heap is built by itself.
    let alone = "-p=modem-trace";
    for package in [None, Some(alone)] {
        let mut clippy = cargo(&["clippy", "--locked", "--release"])?;
        workspace::run(clippy.args(package).args(["--", "--deny=warnings"]))?;
    }
    // What needs no device.
    let host = print(&["--print=host-tuple"])?;
    workspace::run(&mut cargo(&["test", "--locked", "--lib", "-p=es256-cortex-m", "--target", &host])?)?;
    workspace::run(&mut cargo(&["build", "--locked", "--release"])?)?;
    workspace::run(&mut cargo(&["build", "--locked", "--release", alone])?)?;

    let folder = workspace::root()?.join("target/embedded").join(TARGET).join("release");
    let mut faults = Vec::new();
    let mut measured = Vec::new();
    for image in IMAGES {
        match measure(&folder, image) {
            Ok(numbers) => {
                faults.extend(image.faults(&numbers));
                measured.push((image, numbers));
            }
            Err(error) => faults.push(format!("{}: {error}", image.binary)),
        }
    }
    // A closed stdout does not change what was found.
    let _ = write!(io::stdout(), "\n{}", image::table(&measured));
    if faults.is_empty() { Ok(()) } else { Err(EmbeddedError::Faults(faults.join("\n  "))) }
}

fn measure(folder: &Path, image: &Image) -> Result<Measured, machine::MachineError> {
    let file = folder.join(image.binary);
    let output = machine::run(&file)?;
    let sizes = elf::sizes(&std::fs::read(&file).map_err(machine::MachineError::Image)?)
        .ok_or(machine::MachineError::NotElf)?;
    Ok(Measured::new(&output, sizes))
}

/// Cargo in the workspace of the device. Flags from the environment would change what is measured.
fn cargo(arguments: &[&str]) -> Result<Command, ToolError> {
    let root = workspace::root()?;
    let mut command = workspace::cargo(arguments)?;
    command
        .current_dir(root.join("embedded"))
        .env("CARGO_TARGET_DIR", root.join("target/embedded"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET");
    Ok(command)
}

/// What has to be installed first, each with the command.
fn missing() -> Result<Vec<&'static str>, ToolError> {
    let mut missing = Vec::new();
    if !has_target()? {
        missing.push("the Rust target: `rustup target add thumbv8m.main-none-eabi`");
    }
    if !workspace::answers(Command::new(machine::QEMU).arg("--version")) {
        missing.push("QEMU for Arm: `apt-get install qemu-system-arm`");
    }
    let gcc = "arm-none-eabi-gcc";
    if !workspace::answers(Command::new(gcc).arg("--version")) {
        missing.push("the C compiler for Arm: `apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi`");
    } else if !workspace::answers(Command::new(gcc).args([
        "-E",
        "-include",
        "string.h",
        "-x",
        "c",
        "/dev/null",
    ])) {
        missing.push("the C headers for Arm: `apt-get install libnewlib-arm-none-eabi`");
    }
    Ok(missing)
}

fn has_target() -> Result<bool, ToolError> {
    Ok(Path::new(&print(&["--print=target-libdir", "--target", TARGET])?).is_dir())
}

/// What rustc answers.
fn print(arguments: &[&str]) -> Result<String, ToolError> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let answer = workspace::output(rustc.args(arguments).current_dir(workspace::root()?))?;
    Ok(String::from_utf8_lossy(&answer).trim().to_owned())
}

/// Why the device's code is not in order.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EmbeddedError {
    #[error("embedded: not installed: {0}")]
    Missing(String),
    #[error("embedded: {0}")]
    Tool(#[from] ToolError),
    #[error("embedded:\n  {0}")]
    Faults(String),
}
