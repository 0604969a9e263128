//! Each library, and each program that has features, is built alone with each of its feature sets: a build of the
//! whole workspace unifies features, and would hide that one is missing.

use std::fmt;

use super::metadata::Package;

/// A choice of features of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FeatureSet {
    None,
    Only(String),
    Default,
    All,
}

/// No feature, each one alone, those of `default`, and all: as far as these differ. A program without features is
/// nobody's dependency, and needs no build alone.
pub(crate) fn sets(package: &Package) -> Vec<FeatureSet> {
    if !package.is_library && package.features.is_empty() {
        return Vec::new();
    }
    let mut sets = vec![FeatureSet::None];
    let mut optional = package.features.keys().filter(|feature| *feature != "default").peekable();
    if package.features.contains_key("default") {
        sets.push(FeatureSet::Default);
    }
    if optional.peek().is_some() {
        sets.extend(optional.cloned().map(FeatureSet::Only));
        sets.push(FeatureSet::All);
    }
    sets
}

impl FeatureSet {
    /// What cargo wants to hear to choose this set.
    pub(crate) fn arguments(&self) -> Vec<String> {
        match self {
            Self::None => vec!["--no-default-features".into()],
            Self::Only(feature) => vec!["--no-default-features".into(), format!("--features={feature}")],
            Self::Default => Vec::new(),
            Self::All => vec!["--all-features".into()],
        }
    }

    /// Clippy and not `check`, because it can deny warnings without building the dependencies anew.
    pub(crate) fn clippy_arguments(&self, package: &Package) -> Vec<String> {
        let target = if package.is_library { "--lib" } else { "--bins" };
        let mut arguments: Vec<String> =
            ["clippy", "--locked", target, "--package", &package.name].map(Into::into).into();
        arguments.extend(self.arguments());
        arguments.extend(["--".into(), "--deny=warnings".into()]);
        arguments
    }
}

impl fmt::Display for FeatureSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no features"),
            Self::Only(feature) => write!(f, "only `{feature}`"),
            Self::Default => f.write_str("default features"),
            Self::All => f.write_str("all features"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn package(features: &[&str]) -> Package {
        Package {
            name: "a".into(),
            is_library: true,
            features: features
                .iter()
                .map(|feature| ((*feature).to_owned(), Vec::new()))
                .collect::<BTreeMap<_, _>>(),
            dependencies: Vec::new(),
        }
    }

    #[test]
    fn every_feature_stands_alone_once() {
        let titles: Vec<String> =
            sets(&package(&["alloc", "default", "p256"])).iter().map(ToString::to_string).collect();
        assert_eq!(
            titles,
            ["no features", "default features", "only `alloc`", "only `p256`", "all features"]
        );
    }

    #[test]
    fn a_package_without_features_has_one_set() {
        assert_eq!(sets(&package(&[])), [FeatureSet::None]);
    }

    #[test]
    fn a_program_is_built_alone_only_for_its_features() {
        let program = |features: &[&str]| Package { is_library: false, ..package(features) };
        assert_eq!(sets(&program(&[])), []);
        let set = &sets(&program(&["default", "sim"]))[0];
        assert!(set.clippy_arguments(&program(&["sim"])).contains(&"--bins".to_owned()));
    }

    #[test]
    fn one_feature_is_chosen_without_the_default_ones() {
        assert_eq!(
            FeatureSet::Only("der".into()).clippy_arguments(&package(&["der"])).join(" "),
            "clippy --locked --lib --package a --no-default-features --features=der -- --deny=warnings"
        );
    }
}
