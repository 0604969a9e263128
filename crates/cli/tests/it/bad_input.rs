//! Bad input of every kind: the exit code and the whole of stderr, and nothing left behind.

use std::fs;
use std::time::Duration;

use crate::support::{CloudSim, DEVICE, ModemSim, Shop, fixture, nobody, server};

/// Runs `cert issue` with this key of the authority, and asserts that it leaves the directory as it was.
fn issue_with_key(shop: &Shop, key: &str, code: i32, stderr: &str) {
    let before = shop.files();
    shop.refused(
        &[
            "cert",
            "issue",
            "--ca",
            "ca-cert.crt.pem",
            "--ca-key",
            key,
            "--device-id",
            DEVICE,
            "--csv",
            "onboard.csv",
        ],
        code,
        stderr,
    );
    assert_eq!(shop.files(), before);
}

#[test]
fn files_that_are_missing_empty_or_no_files() {
    let shop = Shop::with_authority();
    shop.write("empty.pem", "");
    shop.write("blank.pem", " \r\n\n");
    fs::create_dir(shop.path("directory")).unwrap();
    issue_with_key(
        &shop,
        "missing.pem",
        3,
        "error: no such file: missing.pem\nhelp: check the path, or give `-` for standard input\n",
    );
    issue_with_key(
        &shop,
        "empty.pem",
        3,
        "error: nothing in it: empty.pem\nhelp: check what was to write it\n",
    );
    issue_with_key(
        &shop,
        "blank.pem",
        3,
        "error: nothing in it: blank.pem\nhelp: check what was to write it\n",
    );
    issue_with_key(
        &shop,
        "directory",
        3,
        "error: a directory, not a file: directory\nhelp: name a file in it\n",
    );
    issue_with_key(&shop, "-", 3, "error: nothing in it: standard input\nhelp: check what was to write it\n");
}

