//! `claim_devices`, and `claim_and_provision_device` with a kit on a port whose twin obeys the provisioning service.

use std::fs;

use serde_json::{Value, json};

use super::{Cloud, Ran, Tally};
use crate::interop::InteropError;

/// The security tag that the tools use where none is named.
const TAG: &str = "16842753";

pub(super) fn check(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    many(cloud, tally)?;
    one(cloud, tally)?;
    by_rule(cloud, tally)
}

fn text<'a>(kits: &'a Value, name: &str) -> &'a str {
    kits[name].as_str().unwrap_or_default()
}

/// A file as `gather_attestation_tokens` writes it; the second time every device is taken.
fn many(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    let kits = cloud.kits["tokens"].as_array().cloned().unwrap_or_default();
    let rows: String = kits
        .iter()
        .map(|kit| {
            format!(
                "{},{},{},2026-07-03T12:14:43\n",
                text(kit, "imei"),
                text(kit, "uuid"),
                text(kit, "token")
            )
        })
        .collect();
    let csv = cloud.write("attestation_tokens.csv", &rows)?;
    let arguments =
        ["--plain", "--api-key", &cloud.api_key, "--csv", &csv, "--provisioning-tags", "interop,many"];
    let ran = cloud.run("claim_devices", &arguments, "")?;
    let all = format!("Done. {0} of {0} devices claimed.", kits.len());
    tally.check(ran.status == 0 && ran.output.contains(&all), || format!("claim_devices: {ran:?}"));
    for kit in &kits {
        // A device that is claimed can be given a command.
        let path = format!("claimed-devices/{}/provisioning/none", text(kit, "uuid"));
        let found = cloud.get(&path)?;
        let message = found.body["message"].as_str().unwrap_or_default();
        tally.check(found.status == 404 && !message.starts_with("Claimed device"), || {
            format!("{} is not claimed: {found:?}", text(kit, "uuid"))
        });
    }
    let again = cloud.run("claim_devices", &arguments, "")?;
    let none = format!("Done. 0 of {} devices claimed.", kits.len());
    tally.check(again.output.contains(&none), || format!("claim_devices once more: {again:?}"));
    tally.tell("claim_devices");
    Ok(())
}

fn provision(cloud: &Cloud, more: &[&str]) -> Result<Ran, InteropError> {
    let port = text(&cloud.kits, "port");
    let common = ["--plain", "--api-key", &cloud.api_key, "--port", port, "--cmd-type", "at", "--rtscts-off"];
    cloud.run("claim_and_provision_device", &[&common, more].concat(), "")
}

/// The whole way: claimed, CSR by the kit, certificate by Nordic's own authority, installed, onboarded.
fn one(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    let folder = cloud.path("ca");
    fs::create_dir_all(&folder)?;
    let ca = cloud.run("create_ca_cert", &["--path", &folder, "--fileprefix", "ca"], "")?;
    let (mut certificate, mut key) = (String::new(), String::new());
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path().to_string_lossy().into_owned();
        if path.ends_with("_ca.pem") {
            certificate = path;
        } else if path.ends_with("_prv.pem") {
            key = path;
        }
    }
    tally.check(!certificate.is_empty() && !key.is_empty(), || format!("create_ca_cert: {ca:?}"));
    let id = "interop-claimed";
    let more = ["--ca", &certificate, "--ca-key", &key, "--id-str", id, "--tags", "claimed", "--unclaim"];
    let ran = provision(cloud, &more)?;
    tally.check(ran.status == 0 && ran.output.trim_end().ends_with("Done."), || {
        format!("claim_and_provision_device: {ran:?}")
    });
    tally.check(ran.output.contains("Onboarding API call response: 202"), || format!("{ran:?}"));
    // The upload is a bulk operation, which the tool does not wait for.
    let newest = "bulk-ops-requests?pageLimit=1";
    let operations = cloud.wait_for(newest, |found| found.body["items"][0]["completedAt"].is_string())?;
    let operation = &operations.body["items"][0];
    tally.check(operation["status"] == "SUCCEEDED", || format!("the upload of {id}: {operation}"));
    let device = cloud.get(&format!("devices/{id}"))?;
    tally.check(device.status == 200 && device.body["tags"] == json!(["claimed"]), || format!("{device:?}"));

    let uuid = text(&cloud.kits, "uuid");
    let finished =
        ran.output.lines().find_map(|line| line.split_once("Provisioning command (finished) ID: "));
    let finished = finished.map_or("", |(_, id)| id.trim());
    let command = cloud.get(&format!("claimed-devices/{uuid}/provisioning/{finished}"))?;
    tally.check(command.body["status"] == "SUCCEEDED", || format!("the finished command: {command:?}"));
    tally.tell("claim_and_provision_device, with a certificate");
    Ok(())
}

/// By the tag of a rule, which the tool makes where there is none: the cloud has the kit make its key and onboards it.
fn by_rule(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    let more = ["--provisioning-tags", "nrf-cloud-onboarding", "--unclaim", "--sectag", TAG];
    let ran = provision(cloud, &more)?;
    tally.check(ran.status == 0 && ran.output.contains("complete the process over the air"), || {
        format!("claim_and_provision_device with a tag: {ran:?}")
    });
    let rules = cloud.get("provisioning-rules")?.body;
    let tags = &rules["items"][0]["tags"];
    tally.check(*tags == json!(["nrf-cloud-onboarding"]), || format!("the cloud has the rules {rules}"));
    let uuid = text(&cloud.kits, "uuid");
    let device = cloud.wait_for(&format!("devices/{uuid}"), |found| found.status == 200)?;
    tally.check(device.status == 200, || format!("the kit was not onboarded: {device:?} after {ran:?}"));
    tally.tell("claim_and_provision_device, by a rule");
    Ok(())
}
