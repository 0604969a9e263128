use crate::support::{CloudSim, DEVICE, Shop, fixture, nobody, server};

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
