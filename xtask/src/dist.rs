//! `cargo xtask dist`: what is handed out. One static program, completions, manual pages, a bill of materials, checksums.
//!
//! It fails when the program is not static, not stripped or too large. A start that is slower than its target is told: it may
//! be the machine.

mod checks;
mod elf;
mod sbom;
mod start;

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use self::{checks::Check, sbom::Bill};
use crate::{
    bench::{self, BenchError},
    workspace::{self, ToolError},
};

/// Where the program is to run: on every Linux of this kind of processor, whatever its libc.
const TARGET: &str = "x86_64-unknown-linux-musl";

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write sizes and times into docs/benchmarks.md. Do it on a machine that does nothing else
    #[arg(long)]
    record: bool,
}

/// How the numbers come about.
const METHOD: &str = "\
Sizes are of the stripped, static program. Times are of whole processes, from the call that starts one until it has ended, some hundred of each in
turn: the median, with the bounds between which the true median lies in 95 of 100 runs.";

pub(crate) fn run(options: &Options) -> Result<(), DistError> {
    need_compilers()?;
    let bill = Bill::read(TARGET)?;
    let root = workspace::root()?;
    let folder = root.join("target/dist").join(format!("nrfcloud-{}-{TARGET}", bill.version()));
    begin_anew(&folder)?;

    // That with the simulators is built last, and stays where the first one was.
    let small = read(&build(&["--no-default-features"])?)?;
    let program = folder.join("nrfcloud");
    let built = build(&[])?;
    fs::copy(&built, &program).map_err(|source| DistError::File { path: built, source })?;
    let large = read(&program)?;

    for (shell, file) in [
        ("bash", "nrfcloud.bash"),
        ("zsh", "_nrfcloud"),
        ("fish", "nrfcloud.fish"),
        ("powershell", "nrfcloud.ps1"),
    ] {
        let script = workspace::output(Command::new(&program).args(["completions", shell]))?;
        write(&folder.join("completions").join(file), &script)?;
    }
    workspace::output(Command::new(&program).args(["man", "--out"]).arg(folder.join("man/man1")))?;
    for name in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        write(&folder.join(name), &read(&root.join(name))?)?;
    }
    write(&folder.join("nrfcloud.cdx.json"), &bill.cyclone_dx()?)?;
    let sums = checks::sums(&folder).map_err(|source| DistError::File { path: folder.clone(), source })?;
    write(&folder.join("SHA256SUMS"), sums.as_bytes())?;

    let mut found = vec![
        Check::fact("static", elf::is_static(&large)),
        Check::fact("stripped", elf::is_stripped(&large)),
        Check::size("size with the simulators", large.len(), 12),
        Check::size("size without them", small.len(), 9),
    ];
    found.extend(start::measure(&program)?);
    let body = format!("{}\n\n{}", bench::machine()?, checks::table(&found));
    // A closed stdout does not change what was made.
    let _ = write!(io::stdout(), "\n{body}\n{}\n", folder.display());
    if options.record {
        bench::record_section("dist", "The program that is handed out", METHOD, &body)?;
    }
    let failed: Vec<&str> = found.iter().filter(|check| check.is_failed()).map(Check::name).collect();
    if failed.is_empty() { Ok(()) } else { Err(DistError::Failed(failed.join("; "))) }
}

/// What has to be there beside cargo.
fn need_compilers() -> Result<(), DistError> {
    let mut sysroot = Command::new("rustc");
    let library = workspace::output(sysroot.args(["--print", "target-libdir", "--target", TARGET]))?;
    if !Path::new(String::from_utf8_lossy(&library).trim()).is_dir() {
        return Err(DistError::NoTarget);
    }
    if workspace::answers(Command::new("musl-gcc").arg("--version")) {
        Ok(())
    } else {
        Err(DistError::NoCompiler)
    }
}

/// Builds the program, and says where it is.
fn build(features: &[&str]) -> Result<PathBuf, DistError> {
    let mut command =
        workspace::cargo(["build", "--locked", "--profile=dist", "--package=cli", "--target", TARGET])?;
    command.args(features).env("CC_x86_64_unknown_linux_musl", "musl-gcc");
    // Seeds come from the kernel, which has gathered entropy since it started. To gather it anew in each process takes 30 ms.
    command.env("AWS_LC_SYS_NO_JITTER_ENTROPY", "1");
    workspace::run(&mut command)?;
    Ok(workspace::root()?.join("target").join(TARGET).join("dist/nrfcloud"))
}

/// An empty folder, whatever was there before.
fn begin_anew(folder: &Path) -> Result<(), DistError> {
    let fault = |source| DistError::File { path: folder.to_owned(), source };
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fault(error)),
        _ => {}
    }
    fs::create_dir_all(folder).map_err(fault)
}

fn read(path: &Path) -> Result<Vec<u8>, DistError> {
    fs::read(path).map_err(|source| DistError::File { path: path.to_owned(), source })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), DistError> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, bytes));
    written.map_err(|source| DistError::File { path: path.to_owned(), source })
}

/// There is nothing to hand out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DistError {
    #[error("dist: Rust's libraries for {TARGET} are missing: `rustup target add {TARGET}`")]
    NoTarget,
    #[error(
        "dist: musl-gcc is missing, which compiles the C of aws-lc and SQLite: Debian's package musl-tools has it"
    )]
    NoCompiler,
    #[error("dist: {0}")]
    Tool(#[from] ToolError),
    #[error("dist: {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("dist: the bill of materials: {0}")]
    Bill(#[from] sbom::BillError),
    #[error("dist: {0}")]
    Bench(#[from] BenchError),
    #[error("dist: not as it must be: {0}")]
    Failed(String),
}
