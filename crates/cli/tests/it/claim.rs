//! Devices claimed by their attestation tokens, and commanded.

mod air;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::support::{API_KEY, CloudSim, ModemSim, Shop};

/// The attestation token of a device that does not exist. Of no key is anything known that fits its signature: the simulated service
/// takes the first token of a device on trust.
fn token(number: u16) -> (String, String) {
    let mut uuid = *b"P61T91D\x00\x80\x00\x00\x00\x00\x00\x00\x00";
    uuid[14..].copy_from_slice(&number.to_be_bytes());
    let mut body = vec![0xd9, 0xd9, 0xf7, 0x85, 0x01, 0x50];
    body.extend(uuid);
    body.extend([0x06, 0x50]);
    body.extend([7; 16]);
    body.push(0x50);
    body.extend([8; 16]);
    let mut cose = vec![0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x04, 0x41, 0x21, 0xf6, 0x58, 0x40];
    // The coordinate of a point that is on the curve for sure: the generator (FIPS 186-4, D.1.2.3).
    let x = 0x6b17_d1f2_e12c_4247_f8bc_e6e5_63a4_40f2_u128.to_be_bytes();
    cose.extend(x);
    cose.extend(0x7703_7d81_2deb_33a0_f4a1_3945_d898_c296_u128.to_be_bytes());
    cose.extend([9; 32]);
    let text =
        format!("{}.{}", Base64UrlUnpadded::encode_string(&body), Base64UrlUnpadded::encode_string(&cose));
    let hex: String = uuid.iter().map(|byte| format!("{byte:02x}")).collect();
    let uuid = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
    (text, uuid)
}

const SECRET: &str = "note: whoever has these tokens can claim the devices as long as nobody has\n";

#[test]
fn tokens_of_several_kits_are_gathered_and_claimed() {
    let cloud = CloudSim::start();
    let (one, two) = (ModemSim::start(&["--seed", "1"]), ModemSim::start(&["--seed", "2"]));
    let shop = Shop::new().at(&cloud);
    let gather = ["claim", "gather", "--csv", "tokens.csv", "--port", &one.port, "--port", &two.port];
    let dry = shop.run(&[&gather[..], &["--dry-run"]].concat());
    assert_eq!((dry.code, dry.stdout.as_str()), (0, ""), "{dry:?}");
    assert!(
        dry.stderr.starts_with(&format!("note: would add {} to tokens.csv\n", one.device_uuid)),
        "{dry:?}"
    );
    assert_eq!(shop.files(), [""; 0]);

    let run = shop.run(&gather);
    let line = |kit: &ModemSim, what: &str| format!("{}\t{}\t{what}\n", kit.imei, kit.device_uuid);
    assert_eq!(run.stdout, line(&one, "added") + &line(&two, "added"), "{run:?}");
    assert_eq!((run.code, run.stderr.as_str()), (0, SECRET));
    let csv = shop.read("tokens.csv");
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 2, "{csv}");
    assert_eq!((rows[0].len(), rows[0][0], rows[0][1]), (4, one.imei.as_str(), one.device_uuid.as_str()));
    assert_eq!(fs::metadata(shop.path("tokens.csv")).unwrap().permissions().mode() & 0o777, 0o600);

    // A second time each keeps its row.
    let document = shop.json(&gather);
    assert_eq!(document["schema"], "nrfcloud.claim.gather");
    assert_eq!(document["boards"][1]["result"], "there_already");
    assert!(!document.to_string().contains(rows[0][2]));
    assert_eq!(shop.read("tokens.csv"), csv);
    let document = shop.json(&["claim", "gather", "--csv", "tokens.csv", "--port", &one.port, "--replace"]);
    assert_eq!(document["boards"][0]["result"], "replaced");
    let (first, rest) = csv.split_once('\n').unwrap();
    let now = shop.read("tokens.csv");
    assert!(now.ends_with(rest) && !now.contains(first.split(',').nth(2).unwrap()), "{now}");
    assert_eq!(now.lines().count(), 2);

    let both = |what: &str| format!("{}\t{what}\n{}\t{what}\n", one.device_uuid, two.device_uuid);
    assert_eq!(shop.ok(&["claim", "check", "tokens.csv"]), both("succeeded"));
    let dry = shop.json(&["claim", "upload", "tokens.csv", "--tag", "a,b", "--dry-run"]);
    assert_eq!((&dry["dry_run"], &dry["devices"][0]["result"]), (&true.into(), &"not_tried".into()));
    assert_eq!(dry["devices"][0]["tags"], serde_json::json!(["a", "b"]));
    assert_eq!(shop.ok(&["claim", "upload", "tokens.csv", "--tag", "a,b"]), both("claimed"));
    let again = shop.run(&["claim", "check", "tokens.csv"]);
    assert_eq!(again.code, 7, "{again:?}");
    assert!(again.stderr.starts_with("error: all 2 devices failed\nreason: "), "{again:?}");
    assert!(again.stderr.contains("is already claimed by your team"), "{again:?}");
}

