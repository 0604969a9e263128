//! `nrfcloud ledger`: what a machine has done, told by its ledger.

use serde_json::Value;

use crate::support::{CloudSim, DEVICE, ModemSim, Shop};

/// A board that was provisioned, then an upload that was waited for, then one that nobody waited for.
fn busy() -> (Shop, ModemSim, CloudSim) {
    let (kit, cloud) = (ModemSim::start(&[]), CloudSim::start());
    let shop = Shop::with_device().env("NRFCLOUD_PORT", &kit.port).at(&cloud);
    shop.ok(&["provision", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem"]);
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    shop.ok(&["device", "onboard", "onboard.csv", "--base64"]);
    (shop, kit, cloud)
}

fn runs(document: &Value) -> Vec<[&str; 3]> {
    document["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| ["kind", "subject", "outcome"].map(|name| run[name].as_str().unwrap_or("null")))
        .collect()
}

#[test]
fn boards_and_uploads_of_this_machine_are_listed() {
    let (shop, kit, cloud) = busy();
    let place = shop.ledger().display().to_string();
    let uploads = ["--subject", "nrfcloud.device.onboard"];
    let list = shop.json(&["ledger", "list", "--kind", "provision"]);
    assert_eq!(
        (list["schema"].as_str(), list["ledger"].as_str()),
        (Some("nrfcloud.ledger.list"), Some(&*place))
    );
    assert_eq!(runs(&list), [["provision", &kit.device_uuid, "done"]]);
    let list = shop.json(&[&["ledger", "list"], &uploads[..]].concat());
    let list = runs(&list);
    assert_eq!(
        list.iter().map(|[kind, _, outcome]| (*kind, *outcome)).collect::<Vec<_>>(),
        [("upload", "done"), ("sent", "done")]
    );
    assert!(list.iter().all(|[_, subject, _]| subject.contains(&cloud.url)), "{list:?}");

    let run = shop.run(&["ledger", "list", "--kind", "sent"]);
    assert_eq!(run.stderr, format!("note: the ledger is {place}\n"));
    let columns: Vec<&str> = run.stdout.trim_end().split('\t').collect();
    assert_eq!((columns[2], columns[3]), ("done", "sent"), "{run:#?}");
    for none in [&["--since", "2099-01-01T00:00:00Z"], &["--until", "1700000000"], &["--kind", "harvest"]] {
        assert_eq!(shop.ok(&[&["ledger", "list"], &none[..]].concat()), "");
    }
    assert_eq!(shop.ok(&["ledger", "list", "--open"]), "");
    // Who looks on changes nothing, also not the upload that is known as the last.
    let id = shop.json(&["bulk", "list"])["operations"][0]["bulkOpsRequestId"].as_str().unwrap().to_owned();
    assert!(shop.run(&["bulk", "wait"]).stderr.contains(&id));
}

#[test]
fn one_run_is_shown_with_all_that_was_written_down() {
    let (shop, kit, _cloud) = busy();
    let list = shop.ok(&["ledger", "list", "--subject", &kit.device_uuid]);
    let id = list.split('\t').next().unwrap();
    let text = shop.ok(&["ledger", "show", id]);
    assert!(
        text.starts_with(&format!(
            "run      {id}\nkind     provision\nsubject  {}\nbegun    ",
            kit.device_uuid
        )),
        "{text}"
    );
    assert!(text.contains("\ndone     20") && text.contains("\tplan\t{\"device_id\":"), "{text}");
    let document = shop.json(&["ledger", "show", id]);
    assert_eq!(document["schema"], "nrfcloud.ledger.show");
    let entries = document["entries"].as_array().unwrap();
    assert_eq!((&entries[0]["number"], &entries[0]["name"]), (&Value::from(0), &Value::from("plan")));
    assert_eq!(entries[0]["body"]["device_id"], *kit.device_uuid);
    assert_eq!(entries.last().unwrap()["body"]["fact"]["step"], "restore");

    let place = shop.ledger().display().to_string();
    shop.refused(
        &["-q", "ledger", "show", "01ARYZ6S410000000000000000"],
        3,
        &format!(
            "error: no run 01ARYZ6S410000000000000000 in the ledger {place}\n\
             help: `nrfcloud ledger list` tells which there are; --ledger or NRFCLOUD_LEDGER names another file\n"
        ),
    );
    shop.refused(
        &["ledger", "show", "the-last-one"],
        3,
        "error: run \"the-last-one\": is not 26 of the digits 0-9 and the letters A-Z without I, L, O and U\n\
         help: the value of `<ID>` is refused; --help tells what it takes\n",
    );
}

#[test]
fn everything_is_exported_in_the_form_that_is_asked_for() {
    let (shop, kit, _cloud) = busy();
    let csv = shop.ok(&["ledger", "export", "--kind", "provision"]);
    assert!(
        csv.starts_with("run,kind,subject,started_at,ended_at,outcome,number,at,holder,name,body\r\n"),
        "{csv}"
    );
    assert!(csv.contains(&format!(",provision,{},", kit.device_uuid)) && !csv.contains(",sent,"), "{csv}");
    let asked = shop.ok(&["ledger", "export", "--as", "json"]);
    assert_eq!(shop.ok(&["ledger", "export", "--json"]), asked);
    let document: Value = serde_json::from_str(&asked).unwrap();
    assert_eq!((&document["schema"], &document["version"]), (&Value::from("ledger.runs"), &Value::from(1)));
    let kinds: Vec<&str> = runs(&document).into_iter().map(|[kind, ..]| kind).collect();
    assert!(kinds.ends_with(&["provision", "upload", "sent"]), "{kinds:?}");
    shop.refused(
        &["ledger", "export", "--as", "csv", "--json"],
        2,
        "error: --as csv is no JSON document\nhelp: leave --json or --as csv out\n",
    );
    // Nobody reads on, and that is no failure.
    let run = shop.run_unread(&["ledger", "export"]);
    assert_eq!(run.code, 0, "{run:#?}");
}

#[test]
fn a_machine_that_has_done_nothing_gets_no_ledger_for_being_asked() {
    let shop = Shop::new();
    let place = shop.ledger().display().to_string();
    for verb in ["list", "certificates"] {
        let run = shop.run(&["ledger", verb]);
        assert_eq!((run.code, run.stdout.as_str()), (0, ""));
        assert_eq!(run.stderr, format!("note: nothing was written down yet in {place}\n"));
    }
    shop.refused(
        &["-q", "ledger", "export"],
        3,
        &format!(
            "error: there is no ledger {place} yet\n\
             help: provision a board or upload a CSV first, or name another file by --ledger or NRFCLOUD_LEDGER\n"
        ),
    );
    assert_eq!(shop.run(&["ledger", "show", "01ARYZ6S410000000000000000"]).code, 3);
    assert!(!shop.ledger().exists());
    // In the address of a server there may be a password.
    let [option, variable] = [&["--ledger", "postgres://line:secret@db/ledger"][..], &[]].map(|more| {
        let mut command = shop.command(&[&["ledger", "list"], more].concat());
        command.env("NRFCLOUD_LEDGER", "postgres://line:secret@db/ledger").output().unwrap()
    });
    for (name, output) in [("--ledger", option), ("NRFCLOUD_LEDGER", variable)] {
        let stderr = format!(
            "error: {name}: a ledger at `postgres://` is not known; it is the path of a file\n\
             help: give the path of a file, or leave it out\n"
        );
        assert_eq!((output.status.code(), output.stderr), (Some(3), stderr.into_bytes()));
    }
    shop.write("notes.txt", "no ledger at all, but long enough to be taken for one by its length".repeat(20));
    let run = shop.run(&["ledger", "list", "--ledger", "notes.txt"]);
    assert_eq!(run.code, 3, "{run:#?}");
    assert!(
        run.stderr.contains("error: cannot open the ledger notes.txt: file is not a database\nhelp: "),
        "{run:#?}"
    );
}

#[test]
fn the_certificates_that_were_issued_are_known() {
    let (shop, kit, _cloud) = busy();
    // What `cert issue` made stands beside what `provision` made.
    let document = shop.json(&["ledger", "certificates"]);
    let devices: Vec<&str> = document["certificates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["device_id"].as_str().unwrap())
        .collect();
    assert_eq!(devices, [DEVICE, &kit.device_uuid]);
    let file = format!("certs/{DEVICE}.crt.pem");
    let shown = shop.ok(&["cert", "show", &file]);
    let line = shop.ok(&["ledger", "certificates", "--device-id", DEVICE]);
    let columns: Vec<&str> = line.trim_end().split('\t').collect();
    let [device, serial, not_after, sha256] = columns[..] else { panic!("{line:?}") };
    assert_eq!(device, DEVICE);
    for (name, value) in [("serial", serial), ("not after", not_after), ("sha256", sha256)] {
        let is_shown = |row: &str| row.trim_start().starts_with(name) && row.ends_with(value);
        assert!(shown.lines().any(is_shown), "{name} {value} in {shown}");
    }
    // A rehearsal is no certificate.
    let again =
        ["cert", "issue", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem", "--device-id", "d-2"];
    shop.ok(&[&again[..], &["--dry-run"]].concat());
    assert_eq!(shop.ok(&["ledger", "certificates", "--device-id", "d-2"]), "");
    // Without a ledger it is made all the same, and that is told.
    let run = shop.run(&[&again[..], &["--ledger", "no/such/directory/ledger.sqlite"]].concat());
    assert_eq!(run.code, 0, "{run:#?}");
    assert!(
        run.stderr
            .starts_with("warning: what was issued is not in the ledger: cannot open the ledger no/such"),
        "{run:#?}"
    );
    assert!(shop.path("certs/d-2.crt.pem").is_file());

    let document = shop.json(&["ledger", "certificates", "--device-id", &kit.device_uuid]);
    let certificate = &document["certificates"][0];
    assert_eq!(certificate["device_id"], *kit.device_uuid);
    // The modem keeps just this one.
    let slots = shop.json(&["modem", "slots", "--sec-tag", "16842753"]);
    assert_eq!(slots["slots"][0]["identity"]["certificates"][0]["sha256"], certificate["sha256"], "{slots}");
}
