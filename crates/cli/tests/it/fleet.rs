//! Devices of a team: listed by what they are, renamed, tagged, changed, deleted.

use serde_json::{Value, json};

use crate::support::{API_KEY, CloudSim, Run, Shop, nobody};

/// A team with these devices, each with a key and a certificate of its own.
fn fleet(ids: &[&str]) -> (CloudSim, Shop) {
    let cloud = CloudSim::start();
    let shop = Shop::with_authority().at(&cloud);
    for id in ids {
        shop.issue(id, &["--csv", "onboard.csv"]);
    }
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    (cloud, shop)
}

/// A command that must not send anything: nobody is there.
fn alone() -> Shop {
    Shop::new().env("NRFCLOUD_API_URL", nobody()).env("NRFCLOUD_API_KEY", API_KEY)
}

fn document(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap()
}

fn ids(list: &Value) -> Vec<&str> {
    list["devices"].as_array().unwrap().iter().map(|device| device["id"].as_str().unwrap()).collect()
}

#[test]
fn a_list_holds_what_the_filters_let_through() {
    let (_cloud, shop) = fleet(&["a1", "a2"]);
    shop.issue("hub", &[]);
    let hub = ["device", "onboard", "--device-id", "hub", "--cert", "certs/hub.crt.pem"];
    shop.ok(&[&hub[..], &["--sub-type", "my-gateway", "--fw-types", "APP|MODEM"]].concat());
    shop.ok(&["device", "tag", "a1", "hub", "--set", "x|y"]);
    shop.ok(&["device", "rename", "a2", "Kitchen sensor"]);
    shop.ok(&[
        "device",
        "state",
        "a2",
        "--reported",
        r#"{"device":{"deviceInfo":{"imei":"352656106647673"}}}"#,
    ]);
    for (filter, expected) in [
        (&[][..], &["a1", "a2", "hub"][..]),
        (&["--ids", "a2|a1|nobody"], &["a1", "a2"]),
        (&["--tags", "y"], &["a1", "hub"]),
        (&["--name", "kitchen"], &["a2"]),
        (&["--identifier", "352656106647673", "--identifier", "a1"], &["a1", "a2"]),
        (&["--sub-type", "my-gateway"], &["hub"]),
        (&["--type", "gateway"], &["hub"]),
        (&["--type", "generic", "--tags", "x"], &["a1"]),
        (&["--fw-types", "APP|BOOT"], &["hub"]),
        (&["--without-fw-types", "MODEM"], &["a1", "a2"]),
        (&["--type", "ble"], &[]),
    ] {
        assert_eq!(ids(&shop.json(&[&["device", "list"], filter].concat())), expected, "{filter:?}");
    }
    let list = shop.json(&["device", "list", "--ids", "a2"]);
    assert_eq!(list["devices"][0]["name"], "Kitchen sensor");
    assert_eq!(list["devices"][0].get("state"), None);
    let list = shop.json(&["device", "list", "--ids", "a2", "--state"]);
    assert_eq!(list["devices"][0]["state"]["desired"]["pairing"]["state"], "paired");
}

#[test]
fn a_device_is_shown_with_all_that_nrf_cloud_says() {
    let (cloud, shop) = fleet(&["a1"]);
    shop.ok(&[
        "device",
        "state",
        "a1",
        "--reported",
        r#"{"device":{"deviceInfo":{"modemFirmware":"mfw_nrf91x1_2.0.4"}}}"#,
    ]);
    let shown = shop.json(&["device", "show", "a1"]);
    assert_eq!(shown["state"]["reported"]["device"]["deviceInfo"]["modemFirmware"], "mfw_nrf91x1_2.0.4");
    assert!(shown["$meta"]["createdAt"].is_string() && shown["state"]["metadata"].is_object(), "{shown}");
    let text = shop.ok(&["device", "show", "a1"]);
    for line in [
        "modem firmware        mfw_nrf91x1_2.0.4\n",
        "paired                yes\n",
        "version of its state  2\n",
    ] {
        assert!(text.contains(line), "{line:?}: {text}");
    }
    drop(cloud);
}

