//! What the program is made of, as a CycloneDX document: every package that is linked into it, with version, licence and
//! checksum, and who needs whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::{Value, json};

use crate::{
    guide::sha256,
    workspace::{self, ToolError},
};

/// The packages of the program.
#[derive(Debug)]
pub(super) struct Bill {
    version: String,
    root: String,
    parts: BTreeMap<String, Part>,
}

#[derive(Debug)]
struct Part {
    name: String,
    version: String,
    licence: Option<String>,
    /// SHA-256 of the package's archive; none for the workspace's own.
    checksum: Option<String>,
    needs: BTreeSet<String>,
}

impl Bill {
    /// Reads what is linked into the package `cli` for `target`. Build scripts, tools and tests are not.
    pub(super) fn read(target: &str) -> Result<Self, BillError> {
        let platform = format!("--filter-platform={target}");
        let mut command = workspace::cargo(["metadata", "--locked", "--format-version=1", &platform])?;
        let metadata = serde_json::from_slice(&workspace::output(&mut command)?)?;
        let lock = fs::read_to_string(workspace::root()?.join("Cargo.lock")).map_err(BillError::Lock)?;
        Self::parse(&metadata, &lock)
    }

    fn parse(metadata: &Value, lock: &str) -> Result<Self, BillError> {
        let list = |value: &Value, field: &'static str| {
            value[field].as_array().cloned().ok_or(BillError::Field(field))
        };
        let text = |value: &Value, field: &'static str| {
            value[field].as_str().map(str::to_owned).ok_or(BillError::Field(field))
        };
        let sums = checksums(lock);
        let mut packages = BTreeMap::new();
        for package in list(metadata, "packages")? {
            packages.insert(text(&package, "id")?, package);
        }
        let mut needs = BTreeMap::new();
        for node in list(&metadata["resolve"], "nodes")? {
            let mut linked = BTreeSet::new();
            for dependency in list(&node, "deps")? {
                let kinds = list(&dependency, "dep_kinds")?;
                if kinds.iter().any(|kind| kind["kind"].is_null()) {
                    linked.insert(text(&dependency, "pkg")?);
                }
            }
            needs.insert(text(&node, "id")?, linked);
        }
        let root = packages
            .iter()
            .find(|(_, package)| package["name"] == "cli" && package["source"].is_null())
            .map(|(id, _)| id.clone())
            .ok_or(BillError::Field("the package `cli`"))?;
        let mut parts = BTreeMap::new();
        let mut left = vec![root.clone()];
        while let Some(id) = left.pop() {
            if parts.contains_key(&id) {
                continue;
            }
            let package = packages.get(&id).ok_or(BillError::Field("a package"))?;
            let needs = needs.get(&id).cloned().unwrap_or_default();
            left.extend(needs.iter().cloned());
            let (name, version) = (text(package, "name")?, text(package, "version")?);
            // The older form of an expression has a slash.
            let licence = package["license"].as_str().map(|licence| licence.replace('/', " OR "));
            let checksum = sums.get(&(name.clone(), version.clone())).cloned();
            parts.insert(id, Part { name, version, licence, checksum, needs });
        }
        let version = parts.get(&root).map(|part| part.version.clone()).unwrap_or_default();
        Ok(Self { version, root, parts })
    }

    /// The version of the program.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// The document, version 1.5. It has no time and no random number in it: the same program has the same one.
    pub(super) fn cyclone_dx(&self) -> Result<Vec<u8>, BillError> {
        let components: Vec<Value> = self
            .parts
            .iter()
            .filter(|(id, _)| **id != self.root)
            .map(|(_, part)| part.component("library"))
            .collect();
        let dependencies: Vec<Value> = self
            .parts
            .values()
            .map(|part| {
                let needs: Vec<String> =
                    part.needs.iter().filter_map(|id| self.parts.get(id)).map(Part::purl).collect();
                json!({ "ref": part.purl(), "dependsOn": needs })
            })
            .collect();
        let program = self.parts.get(&self.root).map(|part| part.component("application"));
        let mut document = json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": { "component": program },
            "components": components,
            "dependencies": dependencies,
        });
        document["serialNumber"] = json!(format!("urn:uuid:{}", uuid(&serde_json::to_vec(&document)?)));
        Ok(serde_json::to_vec_pretty(&document)?)
    }
}

