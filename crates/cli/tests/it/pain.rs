//! What hurts users of other tools, tried on this one: docs/pain-points.md says where each answer is tested, and
//! docs/features.md the same of each feature. Here are the tests that stand nowhere else, and those of the two documents.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{API_KEY, CloudSim, DEVICE, ModemSim, Shop, Sim};

/// Every row names at least one test, and each test that is named is there.
#[test]
fn every_answer_names_tests_that_exist() {
    let mut rows = BTreeSet::new();
    for line in document("docs/pain-points.md").lines() {
        let Some(number) = line.strip_prefix("| ").and_then(|rest| rest.split(" | ").next()) else {
            continue;
        };
        let is_number = number.trim_start_matches('E').bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            continue;
        }
        assert!(rows.insert(number.to_owned()), "{number} stands there twice");
        assert!(tests_of(line) > 0, "{number} names no test");
    }
    let expected: BTreeSet<String> = (1..=34)
        .map(|number| number.to_string())
        .chain((1..=14).map(|number| format!("E{number}")))
        .collect();
    assert_eq!(rows, expected);
}

/// Every feature names at least one test, but for those that say why they are not there.
#[test]
fn every_feature_names_tests_that_exist() {
    let document = document("docs/features.md");
    let rows = document.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what |"));
    let mut count = 0;
    for row in rows {
        let is_absent = row.split(" | ").nth(1).unwrap().starts_with("no: ");
        assert_eq!(tests_of(row) == 0, is_absent, "{row}");
        count += 1;
    }
    assert!(count > 90, "{count}");
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// How many tests a row names, each of which must be there.
fn tests_of(row: &str) -> usize {
    let tests = row.split('`').filter(|code| code.contains(".rs::"));
    tests
        .map(|test| {
            let (file, name) = test.split_once("::").unwrap();
            let code = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{row}: {error}"));
            let at =
                code.find(&format!("fn {name}(")).unwrap_or_else(|| panic!("{row}: no {name} in {file}"));
            let before = code[..at].trim_end().rsplit("\n\n").next().unwrap();
            assert!(
                before.contains("#[test]") || before.contains("#[tokio::test"),
                "{row}: {test} is no test"
            );
        })
        .count()
}

#[test]
fn a_write_that_the_modem_refuses_is_no_success() {
    let kit = ModemSim::start(&["--fault", "error on AT%CMNG=0*"]);
    let shop = Shop::with_device().env("NRFCLOUD_PORT", &kit.port);
    shop.ok(&["modem", "at", "AT+CFUN=1"]);
    let certificate = format!("certs/{DEVICE}.crt.pem");
    let run = shop.run(&["modem", "write", "--sec-tag", "42", "--type", "cert", &certificate, "--json"]);
    assert_eq!((run.code, run.stdout.as_str()), (6, ""), "{run:?}");
    assert!(run.stderr.starts_with("error: the modem refused AT%CMNG=0,42,1,"), "{run:?}");
    assert_eq!(shop.ok(&["modem", "at", "AT+CFUN?"]), "+CFUN: 1\n");
}

#[test]
fn a_write_that_stores_something_else_is_no_success() {
    let kit = ModemSim::start(&["--fault", "wrong-sha"]);
    let shop = Shop::with_device().env("NRFCLOUD_PORT", &kit.port);
    let certificate = format!("certs/{DEVICE}.crt.pem");
    let run = shop.run(&["modem", "write", "--sec-tag", "42", "--type", "cert", &certificate]);
    assert_eq!((run.code, run.stdout.as_str()), (6, ""), "{run:?}");
}

#[test]
fn what_a_modem_calls_invalid_is_explained() {
    for (code, word) in [(527, "invalid"), (518, "active"), (515, "memory")] {
        let kit = ModemSim::start(&["--fault", &format!("error {code} on AT%CMNG=0*")]);
        let shop = Shop::with_device().env("NRFCLOUD_PORT", &kit.port);
        let certificate = format!("certs/{DEVICE}.crt.pem");
        let run = shop.run(&["modem", "write", "--sec-tag", "42", "--type", "cert", &certificate]);
        assert_eq!(run.code, 6, "{run:?}");
        assert!(run.stderr.contains(&format!("+CME ERROR: {code} (")), "{run:?}");
        assert!(run.stderr.contains(word) && run.stderr.contains("\nhelp: "), "{word}: {run:?}");
    }
}

#[test]
fn a_notification_in_an_answer_becomes_nobodys_name() {
    for place in ["before", "between", "after"] {
        let kit = ModemSim::start(&["--fault", &format!("urc {place} %MDMEV: SEARCH STATUS 1 on AT+CGSN*")]);
        let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
        assert_eq!(shop.json(&["modem", "info"])["imei"], kit.imei, "{place}");
    }
    let kit = ModemSim::start(&["--fault", "urc inside %MDMEV: SEARCH STATUS 1 on AT+CGSN*"]);
    let run = Shop::new().env("NRFCLOUD_PORT", &kit.port).run(&["modem", "info", "--json"]);
    assert!(run.code == 6 && run.stdout.is_empty() || run.stdout.contains(&kit.imei), "{run:?}");
}

#[test]
fn what_other_tools_let_pass_is_not_verified() {
    let shop = Shop::with_device();
    let key = format!("certs/{DEVICE}.key.pem");
    for (claims, reason) in [
        (r#"{"sub":"a","exp":1000000}"#, "expired 900 s ago, leeway 60 s"),
        (r#"{"sub":"a","nbf":1087300}"#, "not valid for another 86400 s, leeway 60 s"),
        (r#"{"sub":"a","aud":"other"}"#, "`aud` is other, expected mine"),
    ] {
        let token = shop.ok(&["jwt", "sign", "--key", &key, "--payload", claims]);
        let run =
            shop.run(&["jwt", "verify", token.trim(), "--key", &key, "--aud", "mine", "--at", "1000900"]);
        assert_eq!((run.code, run.stdout.as_str()), (10, ""), "{claims}: {run:?}");
        assert!(run.stderr.contains(reason), "{claims}: {run:?}");
    }
}

/// A listener that nobody should come to, and how often somebody did.
fn trap() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let visits = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&visits);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            seen.fetch_add(1, Ordering::SeqCst);
            let _ = stream.unwrap().read(&mut [0; 1024]);
        }
    });
    (address, visits)
}

