//! The CSV file goes up, raw and in base64, and the bulk operation is watched.

use super::CSV;
use crate::guide::{Guide, bulk, cloud::CLOUD, failure::Failure, record::Record};

const OPERATION: &str = "onboard.bulk-ops-request";
const ENDPOINT: &str = "ONBOARD_DEVICES";

pub(super) fn csv(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    record.run(guide.nrfcloud(&["device", "check", CSV]))?;
    let certificate = guide.read_text(&guide.device_file("crt"))?;
    let row = format!("{},my-thing-type,tag1|tag2,APP|MODEM,\"{certificate}\"", guide.device_id);
    record.equal("xtask", "the row is what the guide's row is, to the byte", row, body(guide)?)
}

pub(super) fn upload(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let answer = record.run(guide.nrfcloud(&["device", "onboard", CSV]))?;
    let id = answer.text()?;
    bulk::check_id(record, id)?;
    guide.write(OPERATION, id)
}

pub(super) fn wait(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let id = guide.read_text(OPERATION)?;
    record.run(guide.nrfcloud(&["bulk", "wait", &id]))?;
    let Some(operation) = bulk::check_succeeded(guide, record, &id, ENDPOINT)? else {
        return Ok(());
    };
    let uploaded = bulk::uploaded(guide, record, &operation)?;
    record.equal(CLOUD, "it has received the very rows of the file", body(guide)?, uploaded)?;
    check_device(guide, record)
}

pub(super) fn base64(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let answer = record.run(guide.nrfcloud(&["device", "onboard", CSV, "--base64"]))?;
    let id = answer.text()?;
    bulk::check_id(record, id)?;
    record.run(guide.nrfcloud(&["bulk", "wait", id]))?;
    let Some(operation) = bulk::check_succeeded(guide, record, id, ENDPOINT)? else { return Ok(()) };
    let uploaded = bulk::uploaded(guide, record, &operation)?;
    record.equal(CLOUD, "it has read the same rows out of the base64", body(guide)?, uploaded)?;
    check_device(guide, record)
}

/// The rows as they are uploaded: a file ends with a line break, the guide's body does not.
fn body(guide: &Guide) -> Result<String, Failure> {
    let csv = guide.read_text(CSV)?;
    Ok(csv.strip_suffix('\n').unwrap_or(&csv).to_owned())
}

/// Asks the cloud for the device, as anybody with the key can.
fn check_device(guide: &Guide, record: &mut Record) -> Result<(), Failure> {
    let Some(answer) = guide.ask_with_key(record, &format!("/devices/{}", guide.device_id))? else {
        return Ok(());
    };
    record.equal(CLOUD, "it knows the device", 200, answer.status)?;
    let device = answer.json()?;
    let id = device["id"].as_str().unwrap_or("none");
    record.equal(CLOUD, "by its ID", &guide.device_id, id)
}
