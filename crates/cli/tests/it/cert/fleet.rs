//! `cert issue --ids` and `--count`: a whole fleet, or nothing of it.

use std::collections::HashSet;

use crate::support::Shop;

const ISSUE: [&str; 6] = ["cert", "issue", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&ISSUE[..], more].concat()
}

/// An authority, and the IDs board-000 to board-299 in `ids`.
fn with_ids() -> Shop {
    let shop = Shop::with_authority();
    shop.write("ids", (0..300).map(|n| format!("board-{n:03}\n")).collect::<String>());
    shop
}

#[test]
fn a_fleet_is_issued_in_the_order_of_its_list() {
    let shop = with_ids();
    let more = ["--csv", "onboard.csv", "--sub-type", "gadget", "--tags", "a|b", "--fw-types", "APP"];
    let stdout = shop.ok(&with(&[&["--ids", "ids", "--subject", "/O=Example"][..], &more].concat()));
    let paths: Vec<&str> = stdout.lines().collect();
    assert_eq!(paths.len(), 900);
    assert_eq!(
        paths[..4],
        [
            "certs/board-000.crt.pem",
            "certs/board-000.key.pem",
            "certs/board-000.public-key.pem",
            "certs/board-001.crt.pem"
        ]
    );
    // Nothing else is there: the files, the CSV, the list, the authority, and the directory.
    assert_eq!(shop.files().len(), 900 + 5);
    let rows: String = (0..300)
        .map(|n| {
            format!("board-{n:03},gadget,a|b,APP,\"{}\"\n", shop.read(&format!("certs/board-{n:03}.crt.pem")))
        })
        .collect();
    assert_eq!(shop.read("onboard.csv"), rows);
    for id in ["board-000", "board-007", "board-299"] {
        let (certificate, key) = (format!("certs/{id}.crt.pem"), format!("certs/{id}.key.pem"));
        assert_eq!(
            shop.ok(&["cert", "verify", &certificate, "--ca", "ca-cert.crt.pem"])
                .split(" is ")
                .next()
                .unwrap(),
            format!("verified: /O=Example/CN={id}")
        );
        let public = shop.read(&format!("certs/{id}.public-key.pem"));
        assert_eq!(shop.ok(&["key", "public", &key]), public);
        assert_eq!(shop.ok(&["key", "public", &certificate]), public);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &str| std::fs::metadata(shop.path(path)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&key), 0o600);
            assert_ne!(mode(&certificate) & 0o044, 0, "who may read the keys of authorities may read this");
        }
    }
    // All of them are in the ledger.
    let written = shop.json(&["ledger", "certificates", "--device-id", "board-299"]);
    assert!(written.to_string().contains("board-299"), "{written}");
}

#[test]
fn a_list_comes_by_standard_input_and_rows_go_behind_those_that_are_there() {
    let shop = Shop::with_authority();
    shop.issue("first", &["--csv", "onboard.csv"]);
    let run = shop.run_with(&with(&["--ids", "-", "--csv", "onboard.csv", "--json"]), b"a\r\n\r\n b");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(
        run.stdout,
        "{\"schema\":\"nrfcloud.cert.issue.fleet\",\"version\":1,\"count\":2,\"directory\":\"certs\",\"csv\":\"onboard.csv\",\
         \"dry_run\":false}\n"
    );
    assert_eq!(shop.ok(&["device", "check", "onboard.csv"]), "onboard.csv: 3 good onboarding rows\n");
}

#[test]
fn a_count_names_devices_by_uuids() {
    let shop = Shop::with_authority();
    let stdout = shop.ok(&with(&["--count", "20", "--out", "fleet", "--csv", "fleet.csv"]));
    let ids: HashSet<&str> = stdout
        .lines()
        .map(|path| path.strip_prefix("fleet/certs/").unwrap().split('.').next().unwrap())
        .collect();
    assert_eq!(ids.len(), 20);
    assert!(ids.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'4'), "{ids:?}");
    assert_eq!(shop.ok(&["device", "check", "fleet.csv"]), "fleet.csv: 20 good onboarding rows\n");
}

#[test]
fn bad_ids_are_told_by_their_lines_and_nothing_is_written() {
    let shop = Shop::with_authority();
    shop.issue("there", &["--csv", "onboard.csv"]);
    let before = shop.files();
    let csv = shop.read("onboard.csv");
    let help = "help: mend these lines; each line is one device ID, and each of them new\n";
    shop.write("ids", "a\nb c\n\na\nnrf-board\n");
    let run = shop.run(&with(&["--ids", "ids", "--csv", "onboard.csv"]));
    assert_eq!(run.code, 3);
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(lines[0], "error: ids is not as it should be; nothing was written");
    assert!(lines[1].starts_with("reason: line 2: device ID \"b c\": "), "{lines:?}");
    assert_eq!(lines[2], "reason: line 4: device a is already on line 1");
    shop.write("ids", "a\nnrf-board\n");
    let run = shop.run(&with(&["--ids", "ids"]));
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("reason: line 2: device ID \"nrf-board\": `nrf-` is reserved"), "{run:?}");
    shop.write("ids", "a\nb\nthere\n");
    shop.refused(
        &with(&["--ids", "ids", "--csv", "onboard.csv", "--out", "elsewhere"]),
        3,
        &format!(
            "error: ids is not as it should be; nothing was written\n\
             reason: line 3: device there is already in onboard.csv\n{help}"
        ),
    );
    std::fs::remove_file(shop.path("ids")).unwrap();
    assert_eq!(shop.files(), before);
    assert_eq!(shop.read("onboard.csv"), csv);
}

