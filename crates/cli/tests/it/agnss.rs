use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::support::{CloudSim, DEVICE, ModemSim, Shop, fixture, nobody, server};

const CELL: [&str; 8] = ["--mcc", "310", "--mnc", "410", "--tac", "36874", "--eci", "84485647"];

fn onboarded(cloud: &CloudSim) -> Shop {
    let shop = Shop::with_device().at(cloud);
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    shop
}

#[test]
fn the_guides_request_gives_206_and_501_bytes() {
    let cloud = CloudSim::start();
    let shop = onboarded(&cloud);
    let key = format!("certs/{DEVICE}.key.pem");
    let token = shop.ok(&["jwt", "sign", "--key", &key, "--device-id", DEVICE, "--no-iat", "--no-exp"]);
    let args = [
        "agnss",
        "fetch",
        "--token",
        token.trim(),
        "--method",
        "get",
        "--guide-query",
        "--types",
        "1,3,4,6,7,8,9",
    ];
    let document = shop.json(&[&args[..], &CELL, &["--range", "0-500", "-o", "part.bin"]].concat());
    assert_eq!(document["schema"], "nrfcloud.agnss.fetch");
    assert_eq!(
        (&document["status"], &document["bytes"], &document["range"]),
        (&206.into(), &501.into(), &"0-500".into())
    );
    assert_eq!(std::fs::read(shop.path("part.bin")).unwrap().len(), 501);
}

#[test]
fn the_whole_by_post_is_decoded() {
    let cloud = CloudSim::start();
    let shop = onboarded(&cloud);
    let key = format!("certs/{DEVICE}.key.pem");
    let args = ["agnss", "fetch", "--key", &key, "--device-id", DEVICE, "--types", "1,3,9"];
    let run = shop.run(&[&args[..], &CELL].concat());
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.stderr, format!("note: status 206, {0} bytes of {0}\n", run.bytes.len()));
    shop.write("whole.bin", &run.bytes);
    let document = shop.json(&["agnss", "decode", "whole.bin"]);
    let mut types: Vec<u64> =
        document["blocks"].as_array().unwrap().iter().map(|block| block["type"].as_u64().unwrap()).collect();
    types.sort_unstable();
    assert_eq!(types, [1, 3, 9]);
    let human = shop.ok(&["agnss", "decode", "whole.bin"]);
    assert!(human.contains("GPS almanac"), "{human}");

    shop.write("cut.bin", &run.bytes[..run.bytes.len() - 1]);
    let refused = shop.run(&["agnss", "decode", "cut.bin"]);
    assert_eq!(refused.code, 3);
    assert!(
        refused
            .stderr
            .ends_with("help: fetch it again as a whole, without --range: nrfcloud agnss fetch -o FILE\n"),
        "{refused:?}"
    );
}