#[test]
fn a_field_that_nobody_knows_is_in_the_json() {
    let body = r#"{"items":[{"id":"a1","wings":2,"$meta":{"seen":"today"},"firmware":{"rom":"7"}}]}"#;
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let url = crate::support::server(Box::leak(answer.into_boxed_str()));
    let shop = Shop::new().env("NRFCLOUD_API_URL", url).env("NRFCLOUD_API_KEY", API_KEY);
    let list = shop.json(&["device", "list"]);
    let expected = json!({"id": "a1", "tags": [], "wings": 2, "$meta": {"seen": "today"}, "firmware": {"supports": [], "rom": "7"}});
    assert_eq!(list["devices"], json!([expected]));
}

#[test]
fn deleted_devices_are_gone_and_each_is_told() {
    let (_cloud, shop) = fleet(&["a1", "a2", "a3"]);
    assert_eq!(shop.ok(&["device", "delete", "a2", "a1", "a2", "--yes"]), "a2\tsucceeded\na1\tsucceeded\n");
    assert_eq!(ids(&shop.json(&["device", "list"])), ["a3"]);
    let run = shop.run(&["device", "delete", "a1", "a3", "--yes", "--json"]);
    assert_eq!(run.code, 9, "{run:?}");
    let document = document(&run);
    assert_eq!(
        (&document["schema"], &document["dry_run"]),
        (&"nrfcloud.device.delete".into(), &false.into())
    );
    assert_eq!(
        (&document["devices"][0]["result"], &document["devices"][1]["result"]),
        (&"failed".into(), &"succeeded".into())
    );
    assert!(
        run.stderr
            .starts_with("error: 1 of 2 devices failed\nreason: DeleteDevice was refused with status 404"),
        "{run:?}"
    );
    assert!(
        run.stderr.ends_with("help: check the ID: `nrfcloud device list` shows what there is\n"),
        "{run:?}"
    );
    let run = shop.run(&["device", "delete", "a1", "a3", "--yes"]);
    assert_eq!(run.code, 7, "{run:?}");
    assert!(run.stdout.starts_with("a1\tfailed\tDeleteDevice was refused with status 404"), "{run:?}");
    assert!(run.stderr.starts_with("error: all 2 devices failed\n"), "{run:?}");
    let run = shop.run(&["device", "delete", "a1", "--yes"]);
    assert_eq!((run.code, run.stdout.as_str()), (7, ""), "{run:?}");
    assert!(run.stderr.starts_with("error: DeleteDevice was refused with status 404"), "{run:?}");
}

