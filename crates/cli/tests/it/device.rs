use crate::support::{CloudSim, DEVICE, Shop, fixture, nobody};

/// A row whose certificate has a P-384 key: the form is right, and nRF Cloud refuses it.
fn bad_row(id: &str) -> String {
    let pem = std::fs::read_to_string(fixture("cloud-sim/p384.crt.pem")).unwrap();
    format!("{id},,,,\"{pem}\"")
}

#[test]
fn onboarding_a_csv_gives_the_id_and_a_result_per_device() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    let stdout = shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    let (id, results) = stdout.split_once('\n').unwrap();
    assert_eq!(id.len(), 26);
    assert_eq!(results, format!("{DEVICE}\tsucceeded\n"));
    assert_eq!(shop.ok(&["device", "list"]), format!("{DEVICE}\tunknown\t\n"));
    let device = shop.json(&["device", "show", DEVICE]);
    assert_eq!((&device["schema"], &device["id"]), (&"nrfcloud.device.show".into(), &DEVICE.into()));
}

#[test]
fn base64_is_the_guides_body() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    let document = shop.json(&["device", "onboard", "onboard.csv", "--wait", "--base64"]);
    assert_eq!(document["schema"], "nrfcloud.device.onboard");
    assert_eq!(document["uploads"][0]["status"], "SUCCEEDED");
    assert_eq!(document["uploads"][0]["results"][0]["device_id"], DEVICE);
}

#[test]
fn one_bad_row_fails_alone_and_lands_in_a_file_of_its_own() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    let csv = format!("{}{}", shop.read("onboard.csv"), bad_row("bad"));
    shop.write("two.csv", &csv);
    let run = shop.run(&["device", "onboard", "two.csv", "--wait"]);
    assert_eq!(run.code, 9, "{run:?}");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[1], format!("{DEVICE}\tsucceeded"));
    assert!(lines[2].starts_with("bad\tfailed\t"), "{run:?}");
    assert!(
        run.stderr.ends_with(&format!(
            "error: 1 of 2 rows failed in bulk operation {}\n\
         help: mend the rows in two.failed.csv and send that file; the others are done\n",
            lines[0]
        )),
        "{run:?}"
    );
    assert_eq!(shop.read("two.failed.csv"), format!("{}\n", bad_row("bad")));
    assert_eq!(shop.ok(&["device", "list"]), format!("{DEVICE}\tunknown\t\n"));
}

#[test]
fn when_all_rows_fail_the_cloud_has_refused() {
    let cloud = CloudSim::start();
    let shop = Shop::new().at(&cloud);
    shop.write("bad.csv", bad_row("bad"));
    let run = shop.run(&["device", "onboard", "bad.csv", "--wait", "--failed", "again/bad.csv", "--json"]);
    assert_eq!(run.code, 7, "{run:?}");
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["uploads"][0]["results"][0]["result"], "failed");
    assert_eq!(document["failed"], "again/bad.csv");
    assert_eq!(shop.read("again/bad.csv"), format!("{}\n", bad_row("bad")));
}

#[test]
fn a_failed_file_in_the_way_is_found_before_anything_is_sent() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    shop.write("failed.csv", "mine");
    shop.refused(
        &["device", "onboard", "onboard.csv", "--wait", "--failed", "failed.csv"],
        3,
        "error: file exists: failed.csv\nhelp: give --force to overwrite it, or write to another place\n",
    );
    assert_eq!(shop.ok(&["bulk", "list"]), "");
}

#[test]
fn one_device_is_onboarded_by_its_certificate_or_its_public_key() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    let certificate = format!("certs/{DEVICE}.crt.pem");
    let args = [
        "device",
        "onboard",
        "--device-id",
        DEVICE,
        "--cert",
        &certificate,
        "--tags",
        "a|b",
        "--sub-type",
        "gadget",
    ];
    assert_eq!(shop.ok(&args), format!("{DEVICE}\n"));
    shop.issue("by-key", &[]);
    assert_eq!(
        shop.ok(&["device", "onboard", "--device-id", "by-key", "--cert", "certs/by-key.public-key.pem"]),
        "by-key\n"
    );
    assert!(shop.ok(&["device", "list"]).contains(&format!("{DEVICE}\tgadget\ta|b\n")));
}