#[test]
fn every_type_is_shown_in_physical_units() {
    let shop = Shop::new();
    let path = fixture("assistance/every-type.bin");
    let path = path.to_str().unwrap();
    let document = shop.json(&["agnss", "decode", path]);
    let blocks = document["blocks"].as_array().unwrap();
    let types: Vec<u64> = blocks.iter().map(|block| block["type"].as_u64().unwrap()).collect();
    assert_eq!(types, [7, 1, 2, 3, 4, 5, 6, 8, 9, 11, 12, 13, 14, 15, 16, 17]);
    assert_eq!(blocks[2]["satellites"], serde_json::json!([1, 32]));
    for (kind, name, value) in [
        (7, "utc", "2026-07-03T12:14:43.000Z".into()),
        (7, "date_day", 16980.into()),
        (1, "tot_s", 61_440.0.into()),
        (1, "delta_tls", 18.into()),
        (2, "toe_s", 482_400.0.into()),
        (2, "sqrt_a_sqrt_m", 5153.0.into()),
        (3, "toa_s", 409_600.0.into()),
        (3, "i0_semicircles", (0.3 + 2000.0 / f64::from(1 << 19)).into()),
        (4, "beta0_s", 77_824.0.into()),
        (5, "ai0_sfu", 50.0.into()),
        (6, "tlm", 770.into()),
        (8, "latitude_degrees", (5_911_231.0 * 90.0 / f64::from(1 << 23)).into()),
        (8, "unc_altitude_m", (45.0 * (1.025_f64.powi(127) - 1.0)).into()),
        (8, "confidence", 68.into()),
        (9, "unhealthy", serde_json::json!([13])),
        (11, "i0_semicircles", (0.25 + 2000.0 / f64::from(1 << 19)).into()),
        (12, "sqrt_a_sqrt_m", 6493.0.into()),
        (13, "unhealthy", serde_json::json!([193])),
        (14, "toa_s", 472_800.0.into()),
        (15, "toc_s", 475_200.0.into()),
        (16, "t0g_s", 432_000.0.into()),
        (16, "wn", 1401.into()),
        (17, "unhealthy", serde_json::json!([14])),
    ] {
        let block = blocks.iter().find(|block| block["type"] == kind).unwrap();
        assert_eq!(block["elements"].as_array().unwrap().len() as u64, block["count"].as_u64().unwrap());
        assert_eq!(block["elements"][0][name], value, "{kind} {name}");
    }
    let human = shop.ok(&["agnss", "decode", path]);
    for line in [
        " 7 GPS system clock            1 of 16 bytes together\n",
        "   satellite 32                health 0; iodc 100; toc_s 482400.0; ",
        "unc_altitude_m 990.",
        "  mask 4096; unhealthy 13\n",
    ] {
        assert!(human.contains(line), "{human}");
    }
}

#[test]
fn damaged_data_is_refused_at_its_place() {
    for (file, message) in [
        ("bad-cut-short", "byte 460: 1 elements of type 17 (Galileo integrity) need 8 bytes, and 7 are left"),
        (
            "bad-text-encoding",
            "byte 40: sqrt_a of an element of type 2 (GPS ephemerides) cannot be 4245159936",
        ),
    ] {
        let path = fixture(&format!("assistance/{file}.bin"));
        let path = path.to_str().unwrap();
        Shop::new().refused(
            &["agnss", "decode", path],
            3,
            &format!(
                "error: {path}: {message}\n\
                 help: fetch it again as a whole, without --range: nrfcloud agnss fetch -o FILE\n"
            ),
        );
    }
}

#[test]
fn in_fragments_the_whole_is_the_same_size() {
    let cloud = CloudSim::start();
    let shop = onboarded(&cloud);
    let key = format!("certs/{DEVICE}.key.pem");
    let fetch = |more: &[&str]| {
        let args = ["agnss", "fetch", "--key", &key, "--device-id", DEVICE, "--types", "1,2,3"];
        let run = shop.run(&[&args[..], more].concat());
        assert_eq!(run.code, 0, "{run:?}");
        run
    };
    let whole = fetch(&[]);
    let parts = fetch(&["--fragment", "100", "-v"]);
    assert_eq!(parts.bytes.len(), whole.bytes.len());
    let count =
        parts.stderr.lines().filter(|line| line.contains(" bytes") && line.starts_with("trace")).count();
    assert_eq!(count, whole.bytes.len().div_ceil(100), "{}", parts.stderr);
}

#[test]
fn a_foreign_key_gives_401_and_writes_nothing() {
    let cloud = CloudSim::start();
    let shop = onboarded(&cloud);
    let before = shop.files();
    shop.refused(
        &["agnss", "fetch", "--key", "ca-cert.key.pem", "--device-id", DEVICE, "--types", "1", "-o", "x/data.bin"],
        7,
        "error: GetAssistanceData was refused with status 401, nRF Cloud code 40100 (access denied, or the wrong kind of token): Access denied.\n\
         help: the token is not accepted: is the device onboarded, and with the key that signed? `nrfcloud jwt verify` compares\n",
    );
    assert_eq!(shop.files(), before);
}

