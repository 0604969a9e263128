//! No secret leaves by stdout or stderr, however much the command says.

use std::fs;

use base64ct::{Base64, Encoding};

use crate::support::{API_KEY, CloudSim, DEVICE, ModemSim, Shop};

/// A whole day's work with `-v`, and what it printed.
fn transcript(shop: &Shop) -> String {
    let key = format!("certs/{DEVICE}.key.pem");
    let certificate = format!("certs/{DEVICE}.crt.pem");
    let runs: &[&[&str]] = &[
        &["cert", "show", &key],
        &["cert", "show", &certificate],
        &["key", "public", &key],
        &["key", "create", "--out", "made.pem"],
        &["cert", "verify", &certificate, "--ca", "ca-cert.crt.pem"],
        &["cert", "verify", &key, "--ca", "ca-cert.key.pem"],
        &["jwt", "sign", "--key", &key, "--device-id", DEVICE],
        &["jwt", "verify", "a.b.c", "--key", &key],
        &["device", "onboard", "onboard.csv", "--wait"],
        &["device", "onboard", "onboard.csv", "--wait", "--json", "--force"],
        &["device", "onboard", "--device-id", DEVICE, "--cert", &key],
        &["device", "register-key", "--device-id", DEVICE, "--key", &key, "--wait"],
        &["device", "check", "onboard.csv"],
        &["device", "check", &key],
        &["device", "list"],
        &["device", "show", DEVICE],
        &["device", "show", "nobody"],
        &["bulk", "list"],
        &["agnss", "fetch", "--key", &key, "--device-id", DEVICE, "--types", "1", "-o", "data.bin"],
        &["agnss", "fetch", "--key", "ca-cert.key.pem", "--device-id", DEVICE, "--types", "1"],
        &["agnss", "decode", &key],
        &["pgps", "fetch", "--key", &key, "--device-id", DEVICE, "-o", "predictions.bin"],
        &["modem", "info"],
        &["modem", "write", "--sec-tag", "42", "--type", "key", &key],
        &["modem", "write", "--sec-tag", "43", "--type", "psk", "psk.txt"],
        &["modem", "write", "--sec-tag", "43", "--type", "psk", "psk.txt", "--dry-run"],
        &["modem", "slots"],
        &["modem", "keygen", "--sec-tag", "42"],
        &["modem", "at", "AT%CMNG=2,42,2"],
        &["key", "public", "missing"],
    ];
    let mut all = String::new();
    for args in runs {
        let run = shop.run(&[args, &["-v"][..]].concat());
        all.push_str(&format!("{args:?} {}\n{}\n{}\n", run.code, run.stdout, run.stderr));
    }
    all
}

#[test]
fn no_key_is_printed_by_a_whole_days_work() {
    let cloud = CloudSim::start();
    let kit = ModemSim::start(&[]);
    let shop = Shop::with_device().at(&cloud).env("NRFCLOUD_PORT", &kit.port);
    let psk = "5c2b1f9d8e7a4b3c2d1e0f5c2b1f9d8e";
    shop.write("psk.txt", psk);
    let all = transcript(&shop);
    assert!(all.contains("trace: API key from NRFCLOUD_API_KEY"), "{all}");
    assert!(all.contains("AT%CMNG=0,42,2,\"[241 bytes]\""), "{all}");

    assert!(!all.contains(API_KEY), "the API key");
    assert!(!all.contains(psk), "the pre-shared key");
    assert!(!all.contains("PRIVATE KEY-----"), "a private key");
    for name in ["ca-cert.key.pem".to_owned(), format!("certs/{DEVICE}.key.pem"), "made.pem".to_owned()] {
        let pem = fs::read_to_string(shop.path(&name)).unwrap();
        for line in pem.lines().filter(|line| !line.starts_with("-----")) {
            assert!(!all.contains(line), "a line of {name}");
        }
        // PKCS#8 of a P-256 key holds the scalar at octets 36 to 67.
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = Base64::decode_vec(&body).unwrap();
        let hex: String = der[36..68].iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!all.to_lowercase().contains(&hex), "the scalar of {name}");
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
