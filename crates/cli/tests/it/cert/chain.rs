//! Authorities below authorities, and certificates that are verified through them.

use crate::support::Shop;

/// root > sub > low > device, each in a directory of its own.
fn chained() -> Shop {
    let shop = Shop::new();
    shop.ok(&["ca", "create", "--cn", "Root", "--out", "root"]);
    below(&shop, "root", "sub", &[]);
    below(&shop, "sub", "low", &["--path-length", "0"]);
    let (ca, key) = ("low/ca-cert.crt.pem", "low/ca-cert.key.pem");
    shop.ok(&["cert", "issue", "--ca", ca, "--ca-key", key, "--device-id", "device"]);
    shop
}

fn create<'a>(issuer: &'a [String; 2], name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args =
        ["ca", "create", "--cn", name, "--out", name, "--issuer", &issuer[0], "--issuer-key", &issuer[1]];
    [&args[..], more].concat()
}

fn authority(name: &str) -> [String; 2] {
    ["crt", "key"].map(|kind| format!("{name}/ca-cert.{kind}.pem"))
}

fn below(shop: &Shop, issuer: &str, name: &str, more: &[&str]) {
    shop.ok(&create(&authority(issuer), name, more));
}

const VERIFY: [&str; 5] = ["cert", "verify", "certs/device.crt.pem", "--ca", "root/ca-cert.crt.pem"];

fn verify<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&VERIFY[..], more].concat()
}

#[test]
fn a_certificate_is_verified_through_what_stands_between() {
    let shop = chained();
    let whole = "verified: /CN=device is issued by /CN=low, and that by /CN=sub, and that by /CN=Root\n";
    assert_eq!(
        shop.ok(&verify(&["--chain", "low/ca-cert.crt.pem", "--chain", "sub/ca-cert.crt.pem"])),
        whole
    );
    // In one file, in any order, with some that have nothing to do with it, and the root among them.
    let read = |name: &str| shop.read(&format!("{name}/ca-cert.crt.pem"));
    shop.ok(&["ca", "create", "--cn", "Other", "--out", "other"]);
    shop.write("chain.pem", read("root") + &read("other") + &read("sub") + &read("low"));
    assert_eq!(shop.ok(&verify(&["--chain", "chain.pem"])), whole);
    let document = shop.json(&verify(&["--chain", "chain.pem"]));
    assert_eq!(document["chain"], serde_json::json!(["/CN=low", "/CN=sub", "/CN=Root"]));
    // Whoever is trusted ends the way.
    assert_eq!(
        shop.ok(&["cert", "verify", "certs/device.crt.pem", "--ca", "low/ca-cert.crt.pem"]),
        "verified: /CN=device is issued by /CN=low\n"
    );
}

#[test]
fn openssl_verifies_the_chain_where_it_is_installed() {
    let shop = chained();
    let chain = shop.read("sub/ca-cert.crt.pem") + &shop.read("low/ca-cert.crt.pem");
    shop.write("chain.pem", chain);
    let run = std::process::Command::new("openssl")
        .arg("verify")
        .arg("-CAfile")
        .arg(shop.path("root/ca-cert.crt.pem"))
        .arg("-untrusted")
        .arg(shop.path("chain.pem"))
        .arg(shop.path("certs/device.crt.pem"))
        .output();
    match run {
        Ok(verify) => assert!(verify.status.success(), "{verify:?}"),
        Err(_) => eprintln!("NOT TESTED: there is no openssl on this machine"),
    }
}

#[test]
fn what_is_missing_in_a_chain_is_told() {
    let shop = chained();
    let help = "help: `nrfcloud cert show` shows subject, issuer and dates of both\n";
    let run = shop.run(&verify(&["--chain", "low/ca-cert.crt.pem"]));
    assert_eq!((run.code, run.stdout.as_str()), (10, ""));
    assert_eq!(
        run.stderr,
        format!(
            "error: the certificate is not verified: certs/device.crt.pem\n\
             reason: /CN=low: the certificate was issued by /CN=sub, not by /CN=Root\n\
             reason: /CN=low: the certificate is not signed by this key\n{help}"
        )
    );
    // Another authority of the same name.
    shop.ok(&["ca", "create", "--cn", "sub", "--out", "false"]);
    let run = shop.run(&verify(&["--chain", "low/ca-cert.crt.pem", "--chain", "false/ca-cert.crt.pem"]));
    assert_eq!(run.code, 10);
    assert!(run.stderr.contains("reason: /CN=low: the certificate is not signed by this key\n"), "{run:?}");
}

