//! No secret leaves by stdout, stderr, a log, the ledger or a bundle, however much the command says.

use std::fs::{self, File};
use std::path::Path;

use base64ct::{Base64, Encoding};

use crate::support::{API_KEY, CloudSim, DEVICE, ModemSim, Shop, Sim};

const PSK: &str = "5c2b1f9d8e7a4b3c2d1e0f5c2b1f9d8e";
const AUTH_TOKEN: &str = "oat_5f1e0c3a7b9d2468";
const PASSPHRASE: &str = "correct horse battery staple";

/// Files of the day that are there to hold a secret. All others may be handed on.
const KEEPERS: [&str; 7] =
    [".key.pem", "made.pem", "psk.txt", "passphrase", "token.jwt", "tokens.csv", "oat.txt"];

/// A whole day's work with `-v`, and what it printed.
fn transcript(shop: &Shop, token: &str) -> String {
    let key = format!("certs/{DEVICE}.key.pem");
    let certificate = format!("certs/{DEVICE}.crt.pem");
    let authority = ["--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem"];
    let locked = ["--ca", "locked/ca-cert.crt.pem", "--ca-key", "locked/ca-cert.key.pem"];
    let provision = [&["provision", "--csv", "line.csv", "--onboard"][..], &authority].concat();
    let again = [&provision[..], &["--if-exists", "replace", "--start-over"]].concat();
    let issue = [
        &[
            "cert",
            "issue",
            "--device-id",
            "second",
            "--csv",
            "onboard.csv",
            "--passphrase-file",
            "passphrase",
        ][..],
        &locked,
    ]
    .concat();
    let runs: &[&[&str]] = &[
        &["ca", "create", "--cn", "Locked", "--passphrase-file", "passphrase", "--out", "locked"],
        &issue,
        &[
            "cert",
            "issue",
            "--device-id",
            "third",
            "--ca",
            "locked/ca-cert.crt.pem",
            "--ca-key",
            "locked/ca-cert.key.pem",
            "--passphrase-file",
            "psk.txt",
        ],
        &["cert", "show", &key],
        &["cert", "show", "locked/ca-cert.key.pem"],
        &["cert", "show", &certificate],
        &["key", "public", &key],
        &["key", "create", "--out", "made.pem"],
        &["cert", "verify", &certificate, "--ca", "ca-cert.crt.pem"],
        &["cert", "verify", &key, "--ca", "ca-cert.key.pem"],
        &["jwt", "verify", "a.b.c", "--key", &key],
        &["jwt", "inspect", "-"],
        &["jwt", "verify", "-", "--key", &key],
        &["jwt", "verify", "-", "--key", "ca-cert.key.pem"],
        &["device", "check", "onboard.csv"],
        &["device", "check", &key],
        &["device", "check", &key, "--fix", "fixed.csv"],
        &["device", "onboard", "onboard.csv", "--wait"],
        &["device", "onboard", "onboard.csv", "--wait", "--json", "--force"],
        &["device", "onboard", &key],
        &["device", "onboard", "--device-id", DEVICE, "--cert", &key],
        &["device", "register-key", "--device-id", DEVICE, "--key", &key, "--wait"],
        &["device", "list"],
        &["device", "show", DEVICE],
        &["device", "show", "nobody"],
        &["bulk", "list"],
        &["jwt", "explain", "-", "--key", &key, "--online"],
        &["jwt", "explain", "-", "--key", "ca-cert.key.pem", "--csv", "onboard.csv", "--online", "--json"],
        &["agnss", "fetch", "--token", "-", "--types", "1", "-o", "by-token.bin"],
        &["agnss", "fetch", "--key", &key, "--device-id", DEVICE, "--types", "1", "-o", "data.bin"],
        &["agnss", "fetch", "--key", "ca-cert.key.pem", "--device-id", DEVICE, "--types", "1"],
        &["agnss", "decode", &key],
        &["pgps", "fetch", "--key", &key, "--device-id", DEVICE, "-o", "predictions.bin"],
        &["pgps", "fetch", "--token", "-", "-o", "by-token.pgps"],
        &[
            "location",
            "fix",
            "--key",
            &key,
            "--device-id",
            DEVICE,
            "--mcc",
            "242",
            "--mnc",
            "02",
            "--tac",
            "2305",
            "--eci",
            "33703712",
        ],
        &["pgps", "fetch", "--auth-token-file", "oat.txt", "--org", "acme", "--project", "line-1"],
        &["agnss", "fetch", "--auth-token-file", "oat.txt", "--org", "acme"],
        &["location", "fix", "--port", "auto", "--auth-token-file", "oat.txt", "--cells", "{}"],
        &["fota", "bundles"],
        &["modem", "info"],
        &["modem", "write", "--sec-tag", "42", "--type", "key", &key],
        &["modem", "write", "--sec-tag", "42", "--type", "cert", &certificate],
        &["modem", "write", "--sec-tag", "43", "--type", "psk", "psk.txt"],
        &["modem", "write", "--sec-tag", "43", "--type", "psk", "psk.txt", "--dry-run"],
        &["modem", "slots"],
        &["modem", "slots", "--local", "certs"],
        &["modem", "keygen", "--sec-tag", "42"],
        &["modem", "time"],
        &["modem", "at", "AT%CMNG=2,42,2"],
        &["modem", "at", "--script", "psk.txt"],
        &["claim", "gather", "--csv", "tokens.csv", "--transcript", "transcript.jsonl"],
        &["claim", "gather", "--csv", "tokens.csv", "--json"],
        &["claim", "gather", "--csv", "psk.txt"],
        &["claim", "check", "tokens.csv"],
        &["claim", "upload", "tokens.csv", "--tag", "bench"],
        &["claim", "upload", "tokens.csv"],
        &["claim", "check", "tokens.csv", "--json"],
        &["claim", "check", "psk.txt"],
        &["claim", "upload", "-"],
        &["claim", "command", DEVICE, "--client-cert", &key],
        &["modem", "at", &format!("AT%CMNG=0,44,3,\"{PSK}\"")],
        &provision,
        &provision,
        &again,
        &[
            "doctor",
            "--online",
            "--key",
            &key,
            "--csv",
            "onboard.csv",
            "--sec-tag",
            "42",
            "--bundle",
            "bundle",
        ],
        &["doctor", "--online", "--json", "--key", "ca-cert.key.pem"],
        &["ledger", "list"],
        &["ledger", "certificates", "--json"],
        &["ledger", "export", "--as", "json"],
        &["key", "public", "missing"],
    ];
    let mut all = String::new();
    for args in runs {
        let run = shop.run_with(&[args, &["-v"][..]].concat(), token.as_bytes());
        assert!(!run.stderr.contains("panicked"), "{args:?}: {run:?}");
        // What was typed is known to whoever typed it.
        let typed = args.join(" ").replace(PSK, "typed");
        all.push_str(&format!("$ {typed}\n{}\n{}\n{}\n", run.code, run.stdout, run.stderr));
    }
    all
}

