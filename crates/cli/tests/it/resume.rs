//! `device onboard` of a large CSV that is killed at every entry of its ledger.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use ledger::Outcome;
use serde_json::Value;

use crate::killing::{End, Watched};
use crate::support::{CloudSim, Shop, fixture};

/// Rows of so many uploads, of which the last of each thousand will fail.
fn csv(rows: usize) -> String {
    let good = std::fs::read_to_string(fixture("cloud-sim/device-1.public-key.pem")).unwrap();
    let bad = std::fs::read_to_string(fixture("cloud-sim/p384.crt.pem")).unwrap();
    let mut csv = String::new();
    for number in 0..rows {
        let pem = if is_bad(number) { &bad } else { &good };
        writeln!(csv, "dev-{number},,,,\"{pem}\"").unwrap();
    }
    csv
}

fn is_bad(number: usize) -> bool {
    number % 1000 == 999
}

/// Each process is killed `stride` entries later than the one before.
fn killed_and_resumed(parts: usize, stride: usize) {
    let rows = (parts - 1) * 1000 + 1;
    let cloud = CloudSim::with_bulk_delay("0");
    let shop = Shop::new().at(&cloud);
    shop.write("fleet.csv", csv(rows));
    let watched = Watched::new(shop.ledger());
    let onboard = ["device", "onboard", "fleet.csv", "--wait", "--results", "results.csv"];
    let mut number = 0;
    let end = loop {
        match watched.kill_at(number, &mut shop.command(&onboard)) {
            End::Killed => number += stride,
            end => break end,
        }
        assert!(number < 200, "it does not get on");
    };
    assert_eq!(end, End::Exit(Some(9)), "some rows failed");
    // The file, the opening, for each part that it is about to be sent, taken and ended; and where the failed rows go. What was about to
    // be sent and was not, is so once more.
    let entries = watched.entries(&watched.runs()[0]);
    let count = |name: &str| {
        entries.iter().filter(|entry| entry.body.starts_with(&format!("{{\"event\":\"{name}\""))).count()
    };
    assert_eq!([count("opened"), count("submitted"), count("finished")], [1, parts, parts]);
    assert!(count("submitting") >= parts);
    assert_eq!(entries.iter().filter(|entry| entry.name == "failed_file").count(), 1);

    let runs = watched.runs();
    assert_eq!(
        runs.iter().map(|run| run.ended.map(|(_, outcome)| outcome)).collect::<Vec<_>>(),
        [Some(Outcome::Done)]
    );
    assert_eq!(shop.ok(&["bulk", "list", "--all"]).lines().count(), parts, "each part was taken once");
    let failed = shop.read("fleet.failed.csv");
    let failed: Vec<&str> = failed.lines().filter_map(|line| Some(line.split_once(",,,,")?.0)).collect();
    let expected: Vec<String> =
        (0..rows).filter(|number| is_bad(*number)).map(|number| format!("dev-{number}")).collect();
    assert_eq!(failed, expected);
    assert!(!shop.path("fleet.failed-2.csv").exists());
    let results = shop.read("results.csv");
    let mut lines = results.lines();
    assert_eq!(lines.next(), Some("row,deviceId,result,message,bulkOpsRequestId"));
    let mut operations = BTreeSet::new();
    for (number, line) in (0..rows).zip(lines.by_ref()) {
        let result = if is_bad(number) { "failed" } else { "succeeded" };
        assert!(line.starts_with(&format!("{},dev-{number},{result},", number + 1)), "{line}");
        operations.insert(line.rsplit_once(',').unwrap().1.to_owned());
    }
    assert_eq!((lines.next(), operations.len()), (None, parts));
    let devices: Value = shop.json(&["device", "list"]);
    let devices: BTreeSet<&str> =
        devices["devices"].as_array().unwrap().iter().map(|device| device["id"].as_str().unwrap()).collect();
    let onboarded: Vec<String> =
        (0..rows).filter(|number| !is_bad(*number)).map(|number| format!("dev-{number}")).collect();
    assert_eq!(devices, onboarded.iter().map(String::as_str).collect());
}

#[test]
fn killed_at_every_entry_each_upload_is_made_once() {
    killed_and_resumed(3, 1);
}

#[test]
fn killed_many_times_twenty_uploads_are_made_once_each() {
    // Each part has three entries: no two of them in a row are the same to this stride.
    killed_and_resumed(20, 7);
}

#[test]
#[ignore = "takes minutes: 64 processes with 19,001 rows each; run it by name"]
fn killed_at_every_entry_twenty_uploads_are_made_once_each() {
    killed_and_resumed(20, 1);
}

#[test]
fn a_run_that_was_killed_at_its_end_tells_all_results_again() {
    let cloud = CloudSim::with_bulk_delay("0");
    let shop = Shop::with_device().at(&cloud);
    let onboard = ["device", "onboard", "onboard.csv", "--wait", "--json"];
    let watched = Watched::new(shop.ledger());
    // The certificate was issued before. File, opening, submitting, submitted; the end of the operation is known and not written.
    assert_eq!(watched.kill_at(1 + 4, &mut shop.command(&onboard)), End::Killed);
    let run = shop.run(&onboard);
    assert_eq!(run.code, 0, "{run:#?}");
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["uploads"][0]["results"][0]["result"], "succeeded");
    assert!(run.stderr.starts_with("note: going on with run "), "{run:#?}");
    assert_eq!(shop.ok(&["bulk", "list"]).lines().count(), 1);
    // What is done is done: once more is a new run.
    let again = shop.json(&onboard[..4]);
    assert_ne!(again["uploads"][0]["bulk_ops_request_id"], document["uploads"][0]["bulk_ops_request_id"]);
    let runs = watched.runs();
    assert_eq!(runs.iter().filter(|run| run.subject.kind() == "upload").count(), 2);
}

#[test]
fn two_at_the_same_file_do_not_send_it_twice() {
    let cloud = CloudSim::with_bulk_delay("0");
    let shop = Shop::with_device().at(&cloud);
    let watched = Watched::new(shop.ledger());
    let onboard = ["device", "onboard", "onboard.csv", "--wait"];
    assert_eq!(watched.kill_at(2, &mut shop.command(&onboard)), End::Killed);
    watched.pretend_holder("station-2/boot/ns/1/2");
    let run = shop.run(&onboard);
    assert_eq!(run.code, 5, "{run:#?}");
    assert!(
        run.stderr.starts_with(
            "error: station-2/boot/ns/1/2 is at upload nrfcloud.device.onboard http://127.0.0.1"
        ),
        "{run:#?}"
    );
    assert_eq!(shop.ok(&["bulk", "list"]), "");
}
