//! Where devices are and were.

use serde_json::Value;

use crate::support::{CloudSim, DEVICE, Shop, fixture, nobody};

const CELL: [&str; 8] = ["--mcc", "242", "--mnc", "02", "--tac", "2305", "--eci", "33703712"];
const WIFI: [&str; 4] = ["--wifi", "40:01:7a:c9:10:22,-65", "--wifi", "80-2a-a8-0c-11-22"];

fn onboarded(cloud: &CloudSim) -> Shop {
    let shop = Shop::with_device().at(cloud);
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    shop
}

/// `location fix` by the key of the device.
fn fix(shop: &Shop, more: &[&str]) -> crate::support::Run {
    let key = format!("certs/{DEVICE}.key.pem");
    shop.run(&[&["location", "fix", "--key", &key, "--device-id", DEVICE], more].concat())
}

fn document(run: &crate::support::Run) -> Value {
    assert_eq!(run.code, 0, "{run:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn cells_and_access_points_are_located_and_recorded() {
    let cloud = CloudSim::start();
    let shop = onboarded(&cloud);
    let run = fix(&shop, &CELL);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    assert_eq!(
        run.stdout,
        "latitude     63.42373967\nlongitude    10.38332462\nuncertainty  2416 m (confidence 68 %)\nfound by     one cell (SCELL)\n"
    );
    let found = document(&fix(&shop, &[&CELL[..], &["--rsrp", "-87", "--json"]].concat()));
    assert_eq!(
        (&found["schema"], &found["fulfilledWith"], &found["dry_run"]),
        (&"nrfcloud.location.fix".into(), &"SCELL".into(), &false.into())
    );
    assert_eq!(found["request"]["lte"][0]["rsrp"], -87);
    assert_eq!(found["request"]["lte"][0]["mnc"], "02");
    // Access points are tried first; a higher confidence is a larger circle.
    let found = document(&fix(&shop, &[&CELL[..], &WIFI, &["--json"]].concat()));
    assert_eq!(found["fulfilledWith"], "WIFI");
    let wide = document(&fix(&shop, &[&CELL[..], &WIFI, &["--hi-conf", "--json"]].concat()));
    assert!(wide["uncertainty"].as_f64() > found["uncertainty"].as_f64(), "{wide} {found}");

    let all = shop.json(&["location", "history", "--device-id", DEVICE]);
    assert_eq!((&all["schema"], &all["more"]), (&"nrfcloud.location.history".into(), &false.into()));
    assert_eq!(all["records"].as_array().unwrap().len(), 4);
    let latest = shop.ok(&["location", "history", "--latest"]);
    let fields: Vec<&str> = latest.trim_end().split('\t').collect();
    assert_eq!((latest.lines().count(), fields[1], fields[5]), (1, DEVICE, "WIFI"), "{latest}");
    let run = shop.run(&["location", "history", "--limit", "3"]);
    assert_eq!(
        (run.stdout.lines().count(), run.stderr.as_str()),
        (3, "note: there are more than 3: --limit lists more\n")
    );
    assert_eq!(shop.ok(&["location", "history", "--until", "2020-01-01T00:00:00Z"]), "");
    assert_eq!(shop.ok(&["location", "history", "--since", "2020-01-01T00:00:00Z"]).lines().count(), 4);
    assert_eq!(shop.ok(&["location", "history", "--tags", "nobody"]), "");
}

#[test]
fn what_a_device_sends_is_taken_as_it_is() {
    let cloud = CloudSim::start();
    let shop = onboarded(&cloud);
    let seen = r#"{"lte":[{"mcc":242,"mnc":2,"tac":2305,"eci":35496972,"nmr":[{"earfcn":6300,"pci":194}]}],
        "wifi":{"accessPoints":[{"macAddress":"40:01:7a:c9:10:22"},{"macAddress":"80:2a:a8:0c:11:22"}]}}"#;
    assert_eq!(document(&fix(&shop, &["--cells", seen, "--json"]))["fulfilledWith"], "WIFI");
    shop.write("seen.json", seen);
    assert_eq!(document(&fix(&shop, &["--cells", "@seen.json", "--json"]))["fulfilledWith"], "WIFI");
    let key = format!("certs/{DEVICE}.key.pem");
    let args = ["location", "fix", "--key", &key, "--device-id", DEVICE, "--cells", "-", "--json"];
    assert_eq!(document(&shop.run_with(&args, seen.as_bytes()))["fulfilledWith"], "WIFI");
}