#[test]
fn public_keys_are_registered_by_csv_or_one_alone() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    let key = format!("certs/{DEVICE}.key.pem");
    let stdout = shop.ok(&["device", "register-key", "--device-id", DEVICE, "--key", &key, "--wait"]);
    assert!(stdout.ends_with(&format!("\n{DEVICE}\tsucceeded\n")), "{stdout}");
    let public = shop.ok(&["key", "public", &key]);
    shop.write("keys.csv", format!("{DEVICE},\"{public}\""));
    let stdout = shop.ok(&["device", "register-key", "keys.csv", "--wait"]);
    assert!(stdout.ends_with(&format!("\n{DEVICE}\tsucceeded\n")), "{stdout}");
}

#[test]
fn certificates_are_registered_by_csv_or_one_alone() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    shop.issue(DEVICE, &["--out", "new"]);
    let certificate = format!("new/certs/{DEVICE}.crt.pem");
    let args = ["device", "register-cert", "--device-id", DEVICE, "--cert", &certificate, "--wait"];
    let stdout = shop.ok(&args);
    assert!(stdout.ends_with(&format!("\n{DEVICE}\tsucceeded\n")), "{stdout}");
    let id = stdout.lines().next().unwrap();
    assert_eq!(shop.json(&["bulk", "show", id])["endpoint"], "REGISTER_CERTIFICATES");
    shop.write("certs.csv", format!("{DEVICE},\"{}\"\n", shop.read(&certificate)));
    assert_eq!(shop.ok(&["device", "check", "certs.csv"]), "certs.csv: 1 good certificate row\n");
    let document = shop.json(&["device", "register-cert", "certs.csv", "--wait"]);
    assert_eq!(document["schema"], "nrfcloud.device.register-cert");
    assert_eq!(document["uploads"][0]["results"][0]["result"], "succeeded");
    // The token that the new key signs is good by the new certificate, which a CSV of certificates tells too.
    let token =
        shop.ok(&["jwt", "sign", "--key", &format!("new/certs/{DEVICE}.key.pem"), "--device-id", DEVICE]);
    shop.ok(&["jwt", "verify", token.trim(), "--csv", "certs.csv", "--device-id", DEVICE]);
}