#[test]
#[cfg(unix)]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Shop::with_authority();
    shop.write("secret.pem", "x");
    fs::set_permissions(shop.path("secret.pem"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(shop.path("secret.pem")).is_ok() {
        eprintln!("NOT TESTED: this user may read everything");
        return;
    }
    issue_with_key(
        &shop,
        "secret.pem",
        3,
        "error: cannot read secret.pem: Permission denied (os error 13)\nhelp: check who may read it\n",
    );
}

#[test]
fn keys_of_another_kind_say_what_they_are() {
    let shop = Shop::with_authority();
    for (fixture_name, kind) in [
        ("pki/foreign/secp384r1-pkcs8.pem", "a P-384 key"),
        ("pki/foreign/secp384r1-sec1.pem", "a P-384 key"),
        ("pki/foreign/rsa-2048-pkcs8.pem", "an RSA 2048 key"),
        ("pki/foreign/secp256k1-pkcs8.pem", "a secp256k1 key"),
    ] {
        fs::copy(fixture(fixture_name), shop.path("key.pem")).unwrap();
        issue_with_key(
            &shop,
            "key.pem",
            3,
            &format!(
                "error: key.pem: block 1, line 1: this is {kind}; nRF Cloud needs P-256 (prime256v1)\n\
                 help: make one that fits: nrfcloud key create --out key.pem\n"
            ),
        );
    }
}

#[test]
fn an_encrypted_key_and_no_key_at_all() {
    let shop = Shop::with_authority();
    fs::copy(fixture("pki/keys/encrypted-pbkdf2.pem"), shop.path("key.pem")).unwrap();
    issue_with_key(
        &shop,
        "key.pem",
        3,
        "error: key.pem: block 1, line 1: the private key is encrypted, a passphrase is needed\n\
         help: give the file with its passphrase: --passphrase-file FILE\n",
    );
    shop.refused(
        &["device", "register-key", "--device-id", DEVICE, "--key", "key.pem", "--dry-run"],
        3,
        "error: key.pem: block 1, line 1: the private key is encrypted, a passphrase is needed\n\
         help: write it without a passphrase first: openssl pkcs8 -in key.pem -out plain.key.pem\n",
    );
    shop.write("html.pem", "<!DOCTYPE html><p>Sign in</p>");
    let run = shop.run(&["key", "public", "html.pem"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""));
    assert!(run.stderr.starts_with("error: html.pem: "), "{run:?}");
}

#[test]
fn damage_that_leaves_no_doubt_is_repaired_and_told() {
    let shop = Shop::new();
    let good = fs::read_to_string(fixture("pki/keys/public.pem")).unwrap();
    let repaired = |bytes: &[u8], warning: &str| {
        shop.write("key.pem", bytes);
        let run = shop.run(&["key", "public", "key.pem"]);
        assert_eq!(run.stderr, format!("warning: key.pem: {warning}; read all the same\n"));
        assert_eq!((run.code, run.stdout.as_str()), (0, good.as_str()));
    };
    repaired(format!("\u{feff}{good}").as_bytes(), "the file begins with a byte order mark");
    repaired(format!("{}\n", good.replace('\n', "")).as_bytes(), "block 1 has lost its line breaks");
    repaired(good.trim_end().as_bytes(), "the final line break, which is part of the format, is missing");
    // Every modem and every Windows writes these: told with -v only.
    shop.write("key.pem", good.replace('\n', "\r\n"));
    let run = shop.run(&["key", "public", "key.pem"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, good.as_str(), ""));
    assert!(
        shop.run(&["-v", "key", "public", "key.pem"])
            .stderr
            .contains("the line ends are CR LF instead of LF")
    );
}

#[test]
fn csv_files_with_marks_headers_and_carriage_returns() {
    let shop = Shop::with_device();
    let row = shop.read("onboard.csv");
    let check = |content: String, stdout: &str, count: &str| {
        shop.write("x.csv", content);
        let run = shop.run(&["device", "check", "x.csv"]);
        assert_eq!(run.stdout, stdout);
        assert_eq!(
            run.stderr,
            format!(
                "error: {count} in x.csv\n\
                 help: mend the lines that are named; `nrfcloud cert issue --csv` writes rows that keep to the rules\n"
            )
        );
        assert_eq!(run.code, 3);
    };
    check(
        format!("\u{feff}{row}"),
        "x.csv:1:1: a byte order mark (BOM) stands before the first device ID\n",
        "1 problem",
    );
    check(
        format!("deviceId,subType,tags,fwTypes,certPem\n{row}"),
        "x.csv:1:1: a header row; the first row must be a device\n",
        "1 problem",
    );
    check(
        row.replacen(DEVICE, "", 1),
        "x.csv:1:1: device ID \"\": is empty; the rule is ^[a-z0-9:_-]{1,128}$, upper or lower case\n",
        "1 problem",
    );
    check(
        row.replacen(DEVICE, "nrf-mine", 1),
        &format!(
            "x.csv:1:1: device ID \"nrf-mine\": `nrf-` is reserved for Nordic's kits; the rule is nrf- and the 15 digits of the IMEI, check digit included\n\
             x.csv:1:14: the certificate's CN is \"{DEVICE}\", the device ID is \"nrf-mine\"; over MQTT the two must be the same\n"
        ),
        "2 problems",
    );
    shop.write("crlf.csv", row.replace('\n', "\r\n"));
    assert_eq!(shop.ok(&["device", "check", "crlf.csv"]), "crlf.csv: 1 good onboarding row\n");
}

#[test]
fn device_ids_that_break_the_rule() {
    let shop = Shop::with_authority();
    let before = shop.files();
    let issue = |id: &str, message: &str| {
        shop.refused(
            &["cert", "issue", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem", "--device-id", id],
            3,
            &format!(
                "error: {message}; the rule is ^[a-z0-9:_-]{{1,128}}$, upper or lower case\n\
                 help: the value of `--device-id <ID>` is refused; --help tells what it takes\n"
            ),
        );
    };
    issue("", "device ID \"\": is empty");
    issue("my board", "device ID \"my board\": ' ' at position 3 is not allowed");
    issue(
        &"a".repeat(129),
        &format!("device ID \"{}\"…: has 129 characters where 128 are allowed", "a".repeat(48)),
    );
    // Good for nRF Cloud, too long for the CN of a certificate.
    let long = "a".repeat(65);
    shop.refused(
        &["cert", "issue", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem", "--device-id", &long],
        3,
        &format!(
            "error: the device ID `{long}` has 65 characters; the common name of a certificate holds 64\n\
             help: give a --device-id that keeps to the rule; a UUID does\n"
        ),
    );
    assert_eq!(shop.files(), before);
}

#[test]
fn an_existing_output_file_stays() {
    let shop = Shop::with_device();
    let before = shop.files();
    shop.refused(
        &["cert", "issue", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem", "--device-id", DEVICE],
        3,
        &format!(
            "error: file exists: certs/{DEVICE}.crt.pem\nhelp: give --force to overwrite it, or write to another place\n"
        ),
    );
    shop.refused(
        &["key", "create", "--out", "ca-cert.key.pem"],
        3,
        "error: file exists: ca-cert.key.pem\nhelp: give --force to overwrite it, or write to another place\n",
    );
    shop.refused(
        &["key", "create", "--out", "certs"],
        3,
        "error: a directory, not a file: certs\nhelp: name a file in it\n",
    );
    assert_eq!(shop.files(), before);
}

#[test]
fn keys_that_do_not_belong_together() {
    let shop = Shop::with_device();
    issue_with_key(
        &shop,
        &format!("certs/{DEVICE}.key.pem"),
        3,
        "error: the private key does not belong to the certificate of the authority\n\
         help: give the key that was made with this certificate\n",
    );
}

#[test]
fn standard_input_is_read_once() {
    let shop = Shop::with_authority();
    let certificate = shop.read("ca-cert.crt.pem");
    shop.refused_with(
        &["cert", "issue", "--ca", "-", "--ca-key", "-", "--device-id", DEVICE],
        certificate.as_bytes(),
        3,
        "error: `-` is given twice, and standard input can be read once only\nhelp: give one of the two as a file\n",
    );
}

#[test]
fn a_port_that_does_not_exist_and_one_that_is_none() {
    let shop = Shop::new();
    for (port, message) in [
        ("/dev/does-not-exist", "port `/dev/does-not-exist` does not exist"),
        ("/tmp", "port `/tmp` is a directory"),
        ("/dev/null", "port `/dev/null` is not a serial port"),
    ] {
        shop.refused(
            &["modem", "info", "--port", port],
            5,
            &format!("error: {message}\nhelp: nrfcloud modem ports lists the ports of this host\n"),
        );
    }
}

#[test]
fn a_port_that_is_not_to_be_found() {
    let shop = Shop::new();
    shop.refused(
        &["modem", "info", "--port", "no-such-kit"],
        5,
        "error: no port of this host is `no-such-kit`\nhelp: nrfcloud modem ports lists the ports of this host\n",
    );
    for (port, rule) in [
        ("http://bench:80", "an address begins with tcp:// or rfc2217://"),
        ("1366:105", "VID:PID are four hexadecimal digits each"),
    ] {
        shop.refused(
            &["modem", "info", "--port", port],
            3,
            &format!(
                "error: `{port}` is no port: {rule}\n\
                 help: give a path, a USB serial number, VID:PID, auto, tcp://HOST:PORT or rfc2217://HOST:PORT\n"
            ),
        );
    }
}

#[test]
fn a_port_that_never_answers() {
    let kit = ModemSim::start(&["--mute"]);
    let run = Shop::new().run(&["modem", "info", "--port", &kit.port]);
    // How long it really took is told: as long as a silent port is tried, and a little more.
    let (before, rest) = run.stderr.split_once("within ").unwrap();
    let (milliseconds, after) = rest.split_once(' ').unwrap();
    let waited = Duration::from_millis(milliseconds.parse().unwrap());
    assert!(waited >= modem_at::Options::PROBE_TIMEOUT, "{run:?}");
    assert_eq!(
        format!("{before}{after}"),
        format!(
            "error: nothing on port `{}` answered AT ms: the port is silent\n\
             help: try the kit's other ports (nrfcloud modem ports), and check that its firmware takes AT commands: at_client does\n",
            kit.port
        ),
    );
    assert_eq!((run.code, run.stdout.as_str()), (5, ""));
}

#[test]
fn a_server_that_is_not_there() {
    let url = nobody();
    let shop = Shop::new().env("NRFCLOUD_API_URL", &url).env("NRFCLOUD_API_KEY", "key");
    shop.refused(
        &["device", "list"],
        8,
        &format!(
            "error: ListDevices at {}: could not connect\n\
             help: check the network and the address: --api-url or NRFCLOUD_API_URL\n",
            url.strip_suffix("/v1").unwrap()
        ),
    );
    assert!(shop.files().is_empty());
}

#[test]
fn a_server_that_answers_html() {
    let help = "help: this is not nRF Cloud's answer: check --api-url or NRFCLOUD_API_URL, and for a proxy\n";
    let ok = server(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\nconnection: close\r\n\r\n<html>Hi</html>",
    );
    Shop::new().env("NRFCLOUD_API_URL", ok).env("NRFCLOUD_API_KEY", "key").refused(
        &["device", "list"],
        8,
        &format!("error: ListDevices: answered with HTML, not JSON: is this a proxy? (status 200)\n{help}"),
    );
    let forbidden = server(
        "HTTP/1.1 403 No\r\ncontent-type: text/html\r\ncontent-length: 15\r\nconnection: close\r\n\r\n<html>No</html>",
    );
    Shop::new().env("NRFCLOUD_API_URL", forbidden).env("NRFCLOUD_API_KEY", "key").refused(
        &["device", "list"],
        8,
        &format!("error: ListDevices was refused with status 403: answered with HTML, not JSON: is this a proxy?\n{help}"),
    );
}

#[test]
fn an_upload_whose_answer_is_lost_is_not_sent_again() {
    let shop = Shop::with_device();
    // Takes the request, and hangs up.
    let shop = shop.env("NRFCLOUD_API_URL", server("")).env("NRFCLOUD_API_KEY", "key");
    let run = shop.run(&["device", "onboard", "onboard.csv"]);
    assert_eq!((run.code, run.stdout.as_str()), (8, ""), "{run:?}");
    assert!(
        run.stderr.ends_with(
            "help: it may have been taken: look with `nrfcloud bulk list` before you send it again\n"
        ),
        "{run:?}"
    );
}

/// What cannot be found in the list is not sent again before the list can be read.
#[test]
fn an_upload_that_may_have_been_taken_is_looked_for_first() {
    let faults = [
        "--fault",
        "reset after on POST /v1/devices",
        "--fault",
        "status 500 on GET /v1/bulk-ops-requests skip 1 times 9",
    ];
    let cloud = CloudSim::with_args(&faults);
    let shop = Shop::with_device().at(&cloud);
    let run = shop.run(&["device", "onboard", "onboard.csv", "--wait"]);
    assert_eq!((run.code, run.stdout.as_str()), (7, ""), "{run:?}");
    let help = "help: run the same command again: it goes on, and looks for what was taken before it sends anything\n";
    assert!(run.stderr.ends_with(help), "{run:?}");
}

#[test]
fn no_api_key_and_one_that_cannot_be_one() {
    let shop = Shop::new();
    shop.refused(
        &["device", "list"],
        4,
        "error: no API key\n\
         help: set NRFCLOUD_API_KEY, or give --api-key-file; the key stands in the portal under Team Details\n",
    );
    shop.write("key", "two words\n");
    let run = shop.run(&["-q", "device", "list", "--api-key-file", "key"]);
    assert_eq!(run.code, 4);
    assert_eq!(
        run.stderr,
        "error: in key: the API key has a character at position 4 that a bearer token cannot have (RFC 6750, 2.1)\n\
         help: copy the API key again from the portal, Team Details\n"
    );
    shop.refused(
        &["device", "list", "--api-key-file", "missing"],
        4,
        "error: no such file: missing\nhelp: check the path, or give `-` for standard input\n",
    );
}

#[test]
fn a_refusal_names_the_value() {
    let shop = Shop::with_authority().env("NRFCLOUD_API_KEY", "key");
    let issue = |days: &'static str| {
        [
            "cert",
            "issue",
            "--ca",
            "ca-cert.crt.pem",
            "--ca-key",
            "ca-cert.key.pem",
            "--device-id",
            DEVICE,
            "--days",
            days,
        ]
    };
    for (args, message, argument) in [
        (&issue("abc")[..], "\"abc\": invalid digit found in string", "--days <DAYS>"),
        (&issue("-1"), "-1 is not in 0..=4294967295", "--days <DAYS>"),
        (
            &[
                "agnss", "fetch", "--token", "a.b.c", "--mcc", "99999", "--mnc", "1", "--tac", "1", "--eci",
                "1",
            ],
            "99999 is not in 0..=65535",
            "--mcc <MCC>",
        ),
        (&["device", "list", "--api-url", "foo"], "\"foo\": relative URL without a base", "--api-url <URL>"),
        (
            &["sim", "cloud", "--listen", "foo"],
            "\"foo\": invalid socket address syntax",
            "--listen <ADDRESS>",
        ),
    ] {
        shop.refused(
            args,
            3,
            &format!(
                "error: {message}\nhelp: the value of `{argument}` is refused; --help tells what it takes\n"
            ),
        );
    }
    let shop = shop.env("NRFCLOUD_API_URL", "foo");
    shop.refused(
        &["device", "list"],
        3,
        "error: NRFCLOUD_API_URL \"foo\": relative URL without a base\n\
         help: set it to an address such as https://api.nrfcloud.com, or unset it\n",
    );
    // Empty is as good as unset: the address is that of nRF Cloud, and the API key comes next.
    let shop = Shop::new().env("NRFCLOUD_API_URL", "");
    assert_eq!(shop.run(&["device", "list"]).code, 4);
}

#[test]
fn credentials_do_not_go_in_clear_to_another_host() {
    let shop = Shop::new().env("NRFCLOUD_API_KEY", "key");
    // Documentation addresses (RFC 5737, RFC 3849), where nobody is.
    for url in ["http://192.0.2.1/v1", "http://[2001:db8::1]/v1", "http://localhost.example/v1"] {
        shop.refused(
            &["device", "list", "--api-url", url],
            3,
            &format!(
                "error: {url} is plain http: whoever is on the way reads the credentials\n\
                 help: give an https address; --allow-http sends them all the same\n"
            ),
        );
    }
    let url = nobody();
    assert_eq!(shop.run(&["device", "list", "--api-url", &url]).code, 8);
    assert_eq!(shop.run(&["device", "list", "--api-url", &url.replace("127.0.0.1", "localhost")]).code, 8);
}
