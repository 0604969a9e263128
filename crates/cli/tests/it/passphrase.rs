//! Keys with a passphrase: made, used, and refused.

use crate::support::{DEVICE, Shop};

/// An authority whose key has a passphrase, in `passphrase`.
fn locked() -> Shop {
    let shop = Shop::new();
    write_private(&shop, "passphrase", "correct horse\u{e6} \n");
    let document = shop.json(&["ca", "create", "--cn", "Root", "--passphrase-file", "passphrase"]);
    assert_eq!(document["encrypted"], true);
    shop
}

/// As `umask 077` does it.
fn write_private(shop: &Shop, name: &str, content: &str) {
    shop.write(name, content);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(shop.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

const ISSUE: [&str; 8] =
    ["cert", "issue", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem", "--device-id", DEVICE];

#[test]
fn an_authority_with_a_passphrase_issues_certificates() {
    let shop = locked();
    let key = shop.read("ca-cert.key.pem");
    assert!(key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "{key}");
    let run = shop.run(&[&ISSUE[..], &["--passphrase-file", "passphrase"]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:#?}");
    shop.ok(&["cert", "verify", &format!("certs/{DEVICE}.crt.pem"), "--ca", "ca-cert.crt.pem"]);
    // By standard input, with the line end of another system.
    let run = shop.run_with(
        &[&ISSUE[..], &["--passphrase-file", "-", "--force"]].concat(),
        "correct horse\u{e6} \r\nnot looked at".as_bytes(),
    );
    assert_eq!(run.code, 0, "{run:#?}");
    // The authority's own key signs tokens as any other.
    let sign = ["jwt", "sign", "--key", "ca-cert.key.pem", "--device-id", DEVICE];
    let token = shop.ok(&[&sign[..], &["--passphrase-file", "passphrase"]].concat());
    shop.ok(&["jwt", "verify", token.trim(), "--cert", "ca-cert.crt.pem"]);
}

#[test]
fn a_board_is_provisioned_by_an_authority_with_a_passphrase() {
    let kit = crate::support::ModemSim::start(&[]);
    let shop = locked().env("NRFCLOUD_PORT", &kit.port);
    let provision = ["provision", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem"];
    assert_eq!(shop.run(&provision).code, 3);
    shop.ok(&[&provision[..], &["--passphrase-file", "passphrase"]].concat());
    let run = shop.run(&["doctor"]);
    assert!(run.stdout.contains("ok[kit.key-pair]: ") && run.code == 0, "{run:#?}");
}

#[test]
fn openssl_opens_the_key_where_it_is_installed() {
    let shop = locked();
    let opened = std::process::Command::new("openssl")
        .args(["pkey", "-noout", "-passin", "pass:correct horse\u{e6} ", "-in"])
        .arg(shop.path("ca-cert.key.pem"))
        .output();
    match opened {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(_) => eprintln!("NOT TESTED: there is no openssl on this machine"),
    }
}

#[test]
fn a_passphrase_that_is_wrong_missing_or_nothing() {
    let shop = locked();
    shop.refused(
        &ISSUE,
        3,
        "error: ca-cert.key.pem: block 1, line 1: the private key is encrypted, a passphrase is needed\n\
         help: give the file with its passphrase: --passphrase-file FILE\n",
    );
    let with = |name| [&ISSUE[..], &["--passphrase-file", name]].concat();
    write_private(&shop, "wrong", "correct horse\n");
    shop.refused(
        &with("wrong"),
        3,
        "error: ca-cert.key.pem: block 1, line 1: wrong passphrase, or the encrypted key is damaged\n\
         help: the first line of --passphrase-file is the passphrase, with all its spaces\n",
    );
    write_private(&shop, "late", "\ncorrect horse\n");
    shop.refused(
        &with("late"),
        3,
        "error: nothing in it: first line of late\nhelp: check what was to write it\n",
    );
    assert_eq!(shop.run(&with("missing")).code, 3);
    assert!(!shop.files().contains(&"certs".to_owned()));
}

#[test]
fn every_verb_that_reads_a_key_takes_its_passphrase() {
    let shop = Shop::new();
    write_private(&shop, "passphrase", "test only\n");
    let key = crate::support::fixture("pki/keys/encrypted-pbkdf2.pem");
    let key = key.to_str().unwrap();
    let given = ["--passphrase-file", "passphrase"];
    let with = |args: &[&str]| shop.ok(&[args, &given].concat());
    let public = with(&["key", "public", key]);
    assert!(public.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{public}");
    let token = with(&["jwt", "sign", "--key", key, "--device-id", DEVICE]);
    let token = token.trim();
    let verified = with(&["jwt", "verify", token, "--key", key]);
    assert!(verified.starts_with("verified: signed by "), "{verified}");
    // With two keys the passphrase is read once, and opens the one that has it.
    shop.write("public.pem", &public);
    let run = shop.run_with(
        &["jwt", "verify", token, "--key", "public.pem", "--key", key, "--passphrase-file", "-"],
        b"test only",
    );
    assert_eq!(run.code, 0, "{run:?}");
    let explained = with(&["jwt", "explain", token, "--key", key]);
    assert!(explained.ends_with("nothing is wrong with this token\n"), "{explained}");
    let help = "help: give the file with its passphrase: --passphrase-file FILE\n";
    for args in [
        &["key", "public", key][..],
        &["jwt", "verify", token, "--key", key],
        &["jwt", "explain", token, "--key", key],
    ] {
        let run = shop.run(args);
        assert_eq!(run.code, 3, "{args:?}: {run:?}");
        assert!(run.stderr.ends_with(help), "{args:?}: {run:?}");
    }
}

#[test]
#[cfg(unix)]
fn a_passphrase_that_others_can_read_is_told() {
    let shop = locked();
    std::fs::copy(shop.path("passphrase"), shop.path("open")).unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(shop.path("open"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let run = shop.run(&[&ISSUE[..], &["--passphrase-file", "open"]].concat());
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (0, "warning: others can read the passphrase: chmod 600 open\n")
    );
}
