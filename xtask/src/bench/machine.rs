//! Where and with what was measured.

use std::{env, fmt, fs, io, path::PathBuf, process::Command, thread};

use serde_json::Value;

use super::date;
use crate::workspace::{self, ToolError};

/// What a number depends on beside the code.
#[derive(Debug)]
pub(super) struct Machine {
    processor: String,
    threads: usize,
    rustc: String,
    /// Names and versions of the packages that were asked for.
    packages: Vec<(String, String)>,
    date: String,
    pub(super) target_directory: PathBuf,
}

impl Machine {
    pub(super) fn read(packages: &[&str]) -> Result<Self, MachineError> {
        let mut command = workspace::cargo(["metadata", "--locked", "--format-version=1"])?;
        let metadata: Value = serde_json::from_slice(&workspace::output(&mut command)?)?;
        let target_directory = metadata["target_directory"].as_str().ok_or(MachineError::TargetDirectory)?;
        Ok(Self {
            processor: processor(),
            threads: thread::available_parallelism().map_err(MachineError::Threads)?.into(),
            rustc: rustc()?,
            packages: versions(&metadata, packages),
            date: date::today(),
            target_directory: target_directory.into(),
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} threads; {}", self.processor, self.threads, self.rustc)?;
        for (name, version) in &self.packages {
            write!(f, "; {name} {version}")?;
        }
        write!(f, "; {}.", self.date)
    }
}

/// The name that Linux gives, or else the architecture.
fn processor() -> String {
    let name = fs::read_to_string("/proc/cpuinfo").ok().as_deref().and_then(model_name);
    name.unwrap_or_else(|| format!("a processor of {} on {}", env::consts::ARCH, env::consts::OS))
}

fn model_name(cpuinfo: &str) -> Option<String> {
    let field = |name: &str| {
        let line =
            cpuinfo.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let name = field("model name")?;
    // A virtual machine may hide the product's name; family and model still tell the generation.
    match (field("cpu family"), field("model")) {
        (Some(family), Some(model)) => Some(format!("{name} (family {family}, model {model})")),
        _ => Some(name),
    }
}

fn rustc() -> Result<String, ToolError> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.arg("--version").current_dir(workspace::root()?);
    Ok(String::from_utf8_lossy(&workspace::output(&mut rustc)?).trim().to_owned())
}

/// Every version in the graph of each package: there may be two.
fn versions(metadata: &Value, packages: &[&str]) -> Vec<(String, String)> {
    let all = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    packages
        .iter()
        .flat_map(|name| all.iter().filter(move |package| package["name"] == **name))
        .filter_map(|package| {
            Some((package["name"].as_str()?.to_owned(), package["version"].as_str()?.to_owned()))
        })
        .collect()
}

/// Something about the machine could not be told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MachineError {
    #[error(transparent)]
    Tool(#[from] ToolError),
    #[error("cargo metadata: {0}")]
    Metadata(#[from] serde_json::Error),
    #[error("cargo metadata names no target directory")]
    TargetDirectory,
    #[error("the number of threads: {0}")]
    Threads(io::Error),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_processor_is_named() {
        let cpuinfo =
            "processor\t: 0\ncpu family\t: 6\nmodel\t\t: 207\nmodel name\t: A Processor\n\nprocessor\t: 1\n";
        assert_eq!(model_name(cpuinfo).unwrap(), "A Processor (family 6, model 207)");
        assert_eq!(model_name("model name: B\n").unwrap(), "B");
        assert_eq!(model_name("Hardware\t: C\n"), None);
    }

    #[test]
    fn both_versions_of_a_package_are_told() {
        let metadata = json!({"packages": [
            {"name": "a", "version": "1.0.0"}, {"name": "b", "version": "2.0.0"}, {"name": "a", "version": "0.9.0"},
        ]});
        let versions = versions(&metadata, &["b", "a", "c"]);
        let told: Vec<String> = versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
        assert_eq!(told, ["b 2.0.0", "a 1.0.0", "a 0.9.0"]);
    }
}
