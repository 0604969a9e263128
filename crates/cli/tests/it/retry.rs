//! `bulk retry`: the rows that failed, and only those.

use serde_json::Value;

use crate::killing::{End, Watched};
use crate::support::{API_KEY, CloudSim, Run, Shop, fixture, server};

/// Devices `d1`, `d2`, … with the same public key, as rows of OnboardDevices.
fn csv(numbers: impl IntoIterator<Item = usize>) -> String {
    let pem = std::fs::read_to_string(fixture("cloud-sim/device-1.public-key.pem")).unwrap();
    numbers.into_iter().map(|number| format!("d{number},,,,\"{pem}\"\n")).collect()
}

/// A cloud with these faults, and a directory with the rows of six devices.
fn six(faults: &[&str]) -> (CloudSim, Shop) {
    let faults: Vec<&str> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
    let cloud = CloudSim::with_args(&[&["--bulk-delay", "50"], &faults[..]].concat());
    let shop = Shop::new().at(&cloud);
    shop.write("six.csv", csv(1..=6));
    (cloud, shop)
}

/// Sends it, and waits until it has failed.
fn failed(shop: &Shop, csv: &str) -> String {
    let id = shop.ok(&["device", "onboard", csv]).trim().to_owned();
    assert_eq!(shop.run(&["bulk", "wait"]).code, 9);
    id
}

fn devices(shop: &Shop) -> String {
    let list = shop.json(&["device", "list"]);
    let ids = list["devices"].as_array().unwrap().iter().map(|device| device["id"].as_str().unwrap());
    ids.collect::<Vec<_>>().join(" ")
}

/// The devices of a CSV.
fn of(csv: &str) -> String {
    csv.lines().filter_map(|line| Some(line.split_once(",,,,")?.0)).collect::<Vec<_>>().join(" ")
}

