use crate::support::{CloudSim, DEVICE, Shop};

#[test]
fn an_upload_is_followed_by_its_id() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    let id = shop.ok(&["device", "onboard", "onboard.csv"]);
    let id = id.trim();
    assert_eq!(shop.ok(&["bulk", "wait", id]), "SUCCEEDED\n");
    let shown = shop.json(&["bulk", "show", id]);
    assert_eq!((&shown["schema"], &shown["status"]), (&"nrfcloud.bulk.show".into(), &"SUCCEEDED".into()));
    let list = shop.json(&["bulk", "list"]);
    assert_eq!(list["operations"][0]["bulkOpsRequestId"], id);
    assert!(shop.ok(&["bulk", "list"]).starts_with(&format!("{id}\tSUCCEEDED\tONBOARD_DEVICES\t")));
}

#[test]
fn failed_rows_are_named() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    let pem = std::fs::read_to_string(crate::support::fixture("cloud-sim/p384.crt.pem")).unwrap();
    shop.write("two.csv", format!("bad,,,,\"{pem}\"\n{}", shop.read("onboard.csv")));
    let id = shop.ok(&["-q", "device", "onboard", "two.csv"]);
    let run = shop.run(&["bulk", "wait", id.trim()]);
    assert_eq!(run.code, 9, "{run:?}");
    assert!(run.stdout.starts_with("FAILED\nrow 1 (bad)\tfailed\t"), "{run:?}");
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
    assert_eq!(
        run.stderr,
        format!(
            "error: rows failed in bulk operation {0}: 1\nhelp: `nrfcloud bulk retry {0}` sends these rows again, --csv takes them mended; any others are done\n",
            id.trim()
        )
    );
    assert!(shop.ok(&["device", "list"]).starts_with(DEVICE));
}

#[test]
fn a_deadline_tells_how_to_go_on() {
    let cloud = CloudSim::with_bulk_delay("3600000");
    let shop = Shop::with_device().at(&cloud);
    let id = shop.ok(&["device", "onboard", "onboard.csv"]);
    let id = id.trim();
    // A first poll comes at once; another does not fit into no time at all.
    shop.refused(
        &["bulk", "wait", id, "--timeout", "0s"],
        8,
        &format!(
            "error: bulk operation {id} had not ended after 0 s; its last status is PENDING\n\
             help: it goes on all the same: nrfcloud bulk wait {id}\n"
        ),
    );
}

#[test]
fn an_id_that_cannot_be_one_is_refused_at_once() {
    Shop::new().refused(
        &["bulk", "show", "123"],
        3,
        "error: bulk operation ID \"123\": has 3 characters where 26 are allowed; the rule is ^[0-9A-HJKMNP-TV-Z]{26}$\n\
         help: the value of `<ID>` is refused; --help tells what it takes\n",
    );
}

#[test]
fn an_operation_that_is_not_there_does_not_go_on() {
    let cloud = CloudSim::start();
    let run = Shop::new().at(&cloud).run(&["bulk", "wait", "01M86211TTF65ZX3KBGNHDAZXM"]);
    assert_eq!(run.code, 7, "{run:?}");
    assert!(
        run.stderr.ends_with("help: check the ID: `nrfcloud bulk list` shows what there is\n"),
        "{run:?}"
    );
}

#[test]
fn without_an_id_the_last_upload_of_this_machine_is_waited_for() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    shop.refused(
        &["bulk", "wait"],
        2,
        "error: this machine has sent nothing to this address yet, as far as its ledger tells\n\
         help: give the ID of a bulk operation: nrfcloud bulk list\n",
    );
    let first = shop.ok(&["device", "onboard", "onboard.csv"]);
    let run = shop.run(&["bulk", "wait"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "SUCCEEDED\n"), "{run:?}");
    assert_eq!(run.stderr, format!("note: waiting for bulk operation {}\n", first.trim()));
    let key = format!("certs/{DEVICE}.key.pem");
    let second = shop.ok(&["device", "register-key", "--device-id", DEVICE, "--key", &key, "--wait"]);
    assert_eq!(shop.json(&["bulk", "wait"])["bulk_ops_request_id"], second.lines().next().unwrap());
    // What went elsewhere is not meant.
    let other = CloudSim::start();
    assert_eq!(shop.at(&other).run(&["bulk", "wait"]).code, 2);
}

#[test]
fn a_list_is_filtered_by_status_and_time() {
    let cloud = CloudSim::with_args(&["--bulk-delay", "50", "--fault", "bulk fail 1 times 1"]);
    let shop = Shop::with_device().at(&cloud);
    shop.run(&["device", "onboard", "onboard.csv", "--wait"]);
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    let count = |args: &[&str]| shop.ok(&[&["bulk", "list"], args].concat()).lines().count();
    assert_eq!((count(&[]), count(&["--status", "failed"]), count(&["--status", "pending"])), (2, 1, 0));
    assert_eq!((count(&["--since", "1700000000"]), count(&["--until", "1700000000"])), (2, 0));
}

#[test]
fn an_upload_is_done_also_where_no_ledger_can_be_written() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    let run = shop.run(&["device", "onboard", "onboard.csv", "--ledger", "no/such/place.sqlite"]);
    assert_eq!((run.code, run.stdout.trim().len()), (0, 26), "{run:?}");
    assert!(run.stderr.starts_with("warning: the upload is not in the ledger: "), "{run:?}");
}