#[test]
fn what_nobody_knows_is_told_with_what_may_help() {
    let cloud = CloudSim::start();
    let shop = onboarded(&cloud);
    let nowhere = ["--mcc", "242", "--mnc", "02", "--tac", "2305", "--eci", "0"];
    let run = fix(&shop, &[&nowhere[..], &["--no-fallback"]].concat());
    assert_eq!((run.code, run.stdout.as_str()), (7, ""), "{run:?}");
    assert!(
        run.stderr.ends_with("help: nobody knows these cells or access points; without --no-fallback the tracking area may do\n"),
        "{run:?}"
    );
    // The tracking area is known.
    let rough = document(&fix(&shop, &[&nowhere[..], &["--json"]].concat()));
    assert_eq!(rough["uncertainty"], 15000.0);
    // A device that is not onboarded.
    let run = shop.run(
        &[&["location", "fix", "--key", "ca-cert.key.pem", "--device-id", "stranger"][..], &CELL].concat(),
    );
    assert_eq!(run.code, 7, "{run:?}");
    assert!(
        run.stderr.ends_with("help: the token is not accepted: is the device onboarded, and with the key that signed? `nrfcloud jwt verify` compares\n"),
        "{run:?}"
    );
}

#[test]
fn a_dry_run_asks_nobody() {
    let shop = Shop::with_device().env("NRFCLOUD_API_URL", nobody());
    let run = fix(&shop, &[&CELL[..], &WIFI, &["--dry-run", "--json"]].concat());
    assert_eq!(run.stderr, "note: would ask for the place of 1 cell and 2 access points\n");
    let document = document(&run);
    assert_eq!(document["dry_run"], true);
    assert_eq!(document["request"]["wifi"][0]["signalStrength"], -65);
}

#[test]
fn what_cannot_be_seen_is_refused_before_anything_is_sent() {
    let shop = Shop::new().env("NRFCLOUD_API_URL", nobody());
    let token = std::fs::read_to_string(fixture("guide/token.txt")).unwrap();
    let refused = |more: &[&str], code: i32, stderr: &str| {
        shop.refused(&[&["location", "fix", "--token", token.trim()], more].concat(), code, stderr);
    };
    refused(
        &[],
        2,
        "error: there is nothing to locate by\n\
         help: give --mcc, --mnc, --tac and --eci; two or more --wifi; --cells; or --port for the cell of a modem\n",
    );
    refused(
        &["--wifi", "40:01:7a:c9:10:22"],
        3,
        "error: wifi \"1 access points\" is not two or more\nhelp: --help tells what the option takes\n",
    );
    refused(
        &["--wifi", "40:01"],
        3,
        "error: MAC address \"40:01\": the rule is six pairs of hexadecimal digits with colons or dashes between\n\
         help: the value of `--wifi <MAC[,DBM]>` is refused; --help tells what it takes\n",
    );
    refused(
        &[&CELL[..6], &["--eci", "268435456"]].concat(),
        3,
        "error: eci \"268435456\" is not in 0 to 268435455\nhelp: --help tells what the option takes\n",
    );
    refused(
        &[&CELL[..], &["--rsrp", "-10"]].concat(),
        3,
        "error: rsrp \"-10\" is not in -157 to -44\nhelp: --help tells what the option takes\n",
    );
    refused(
        &["--cells", "{}"],
        3,
        "error: --cells: has neither lte, ltecatm, nbiot nor wifi\nhelp: --help tells what the option takes\n",
    );
    refused(
        &["--cells", r#"{"lte":[{"mcc":242}]}"#],
        3,
        "error: --cells: missing field `mnc`\nhelp: --help tells what the option takes\n",
    );
    assert_eq!(shop.run(&[&["location", "fix", "--cells", "{}"][..], &CELL].concat()).code, 2);
    let run = shop.run(&[
        "location",
        "fix",
        "--token",
        token.trim(),
        "--wifi",
        "42:01:7a:c9:10:22",
        "--wifi",
        "40:01:7a:c9:10:22",
        "--dry-run",
    ]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (
            0,
            "warning: 42:01:7a:c9:10:22 was chosen by software: nRF Cloud passes over it or refuses it\n\
             note: would ask for the place of 2 access points\n"
        )
    );
}
