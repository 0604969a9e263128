//! `modem slots`: what each slot is, by the files of this host and by what the modem gives.

use crate::support::{DEVICE, ModemSim, Shop};

/// The last column of the slot.
fn identity(shop: &Shop, slot: &str, args: &[&str]) -> String {
    let stdout = shop.ok(&[&["modem", "slots"], args].concat());
    let line =
        stdout.lines().find(|line| line.starts_with(slot)).unwrap_or_else(|| panic!("{slot} in {stdout}"));
    line.split('\t').nth(3).unwrap().to_owned()
}

/// A kit with a device's certificate and that of its authority.
fn furnished() -> (ModemSim, Shop) {
    let kit = ModemSim::start(&[]);
    let shop = Shop::with_device().env("NRFCLOUD_PORT", &kit.port);
    let certificate = format!("certs/{DEVICE}.crt.pem");
    shop.ok(&["modem", "write", "--sec-tag", "42", "--type", "cert", &certificate]);
    shop.ok(&["modem", "write", "--sec-tag", "42", "--type", "ca", "ca-cert.crt.pem"]);
    (kit, shop)
}

/// The end of validity as `cert show` tells it.
fn expiry(shop: &Shop, file: &str) -> String {
    let document = shop.json(&["cert", "show", file]);
    document["items"][0]["not_after"].as_str().unwrap()[..10].to_owned()
}

#[test]
fn certificates_are_known_again_by_the_files_of_this_host() {
    let (_kit, shop) = furnished();
    let file = format!("certs/{DEVICE}.crt.pem");
    assert_eq!(
        identity(&shop, "42\t1 ", &[]),
        format!(
            "device certificate CN={DEVICE}, expires {}, issued by our CA (ca-cert.crt.pem), as in {file}, with LF line breaks",
            expiry(&shop, &file)
        )
    );
    assert!(identity(&shop, "42\t0 ", &[]).starts_with("CA certificate "));
    let document = shop.json(&["modem", "slots", "--sec-tag", "42"]);
    assert_eq!(document["schema"], "nrfcloud.modem.slots");
    let slots = document["slots"].as_array().unwrap();
    let device = slots.iter().find(|slot| slot["type"] == 1).unwrap();
    assert_eq!(device["identity"]["file"], file.as_str());
    assert_eq!(device["identity"]["certificates"][0]["issuer_file"], "ca-cert.crt.pem");
}

#[test]
fn a_row_of_a_csv_is_named_before_any_file() {
    let (_kit, shop) = furnished();
    let line = identity(&shop, "42\t1 ", &["--csv", "onboard.csv"]);
    assert!(line.contains(", as in onboard.csv, line 1, "), "{line}");
}

#[test]
fn without_a_copy_the_modem_is_asked() {
    let (kit, shop) = furnished();
    let elsewhere = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    let line = identity(&elsewhere, "42\t1 ", &[]);
    let file = format!("certs/{DEVICE}.crt.pem");
    assert_eq!(
        line,
        format!(
            "device certificate CN={DEVICE}, expires {}, issued by {}",
            expiry(&shop, &file),
            shop.json(&["cert", "show", &file])["items"][0]["issuer"].as_str().unwrap()
        )
    );
    // A directory that is named is looked through.
    let there = shop.path("certs");
    let line = identity(&elsewhere, "42\t1 ", &["--local", there.to_str().unwrap()]);
    assert!(line.contains(".crt.pem, with LF line breaks"), "{line}");
}

#[test]
fn the_authorities_of_nrf_cloud_are_known_without_a_copy() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    // The modem's own slot holds it (facts: 10 of the modem's).
    assert_eq!(identity(&shop, "4294967293\t10 ", &[]), "Amazon Root CA 1, with LF line breaks");
    assert_eq!(identity(&shop, "4294967294\t6 ", &[]), "the modem's own");
}

#[test]
fn a_shell_stores_another_spelling_of_the_same_text() {
    let kit = ModemSim::start(&["--mode", "at-shell"]);
    let shop = Shop::with_authority().env("NRFCLOUD_PORT", &kit.port);
    shop.ok(&["modem", "write", "--sec-tag", "42", "--type", "ca", "ca-cert.crt.pem"]);
    let line = identity(&shop, "42\t0 ", &[]);
    assert!(line.ends_with(", as in ca-cert.crt.pem, with CR LF line breaks"), "{line}");
}

#[test]
fn keys_and_other_spellings() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    shop.ok(&["modem", "keygen", "--sec-tag", "7"]);
    assert!(identity(&shop, "7\t2 ", &[]).starts_with("a private key; "));
    shop.write("psk.txt", "5c2b1f9d\n");
    shop.ok(&["modem", "write", "--sec-tag", "8", "--type", "psk", "psk.txt"]);
    assert_eq!(identity(&shop, "8\t3 ", &[]), "unknown");
    assert_eq!(identity(&shop, "8\t3 ", &["--local", "psk.txt"]), "PSK, as in psk.txt");
    let run = shop.run(&["modem", "slots", "--local", "missing.pem"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (3, "error: no such file: missing.pem\nhelp: check the path, or give `-` for standard input\n")
    );
}