#[test]
fn a_root_in_the_chain_is_not_trusted_for_being_there() {
    let shop = chained();
    shop.ok(&["ca", "create", "--cn", "Other", "--out", "other"]);
    let whole = shop.read("low/ca-cert.crt.pem") + &shop.read("sub/ca-cert.crt.pem");
    shop.write("chain.pem", whole + &shop.read("root/ca-cert.crt.pem"));
    let args =
        ["cert", "verify", "certs/device.crt.pem", "--ca", "other/ca-cert.crt.pem", "--chain", "chain.pem"];
    let run = shop.run(&args);
    assert_eq!((run.code, run.stdout.as_str()), (10, ""), "{run:?}");
    let reason = "reason: /CN=Root: the certificate was issued by /CN=Root, not by /CN=Other\n";
    assert!(run.stderr.contains(reason), "{run:?}");
}

#[test]
fn a_chain_is_not_longer_than_its_authorities_allow() {
    let shop = Shop::new();
    shop.ok(&["ca", "create", "--cn", "Root", "--path-length", "1", "--out", "root"]);
    let document = shop.json(&create(&authority("root"), "sub", &[]));
    assert_eq!(document["path_length"], 0);
    let (root, sub) = (authority("root"), authority("sub"));
    shop.refused(
        &create(&sub, "low", &[]),
        3,
        "error: this authority allows a path length of 0 below it; the new one must have a smaller one\n\
         help: give a smaller --path-length; below an authority of path length 0 there is none, only devices\n",
    );
    assert_eq!(shop.run(&create(&root, "low", &["--path-length", "1"])).code, 3);
    assert!(!shop.path("low").exists());
    // Devices it has.
    shop.ok(&["cert", "issue", "--ca", &sub[0], "--ca-key", &sub[1], "--device-id", "device"]);
    shop.ok(&verify(&["--chain", &sub[0]]));
}

#[test]
fn an_authority_does_not_outlive_its_issuer() {
    let shop = Shop::new();
    shop.ok(&["ca", "create", "--cn", "Root", "--days", "10", "--out", "root"]);
    below(&shop, "root", "sub", &[]);
    let issuer = authority("root");
    let run = shop.run(&create(&issuer, "low", &["--days", "11"]));
    assert_eq!(run.code, 3);
    assert!(run.stderr.ends_with("only\nhelp: give fewer --days\n"), "{run:?}");
    // The name of the issuer is no name for what it issues.
    let run = shop.run(&create(&issuer, "Root", &[]));
    assert_eq!(run.code, 3);
    assert!(run.stderr.ends_with("help: give another --subject, --ou or --cn\n"), "{run:?}");
}

#[test]
fn the_key_of_the_issuer_may_have_a_passphrase_of_its_own() {
    let shop = Shop::new();
    for (name, text) in [("outer", "correct horse\n"), ("inner", "battery staple\n")] {
        shop.write(name, text);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(shop.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    shop.ok(&["ca", "create", "--cn", "Root", "--out", "root", "--passphrase-file", "outer"]);
    let issuer = authority("root");
    let run = shop.run(&create(&issuer, "sub", &["--passphrase-file", "inner"]));
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("a passphrase is needed"), "{run:?}");
    let both = ["--issuer-passphrase-file", "outer", "--passphrase-file", "inner"];
    let document = shop.json(&create(&issuer, "sub", &both));
    assert_eq!((&document["encrypted"], &document["issuer"]), (&true.into(), &"/CN=Root".into()));
    shop.ok(&["key", "public", "sub/ca-cert.key.pem", "--passphrase-file", "inner"]);
}

#[test]
fn a_certificate_that_ends_too_early_is_due() {
    let shop = Shop::new();
    shop.ok(&["ca", "create", "--cn", "Root", "--days", "100", "--out", "root"]);
    let root = authority("root");
    shop.ok(&[
        "cert",
        "issue",
        "--ca",
        &root[0],
        "--ca-key",
        &root[1],
        "--device-id",
        "device",
        "--days",
        "20",
    ]);
    shop.ok(&verify(&["--valid-for", "19d"]));
    let run = shop.run(&verify(&["--valid-for", "30d"]));
    assert_eq!(run.code, 10);
    let reasons: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("reason: ")).collect();
    assert_eq!(reasons.len(), 1, "{run:?}");
    assert!(reasons[0].starts_with("reason: the certificate of /CN=device is valid until "), "{reasons:?}");
    assert!(reasons[0].ends_with(": 19 d 23 h, and 30 d are asked for"), "{reasons:?}");
    // The authority as well.
    let run = shop.run(&verify(&["--valid-for", "101d"]));
    assert_eq!(run.stderr.lines().filter(|line| line.starts_with("reason: ")).count(), 2, "{run:?}");
    let run = shop.run(&verify(&["--valid-for", "30d", "--json"]));
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &document["verified"]), (10, &serde_json::json!(false)));
}
