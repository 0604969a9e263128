//! Gives the linker its script, and writes the vectors of `fixtures/` and of Wycheproof as Rust tables.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use base64ct::{Base64, Encoding};
use wycheproof::{
    TestResult,
    ecdsa::{TestName, TestSet},
};

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);

    fs::copy(here.join("memory.x"), out.join("memory.x"))?;
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rerun-if-changed=memory.x");
    println!("cargo:rerun-if-changed=build.rs");

    let fixtures = here.join("../../fixtures");
    let mut tables = String::new();
    refused(&fixtures.join("jwt"), &mut tables)?;
    guide(&fixtures.join("guide"), &mut tables)?;
    wycheproof(&mut tables)?;
    fs::write(out.join("tables.rs"), tables)?;
    fs::write(out.join("readme.rs"), readme(&here.join("../../crates/es256-cortex-m/README.md"))?)?;
    Ok(())
}

/// The example of es256-cortex-m, which can be compiled and run nowhere else.
fn readme(file: &Path) -> Result<String, Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", file.display());
    let text = fs::read_to_string(file)?;
    let example = text.split_once("```rust\n").and_then(|(_, rest)| rest.split_once("```"));
    Ok(example.ok_or("the README has no example")?.0.to_owned())
}

/// Each token of `refused/` with the message that `refused.tsv` has for it.
fn refused(folder: &Path, tables: &mut String) -> Result<(), Box<dyn Error>> {
    let list = folder.join("refused.tsv");
    println!("cargo:rerun-if-changed={}", folder.display());
    writeln!(tables, "static REFUSED: &[Refused] = &[")?;
    for line in fs::read_to_string(&list)?.lines() {
        let (name, message) = line.split_once('\t').ok_or_else(|| format!("{}: no tab", list.display()))?;
        let token = fs::read_to_string(folder.join(format!("refused/{name}.jwt")))?;
        writeln!(tables, "Refused {{ name: {name:?}, token: {token:?}, message: {message:?} }},")?;
    }
    writeln!(tables, "];")?;
    Ok(())
}

/// The guide's token and the point of its key: the last 65 octets of the DER SubjectPublicKeyInfo.
fn guide(folder: &Path, tables: &mut String) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", folder.display());
    let token = fs::read_to_string(folder.join("token.txt"))?;
    writeln!(tables, "static GUIDE_TOKEN: &str = {:?};", token.trim())?;
    let pem = fs::read_to_string(folder.join("device-public-key-one-line.pem"))?;
    let base64 = pem.split("-----").nth(2).ok_or("the guide's key has no PEM label")?;
    let der = Base64::decode_vec(base64)?;
    let point = der.last_chunk::<65>().ok_or("the guide's key is too short")?;
    writeln!(tables, "static GUIDE_POINT: [u8; 65] = {point:?};")?;
    Ok(())
}

/// The vectors that the host's back ends are tested with.
fn wycheproof(tables: &mut String) -> Result<(), Box<dyn Error>> {
    let set = TestSet::load(TestName::EcdsaSecp256r1Sha256P1363)?;
    writeln!(tables, "static WYCHEPROOF: &[Group] = &[")?;
    for group in set.test_groups {
        writeln!(tables, "Group {{ point: &{:?}, tests: &[", group.key.key.as_slice())?;
        for test in group.tests {
            writeln!(
                tables,
                "Test {{ id: {}, comment: {:?}, message: &{:?}, signature: &{:?}, valid: {} }},",
                test.tc_id,
                test.comment,
                test.msg.as_slice(),
                test.sig.as_slice(),
                test.result == TestResult::Valid,
            )?;
        }
        writeln!(tables, "] }},")?;
    }
    writeln!(tables, "];")?;
    Ok(())
}