#[test]
fn what_is_no_certificate_is_not_registered() {
    let shop = Shop::with_device().env("NRFCLOUD_API_URL", nobody()).env("NRFCLOUD_API_KEY", "key");
    let key = format!("certs/{DEVICE}.public-key.pem");
    let run = shop.run(&["device", "register-cert", "--device-id", DEVICE, "--cert", &key]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{run:?}");
    assert!(run.stderr.contains("certificate"), "{run:?}");
    assert_eq!(shop.run(&["device", "register-cert", "--device-id", DEVICE]).code, 2);
    assert_eq!(shop.run(&["device", "register-cert", "--cert", &key]).code, 2);
    assert_eq!(shop.run(&["device", "register-key", "--device-id", DEVICE]).code, 2);
    let run = shop.run(&["device", "register-cert", fixture("csv/good-public-keys.csv").to_str().unwrap()]);
    assert_eq!(run.code, 3, "{run:?}");
}

#[test]
fn a_csv_that_breaks_rules_is_not_sent() {
    let shop = Shop::new().env("NRFCLOUD_API_URL", nobody()).env("NRFCLOUD_API_KEY", "key");
    shop.refused(
        &["device", "register-key", fixture("guide/public-keys-unquoted.csv").to_str().unwrap()],
        3,
        &format!(
            "error: {0} breaks the rules of nRF Cloud; nothing was sent\n\
             reason: line 1, column 38: the PEM text has line breaks and so must stand in double quotes\n\
             help: mend these lines, or give --no-check to let nRF Cloud judge\n",
            fixture("guide/public-keys-unquoted.csv").display()
        ),
    );
}

#[test]
fn header_and_byte_order_mark_are_left_out_with_a_word() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    shop.write(
        "excel.csv",
        format!("\u{feff}deviceId,subType,tags,fwTypes,certPem\r\n{}", shop.read("onboard.csv")),
    );
    let run = shop.run(&["device", "onboard", "excel.csv", "--wait"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.stderr,
        "warning: excel.csv, line 1, column 1: a byte order mark (BOM) stands before the first device ID; it is not sent\n\
         warning: excel.csv, line 1, column 2: a header row; the first row must be a device; it is not sent\n"
    );
}

#[test]
fn a_dry_run_sends_nothing() {
    let shop = Shop::with_device().env("NRFCLOUD_API_URL", nobody());
    let run = shop.run(&["device", "onboard", "onboard.csv", "--dry-run"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert_eq!(run.stderr, "note: would send 1 row in 1 upload: onboard.csv\n");
}

#[test]
fn check_names_line_column_and_rule() {
    let shop = Shop::new();
    let check = |name: &str, findings: &str| {
        let path = fixture(name);
        let path = path.to_str().unwrap();
        let run = shop.run(&["device", "check", path]);
        let expected: String = findings.lines().map(|line| format!("{path}:{line}\n")).collect();
        assert_eq!(run.stdout, expected, "{name}");
        let count = findings.lines().count();
        let problems = if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") };
        let last = run.stderr.lines().rev().nth(1).unwrap();
        assert_eq!(last, format!("error: {problems} in {path}"), "{name}");
        assert_eq!(run.code, 3, "{name}");
    };
    check(
        "guide/onboard.csv",
        "1:73: the certificate's CN is \"c652f9ad-e0b9-48ff-bc62-22081c804158\", the device ID is \
         \"f69c0e45-7f04-4949-8def-bb2215b4223e\"; over MQTT the two must be the same",
    );
    check(
        "guide/public-keys-stray-letter.csv.b64",
        "1:289: stray 'q' after the base64 padding, where the text should have ended",
    );
    check(
        "guide/public-keys-unquoted.csv",
        "1:38: the PEM text has line breaks and so must stand in double quotes",
    );
}

#[test]
fn check_takes_good_files_of_both_kinds() {
    let shop = Shop::with_device();
    assert_eq!(shop.ok(&["device", "check", "onboard.csv"]), "onboard.csv: 1 good onboarding row\n");
    let public = shop.read(&format!("certs/{DEVICE}.public-key.pem"));
    shop.write("keys.csv", format!("{DEVICE},\"{public}\"\n"));
    assert_eq!(shop.ok(&["device", "check", "keys.csv"]), "keys.csv: 1 good public-key row\n");
    let document = shop.json(&["device", "check", "keys.csv"]);
    assert_eq!((&document["kind"], &document["good_rows"]), (&"public-keys".into(), &1.into()));
}

#[test]
fn check_gives_findings_as_json() {
    let shop = Shop::new();
    let path = fixture("csv/everything-at-once.csv");
    let run = shop.run(&["device", "check", path.to_str().unwrap(), "--json"]);
    assert_eq!(run.code, 3);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = document["findings"].as_array().unwrap();
    assert!(findings.len() > 1);
    for finding in findings {
        assert!(
            finding["line"].is_u64() && finding["column"].is_u64() && finding["rule"].is_string(),
            "{finding}"
        );
    }
}

#[test]
fn every_bad_csv_of_the_fixtures_is_refused() {
    let shop = Shop::new();
    for entry in std::fs::read_dir(fixture("csv")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !name.ends_with(".csv") || ["good.csv", "good-public-keys.csv", "crlf.csv"].contains(&name) {
            continue;
        }
        let run = shop.run(&["device", "check", path.to_str().unwrap()]);
        assert_eq!(run.code, 3, "{name}: {run:?}");
        assert!(run.stderr.contains("\nhelp: ") && !run.stderr.contains("panicked"), "{name}: {run:?}");
    }
}

#[test]
fn a_device_that_is_not_there() {
    let cloud = CloudSim::start();
    let shop = Shop::new().at(&cloud);
    let run = shop.run(&["device", "show", "nobody"]);
    assert_eq!((run.code, run.stdout.as_str()), (7, ""), "{run:?}");
    assert!(run.stderr.starts_with("error: FetchDevice was refused with status 404"), "{run:?}");
    assert!(
        run.stderr.ends_with("help: check the ID: `nrfcloud device list` shows what there is\n"),
        "{run:?}"
    );
}

#[test]
fn a_wrong_api_key_is_refused() {
    let cloud = CloudSim::start();
    let shop = Shop::new().at(&cloud).env("NRFCLOUD_API_KEY", "f".repeat(40));
    let run = shop.run(&["device", "list"]);
    assert_eq!((run.code, run.stdout.as_str()), (7, ""), "{run:?}");
    assert!(
        run.stderr
            .ends_with("help: the API key is not accepted: copy it again from the portal, Team Details\n"),
        "{run:?}"
    );
}

#[test]
fn a_private_key_is_never_sent() {
    // Nobody answers there: had anything been sent, the exit code would be another.
    let shop = Shop::with_device().env("NRFCLOUD_API_URL", nobody()).env("NRFCLOUD_API_KEY", "key");
    let key = shop.read(&format!("certs/{DEVICE}.key.pem"));
    shop.write("mine.csv", format!("{}leak,,,,\"{key}\"\n", shop.read("onboard.csv")));
    shop.write("keys.csv", format!("leak,\"{key}\"\n"));
    for (verb, name, line) in [("onboard", "mine.csv", 15), ("register-key", "keys.csv", 1)] {
        for check in [&[][..], &["--no-check"], &["--no-check", "--base64"]] {
            shop.refused(
                &[&["device", verb, name], check].concat(),
                3,
                &format!(
                    "error: {name} holds a private key, at line {line}; it is a secret of the device, and nothing was done with it\n\
                     help: put the certificate or the public key in its place: nrfcloud key public FILE\n"
                ),
            );
        }
        let run = shop.run(&["device", "check", name]);
        assert_eq!(run.code, 3);
        assert!(run.stdout.contains(&format!("{name}:{line}:1: a private key: it is a secret")), "{run:?}");
    }
}

#[test]
fn failed_rows_that_fail_again_get_a_file_of_their_own() {
    let cloud = CloudSim::start();
    let shop = Shop::new().at(&cloud);
    shop.write("bad.csv", bad_row("bad"));
    for (csv, failed) in [
        ("bad.csv", "bad.failed.csv"),
        ("bad.failed.csv", "bad.failed-2.csv"),
        ("bad.failed-2.csv", "bad.failed-3.csv"),
        ("bad.csv", "bad.failed-4.csv"),
    ] {
        let run = shop.run(&["device", "onboard", csv, "--wait"]);
        assert_eq!(run.code, 7, "{run:?}");
        assert!(
            run.stderr.ends_with(&format!("help: mend the rows in {failed} and send that file\n")),
            "{run:?}"
        );
        assert_eq!(shop.read(failed), format!("{}\n", bad_row("bad")));
    }
    shop.refused(
        &["device", "onboard", "bad.csv", "--wait", "--failed", "./bad.csv", "--force"],
        3,
        "error: two of the files to write have the same place: ./bad.csv\nhelp: give each file a name of its own\n",
    );
}

#[test]
#[cfg(target_os = "linux")]
fn failed_rows_that_cannot_be_written_do_not_hide_the_result() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    let csv = format!("{}{}", shop.read("onboard.csv"), bad_row("bad"));
    // No file can be made beside this one, not even by root.
    let run = shop.run_with(&["device", "onboard", "/proc/self/fd/0", "--wait", "--json"], csv.as_bytes());
    assert_eq!(run.code, 9, "{run:?}");
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["uploads"][0]["results"][1]["result"], "failed");
    assert!(
        run.stderr
            .contains("warning: the failed rows are in no file of their own: cannot write /proc/self/fd"),
        "{run:?}"
    );
    assert!(
        run.stderr.ends_with("help: mend these rows and send them again; the others are done\n"),
        "{run:?}"
    );
}

#[test]
fn one_schema_has_one_form_and_options_that_would_do_nothing_are_refused() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    let certificate = format!("certs/{DEVICE}.crt.pem");
    for (dry_run, more) in [(true, &["--dry-run"][..]), (false, &[])] {
        let args = [&["device", "onboard", "--device-id", DEVICE, "--cert", &certificate], more].concat();
        let document = shop.json(&args);
        assert_eq!(document["schema"], "nrfcloud.device.onboard");
        assert_eq!(document["device_id"], DEVICE);
        assert_eq!((&document["uploads"], &document["dry_run"]), (&serde_json::json!([]), &dry_run.into()));
    }
    shop.refused(
        &["device", "onboard", "onboard.csv", "--wait", "--failed", "-"],
        2,
        "error: --failed is a file of its own, not standard output\nhelp: give a file name\n",
    );
    let run = shop.run(&["device", "onboard", "onboard.csv", "--timeout", "1m"]);
    assert_eq!(run.code, 2, "{run:?}");
}