#[test]
fn a_range_behind_the_data_is_refused() {
    let cloud = CloudSim::start();
    let shop = onboarded(&cloud);
    let key = format!("certs/{DEVICE}.key.pem");
    let run = shop.run(&[
        "agnss",
        "fetch",
        "--key",
        &key,
        "--device-id",
        DEVICE,
        "--types",
        "1",
        "--range",
        "100000-",
    ]);
    assert_eq!((run.code, run.stdout.as_str()), (7, ""), "{run:?}");
    assert!(run.stderr.ends_with("help: ask for a --range that begins inside the data\n"), "{run:?}");
}

#[test]
fn arguments_that_cannot_be_are_refused() {
    let shop = Shop::new();
    shop.refused(
        &["agnss", "fetch", "--token", "a.b.c", "--types", "10"],
        3,
        "error: type \"10\": is no type of assistance data; 1 to 9 and 11 to 17 are\n\
         help: the value of `--types <TYPES>` is refused; --help tells what it takes\n",
    );
    shop.refused(
        &["agnss", "fetch", "--token", "a.b.c", "--range", "5-1"],
        3,
        "error: range \"5-1\": is not FIRST-LAST or FIRST-, as 0-500 is\n\
         help: the value of `--range <RANGE>` is refused; --help tells what it takes\n",
    );
    shop.refused(
        &["agnss", "fetch", "--token", "a.b.c", "--guide-query"],
        2,
        "error: --guide-query goes by GET\nhelp: give --method get with it\n",
    );
}

#[test]
fn a_file_in_the_way_is_found_before_the_cloud_is_asked() {
    let shop = Shop::new().env("NRFCLOUD_API_URL", nobody());
    shop.write("data.bin", "mine");
    shop.write("file", "");
    let token = std::fs::read_to_string(fixture("guide/token.txt")).unwrap();
    for (out, stderr) in [
        (
            "data.bin",
            "error: file exists: data.bin\nhelp: give --force to overwrite it, or write to another place\n",
        ),
        (
            "file/data.bin",
            "error: cannot write file/data.bin: Not a directory (os error 20)\n\
             help: check the path, and who may write there; nothing was written\n",
        ),
    ] {
        shop.refused(&["agnss", "fetch", "--token", token.trim(), "-o", out], 3, stderr);
    }
}

#[test]
fn what_is_no_token_is_not_sent() {
    let shop = Shop::new().env("NRFCLOUD_API_URL", nobody());
    for (token, message) in [
        ("my-api-key", "a token has 3 parts with dots between, this text has 1"),
        ("a.b.c", "the signature is not base64url"),
    ] {
        shop.refused(
            &["agnss", "fetch", "--token", token],
            3,
            &format!(
                "error: {message}\n\
                 help: give a device's token, whole; make one: nrfcloud jwt sign --key FILE --device-id ID\n"
            ),
        );
    }
}

#[test]
fn an_answer_that_is_no_assistance_data_is_not_kept() {
    let url = server(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\nconnection: close\r\n\r\n{\"message\":\"x\"}",
    );
    let shop = Shop::new().env("NRFCLOUD_API_URL", url);
    let token = std::fs::read_to_string(fixture("guide/token.txt")).unwrap();
    shop.refused(
        &["agnss", "fetch", "--token", token.trim(), "-o", "data.bin"],
        8,
        "error: the answer with status 200 is no assistance data: schema version 123 where 1 belongs\n\
         help: this is not nRF Cloud's answer: check --api-url or NRFCLOUD_API_URL, and for a proxy\n",
    );
    assert!(shop.files().is_empty());
}

#[test]
fn bytes_that_go_nowhere_are_told_and_a_dry_run_has_its_document() {
    let cloud = CloudSim::start();
    let shop = onboarded(&cloud);
    let key = format!("certs/{DEVICE}.key.pem");
    let fetch = ["agnss", "fetch", "--key", &key, "--device-id", DEVICE, "--types", "1", "--json"];
    let run = shop.run(&fetch);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (0, "note: the bytes themselves are not kept; -o FILE does that\n")
    );
    let run = shop.run(&[&fetch[..], &["--dry-run"]].concat());
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&document["schema"], &document["dry_run"]), (&"nrfcloud.agnss.fetch".into(), &true.into()));
}

