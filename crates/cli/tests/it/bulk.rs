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
    assert!(run.stdout.starts_with("FAILED\nrow 1\tfailed\t"), "{run:?}");
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
    assert_eq!(
        run.stderr,
        format!(
            "error: rows failed in bulk operation {}: 1\nhelp: mend these rows and send them again; any others are done\n",
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
        run.stderr.ends_with(
            "help: check the ID: `nrfcloud device list` and `nrfcloud bulk list` show what there is\n"
        ),
        "{run:?}"
    );
}