#[test]
fn no_token_is_told_to_anybody() {
    let (address, visits) = trap();
    let mut shop = Shop::with_device().env("NRFCLOUD_API_URL", &address);
    for proxy in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        shop = shop.env(proxy, &address);
    }
    let key = format!("certs/{DEVICE}.key.pem");
    let issuer = format!("{address}/.well-known/openid-configuration");
    let token = shop.ok(&["jwt", "sign", "--key", &key, "--device-id", DEVICE, "--iss", &issuer]);
    let token = token.trim();
    shop.ok(&["jwt", "inspect", token]);
    shop.ok(&["jwt", "verify", token, "--key", &key, "--device-id", DEVICE]);
    shop.run(&["jwt", "explain", token, "--key", &key]);
    assert_eq!(visits.load(Ordering::SeqCst), 0);
    // The trap works.
    shop.command(&["device", "list"]).env("NRFCLOUD_API_KEY", API_KEY).output().unwrap();
    assert_ne!(visits.load(Ordering::SeqCst), 0);
}

#[test]
fn an_authority_has_no_empty_names() {
    let shop = Shop::new();
    shop.ok(&["ca", "create", "--cn", "Test"]);
    let authority = shop.ok(&["cert", "show", "ca-cert.crt.pem"]);
    for attribute in ["C=", "ST=", "L=", "O=", "OU=", "CN="] {
        assert!(
            !authority.contains(&format!("{attribute},")) && !authority.contains(&format!("{attribute}\n")),
            "{authority}"
        );
    }
}

#[test]
fn an_empty_slot_that_is_deleted_is_a_refusal_with_its_reason() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    let run = shop.run(&["modem", "delete", "--sec-tag", "9", "--type", "cert"]);
    assert_eq!((run.code, run.stdout.as_str()), (6, ""), "{run:?}");
    assert!(
        run.stderr.contains("AT%CMNG=3,9,1: +CME ERROR: 513 (") && run.stderr.contains("\nhelp: "),
        "{run:?}"
    );
}

#[test]
fn what_is_asked_for_arrives_and_every_poll_can_be_seen() {
    let cloud = CloudSim::with_bulk_delay("1000");
    let shop = Shop::with_authority().at(&cloud);
    shop.issue(DEVICE, &["--csv", "onboard.csv", "--sub-type", "tracker", "--tags", "a|b"]);
    let run = shop.run(&["-v", "device", "onboard", "onboard.csv", "--wait"]);
    assert_eq!(run.code, 0, "{run:?}");
    let polls =
        run.stderr.lines().filter(|line| line.starts_with("trace: ") && line.contains(" after ")).count();
    assert!(polls >= 2, "{run:?}");
    let device = shop.json(&["device", "show", DEVICE]);
    assert_eq!(device["subType"], "tracker", "{device}");
    assert_eq!(device["tags"], serde_json::json!(["a", "b"]), "{device}");
}

#[test]
fn a_cloud_that_fails_is_never_success() {
    for (fault, args, code) in [
        ("status 500 on GET /v1/bulk-ops-requests*", &["device", "onboard", "onboard.csv", "--wait"][..], 7),
        (
            "status 503 on GET /v1/bulk-ops-requests*",
            &["device", "onboard", "onboard.csv", "--wait", "--timeout", "3s"],
            8,
        ),
        ("status 503 on GET /v1/devices*", &["device", "list"], 8),
        ("status 401 on POST /v1/devices*", &["device", "onboard", "onboard.csv"], 7),
        ("bulk fail 1", &["device", "onboard", "onboard.csv", "--wait"], 7),
        ("bulk stall", &["device", "onboard", "onboard.csv", "--wait", "--timeout", "2s"], 8),
        ("html", &["device", "list"], 8),
    ] {
        let mut sim =
            Sim::start(&["cloud", "--bulk-delay", "100", "--fault", fault], &[("NRFCLOUD_API_KEY", API_KEY)]);
        let shop = Shop::with_device().env("NRFCLOUD_API_URL", sim.line()).env("NRFCLOUD_API_KEY", API_KEY);
        let run = shop.run(args);
        assert_eq!(run.code, code, "{fault}: {run:?}");
        assert!(run.stderr.contains("error: "), "{fault}: {run:?}");
    }
}