fn document(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn only_the_rows_that_failed_are_sent_again() {
    let (_cloud, shop) = six(&["bulk fail 2 times 1"]);
    let id = failed(&shop, "six.csv");
    assert_eq!(devices(&shop), "d1 d3 d5");
    let run = shop.run(&["bulk", "retry", &id, "--wait"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let (new, results) = run.stdout.split_once('\n').unwrap();
    assert_ne!(new, id);
    assert_eq!(results, "d2\tsucceeded\nd4\tsucceeded\nd6\tsucceeded\n");
    assert_eq!(devices(&shop), "d1 d2 d3 d4 d5 d6");
    shop.refused(
        &["bulk", "retry", new],
        3,
        &format!(
            "error: no row failed in bulk operation {new}\n\
             help: there is nothing to send again; `nrfcloud bulk list --status failed` shows where there is\n"
        ),
    );
}

#[test]
fn a_retry_has_a_document_of_its_own_and_may_fail_again() {
    let (_cloud, shop) = six(&["bulk fail 3 times 2"]);
    let id = failed(&shop, "six.csv");
    let dry = document(&shop.run(&["bulk", "retry", &id, "--dry-run", "--json"]));
    assert_eq!(
        dry,
        serde_json::json!({
            "schema": "nrfcloud.bulk.retry", "version": 1, "retry_of": id, "uploads": [], "dry_run": true
        })
    );
    let run = shop.run(&["bulk", "retry", &id, "--dry-run"]);
    assert_eq!(
        run.stderr,
        format!("note: would send 2 rows in 1 upload: the failed rows of bulk operation {id}\n")
    );
    // Both failed rows are sent; every third of two is none.
    let document = document(&shop.run(&["bulk", "retry", &id, "--wait", "--json"]));
    assert_eq!(
        (&document["retry_of"], &document["schema"]),
        (&id.as_str().into(), &"nrfcloud.bulk.retry".into())
    );
    assert_eq!(document["uploads"][0]["results"][1]["device_id"], "d6");
    assert_eq!(shop.ok(&["bulk", "list", "--status", "failed"]).lines().count(), 1);
}

#[test]
fn rows_that_fail_again_land_in_a_file() {
    let (_cloud, shop) = six(&["bulk fail 2 times 2"]);
    let id = failed(&shop, "six.csv");
    let run = shop.run(&["bulk", "retry", &id, "--wait"]);
    assert_eq!(run.code, 9, "{run:?}");
    assert!(
        run.stderr.ends_with(&format!(
            "help: mend the rows in {id}.failed.csv and send that file; the others are done\n"
        )),
        "{run:?}"
    );
    assert_eq!(of(&shop.read(&format!("{id}.failed.csv"))), "d4");
}

#[test]
fn mended_rows_are_found_by_their_devices() {
    let cloud = CloudSim::start();
    let shop = Shop::with_authority().at(&cloud);
    let pem = std::fs::read_to_string(fixture("cloud-sim/p384.crt.pem")).unwrap();
    for id in ["d1", "d2"] {
        shop.issue(id, &["--csv", "good.csv"]);
    }
    shop.write("sent.csv", format!("bad,,,,\"{pem}\"\n{}", shop.read("good.csv")));
    let id = failed(&shop, "sent.csv");
    // The order is another, and further devices are there.
    shop.issue("bad", &["--csv", "good.csv"]);
    shop.issue("d3", &["--csv", "good.csv"]);
    let run = shop.run(&["bulk", "retry", &id, "--csv", "good.csv", "--wait"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.ends_with("\nbad\tsucceeded\n") && run.stdout.lines().count() == 2, "{run:?}");
    assert_eq!(devices(&shop), "bad d1 d2");
    shop.write("others.csv", csv(1..=2));
    shop.refused(
        &["bulk", "retry", &id, "--csv", "others.csv"],
        3,
        &format!(
            "error: it cannot be told which rows failed in bulk operation {id}: others.csv has no good row of device bad; \
             nothing was sent\n\
             help: put the rows that failed into a file of their own, and send that: nrfcloud device onboard FILE --wait\n"
        ),
    );
}

#[test]
fn the_rows_of_one_part_are_found_by_the_ledger_where_the_cloud_keeps_them_no_more() {
    let (_cloud, shop) = six(&["bulk fail 500 times 2", "status 404 on GET /*.csv"]);
    shop.write("many.csv", csv(1..=1500));
    let ids = shop.ok(&["device", "onboard", "many.csv"]);
    let ids: Vec<&str> = ids.lines().collect();
    assert_eq!(shop.run(&["bulk", "wait"]).code, 9);
    let run = shop.run(&["bulk", "retry", ids[1]]);
    assert_eq!((run.code, run.stdout.as_str()), (7, ""), "{run:?}");
    assert!(
        run.stderr.starts_with(&format!(
            "error: the rows of bulk operation {} are not to be had from nRF Cloud\nreason: ",
            ids[1]
        )) && run.stderr.ends_with("\nhelp: give the CSV that was sent: --csv FILE\n"),
        "{run:?}"
    );
    let run = shop.run(&["bulk", "retry", ids[1], "--csv", "many.csv", "--wait"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.ends_with("\nd1500\tsucceeded\n"), "{run:?}");
    shop.refused(
        &["bulk", "retry", ids[1], "--csv", "six.csv"],
        3,
        &format!(
            "error: it cannot be told which rows failed in bulk operation {}: six.csv has 6 rows, and the CSV that was sent \
             had 1500; nothing was sent\n\
             help: put the rows that failed into a file of their own, and send that: nrfcloud device onboard FILE --wait\n",
            ids[1]
        ),
    );
    std::fs::remove_file(shop.ledger()).unwrap();
    let run = shop.run(&["bulk", "retry", ids[1], "--csv", "many.csv"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.stderr
            .contains(": neither nRF Cloud nor the ledger of this machine has the rows; nothing was sent\n"),
        "{run:?}"
    );
}

#[test]
fn what_failed_is_known_by_the_ledger_where_the_error_file_is_gone() {
    let (_cloud, shop) = six(&["bulk fail 2 times 1", "status 404 on GET /*.json skip 1"]);
    let run = shop.run(&["device", "onboard", "six.csv", "--wait", "--failed", "failed.csv"]);
    assert_eq!(run.code, 9, "{run:?}");
    let id = run.stdout.lines().next().unwrap();
    let run = shop.run(&["bulk", "retry", id, "--wait"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.ends_with("\nd2\tsucceeded\nd4\tsucceeded\nd6\tsucceeded\n"), "{run:?}");
}

#[test]
fn an_operation_that_tells_no_rows_is_not_guessed_at() {
    let (_cloud, shop) = six(&["bulk fail 2 times 1", "status 404 on GET /*.json"]);
    let id = shop.ok(&["device", "onboard", "six.csv"]);
    let id = id.trim();
    assert_eq!(shop.run(&["bulk", "wait"]).code, 7);
    shop.refused(
        &["bulk", "retry", id],
        7,
        &format!(
            "error: bulk operation {id} did not succeed, and does not tell which rows did\n\
             help: look for the devices before you send anything again: nrfcloud device list\n"
        ),
    );
}

#[test]
fn rows_that_were_sent_as_base64_are_sent_again_too() {
    let (_cloud, shop) = six(&["bulk fail 2 times 1"]);
    let id = shop.ok(&["device", "onboard", "six.csv", "--base64"]).trim().to_owned();
    let run = shop.run(&["bulk", "wait", "--json"]);
    assert_eq!(run.code, 9, "{run:?}");
    let failed = &document(&run)["failed_rows"];
    assert_eq!((&failed[0]["row"], &failed[0]["device_id"]), (&2.into(), &"d2".into()));
    let stdout = shop.ok(&["bulk", "retry", &id, "--wait", "--base64"]);
    assert!(stdout.ends_with("\nd2\tsucceeded\nd4\tsucceeded\nd6\tsucceeded\n"), "{stdout}");
}

#[test]
fn what_has_not_ended_is_not_sent_again() {
    let cloud = CloudSim::with_bulk_delay("3600000");
    let shop = Shop::with_device().at(&cloud);
    let id = shop.ok(&["device", "onboard", "onboard.csv"]);
    let id = id.trim();
    shop.refused(
        &["bulk", "retry", id],
        8,
        &format!(
            "error: bulk operation {id} had not ended after 0 s; its last status is PENDING\n\
             help: it goes on all the same: nrfcloud bulk wait {id}\n"
        ),
    );
}

#[test]
fn what_no_csv_began_is_not_sent_again() {
    const ID: &str = "01EZZJVDQJPWT7V4FWNVDHNMM5";
    let body = format!(
        r#"{{"bulkOpsRequestId":"{ID}","endpoint":"VERIFY_JWTS","status":"FAILED","requestedAt":"2026-11-24T04:10:00.000Z"}}"#
    );
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let url = server(Box::leak(answer.into_boxed_str()));
    Shop::new().env("NRFCLOUD_API_URL", url).env("NRFCLOUD_API_KEY", API_KEY).refused(
        &["bulk", "retry", ID],
        3,
        &format!(
            "error: bulk operation {ID} is of the kind VERIFY_JWTS, which is not sent again\n\
             help: only onboarding and the registration of keys and certificates are\n"
        ),
    );
}

#[test]
fn keys_and_certificates_are_sent_again_as_what_they_are() {
    let cloud = CloudSim::with_args(&["--bulk-delay", "50", "--fault", "bulk fail 1 every 2"]);
    let shop = Shop::with_device().at(&cloud);
    let device = crate::support::DEVICE;
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    let args = ["device", "register-cert", "--device-id", device, "--cert"];
    let certificate = format!("certs/{device}.crt.pem");
    let run = shop.run(&[&args[..], &[&certificate, "--wait"]].concat());
    assert_eq!(run.code, 7, "{run:?}");
    let id = run.stdout.lines().next().unwrap();
    let document = shop.json(&["bulk", "retry", id, "--wait"]);
    let again = document["uploads"][0]["bulk_ops_request_id"].as_str().unwrap();
    assert_eq!(shop.json(&["bulk", "show", again])["endpoint"], "REGISTER_CERTIFICATES");
    let key = format!("certs/{device}.public-key.pem");
    let run = shop.run(&["device", "register-key", "--device-id", device, "--key", &key, "--wait"]);
    assert_eq!(run.code, 7, "{run:?}");
    let document = shop.json(&["bulk", "retry", run.stdout.lines().next().unwrap(), "--wait"]);
    let again = document["uploads"][0]["bulk_ops_request_id"].as_str().unwrap();
    assert_eq!(shop.json(&["bulk", "show", again])["endpoint"], "REGISTER_PUBLIC_KEYS");
}

#[test]
fn a_retry_that_is_killed_at_every_entry_is_sent_once() {
    let (_cloud, shop) = six(&["bulk fail 2 times 1"]);
    let watched = Watched::new(shop.ledger());
    let id = failed(&shop, "six.csv");
    let mut number = watched.count();
    let end = loop {
        match watched.kill_at(number, &mut shop.command(&["bulk", "retry", &id, "--wait"])) {
            End::Killed => number += 1,
            end => break end,
        }
        assert!(number < 50, "it does not get on");
    };
    assert_eq!(end, End::Exit(Some(0)));
    assert_eq!(devices(&shop), "d1 d2 d3 d4 d5 d6");
    assert_eq!(shop.ok(&["bulk", "list", "--all"]).lines().count(), 2, "the retry was taken once");
}
