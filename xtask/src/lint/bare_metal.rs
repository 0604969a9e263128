//! What claims to need no operating system is built for a core that has none: the Cortex-M33 of the nRF91 series.

use std::{env, path::Path, process::Command};

use super::{Outcome, metadata::Package};
use crate::workspace::{self, ToolError};

const TARGET: &str = "thumbv8m.main-none-eabi";

/// The libraries that must build there, each with its features that need an operating system. A feature that is not
/// named here is built for the target.
const LIBRARIES: &[(&str, &[&str])] = &[("jwt-core", &["aws-lc-rs"]), ("modem-at", &["serial", "std"])];

/// One build for the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Build {
    package: String,
    features: Vec<String>,
}

/// Each without features, and with all that need no operating system. A library that is gone fails in its build.
pub(crate) fn builds(packages: &[Package]) -> Vec<Build> {
    let mut builds = Vec::new();
    for (name, host_only) in LIBRARIES {
        builds.push(Build { package: (*name).to_owned(), features: Vec::new() });
        let all = packages.iter().filter(|package| package.name == *name).flat_map(|p| p.features.keys());
        let features: Vec<String> = all
            .filter(|feature| *feature != "default" && !host_only.contains(&feature.as_str()))
            .cloned()
            .collect();
        if !features.is_empty() {
            builds.push(Build { package: (*name).to_owned(), features });
        }
    }
    builds
}

impl Build {
    pub(crate) fn title(&self) -> String {
        let features =
            if self.features.is_empty() { "no features".to_owned() } else { self.features.join(", ") };
        format!("{} for {TARGET}, {features}", self.package)
    }

    pub(crate) fn run(&self) -> Result<Outcome, ToolError> {
        if let Some(why) = install_target()? {
            return Ok(Outcome::CouldNotRun(why));
        }
        let mut command = workspace::cargo(["check", "--locked", "--lib", "--package", &self.package])?;
        command.arg(format!("--target={TARGET}")).arg("--no-default-features");
        if !self.features.is_empty() {
            command.arg(format!("--features={}", self.features.join(",")));
        }
        workspace::run(&mut command)?;
        Ok(Outcome::Passed)
    }
}

/// Sees to it that the target's `core` is there, or says why not.
fn install_target() -> Result<Option<String>, ToolError> {
    if is_installed()? {
        return Ok(None);
    }
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]).current_dir(workspace::root()?);
    Ok(workspace::run(&mut rustup)
        .err()
        .map(|error| format!("the Rust target {TARGET} is not installed, and {error}")))
}

fn is_installed() -> Result<bool, ToolError> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--print=target-libdir", "--target", TARGET]).current_dir(workspace::root()?);
    let folder = workspace::output(&mut rustc)?;
    Ok(Path::new(String::from_utf8_lossy(&folder).trim()).is_dir())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn host_features_are_left_out_and_no_other() {
        let package = |name: &str, features: &[&str]| Package {
            name: name.into(),
            is_library: true,
            features: features
                .iter()
                .map(|feature| ((*feature).to_owned(), Vec::new()))
                .collect::<BTreeMap<_, _>>(),
            dependencies: Vec::new(),
        };
        let packages = [
            package("jwt-core", &["alloc", "aws-lc-rs", "default", "pem"]),
            package("modem-at", &["default", "serial", "std"]),
        ];
        let titles: Vec<String> = builds(&packages).iter().map(Build::title).collect();
        assert_eq!(
            titles,
            [
                "jwt-core for thumbv8m.main-none-eabi, no features",
                "jwt-core for thumbv8m.main-none-eabi, alloc, pem",
                "modem-at for thumbv8m.main-none-eabi, no features"
            ]
        );
    }

    #[test]
    fn a_library_that_is_gone_is_still_built_and_so_fails() {
        assert_eq!(builds(&[]).len(), LIBRARIES.len());
    }
}
