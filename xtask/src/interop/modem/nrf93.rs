//! `nrf93_onboard`: an nRF93M1 on a port, and the simulated nRF Cloud that it is onboarded in.
//!
//! The tool knows no cloud but Nordic's, so `interop/python/cloud_peer.py` tells it another, in memory.

use serde_json::{Value, json};

use super::{Bench, Tally};
use crate::interop::{InteropError, peers, simulator::Simulator};

pub(super) fn check(bench: &Bench, tally: &mut Tally) -> Result<(), InteropError> {
    let python = peers::of_python("nRF Cloud Utils", "cloud_peer.py")?;
    let cloud = Simulator::start()?;
    let kit = bench.kit("nrf93", &json!({ "mode": "nrf93", "seed": 51 }))?;
    let (base, api_key) = (format!("{}/", cloud.text("url")?), cloud.text("apiKey")?);
    let run = |port: &str, api_key: &str| -> Result<(Value, String), InteropError> {
        let answer = python.ask(&json!({
            "run": "nrf93_onboard", "base": base, "port": port,
            "arguments": ["--port", port, "--api-key", api_key, "--tags", "interop"],
        }))?;
        let output = answer["output"].as_str().unwrap_or_default().to_owned();
        Ok((answer["status"].clone(), output))
    };
    let (status, output) = run(&kit.port, &api_key)?;
    for said in [
        "[OK] Device UUID",
        "[OK] Device identity key",
        "[OK] Tenant ID",
        "[OK] Registration JWT",
        "[OK] Device onboarded successfully",
    ] {
        tally.check(status == 0 && output.contains(said), || format!("no {said:?} in {status} {output}"));
    }
    let path = format!("devices/{}", kit.text("uuid")?);
    let device = python.ask(&json!({ "get": path, "base": base, "key": api_key }))?;
    let found = (&device["status"], &device["body"]["subType"], &device["body"]["tags"]);
    tally.check(found == (&json!(200), &json!("nRF93M1"), &json!(["interop"])), || {
        format!("the cloud has {device}")
    });
    let (status, output) = run(&kit.port, "wrong")?;
    tally.check(status == 4 && output.contains("[Failed] Tenant ID"), || {
        format!("a wrong API key: {status} {output}")
    });
    // A kit of another kind knows none of these commands.
    let other = bench.kit("nrf93-not", &json!({ "model": "nRF9160-SICA", "seed": 52 }))?;
    let (status, output) = run(&other.port, &api_key)?;
    tally.check(status == 2 && output.contains("[Failed] Device UUID"), || {
        format!("an nRF9160: {status} {output}")
    });
    tally.tell("nrf93_onboard");
    Ok(())
}
