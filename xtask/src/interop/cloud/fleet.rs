//! `nrf_cloud_device_mgmt`: firmware updates for one device, for a tag, for a version.

use serde_json::{Value, json};

use super::{Cloud, Ran, Tally};
use crate::interop::InteropError;

/// One of the simulated bundles of modem firmware.
const MODEM: &str = "MODEM*5c1d2a77*mfw_nrf91x1_2.0.2";

pub(super) fn check(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    one_device(cloud, tally)?;
    a_tag(cloud, tally)?;
    a_version(cloud, tally)
}

fn manage(cloud: &Cloud, more: &[&str], typed: &str) -> Result<Ran, InteropError> {
    let arguments = [&["--api-key", &cloud.api_key], more].concat();
    cloud.run("nrf_cloud_device_mgmt", &arguments, typed)
}

/// The job that was created last, if the tool says that it created it.
fn job(cloud: &Cloud, ran: &Ran) -> Result<Value, InteropError> {
    let jobs = cloud.get("fota-jobs?pageLimit=1")?.body;
    let job = jobs["items"][0].clone();
    let told = job["jobId"].as_str().is_some_and(|id| ran.output.contains(id));
    Ok(if told { job } else { Value::Null })
}

fn one_device(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    let more = [
        "--dev-id",
        "interop-one",
        "--bundle-id",
        MODEM,
        "--name",
        "one",
        "--desc",
        "for one",
        "--defer-apply",
    ];
    let ran = manage(cloud, &more, "y\n")?;
    tally.check(ran.status == 0, || format!("an update for one device: {ran:?}"));
    let job = job(cloud, &ran)?;
    let found = (&job["target"]["deviceIds"], &job["status"], &job["name"], &job["description"]);
    let wanted = (&json!(["interop-one"]), &json!("CREATED"), &json!("one"), &json!("for one"));
    tally.check(found == wanted, || format!("the cloud has {job} after {ran:?}"));
    tally.tell("nrf_cloud_device_mgmt, a deferred update for one device");
    Ok(())
}

fn a_tag(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    let bundle = cloud.ask(json!({ "get": "firmwares", "zip": application() }))?;
    tally.check(bundle.status == 202, || format!("the bundle: {bundle:?}"));
    let id = bundle.body["uris"][0].as_str().and_then(|uri| uri.rsplit('/').nth(1)).unwrap_or_default();
    let more =
        ["--type", "APP", "--tag", "red", "--bundle-id", id, "--name", "tag", "--desc", "for a tag", "--ad"];
    let ran = manage(cloud, &more, "y\n")?;
    let job = job(cloud, &ran)?;
    let found = (&job["target"]["tags"], &job["status"], &job["executionStats"]["queued"]);
    tally.check(found == (&json!(["red"]), &json!("IN_PROGRESS"), &json!(1)), || {
        format!("the cloud has {job} after {ran:?}")
    });
    let current = cloud.get("fota-job-executions/interop-one/current")?;
    tally.check(current.body["jobId"] == job["jobId"], || format!("the device finds {current:?}"));
    tally.tell("nrf_cloud_device_mgmt, an update for a tag");
    Ok(())
}

/// The versions that `--set-mfwv` told the cloud, chosen from the tool's own lists. Only devices that take such firmware
/// are offered, so one of them says that it does.
fn a_version(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    let state = json!({ "reported": { "device": {
        "deviceInfo": { "modemFirmware": "mfw_nrf91x1_2.0.1" }, "serviceInfo": { "fota_v2": ["MODEM"] },
    } } });
    let told = cloud.call("nrf_cloud_onboard", "update_device_shadow", &json!(["interop-000", state]))?;
    tally.check(told.status == 202, || format!("the shadow of interop-000: {told:?}"));
    // The version, the second bundle, the confirmation.
    let ran = manage(cloud, &["--name", "version", "--desc", "for a version"], "1\n2\ny\n")?;
    let job = job(cloud, &ran)?;
    let found = (&job["target"]["deviceIds"], &job["firmware"]["bundleId"]);
    tally.check(found == (&json!(["interop-000"]), &json!(MODEM)), || {
        format!("the cloud has {job} after {ran:?}")
    });
    tally.tell("nrf_cloud_device_mgmt, an update from one modem version");
    Ok(())
}

/// The files of a bundle.
fn application() -> Value {
    let manifest = json!({
        "name": "interop", "description": "An image for interop", "fwversion": "1.0.0", "format-version": 1,
        "files": [{ "file": "app.bin", "type": "application", "size": 400 }],
    });
    json!({ "manifest.json": manifest.to_string(), "app.bin": "\u{1}\u{2}\u{3}\u{4}".repeat(100) })
}
