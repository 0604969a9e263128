//! `cargo xtask fuzz [TARGET]`: the fuzz targets of `fuzz/`, each for a while, from the committed seeds.

use std::{
    ffi::OsStr,
    fs,
    io::{self, Write as _},
    path::Path,
    time::Instant,
};

use crate::{
    nightly,
    workspace::{self, ToolError},
};

/// The version that is installed where there is none.
const CARGO_FUZZ: &str = "0.13.2";

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// One target [default: every target]
    target: Option<String>,
    /// How long each target runs
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u32,
}

pub(crate) fn run(options: &Options) -> Result<(), FuzzError> {
    let root = workspace::root()?;
    let targets = targets(&root.join("fuzz/fuzz_targets"))?;
    let chosen: Vec<&String> = match &options.target {
        None => targets.iter().collect(),
        Some(target) if targets.contains(target) => vec![target],
        Some(target) => {
            return Err(FuzzError::NoTarget { target: target.clone(), targets: targets.join(", ") });
        }
    };
    if let Some(what) = nightly::missing()? {
        return Err(FuzzError::NoNightly(what));
    }
    install()?;
    for target in &chosen {
        // What is found grows here and is not committed; the seeds beside it are only read.
        fs::create_dir_all(root.join("fuzz/corpus").join(target)).map_err(FuzzError::Folder)?;
        let mut fuzz = nightly::cargo(["fuzz", "run"])?;
        fuzz.arg(target)
            .arg(format!("fuzz/corpus/{target}"))
            .arg(format!("fuzz/seeds/{target}"))
            .arg("--")
            .arg(format!("-max_total_time={}", options.seconds))
            .args(["-print_final_stats=1", "-max_len=9000", "-timeout=10"]);
        workspace::run(&mut fuzz)?;
    }
    say(&format!("fuzz: {} passed, 0 failed", chosen.len()));
    Ok(())
}

/// Names of the files in the folder, which are those of the targets.
fn targets(folder: &Path) -> Result<Vec<String>, FuzzError> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(folder).map_err(FuzzError::Folder)? {
        let path = entry.map_err(FuzzError::Folder)?.path();
        if path.extension() == Some(OsStr::new("rs"))
            && let Some(name) = path.file_stem().and_then(OsStr::to_str)
        {
            targets.push(name.to_owned());
        }
    }
    targets.sort();
    Ok(targets)
}

/// cargo-fuzz, where it is not there yet. It takes two minutes or so.
fn install() -> Result<(), FuzzError> {
    if workspace::answers(&mut nightly::cargo(["fuzz", "--version"])?) {
        return Ok(());
    }
    say(&format!("installing cargo-fuzz {CARGO_FUZZ}, which takes a few minutes"));
    let start = Instant::now();
    workspace::run(&mut workspace::cargo([
        "install",
        "--locked",
        "--quiet",
        "--version",
        CARGO_FUZZ,
        "cargo-fuzz",
    ])?)?;
    say(&format!("installed in {} s", start.elapsed().as_secs()));
    Ok(())
}

fn say(text: &str) {
    // A closed stderr is no reason not to go on.
    let _ = writeln!(io::stderr(), "{text}");
}

/// A target found something, or could not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FuzzError {
    #[error("fuzz: {0}")]
    Tool(#[from] ToolError),
    #[error("fuzz: {0}")]
    NoNightly(&'static str),
    #[error("fuzz: {0}")]
    Folder(io::Error),
    #[error("fuzz: no target is named `{target}`; there are: {targets}")]
    NoTarget { target: String, targets: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_has_seeds() {
        let fuzz = workspace::root().unwrap().join("fuzz");
        let targets = targets(&fuzz.join("fuzz_targets")).unwrap();
        assert!(!targets.is_empty());
        for target in targets {
            let seeds = fs::read_dir(fuzz.join("seeds").join(&target)).map(Iterator::count);
            assert!(seeds.is_ok_and(|count| count > 0), "{target} has no seeds");
        }
    }
}