/// What must not be found, with a name for each.
fn secrets(shop: &Shop, token: &str) -> Vec<(String, Vec<u8>)> {
    let mut secrets = vec![
        ("the API key".to_owned(), API_KEY.into()),
        ("the pre-shared key".to_owned(), PSK.into()),
        ("the organization auth token".to_owned(), AUTH_TOKEN.into()),
        ("the passphrase".to_owned(), PASSPHRASE.into()),
        ("a private key".to_owned(), b"PRIVATE KEY-----\nM".into()),
        ("the signature of a token".to_owned(), token.trim().rsplit('.').next().unwrap().into()),
    ];
    for name in shop.files().into_iter().filter(|name| name.ends_with(".key.pem") || name == "made.pem") {
        let pem = shop.read(&name);
        let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        secrets.extend(lines.iter().map(|line| (format!("a line of {name}"), line.as_bytes().to_vec())));
        if !pem.contains("ENCRYPTED") {
            // PKCS#8 of a P-256 key holds the scalar at octets 36 to 67.
            let der = Base64::decode_vec(&lines.concat()).unwrap();
            let scalar = &der[36..68];
            secrets.push((format!("the scalar of {name}"), scalar.to_vec()));
            for hex in [|byte: &u8| format!("{byte:02x}"), |byte: &u8| format!("{byte:02X}")] {
                let hex: String = scalar.iter().map(hex).collect();
                secrets.push((format!("the scalar of {name} in hexadecimal"), hex.into_bytes()));
            }
        }
    }
    secrets
}

