//! Who may depend on whom (docs/architecture.md). Dependencies of tests are free: a simulator's tests may well use
//! the client it stands opposite.

use std::fmt::Write as _;

use super::{Outcome, metadata::Package};

/// Each member, and the members that it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("jwt-core", &[]),
    ("pki", &[]),
    ("cloud-api", &[]),
    ("modem-at", &[]),
    ("ledger", &[]),
    ("cloud-sim", &["pki", "jwt-core"]),
    ("modem-sim", &["pki", "jwt-core"]),
    ("cli", &["jwt-core", "pki", "cloud-api", "modem-at", "ledger", "cloud-sim", "modem-sim"]),
    ("xtask", &[]),
    ("benches", &["jwt-core", "pki"]),
    ("interop", &["jwt-core", "pki", "modem-at", "cloud-sim", "modem-sim"]),
];

/// Crates that know a terminal, a command line or a signal: not for libraries.
const FOR_PROGRAMS_ONLY: &[&str] =
    &["clap", "miette", "indicatif", "dialoguer", "console", "signal-hook", "jiff"];

pub(crate) fn check(packages: &[Package]) -> Outcome {
    let mut faults = String::new();
    for package in packages {
        for fault in faults_of(package, packages) {
            // Writing to a `String` cannot fail.
            let _ = write!(faults, "{}{fault}", if faults.is_empty() { "" } else { "; " });
        }
    }
    if faults.is_empty() { Outcome::Passed } else { Outcome::Failed(faults) }
}

fn faults_of(package: &Package, packages: &[Package]) -> Vec<String> {
    let name = &package.name;
    let Some((_, allowed)) = ARROWS.iter().find(|(member, _)| member == name) else {
        return vec![format!("`{name}` has no arrows yet: add it to xtask/src/lint/arrows.rs")];
    };
    let mut faults = Vec::new();
    for dependency in &package.dependencies {
        let is_member = packages.iter().any(|other| other.name == *dependency);
        if is_member && !allowed.contains(&dependency.as_str()) {
            faults.push(format!("`{name}` must not depend on `{dependency}`"));
        }
        if package.is_library && FOR_PROGRAMS_ONLY.contains(&dependency.as_str()) {
            faults.push(format!("`{name}` is a library and must not depend on `{dependency}`"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        Package {
            name: name.into(),
            is_library: true,
            features: BTreeMap::new(),
            dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn the_simulated_cloud_may_not_use_the_client() {
        let packages = [package("cloud-sim", &["pki", "cloud-api", "serde"]), package("cloud-api", &[])];
        let fault = "`cloud-sim` must not depend on `cloud-api`";
        assert_eq!(check(&packages), Outcome::Failed(fault.into()));
    }

    #[test]
    fn a_library_may_not_use_clap() {
        let fault = "`pki` is a library and must not depend on `clap`";
        assert_eq!(check(&[package("pki", &["clap"])]), Outcome::Failed(fault.into()));
    }

    #[test]
    fn a_new_crate_must_be_given_its_arrows() {
        let fault = "`abacus` has no arrows yet: add it to xtask/src/lint/arrows.rs";
        assert_eq!(check(&[package("abacus", &[])]), Outcome::Failed(fault.into()));
    }

    #[test]
    fn allowed_arrows_pass() {
        assert_eq!(check(&[package("modem-sim", &["pki"]), package("pki", &[])]), Outcome::Passed);
    }
}