#[test]
fn a_file_in_the_way_in_the_middle_of_the_list_stops_all_of_it() {
    let shop = with_ids();
    shop.write("onboard.csv", "");
    std::fs::create_dir(shop.path("certs")).unwrap();
    shop.write("certs/board-150.key.pem", "mine\n");
    let before = shop.files();
    let args = with(&["--ids", "ids", "--csv", "onboard.csv"]);
    shop.refused(
        &args,
        3,
        "error: file exists: certs/board-150.key.pem\n\
         help: give --force to overwrite it, or write to another place\n",
    );
    assert_eq!(shop.files(), before);
    assert_eq!(shop.read("certs/board-150.key.pem"), "mine\n");
    assert_eq!(shop.read("onboard.csv"), "");
    // How to go on, also after a run that was killed while it put files in their places: all are made again.
    shop.ok(&[&args[..], &["--force"]].concat());
    assert_eq!(shop.ok(&["device", "check", "onboard.csv"]), "onboard.csv: 300 good onboarding rows\n");
    assert!(shop.read("certs/board-150.key.pem").starts_with("-----BEGIN PRIVATE KEY-----\n"));
    // With the rows there, no device gets a second key by mistake.
    assert_eq!(shop.run(&[&args[..], &["--force"]].concat()).code, 3);
}

#[test]
#[cfg(unix)]
fn an_interrupted_fleet_leaves_nothing_and_a_killed_one_no_file_in_its_place() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, Signal, kill_process};

    let shop = Shop::with_authority();
    let before = shop.files();
    for (signal, code) in [(Signal::INT, Some(130)), (Signal::TERM, Some(130)), (Signal::KILL, None)] {
        let mut child = shop
            .command(&with(&["--count", "1000000", "--csv", "out/onboard.csv"]))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Until some devices are made.
        let begun = Instant::now();
        while !shop.files().iter().any(|name| name.ends_with(".public-key.pem")) {
            assert!(begun.elapsed() < Duration::from_secs(120), "nothing is made");
            std::thread::sleep(Duration::from_millis(20));
        }
        kill_process(Pid::from_raw(child.id().try_into().unwrap()).unwrap(), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), code);
        let after = shop.files();
        match code {
            Some(_) => assert_eq!(after, before),
            None => {
                let is_new = |name: &String| !before.contains(name);
                for name in after.iter().filter(|name| is_new(name)) {
                    let is_known = ["certs", "out", "out/onboard.csv"].contains(&name.as_str());
                    assert!(is_known || name.contains("/.nrfcloud-new-"), "{name}");
                }
                assert_eq!(shop.read("out/onboard.csv"), "");
            }
        }
    }
    // The next run is not hindered by what is left.
    shop.ok(&with(&["--count", "3", "--csv", "out/onboard.csv"]));
    assert_eq!(shop.ok(&["device", "check", "out/onboard.csv"]), "out/onboard.csv: 3 good onboarding rows\n");
}

#[test]
fn a_dry_run_checks_and_writes_nothing() {
    let shop = with_ids();
    let before = shop.files();
    let run = shop.run(&with(&["--ids", "ids", "--csv", "onboard.csv", "--dry-run"]));
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert_eq!(
        run.stderr,
        "note: would write 3 files for each of 300 devices to certs\nnote: would add 300 rows to onboard.csv\n"
    );
    assert_eq!(run.code, 0);
    // What would be refused is.
    let run = shop.run(&with(&["--ids", "ids", "--dry-run", "--subject", "/CN=x"]));
    assert_eq!(run.code, 3, "{run:?}");
    assert_eq!(shop.files(), before);
}

#[test]
fn a_fleet_is_named_in_one_way() {
    let shop = with_ids();
    for more in [
        &["--ids", "ids", "--count", "2"][..],
        &["--ids", "ids", "--device-id", "a"],
        &["--count", "2", "--csr", "x"],
        &["--count", "2", "--keygen", "x"],
        &["--count", "0"],
    ] {
        let run = shop.run(&with(more));
        assert!(run.code == 2 || more.contains(&"0"), "{more:?}: {run:?}");
        assert!(run.code != 0 && !shop.path("certs").exists(), "{more:?}: {run:?}");
    }
}

#[test]
fn a_fleet_that_outlives_its_authority_is_told_once() {
    let shop = Shop::new();
    shop.ok(&["ca", "create", "--cn", "Root", "--days", "10"]);
    let run = shop.run(&with(&["--count", "20", "--days", "11"]));
    assert_eq!(run.code, 0);
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    assert!(run.stderr.starts_with("warning: the certificate is valid until "), "{run:?}");
}