/// A board whose device is on the cloud, with its key in the slot of nRF Cloud.
fn provisioned(cloud: &CloudSim, kit: &ModemSim) -> Shop {
    let shop = Shop::with_authority().at(cloud);
    let authority = ["--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem"];
    shop.ok(&[&["provision", "--port", &kit.port, "--csv", "line.csv", "--onboard"][..], &authority].concat());
    shop.ok(&["modem", "at", "AT+CFUN=1", "--port", &kit.port]);
    shop
}

#[test]
fn the_modem_gives_the_cell_and_signs() {
    let cloud = CloudSim::start();
    let kit = ModemSim::start(&[]);
    let shop = provisioned(&cloud, &kit);
    let run = shop.run(&["agnss", "fetch", "--port", &kit.port, "--types", "7,8", "-o", "a.bin", "-v"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr.contains("note: the modem's cell: 242 02, area 2305, cell 33703712, -87 dBm\n"),
        "{run:?}"
    );
    assert!(run.stderr.contains("AT%JWT="), "{run:?}");
    // Type 8 is the place of the cell: without one there would be none.
    let blocks = shop.json(&["agnss", "decode", "a.bin"])["blocks"].as_array().unwrap().len();
    assert_eq!(blocks, 2);
    // The same for the other location services, and with a kit that the environment names.
    let found = shop.json(&["location", "fix", "--port", &kit.port]);
    assert_eq!(
        (&found["fulfilledWith"], &found["request"]["lte"][0]["eci"]),
        (&"SCELL".into(), &33_703_712.into())
    );
    let shop = shop.env("NRFCLOUD_PORT", &kit.port);
    assert_eq!(shop.json(&["pgps", "fetch", "--count", "1", "-o", "p.bin"])["prediction_count"], 1);
    // A given cell comes before that of the modem, which signs only.
    let run = shop.run(&[&["agnss", "fetch", "--types", "8", "-o", "b.bin", "-v"][..], &CELL].concat());
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!run.stderr.contains("XMONITOR"), "{run:?}");
}

#[test]
fn the_modem_gives_the_cell_alone_to_whoever_has_a_token() {
    let cloud = CloudSim::start();
    let kit = ModemSim::start(&[]);
    let shop = onboarded(&cloud);
    shop.ok(&["modem", "at", "AT+CFUN=1", "--port", &kit.port]);
    let key = format!("certs/{DEVICE}.key.pem");
    let fetch = ["agnss", "fetch", "--key", &key, "--device-id", DEVICE, "--types", "8", "--port", &kit.port];
    let run = shop.run(&[&fetch[..], &["-o", "a.bin", "-v"]].concat());
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("AT%XMONITOR") && !run.stderr.contains("AT%JWT"), "{run:?}");
    shop.refused(
        &[&fetch[..], &CELL].concat(),
        2,
        "error: there is nothing to ask of the kit on --port\nhelp: leave it out\n",
    );
}

#[test]
fn a_modem_without_network_time_or_key_is_told() {
    let cloud = CloudSim::start();
    let kit = ModemSim::start(&["--no-network"]);
    let shop = onboarded(&cloud);
    let key = format!("certs/{DEVICE}.key.pem");
    let who = ["--key", &key, "--device-id", DEVICE, "--port", &kit.port];
    let run = shop.run(&[&["agnss", "fetch", "--types", "1", "-o", "a.bin"][..], &who].concat());
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.starts_with("warning: the modem has no cell: asking without one\n"), "{run:?}");
    shop.refused(
        &[&["location", "fix"][..], &who].concat(),
        6,
        "error: the modem is not registered with a network, so it has no cell\n\
         help: turn its radio on and give it a minute: nrfcloud modem at AT+CFUN=1; or name cells or access points\n",
    );
    let kit = ModemSim::start(&["--no-time"]);
    shop.ok(&["modem", "keygen", "--sec-tag", "77", "--port", &kit.port]);
    shop.refused(
        &["pgps", "fetch", "--port", &kit.port, "--sec-tag", "77"],
        6,
        "error: the modem has no valid time, so its token has no `exp`\n\
         help: set its clock: nrfcloud modem time --set now\n",
    );
    shop.refused(
        &["pgps", "fetch", "--port", &kit.port],
        6,
        "error: the modem refused AT%JWT=0,600,\"\",\"\",16842753,2: +CME ERROR: 513 (not found)\n\
         help: it has no key in that slot: `nrfcloud provision` makes one, --sec-tag names another, `nrfcloud modem slots` lists them\n",
    );
}