#[test]
fn stations_that_gather_at_the_same_time_lose_nothing() {
    let kits: Vec<ModemSim> = (1..=4).map(|seed| ModemSim::start(&["--seed", &seed.to_string()])).collect();
    let shop = Shop::new();
    let runs: Vec<_> = kits
        .iter()
        .map(|kit| {
            let args = ["-q", "claim", "gather", "--csv", "t.csv", "--port", &kit.port];
            shop.command(&args).stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    let csv = shop.read("t.csv");
    assert_eq!(csv.lines().count(), 4, "{csv}");
    for kit in &kits {
        assert_eq!(csv.matches(&format!("{},{},", kit.imei, kit.device_uuid)).count(), 1, "{csv}");
    }
}

#[test]
fn a_kit_without_attestation_is_told_so_and_the_others_go_on() {
    let old = ModemSim::start(&["--model", "nRF9160-SICA"]);
    let new = ModemSim::start(&["--seed", "2"]);
    let shop = Shop::new();
    shop.refused(
        &["claim", "gather", "--csv", "t.csv", "--port", &old.port],
        6,
        "error: nRF9160-SICA has no attestation token\n\
         help: claiming is for nRF91x1 with mfw_nrf91x1_2.0.0 or later; this one is onboarded by its certificate: nrfcloud provision\n",
    );
    assert_eq!(shop.files(), [""; 0]);
    let run = shop.run(&["claim", "gather", "--csv", "t.csv", "--port", &old.port, "--port", &new.port]);
    assert_eq!(run.code, 9, "{run:?}");
    assert_eq!(run.stdout, format!("{}\t{}\tadded\n", new.imei, new.device_uuid));
    assert!(run.stderr.contains("\nerror: 1 of 2 devices failed\n"), "{run:?}");
}

#[test]
fn a_csv_that_is_something_else_takes_no_row() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    shop.write("t.csv", "hello\n");
    shop.refused(
        &["claim", "gather", "--csv", "t.csv"],
        3,
        "error: no row was added to t.csv: line 1: there is no attestation token in it\n\
         help: mend it, or take another --csv file\n",
    );
    assert_eq!(shop.read("t.csv"), "hello\n");
    shop.refused(
        &["claim", "gather", "--csv", "-"],
        2,
        "error: --csv is a file of its own, not standard output\nhelp: give a file name\n",
    );
}

#[test]
fn a_token_may_come_with_what_stood_around_it() {
    let cloud = CloudSim::start();
    let shop = Shop::new().at(&cloud);
    let (text, uuid) = token(1);
    let answer = format!("at AT%ATTESTTOKEN\r\n%ATTESTTOKEN: \"{text}\"\r\nOK\r\n");
    let run = shop.run_with(&["claim", "check", "-"], answer.as_bytes());
    assert_eq!((run.code, run.stdout), (0, format!("{uuid}\tsucceeded\n")), "{}", run.stderr);
    let broken = format!("%ATTESTTOKEN: \"{}\n{}\"\nOK\n", &text[..80], &text[80..]);
    assert_eq!(shop.ok(&["claim", "upload", &broken]), format!("{uuid}\tclaimed\n"));
    assert_eq!(shop.files(), [""; 0]);
}

#[test]
fn what_is_no_token_is_refused_and_not_told() {
    let shop = Shop::new().env("NRFCLOUD_API_KEY", API_KEY).env("NRFCLOUD_API_URL", crate::support::nobody());
    let (text, _) = token(1);
    let run = shop.run(&["claim", "upload", &text[..text.len() - 4]]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.starts_with("error: no attestation token in the argument: "), "{run:?}");
    assert!(!run.stderr.contains(&text[..20]), "{run:?}");
    shop.write("t.csv", format!("{text}\nhello\n{}\n", &text[..100]));
    let run = shop.run(&["claim", "check", "t.csv"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.stderr.starts_with(
            "error: t.csv is not as it should be; nothing was sent\nreason: line 2: there is no attestation token in it\nreason: line 3: "
        ),
        "{run:?}"
    );
    shop.refused(
        &["claim", "check", "missing.csv"],
        3,
        "error: no such file: missing.csv\nhelp: check the path, or give `-` for standard input\n",
    );
    shop.refused(
        &["claim", "upload", &text, "--tag", ""],
        3,
        "error: tag \"\": the rule is at least one character, and no comma, quote or control character\n\
         help: the value of `--tag <TAGS>` is refused; --help tells what it takes\n",
    );
}

#[test]
fn more_than_a_thousand_are_split_and_what_failed_can_be_sent_again() {
    let cloud = CloudSim::start();
    let shop = Shop::new().at(&cloud);
    let (of_another, uuid) = token(1001);
    shop.ok(&["claim", "upload", &of_another]);
    let csv: String = (1..=1002).map(|number| format!("\"{}\",\"line 7\"\n", token(number).0)).collect();
    shop.write("tokens.csv", &csv);
    let run = shop.run(&["claim", "upload", "tokens.csv", "--json"]);
    assert_eq!(run.code, 9, "{}", run.stderr);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["schema"], "nrfcloud.claim.upload");
    let devices = document["devices"].as_array().unwrap();
    assert_eq!(devices.iter().filter(|device| device["result"] == "claimed").count(), 1001);
    let failed = devices.iter().find(|device| device["result"] == "failed").unwrap();
    assert_eq!(failed["device_id"], uuid);
    assert_eq!(failed["message"], format!("Device {uuid} is already claimed by your team."));
    assert_eq!(
        run.stderr,
        format!(
            "error: 1 of 1002 devices are not claimed\nreason: Device {uuid} is already claimed by your team.\n\
             help: look at each reason, and send those that can be mended: nrfcloud claim upload tokens.failed.csv\n"
        )
    );
    assert_eq!(document["failed"], "tokens.failed.csv");
    assert_eq!(shop.read("tokens.failed.csv"), format!("\"{of_another}\",\"line 7\"\n"));
    let mode = fs::metadata(shop.path("tokens.failed.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    shop.ok(&["claim", "delete", &uuid, "--yes"]);
    assert_eq!(shop.ok(&["claim", "upload", "tokens.failed.csv"]), format!("{uuid}\tclaimed\n"));
}

#[test]
fn a_claim_is_given_up_when_it_is_meant() {
    let cloud = CloudSim::start();
    let shop = Shop::new().at(&cloud);
    let (text, uuid) = token(3);
    shop.ok(&["claim", "upload", &text]);
    shop.refused(
        &["claim", "delete", &uuid],
        2,
        &format!(
            "error: not confirmed, and so not done: give up {uuid}, which takes it from the devices of the team as well\n\
             help: --yes does it without a question\n"
        ),
    );
    let dry = shop.run(&["claim", "delete", &uuid, "--dry-run", "--json"]);
    assert_eq!((dry.code, dry.stderr), (0, format!("note: would give up {uuid}\n")));
    assert_eq!(shop.ok(&["claim", "delete", &uuid, "--yes"]), format!("{uuid}\tsucceeded\n"));
    let run = shop.run(&["claim", "delete", &uuid, "--yes"]);
    assert_eq!(run.code, 7, "{run:?}");
    shop.ok(&["claim", "check", &text]);
}

#[test]
fn an_answer_that_is_lost_leaves_nothing_claimed_for_sure() {
    let shop =
        Shop::new().env("NRFCLOUD_API_KEY", API_KEY).env("NRFCLOUD_API_URL", crate::support::server(""));
    shop.write("t.csv", format!("{}\n{}\n", token(1).0, token(2).0));
    let run = shop.run(&["claim", "upload", "t.csv"]);
    assert_eq!(run.code, 8, "{run:?}");
    assert_eq!(run.stdout, format!("{}\tunknown\n{}\tunknown\n", token(1).1, token(2).1), "{run:?}");
    let help = "help: it may have been taken: send the same again, which is safe: what is claimed already is told, and stays\n";
    assert!(run.stderr.ends_with(help), "{run:?}");
    assert_eq!(shop.read("t.failed.csv"), format!("\"{}\"\n\"{}\"\n", token(1).0, token(2).0));
}

#[test]
fn a_refusal_stops_all_and_is_told_as_it_is() {
    let cloud = CloudSim::start();
    let shop = Shop::new().at(&cloud).env("NRFCLOUD_API_KEY", "f".repeat(40));
    let tokens = format!("{}\n{}\n", token(1).0, token(2).0);
    let run = shop.run_with(&["claim", "upload", "-"], tokens.as_bytes());
    assert_eq!(run.code, 7, "{run:?}");
    let refused = format!("{}\tfailed\tClaimDeviceOwnership was refused with status 401, ", token(1).1);
    assert!(run.stdout.starts_with(&refused), "{run:?}");
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
    assert!(
        run.stderr
            .ends_with("help: the API key is not accepted: copy it again from the portal, Team Details\n"),
        "{run:?}"
    );
    assert_eq!(shop.read("stdin.failed.csv").lines().count(), 2);
    let run = shop.run(&["claim", "upload", &token(1).0, "--failed", "again.csv"]);
    assert_eq!((run.code, run.stdout.as_str()), (7, ""), "{run:?}");
    assert_eq!(shop.read("again.csv"), format!("\"{}\"\n", token(1).0));
    shop.refused(
        &["claim", "upload", "again.csv", "--failed", "again.csv"],
        3,
        "error: two of the files to write have the same place: again.csv\nhelp: give each file a name of its own\n",
    );
}

#[test]
fn the_provisioning_service_has_an_address_of_its_own() {
    let cloud = CloudSim::start();
    let (text, uuid) = token(4);
    let shop = Shop::new().env("NRFCLOUD_API_KEY", API_KEY).env("NRFCLOUD_API_URL", crate::support::nobody());
    assert_eq!(shop.run(&["claim", "check", &text]).code, 8);
    assert_eq!(
        shop.ok(&["claim", "check", &text, "--provisioning-url", &cloud.url]),
        format!("{uuid}\tsucceeded\n")
    );
    shop.write("config.toml", format!("[profile.p]\nprovisioning-url = \"{}\"\n", cloud.url));
    shop.ok(&["claim", "check", &text, "--config", "config.toml", "--profile", "p"]);
    let shop = shop.env("NRFCLOUD_PROVISIONING_URL", &cloud.url);
    shop.ok(&["claim", "check", &text]);
    let shop = shop.env("NRFCLOUD_PROVISIONING_URL", "not an address");
    shop.refused(
        &["claim", "check", &text],
        3,
        "error: NRFCLOUD_PROVISIONING_URL \"not an address\": relative URL without a base\n\
         help: set it to an address such as https://api.nrfcloud.com, or unset it\n",
    );
    shop.refused(
        &["claim", "check", &text, "--provisioning-url", "http://192.0.2.1"],
        3,
        "error: http://192.0.2.1/v1 is plain http: whoever is on the way reads the credentials\n\
         help: give an https address; --allow-http sends them all the same\n",
    );
}
