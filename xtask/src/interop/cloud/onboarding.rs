//! `nrf_cloud_onboard`: one device, many, bad rows, what it checks before and what it tells the cloud after.

use super::{Cloud, Ran, Tally, fixture};
use crate::interop::InteropError;

pub(super) fn check(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    one(cloud, tally)?;
    many(cloud, tally)?;
    bad_rows(cloud, tally)?;
    device_information(cloud, tally)?;
    refused(cloud, tally)
}

fn onboard(cloud: &Cloud, csv: &str, result: &str, more: &[&str]) -> Result<Ran, InteropError> {
    let (csv, result) = (cloud.path(csv), cloud.path(result));
    let arguments =
        [&["--plain", "--api-key", &cloud.api_key, "--csv", &csv, "--res", &result], more].concat();
    cloud.run("nrf_cloud_onboard", &arguments, "")
}

fn one(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    let certificate = fixture("device-1.crt.pem")?;
    cloud.write("one.csv", &format!("interop-one,sensor,red|blue,APP|MODEM,\"{certificate}\"\n"))?;
    let ran = onboard(cloud, "one.csv", "one.res", &["--chk"])?;
    tally.check(ran.status == 0, || format!("onboarding one device: {ran:?}"));
    tally.check(ran.output.contains("does not yet exist, onboarding"), || {
        format!("--chk does not see that the device is new: {ran:?}")
    });
    let result = cloud.read("one.res");
    for line in ["endpoint,ONBOARD_DEVICES", "status,SUCCEEDED", "Error count,0", "interop-one,OK"] {
        tally.check(result.lines().any(|found| found == line), || format!("no `{line}` in {result:?}"));
    }
    let device = cloud.get("devices/interop-one")?.body;
    let shape = (&device["subType"], &device["tags"], &device["firmware"]["supports"]);
    let wanted =
        (&"sensor".into(), &serde_json::json!(["red", "blue"]), &serde_json::json!(["APP", "MODEM"]));
    tally.check(shape == wanted, || format!("the cloud has {device}"));

    let again = onboard(cloud, "one.csv", "again.res", &["--chk"])?;
    tally.check(again.output.contains("\"interop-one\" already onboarded"), || {
        format!("--chk does not see that the device is there: {again:?}")
    });
    tally.check(cloud.read("again.res").is_empty(), || "a device that is there was onboarded again".into());
    tally.tell("nrf_cloud_onboard, one device and --chk");
    Ok(())
}

fn many(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    let key = fixture("device-2.public-key.pem")?;
    let rows: String = (0..300).map(|n| format!("interop-{n:03},,many,MODEM,\"{key}\"\n")).collect();
    cloud.write("many.csv", &rows)?;
    let ran = onboard(cloud, "many.csv", "many.res", &[])?;
    tally.check(ran.status == 0, || format!("onboarding 300 devices: {ran:?}"));
    let result = cloud.read("many.res");
    let good = result.lines().filter(|line| line.ends_with(",OK")).count();
    tally
        .check(good == 300 && result.contains("Error count,0"), || format!("{good} of 300 are OK: {result}"));
    let (mut found, mut token) = (0, String::new());
    loop {
        let page = cloud.get(&format!("devices?tags=many&pageLimit=100{token}"))?.body;
        found += page["items"].as_array().map_or(0, Vec::len);
        let Some(next) = page["pageNextToken"].as_str() else { break };
        let encoded: String = next.bytes().map(|byte| format!("%{byte:02X}")).collect();
        token = format!("&pageNextToken={encoded}");
    }
    tally.check(found == 300, || format!("the cloud has {found} of 300 devices"));

    cloud.write("too-many.csv", &"interop-x,,,,\"x\"\n".repeat(1001))?;
    let ran = onboard(cloud, "too-many.csv", "too-many.res", &[])?;
    tally.check(ran.output.contains("must not exceed 1000"), || format!("1001 rows: {ran:?}"));
    tally.tell("nrf_cloud_onboard, many devices");
    Ok(())
}