#[test]
fn nothing_is_deleted_without_a_yes_or_in_a_dry_run() {
    let shop = alone();
    shop.refused(
        &["device", "delete", "a1", "a2"],
        2,
        "error: not confirmed, and so not done: delete a1, a2 from nRF Cloud\n\
         help: --yes does it without a question\n",
    );
    shop.refused(
        &["device", "delete", "1", "2", "3", "4", "5", "6"],
        2,
        "error: not confirmed, and so not done: delete 1, 2, 3, 4, 5, … (6 devices) from nRF Cloud\n\
         help: --yes does it without a question\n",
    );
    let run = shop.run(&["device", "delete", "a1", "a2", "--dry-run"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{run:?}");
    assert_eq!(run.stderr, "note: would delete a1\nnote: would delete a2\n");
    let document = document(&shop.run(&["device", "delete", "a1", "--dry-run", "--json"]));
    assert_eq!(document["devices"], json!([{"device_id": "a1", "result": "not_tried"}]));
    assert_eq!(document["dry_run"], true);
}

#[test]
fn an_ownership_code_is_read_from_a_file_and_is_that_of_one_device() {
    let (_cloud, shop) = fleet(&["a1"]);
    shop.write("code.txt", "SECRETPIN\n");
    let run = shop.run(&["-v", "device", "delete", "a1", "--yes", "--ownership-code-file", "code.txt"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "a1\tsucceeded\n"), "{run:?}");
    assert!(run.stderr.contains("trace: ") && !run.stderr.contains("SECRETPIN"), "{run:?}");
    alone().refused(
        &["device", "delete", "a1", "a2", "--yes", "--ownership-code-file", "code.txt"],
        2,
        "error: an ownership code is that of one device\nhelp: give one ID\n",
    );
}

#[test]
fn after_a_failure_that_concerns_all_no_further_device_is_tried() {
    let cloud = CloudSim::start();
    let shop = Shop::new().at(&cloud).env("NRFCLOUD_API_KEY", "f".repeat(40));
    let names: Vec<String> = (0..40).map(|number| format!("d{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let run = shop.run(&[&["device", "delete", "--yes"], &names[..]].concat());
    assert_eq!(run.code, 7, "{run:?}");
    let failed = run.stdout.lines().filter(|line| line.contains("\tfailed\t")).count();
    let not_tried = run.stdout.lines().filter(|line| line.ends_with("\tnot tried")).count();
    assert_eq!(failed + not_tried, 40, "{run:?}");
    assert!((1..=8).contains(&failed), "{run:?}");
    assert!(
        run.stderr.starts_with(&format!(
            "error: {failed} of 40 devices failed, and none is done; {not_tried} were not tried\n"
        )),
        "{run:?}"
    );
    assert!(
        run.stderr
            .ends_with("help: the API key is not accepted: copy it again from the portal, Team Details\n"),
        "{run:?}"
    );
}

#[test]
fn devices_are_renamed_one_alone_or_by_csv() {
    let (_cloud, shop) = fleet(&["a1", "a2"]);
    assert_eq!(shop.ok(&["device", "rename", "a1", "Kjøkken, 1. etasje"]), "a1\tsucceeded\n");
    assert_eq!(shop.json(&["device", "show", "a1"])["name"], "Kjøkken, 1. etasje");
    shop.write("names.csv", "\u{feff}deviceId,name\r\na2,\"Loft, øst\"\r\na1,Bad\r\n");
    assert_eq!(shop.ok(&["device", "rename", "--csv", "names.csv"]), "a2\tsucceeded\na1\tsucceeded\n");
    let list = shop.json(&["device", "list"]);
    assert_eq!(
        (&list["devices"][0]["name"], &list["devices"][1]["name"]),
        (&"Bad".into(), &"Loft, øst".into())
    );
    let document = shop.json(&["device", "rename", "a1", "Bod"]);
    assert_eq!(document["devices"], json!([{"device_id": "a1", "result": "succeeded", "name": "Bod"}]));
}

#[test]
fn names_and_firmware_come_from_the_device_information_of_nordics_tools() {
    let (_cloud, shop) = fleet(&["a1", "a2"]);
    shop.write("devinfo.csv", "a1,mfw_nrf91x1_2.0.4,352656106647673\na2,mfw_nrf91x1_2.0.2,350457790000010\n");
    let run = shop.run(&["device", "rename", "--devinfo", "devinfo.csv", "--prefix", "nrf-", "--dry-run"]);
    assert_eq!(
        run.stderr,
        "note: would name a1 \"nrf-352656106647673\"\nnote: would name a2 \"nrf-350457790000010\"\n"
    );
    let told = "a1\tsucceeded\na2\tsucceeded\n";
    assert_eq!(shop.ok(&["device", "rename", "--devinfo", "devinfo.csv", "--prefix", "nrf-"]), told);
    let run = shop.run(&["device", "state", "--devinfo", "devinfo.csv", "--dry-run"]);
    assert!(
        run.stderr.starts_with("note: would change the state of a1; reported: {\"device\":{\"deviceInfo\":{\"modemFirmware\":\"mfw_nrf91x1_2.0.4\"}}}\n"),
        "{run:?}"
    );
    assert_eq!(shop.ok(&["device", "state", "--devinfo", "devinfo.csv"]), told);
    let list = shop.json(&["device", "list"]);
    assert_eq!(list["devices"][0]["name"], "nrf-352656106647673");
    assert_eq!(list["devices"][1]["firmware"]["modem"], "mfw_nrf91x1_2.0.2");
    shop.write("devinfo.csv", "a1,,352656106647673\n");
    shop.refused(
        &["device", "state", "--devinfo", "devinfo.csv"],
        3,
        "error: devinfo.csv is not as it should be; nothing was sent\nreason: line 1: no modem firmware\n\
         help: mend these lines; a row is deviceId,mfwVersion,imei\n",
    );
    for args in [
        &["state"][..],
        &["state", "a1", "--devinfo", "devinfo.csv"],
        &["rename", "--prefix", "x", "a1", "b"],
    ] {
        assert_eq!(shop.run(&[&["device"], args].concat()).code, 2, "{args:?}");
    }
}

#[test]
fn a_list_of_names_that_is_not_good_is_not_sent() {
    let shop = alone();
    shop.write("names.csv", "a1,x\na1,y\nb b,z\nc\n");
    shop.refused(
        &["device", "rename", "--csv", "names.csv"],
        3,
        "error: names.csv is not as it should be; nothing was sent\n\
         reason: line 2: device a1 stands in line 1 already\n\
         reason: line 3: device ID \"b b\": ' ' at position 2 is not allowed; the rule is ^[a-z0-9:_-]{1,128}$, upper or lower case\n\
         reason: line 4: not 2 columns but 1\n\
         help: mend these lines; a row is deviceId,name\n",
    );
    shop.refused(
        &["device", "rename", "a1", ""],
        3,
        "error: device name \"\": the rule is 1 to 128 characters in one line\n\
         help: the value of `[NAME]` is refused; --help tells what it takes\n",
    );
    let run = shop.run(&["device", "rename", "a1", "Bad", "--dry-run"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "note: would name a1 \"Bad\"\n"), "{run:?}");
    assert_eq!(shop.run(&["device", "rename", "a1"]).code, 2);
    assert_eq!(shop.run(&["device", "rename", "a1", "x", "--csv", "names.csv"]).code, 2);
}

#[test]
fn tags_are_set_added_removed_and_cleared() {
    let (_cloud, shop) = fleet(&["a1", "a2"]);
    let tags = |id: &str| shop.json(&["device", "show", id])["tags"].clone();
    assert_eq!(shop.ok(&["device", "tag", "a1", "a2", "--set", "x|y"]), "a1\tsucceeded\na2\tsucceeded\n");
    let document = shop.json(&["device", "tag", "a1", "--add", "z|x", "--remove", "y"]);
    assert_eq!(document["devices"], json!([{"device_id": "a1", "result": "succeeded", "tags": ["x", "z"]}]));
    assert_eq!((tags("a1"), tags("a2")), (json!(["x", "z"]), json!(["x", "y"])));
    shop.ok(&["device", "tag", "a2", "--clear"]);
    assert_eq!(tags("a2"), json!([]));
    let run = shop.run(&["device", "tag", "a1", "nobody", "--add", "q"]);
    assert_eq!(run.code, 9, "{run:?}");
    assert!(
        run.stdout.starts_with("a1\tsucceeded\nnobody\tfailed\tFetchDevice was refused with status 404"),
        "{run:?}"
    );
}

#[test]
fn changes_of_tags_that_make_no_sense_are_refused_and_a_dry_run_asks_nobody() {
    let shop = alone();
    shop.refused(
        &["device", "tag", "a1", "--add", "x|y", "--remove", "y"],
        2,
        "error: y is to be added and to be removed\nhelp: give it once\n",
    );
    for args in
        [&["--set", "x", "--add", "y"][..], &["--clear", "--remove", "y"], &["--clear", "--set", "y"], &[]]
    {
        assert_eq!(shop.run(&[&["device", "tag", "a1"], args].concat()).code, 2, "{args:?}");
    }
    let run = shop.run(&["device", "tag", "a1", "--add", "x|y", "--remove", "z", "--dry-run"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (0, "note: would add x|y to and remove z from the tags of a1\n"),
        "{run:?}"
    );
}

#[test]
fn the_state_is_shown_and_merged_by_version() {
    let (_cloud, shop) = fleet(&["a1"]);
    let shown = shop.json(&["device", "state", "a1"]);
    assert_eq!((&shown["schema"], &shown["state"]["version"]), (&"nrfcloud.device.state".into(), &1.into()));
    assert_eq!(
        shop.ok(&["device", "state", "a1", "--desired", r#"{"config":{"interval":60,"led":true}}"#]),
        ""
    );
    let run = shop.run_with(
        &["device", "state", "a1", "--desired", "-", "--reported", "@reported.json"],
        br#"{"config":{"led":null}}"#,
    );
    assert_eq!(run.code, 3, "{run:?}");
    shop.write("reported.json", r#"{"config":{"interval":30}}"#);
    let args =
        ["device", "state", "a1", "--desired", "-", "--reported", "@reported.json", "--if-version", "2"];
    let run = shop.run_with(&args, br#"{"config":{"led":null}}"#);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""), "{run:?}");
    let state = shop.json(&["device", "state", "a1"])["state"].clone();
    assert_eq!((&state["version"], &state["desired"]["config"]), (&3.into(), &json!({"interval": 60})));
    assert_eq!(
        (&state["reported"]["config"], &state["delta"]["config"]),
        (&json!({"interval": 30}), &json!({"interval": 60}))
    );
    let text = shop.ok(&["device", "state", "a1"]);
    assert!(text.starts_with("{\n  \"delta\": {\n") || text.starts_with("{\n  \"reported\": {\n"), "{text}");
    assert!(!text.contains("timestamp"), "{text}");
    let run = shop.run_with(&args, b"{}");
    assert_eq!(run.code, 7, "{run:?}");
    assert!(run.stderr.contains("UpdateDeviceState was refused with status 412"), "{run:?}");
    assert!(
        run.stderr.ends_with("help: the state was changed meanwhile: look with `nrfcloud device state`, and give the version that it has now\n"),
        "{run:?}"
    );
}

#[test]
fn a_state_that_cannot_be_merged_is_not_sent() {
    let shop = alone();
    shop.refused(
        &["device", "state", "a1", "--desired", "[1]"],
        3,
        "error: --desired is no JSON object\n\
         help: give an object, as {\"name\":\"value\"}, in single quotes for the shell\n",
    );
    shop.refused(
        &["device", "state", "a1", "--desired", "{a:1}"],
        3,
        "error: \"{a:1}\": not JSON: key must be a string at line 1 column 2\n\
         help: the value of `--desired <JSON>` is refused; --help tells what it takes\n",
    );
    shop.refused_with(
        &["device", "state", "a1", "--reported", "-"],
        b"{",
        3,
        "error: standard input: not JSON: EOF while parsing an object at line 1 column 1\n\
         help: check that it is the right file and that it is whole\n",
    );
    shop.refused(
        &["device", "state", "a1", "--if-version", "3"],
        2,
        "error: nothing to change\nhelp: give --desired or --reported\n",
    );
    let run =
        shop.run(&["device", "state", "a1", "--desired", r#"{"a":1}"#, "--if-version", "3", "--dry-run"]);
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, "", "note: would change the state of a1, if it still has version 3; desired: {\"a\":1}\n"),
        "{run:?}"
    );
    let document =
        document(&shop.run(&["device", "state", "a1", "--desired", r#"{"a":1}"#, "--dry-run", "--json"]));
    assert_eq!((&document["desired"], &document["dry_run"]), (&json!({"a": 1}), &true.into()));
}

#[test]
fn a_deletion_whose_answer_is_lost_is_one_deletion() {
    let cloud = CloudSim::with_args(&[
        "--bulk-delay",
        "50",
        "--fault",
        "reset after on DELETE /v1/devices/* times 1",
    ]);
    let shop = Shop::with_device().at(&cloud);
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    let device = crate::support::DEVICE;
    assert_eq!(shop.ok(&["device", "delete", device, "--yes"]), format!("{device}\tsucceeded\n"));
    assert_eq!(shop.ok(&["device", "list"]), "");
}