#[test]
fn a_broken_transfer_goes_on_by_range_and_leaves_all_or_nothing() {
    let cloud = CloudSim::with_args(&[
        "--bulk-delay",
        "100",
        "--fault",
        "truncate 50% on POST /v1/location/agnss times 2",
    ]);
    let shop = onboarded(&cloud);
    let key = format!("certs/{DEVICE}.key.pem");
    let fetch = ["agnss", "fetch", "--key", &key, "--device-id", DEVICE, "--types", "1,3"];
    let run = shop.run(&[&fetch[..], &["-o", "broken.bin"]].concat());
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.stderr.matches("bytes are there, asking for the rest\n").count(), 2, "{run:?}");
    shop.ok(&[&fetch[..], &["-o", "whole.bin"]].concat());
    assert_eq!(
        std::fs::read(shop.path("broken.bin")).unwrap(),
        std::fs::read(shop.path("whole.bin")).unwrap()
    );

    // One that breaks every time, and one that is killed, leave nothing.
    let cloud =
        CloudSim::with_args(&["--bulk-delay", "100", "--fault", "truncate 0 on POST /v1/location/agnss"]);
    let shop = onboarded(&cloud);
    let before = shop.files();
    let run = shop.run(&[&fetch[..], &["-o", "broken.bin"]].concat());
    assert_eq!(run.code, 8, "{run:?}");
    assert_eq!(shop.files(), before);
}

#[test]
fn a_transfer_that_is_killed_leaves_nothing() {
    let cloud = CloudSim::with_args(&[
        "--bulk-delay",
        "100",
        "--fault",
        "latency 1h on POST /v1/location/agnss skip 2",
    ]);
    let shop = onboarded(&cloud);
    let before = shop.files();
    let key = format!("certs/{DEVICE}.key.pem");
    let args =
        ["agnss", "fetch", "--key", &key, "--device-id", DEVICE, "--types", "1,3", "--fragment", "100", "-v"];
    let mut child = shop
        .command(&[&args[..], &["-o", "a.bin"]].concat())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("trace: 200 of ")), "no second fragment");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(shop.files(), before);
}

#[test]
fn only_the_satellites_above_the_horizon() {
    let cloud = CloudSim::start();
    let shop = onboarded(&cloud);
    let key = format!("certs/{DEVICE}.key.pem");
    let fetch = ["agnss", "fetch", "--key", &key, "--device-id", DEVICE, "--types", "2"];
    let all = shop.json(&[&fetch[..], &["-o", "all.bin"]].concat());
    let filtered = [&fetch[..], &["--filtered", "--mask", "20"]].concat();
    let some = shop.json(&[&filtered[..], &CELL, &["-o", "some.bin"]].concat());
    assert!(some["bytes"].as_u64() < all["bytes"].as_u64(), "{some} {all}");
    shop.refused(
        &filtered,
        2,
        "error: --filtered needs to know where: no cell is given\n\
         help: give --mcc, --mnc, --tac and --eci, or --port for the cell of a modem\n",
    );
    shop.refused(
        &[&fetch[..], &CELL, &["--filtered", "--mask", "91"]].concat(),
        3,
        "error: mask \"91\" is not in 0 to 90\nhelp: --help tells what the option takes\n",
    );
}