/// Row 1 has a certificate that is taken, row 3 a curve that is not; the others are good.
fn bad_rows(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    let (taken, p384) = (fixture("device-1.crt.pem")?, fixture("p384.crt.pem")?);
    let (good, key) = (fixture("device-2.crt.pem")?, fixture("device-2.public-key.pem")?);
    let rows = [("bad-0", &good), ("bad-1", &taken), ("bad-2", &key), ("bad-3", &p384)];
    let rows: String = rows.iter().map(|(id, pem)| format!("{id},,,,\"{pem}\"\n")).collect();
    cloud.write("bad.csv", &rows)?;
    let ran = onboard(cloud, "bad.csv", "bad.res", &[])?;
    tally.check(ran.status == 0 && ran.output.contains("Failure during onboarding"), || {
        format!("onboarding with bad rows: {ran:?}")
    });
    let result = cloud.read("bad.res");
    for line in [
        "status,FAILED",
        "Error count,2",
        "bad-0,OK",
        "bad-1,The device certificate is already registered and attached to a different device.",
        "bad-2,OK",
    ] {
        tally.check(result.lines().any(|found| found == line), || format!("no `{line}` in {result:?}"));
    }
    let reason = result.lines().find_map(|line| line.strip_prefix("bad-3,")).unwrap_or_default().to_owned();
    tally.check(reason.starts_with("The device certificate cannot be used: "), || {
        format!("bad-3 fails for `{reason}`")
    });
    for (id, status) in [("bad-0", 200), ("bad-1", 404), ("bad-2", 200), ("bad-3", 404)] {
        let found = cloud.get(&format!("devices/{id}"))?.status;
        tally.check(found == status, || format!("{id} is {found} in the cloud, not {status}"));
    }
    tally.tell("nrf_cloud_onboard, bad rows");
    Ok(())
}

fn device_information(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    let key = fixture("device-1.public-key.pem")?;
    cloud.write("told.csv", &format!("told-0,,,,\"{key}\"\ntold-1,,,,\"{key}\"\n"))?;
    let information =
        cloud.write("told.info", "told-0,mfw_nrf91x1_2.0.2,352656106111111\ntold-1,mfw_nrf9160_1.3.6,\n")?;
    let more = ["--devinfo", &information, "--set-mfwv", "--name-imei", "--name-prefix", "board-"];
    let ran = onboard(cloud, "told.csv", "told.res", &more)?;
    tally.check(ran.status == 0, || format!("onboarding with --devinfo: {ran:?}"));
    let result = cloud.read("told.res");
    for line in ["told-0,mfw_nrf91x1_2.0.2,OK", "told-1,mfw_nrf9160_1.3.6,OK"] {
        tally.check(result.lines().any(|found| found == line), || format!("no `{line}` in {result:?}"));
    }
    for (id, name, modem) in
        [("told-0", "board-352656106111111", "mfw_nrf91x1_2.0.2"), ("told-1", "told-1", "mfw_nrf9160_1.3.6")]
    {
        let device = cloud.get(&format!("devices/{id}"))?.body;
        let reported = &device["state"]["reported"]["device"]["deviceInfo"]["modemFirmware"];
        let right = device["name"] == name && *reported == modem && device["firmware"]["modem"] == modem;
        tally.check(right, || format!("the cloud has {device}"));
    }
    tally.tell("nrf_cloud_onboard, --devinfo --set-mfwv --name-imei");
    Ok(())
}

fn refused(cloud: &Cloud, tally: &mut Tally) -> Result<(), InteropError> {
    cloud.write("header.csv", "deviceId,subType,tags,fwTypes,certPem\n")?;
    let ran = onboard(cloud, "header.csv", "header.res", &[])?;
    tally.check(ran.output.contains("Onboarding API call result: 422"), || format!("a header row: {ran:?}"));
    let csv = cloud.path("one.csv");
    let ran = cloud.run("nrf_cloud_onboard", &["--plain", "--api-key", "wrong", "--csv", &csv], "")?;
    tally.check(ran.output.contains("Onboarding API call result: 401"), || format!("a wrong key: {ran:?}"));
    tally.tell("nrf_cloud_onboard, what is refused");
    Ok(())
}