#[test]
fn a_bad_csv_of_keys_is_told_about_keys() {
    let shop = Shop::new();
    let run = shop.run(&["device", "check", fixture("guide/public-keys-unquoted.csv").to_str().unwrap()]);
    assert!(run.stderr.ends_with("in double quotes what `nrfcloud key public` prints\n"), "{run:?}");
}

#[test]
fn check_fixes_what_it_can_and_leaves_out_what_it_cannot() {
    let shop = Shop::with_device();
    let good = shop.read("onboard.csv");
    shop.write(
        "damaged.csv",
        format!("\u{feff}deviceId;subType;tags;fwTypes;certPem\r\n{}", good.replace(',', ";")),
    );
    let run = shop.run(&["device", "check", "damaged.csv", "--fix", "clean.csv"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.stdout,
        "damaged.csv:1:1: the byte order mark is taken away\n\
         damaged.csv:1:1: columns separated by ';' are separated by commas\n\
         damaged.csv:1:1: the header row is taken away\n\
         damaged.csv:2:69: line breaks of several kinds are all LF\n"
    );
    assert_eq!(shop.read("clean.csv"), good);
    shop.ok(&["device", "check", "clean.csv"]);

    let again = shop.run(&["device", "check", "damaged.csv", "--fix", "clean.csv"]);
    assert_eq!(again.code, 3, "not over a file that is there: {again:?}");

    shop.write("mixed.csv", format!("{good}{}", good.replace(DEVICE, "another")));
    let run = shop.run(&["device", "check", "mixed.csv", "--fix", "rest.csv"]);
    assert_eq!(run.code, 9, "{run:?}");
    assert!(run.stdout.contains(": left out: the certificate's CN is "), "{run:?}");
    assert!(run.stderr.starts_with("error: 1 row of mixed.csv left out, 1 row kept\nhelp: "), "{run:?}");
    assert_eq!(shop.read("rest.csv"), good);

    shop.write("lost.csv", "no,row\n");
    let run = shop.run(&["device", "check", "lost.csv", "--fix", "none.csv", "--json"]);
    assert_eq!(run.code, 3, "{run:?}");
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&document["schema"], &document["rows"]), (&"nrfcloud.device.fix".into(), &0.into()));
    assert_eq!(document["left_out"][0]["rule"], "column-count");
    assert!(!shop.path("none.csv").exists());
}
