//! The certificate goes into the kit, and is read back by its SHA-256.

use super::CA;
use crate::guide::{Guide, failure::Failure, kit::CREDENTIALS_TAG, reading, record::Record};

/// What is written: the type as the command names it, and as `AT%CMNG` numbers it.
const TYPES: [(&str, u64); 3] = [("ca", 0), ("cert", 1), ("key", 2)];

fn files(guide: &Guide) -> [String; 3] {
    [CA.to_owned(), guide.device_file("crt"), guide.device_file("key")]
}

pub(super) fn write(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let port = guide.kit()?.port.clone();
    let slots = slots(guide, record, &port)?;
    record.equal("the kit", "the security tag is empty before", 0, slots.len())?;
    for ((kind, _), file) in TYPES.iter().zip(files(guide)) {
        let arguments = [
            "modem",
            "write",
            "--port",
            &port,
            "--sec-tag",
            CREDENTIALS_TAG,
            "--type",
            kind,
            &file,
            "--json",
        ];
        let answer = record.run(guide.nrfcloud(&arguments))?.json()?;
        let digest = answer["sha256"].as_str().unwrap_or("none").to_lowercase();
        record.equal("xtask", &format!("the SHA-256 of the {kind}"), stored(guide, &file)?, digest)?;
    }
    Ok(())
}

pub(super) fn read_back(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let port = guide.kit()?.port.clone();
    let slots = slots(guide, record, &port)?;
    record.equal("the kit", "three credentials are there", 3, slots.len())?;
    for ((kind, number), file) in TYPES.iter().zip(files(guide)) {
        let digest = slots.iter().find(|(other, _)| other == number).map_or("none", |(_, digest)| digest);
        let what = format!("the kit's SHA-256 of the {kind} is that of the file");
        record.equal("xtask", &what, stored(guide, &file)?, digest)?;
    }
    Ok(())
}

/// Types and digests at the security tag.
fn slots(guide: &Guide, record: &mut Record, port: &str) -> Result<Vec<(u64, String)>, Failure> {
    let arguments = ["modem", "slots", "--port", port, "--sec-tag", CREDENTIALS_TAG, "--json"];
    let document = record.run(guide.nrfcloud(&arguments))?.json()?;
    let slots = document["slots"]
        .as_array()
        .ok_or_else(|| Failure::unreadable("the list of slots", format!("no `slots` in {document}")))?;
    let digest = |slot: &serde_json::Value| slot["sha256"].as_str().unwrap_or("none").to_lowercase();
    Ok(slots.iter().filter_map(|slot| Some((slot["type"].as_u64()?, digest(slot)))).collect())
}

/// SHA-256 of what the kit stores: the file to the byte, as it is written between the quotes of `AT%CMNG`.
fn stored(guide: &Guide, file: &str) -> Result<String, Failure> {
    Ok(reading::sha256(&guide.read(file)?))
}