impl Part {
    fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }

    fn component(&self, kind: &str) -> Value {
        let mut component = json!({
            "type": kind, "bom-ref": self.purl(), "name": self.name, "version": self.version, "purl": self.purl(),
        });
        if let Some(licence) = &self.licence {
            component["licenses"] = json!([{ "expression": licence }]);
        }
        if let Some(checksum) = &self.checksum {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        component
    }
}

/// Name and version of each package in `Cargo.lock`, with the checksum of its archive.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let field = |package: &str, name: &str| {
        let start = format!("{name} = \"");
        let line = package.lines().find_map(|line| line.strip_prefix(&start))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    lock.split("[[package]]")
        .filter_map(|package| {
            Some(((field(package, "name")?, field(package, "version")?), field(package, "checksum")?))
        })
        .collect()
}

/// A UUID of version 8 (RFC 9562) that follows from the bytes.
fn uuid(bytes: &[u8]) -> String {
    let digest = sha256(bytes);
    format!(
        "{}-{}-8{}-8{}-{}",
        &digest[..8],
        &digest[8..12],
        &digest[13..16],
        &digest[17..20],
        &digest[20..32]
    )
}

/// What the program is made of cannot be told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BillError {
    #[error(transparent)]
    Tool(#[from] ToolError),
    #[error("cargo metadata: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cargo metadata lacks {0}")]
    Field(&'static str),
    #[error("Cargo.lock: {0}")]
    Lock(std::io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bill() -> Bill {
        let package = |name: &str, source: Value| json!({ "id": format!("{name} id"), "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0", "source": source });
        let need =
            |name: &str, kind: Value| json!({ "pkg": format!("{name} id"), "dep_kinds": [{ "kind": kind }] });
        let metadata = json!({
            "packages": [
                package("cli", Value::Null), package("clap", json!("registry")),
                package("cc", json!("registry")), package("trycmd", json!("registry")),
            ],
            "resolve": { "nodes": [
                { "id": "cli id", "deps": [need("clap", Value::Null), need("cc", json!("build")), need("trycmd", json!("dev"))] },
                { "id": "clap id", "deps": [] },
            ] },
        });
        let lock = "[[package]]\nname = \"clap\"\nversion = \"1.0.0\"\nchecksum = \"c0ffee\"\n\n[[package]]\nname = \"cli\"\nversion = \"1.0.0\"\n";
        Bill::parse(&metadata, lock).unwrap()
    }

    #[test]
    fn what_is_linked_is_listed_and_nothing_else() {
        let document: Value = serde_json::from_slice(&bill().cyclone_dx().unwrap()).unwrap();
        assert_eq!(document["metadata"]["component"]["purl"], "pkg:cargo/cli@1.0.0");
        assert_eq!(
            document["components"],
            json!([{
                "type": "library", "bom-ref": "pkg:cargo/clap@1.0.0", "name": "clap", "version": "1.0.0",
                "purl": "pkg:cargo/clap@1.0.0", "licenses": [{ "expression": "MIT OR Apache-2.0" }],
                "hashes": [{ "alg": "SHA-256", "content": "c0ffee" }],
            }])
        );
        assert_eq!(
            document["dependencies"],
            json!([
                { "ref": "pkg:cargo/clap@1.0.0", "dependsOn": [] },
                { "ref": "pkg:cargo/cli@1.0.0", "dependsOn": ["pkg:cargo/clap@1.0.0"] },
            ])
        );
    }

    #[test]
    fn the_same_program_has_the_same_document() {
        assert_eq!(bill().cyclone_dx().unwrap(), bill().cyclone_dx().unwrap());
        assert_eq!(uuid(b"abc"), "ba7816bf-8f01-8fea-8141-40de5dae2223");
    }
}
