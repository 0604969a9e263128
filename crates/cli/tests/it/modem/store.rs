//! What a modem stores: shown by type, and deleted as a whole.

use crate::support::{DEVICE, ModemSim, Shop};

#[test]
fn everything_of_a_users_is_deleted_when_it_is_meant() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::with_device().env("NRFCLOUD_PORT", &kit.port);
    let certificate = format!("certs/{DEVICE}.crt.pem");
    shop.ok(&["modem", "at", "AT+CFUN=1"]);
    for (tag, kind, file) in
        [("42", "ca", "ca-cert.crt.pem"), ("42", "cert", &certificate), ("43", "ca", "ca-cert.crt.pem")]
    {
        shop.ok(&["modem", "write", "--sec-tag", tag, "--type", kind, file]);
    }
    shop.refused(
        &["modem", "delete", "--all"],
        2,
        "error: not confirmed, and so not done: delete 3 slots\nhelp: --yes does it without a question\n",
    );
    let dry = shop.run(&["modem", "delete", "--all", "--sec-tag", "42", "--dry-run"]);
    assert_eq!((dry.code, dry.stdout.as_str()), (0, ""));
    assert_eq!(
        dry.stderr,
        "note: would delete sec_tag 42, type 0 (root CA)\nnote: would delete sec_tag 42, type 1 (client certificate)\n"
    );
    assert_eq!(shop.ok(&["modem", "slots", "--type", "cert"]).lines().count(), 1);
    assert_eq!(
        shop.ok(&["modem", "delete", "--all", "--sec-tag", "42", "--yes"]),
        "42\t0 (root CA)\tdeleted\n42\t1 (client certificate)\tdeleted\n"
    );
    let all = shop.ok(&["modem", "delete", "--all", "--yes"]);
    assert!(all.starts_with("43\t0 (root CA)\tdeleted\n"), "{all}");
    // The modem's own stay, and are said to.
    assert!(all.contains("4294967293\t10 (Nordic identity root CA)\tkept\treserved\n"), "{all}");
    assert_eq!(shop.ok(&["modem", "at", "AT+CFUN?"]), "+CFUN: 1\n");

    // An empty store is no fault (peers fall over here).
    let run = shop.run(&["modem", "delete", "--all"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "note: no slot of a user's holds anything\n"), "{run:?}");
    let document = shop.json(&["modem", "delete", "--all", "--sec-tag", "42"]);
    assert_eq!(
        (&document["schema"], &document["slots"]),
        (&"nrfcloud.modem.delete".into(), &serde_json::json!([]))
    );
}

#[test]
fn a_slot_that_cannot_be_deleted_does_not_keep_the_others() {
    let kit = ModemSim::start(&["--fault", "error 514 on AT%CMNG=3,42* times 1"]);
    let shop = Shop::with_device().env("NRFCLOUD_PORT", &kit.port);
    for tag in ["42", "43"] {
        shop.ok(&["modem", "write", "--sec-tag", tag, "--type", "ca", "ca-cert.crt.pem"]);
    }
    let run = shop.run(&["modem", "delete", "--all", "--yes"]);
    assert_eq!(run.code, 9, "{run:?}");
    assert!(run.stdout.starts_with("42\t0 (root CA)\tfailed\tthe modem refused AT%CMNG=3,42,0: "), "{run:?}");
    assert!(run.stdout.contains("\n43\t0 (root CA)\tdeleted\n"), "{run:?}");
    assert!(
        run.stderr.starts_with("error: 1 of 2 slots are not deleted\nreason: the modem refused "),
        "{run:?}"
    );
    assert!(run.stderr.ends_with("help: look at what is left: nrfcloud modem slots\n"), "{run:?}");
}

#[test]
fn one_slot_has_a_tag_and_a_type() {
    let shop = Shop::new().env("NRFCLOUD_PORT", "/dev/does-not-exist");
    for args in [&["--sec-tag", "1"][..], &["--type", "ca"], &["--all", "--type", "ca"], &[]] {
        assert_eq!(shop.run(&[&["modem", "delete"], args].concat()).code, 2, "{args:?}");
    }
    shop.refused(
        &["modem", "slots", "--type", "certificate"],
        3,
        "error: \"certificate\": it is neither ca, cert, key, psk or psk-id nor the number of a type\n\
         help: the value of `--type <TYPE>` is refused; --help tells what it takes\n",
    );
}

#[test]
fn the_store_of_a_kit_without_a_modem_is_emptied_too() {
    let kit = ModemSim::start(&["--mode", "tls-shell"]);
    let shop = Shop::with_authority().env("NRFCLOUD_PORT", &kit.port);
    for tag in ["42", "43"] {
        shop.ok(&["modem", "write", "--sec-tag", tag, "--type", "ca", "ca-cert.crt.pem"]);
    }
    let all = shop.ok(&["modem", "delete", "--all", "--yes"]);
    assert_eq!(all, "42\t0 (root CA)\tdeleted\n43\t0 (root CA)\tdeleted\n");
    assert_eq!(shop.ok(&["modem", "slots"]), "");
}