/// Every file below a directory that is not there to hold a secret.
fn handed_on(directory: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        if path.is_dir() {
            handed_on(&path, found);
        } else if !KEEPERS.iter().any(|keeper| name.ends_with(keeper)) {
            found.push((name, fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn no_secret_is_left_by_a_whole_days_work() {
    let shop = Shop::with_device();
    let log = File::create(shop.path("cloud.log")).unwrap();
    let args = ["cloud", "--log", "--bulk-delay", "100"];
    let mut cloud =
        Sim::logged(&args, &[("NRFCLOUD_API_KEY", API_KEY), ("NRFCLOUD_AUTH_TOKEN", AUTH_TOKEN)], log.into());
    let kit = ModemSim::start(&[]);
    let shop = shop
        .env("NRFCLOUD_API_URL", cloud.line())
        .env("NRFCLOUD_API_KEY", API_KEY)
        .env("NRFCLOUD_PORT", &kit.port);
    shop.write("psk.txt", PSK);
    shop.write("oat.txt", AUTH_TOKEN);
    shop.write("passphrase", PASSPHRASE);
    let token = shop.ok(&["jwt", "sign", "--key", &format!("certs/{DEVICE}.key.pem"), "--device-id", DEVICE]);
    // Tokens that the modem signs and proofs of its identity are printed where they are asked for, and nowhere else.
    let mut traces = String::new();
    let mut asked_for = Vec::new();
    for args in [&["modem", "jwt"][..], &["modem", "attest"]] {
        let run = shop.run(&[args, &["-v", "--transcript", "transcript.jsonl"]].concat());
        assert_eq!(run.code, 0, "{run:?}");
        traces.push_str(&run.stderr);
        let secret = run.stdout.trim().rsplit('.').next().unwrap().trim_matches('"').to_owned();
        asked_for.push((format!("{args:?}"), secret.into_bytes()));
    }
    let all = transcript(&shop, &token);
    // The day was a day.
    for said in [
        "trace: API key from NRFCLOUD_API_KEY",
        "AT%CMNG=0,42,2,\"[241 bytes]\"",
        "verified: signed by ",
        "\tsucceeded\n",
    ] {
        assert!(all.contains(said), "no {said:?}: {all}");
    }
    assert!(fs::metadata(shop.path("bundle")).is_ok(), "{all}");
    let mut found =
        vec![("an output".to_owned(), all.into_bytes()), ("a trace".to_owned(), traces.into_bytes())];
    handed_on(&shop.path(""), &mut found);
    handed_on(shop.ledger().parent().unwrap(), &mut found);
    let names: Vec<&String> = found.iter().map(|(name, _)| name).collect();
    for kind in ["cloud.log", "bundle", "ledger.sqlite", "onboard.csv", "line.csv", "transcript.jsonl"] {
        assert!(names.iter().any(|name| name.ends_with(kind)), "no {kind} in {names:?}");
    }
    let mut secrets = secrets(&shop, &token);
    let tokens = shop.read("tokens.csv");
    for half in tokens.trim().split(',').nth(2).unwrap().split('.') {
        secrets.push(("half of an attestation token".to_owned(), half.into()));
    }
    secrets.extend(asked_for);
    for (secret, needle) in &secrets {
        for (place, hay) in &found {
            let is_there = hay.windows(needle.len()).any(|window| window == needle);
            assert!(!is_there, "{secret} is in {place}");
        }
    }
}

#[test]
fn an_api_key_that_is_refused_is_not_told() {
    let shop = Shop::new();
    for key in ["not a key but secret", "s\u{e9}cret-key"] {
        let run = shop.command(&["device", "list", "-v"]).env("NRFCLOUD_API_KEY", key).output().unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        assert_eq!(run.status.code(), Some(4));
        assert!(!text.contains("secret") && !text.contains("cret-key"), "{text}");
    }
}

#[test]
#[cfg(unix)]
fn an_api_key_file_that_others_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let cloud = CloudSim::start();
    let shop = Shop::new().env("NRFCLOUD_API_URL", &cloud.url).env("NRFCLOUD_API_KEY_FILE", "key");
    shop.write("key", format!("{API_KEY}\n"));
    fs::set_permissions(shop.path("key"), fs::Permissions::from_mode(0o644)).unwrap();
    let run = shop.run(&["device", "list"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "warning: others can read the API key: chmod 600 key\n"));
    fs::set_permissions(shop.path("key"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(shop.run(&["device", "list"]).stderr, "");
}
