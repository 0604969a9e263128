//! What the manifests say, by `cargo metadata`: so that no list of crates or features can lag behind them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::workspace::{self, ToolError};

/// A member of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) is_library: bool,
    /// Every feature, with what it turns on.
    pub(crate) features: BTreeMap<String, Vec<String>>,
    /// Names of the packages it is built with, without those for its tests.
    pub(crate) dependencies: Vec<String>,
}

/// Reads all members, and fails when `Cargo.lock` does not fit them.
pub(crate) fn read() -> Result<Vec<Package>, MetadataError> {
    let mut command = workspace::cargo(["metadata", "--locked", "--format-version=1"])?;
    parse(&workspace::output(&mut command)?)
}

fn parse(json: &[u8]) -> Result<Vec<Package>, MetadataError> {
    let metadata: Value = serde_json::from_slice(json)?;
    let members: Vec<&str> = list(&metadata, "workspace_members")?.iter().filter_map(Value::as_str).collect();
    list(&metadata, "packages")?
        .iter()
        .filter(|package| package["id"].as_str().is_some_and(|id| members.contains(&id)))
        .map(package)
        .collect()
}

fn package(package: &Value) -> Result<Package, MetadataError> {
    let name = package["name"].as_str().ok_or(MetadataError::Field("name"))?.to_owned();
    let is_library = list(package, "targets")?
        .iter()
        .any(|target| target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "lib")));
    let features = package["features"]
        .as_object()
        .ok_or(MetadataError::Field("features"))?
        .iter()
        .map(|(feature, parts)| (feature.clone(), strings(parts)))
        .collect();
    let dependencies = list(package, "dependencies")?
        .iter()
        .filter(|dependency| dependency["kind"] != "dev")
        .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
        .collect();
    Ok(Package { name, is_library, features, dependencies })
}

fn list<'a>(value: &'a Value, field: &'static str) -> Result<&'a Vec<Value>, MetadataError> {
    value[field].as_array().ok_or(MetadataError::Field(field))
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|part| part.as_str().map(str::to_owned)).collect()
}

/// `cargo metadata` failed or answered something else.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MetadataError {
    #[error(transparent)]
    Cargo(#[from] ToolError),
    #[error("cargo metadata: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cargo metadata has no `{0}` where one is expected")]
    Field(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_alone_are_read() {
        let json = br#"{
            "workspace_members": ["path+file:///w/a#0.1.0"],
            "packages": [
                {"id": "path+file:///w/a#0.1.0", "name": "a", "features": {"default": ["x"], "x": []},
                 "targets": [{"kind": ["lib"]}, {"kind": ["test"]}],
                 "dependencies": [{"name": "b", "kind": null}, {"name": "c", "kind": "dev"}]},
                {"id": "registry+b#1.0.0", "name": "b", "features": {}, "targets": [], "dependencies": []}
            ]
        }"#;
        let expected = Package {
            name: "a".into(),
            is_library: true,
            features: BTreeMap::from([("default".into(), vec!["x".into()]), ("x".into(), vec![])]),
            dependencies: vec!["b".into()],
        };
        assert_eq!(parse(json).unwrap(), [expected]);
    }

    #[test]
    fn a_missing_field_is_named() {
        let error = parse(br#"{"workspace_members": []}"#).unwrap_err();
        assert_eq!(error.to_string(), "cargo metadata has no `packages` where one is expected");
    }
}
