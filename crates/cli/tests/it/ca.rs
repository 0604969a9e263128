use std::process::Command;

use crate::support::Shop;

#[test]
fn create_writes_two_files_and_names_them() {
    let shop = Shop::new();
    let stdout = shop.ok(&[
        "ca",
        "create",
        "--subject",
        "/C=NO/O=Example",
        "--ou",
        "Test",
        "--days",
        "30",
        "--out",
        "a/b",
    ]);
    assert_eq!(stdout, "a/b/ca-cert.crt.pem\na/b/ca-cert.key.pem\n");
    assert_eq!(shop.files(), ["a", "a/b", "a/b/ca-cert.crt.pem", "a/b/ca-cert.key.pem"]);
    assert!(shop.read("a/b/ca-cert.key.pem").starts_with("-----BEGIN PRIVATE KEY-----\n"));
}

#[test]
#[cfg(unix)]
fn the_key_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Shop::with_authority();
    let mode = std::fs::metadata(shop.path("ca-cert.key.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn openssl_agrees_where_it_is_installed() {
    let shop = Shop::with_authority();
    let certificate = shop.path("ca-cert.crt.pem");
    let Ok(verify) =
        Command::new("openssl").arg("verify").arg("-CAfile").arg(&certificate).arg(&certificate).output()
    else {
        eprintln!("NOT TESTED: there is no openssl on this machine");
        return;
    };
    assert!(verify.status.success(), "{verify:?}");
    let subject = Command::new("openssl")
        .args(["x509", "-noout", "-subject", "-nameopt", "compat", "-in"])
        .arg(&certificate)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(subject.stdout).unwrap().replace("subject=", ""),
        "/C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor/OU=Test Devices\n"
    );
}

#[test]
fn json_has_schema_version_and_facts() {
    let document = Shop::new().json(&["ca", "create", "--cn", "Root"]);
    assert_eq!(document["schema"], "nrfcloud.ca.create");
    assert_eq!(document["version"], 1);
    assert_eq!(document["certificate"], "ca-cert.crt.pem");
    assert_eq!(document["key"], "ca-cert.key.pem");
    assert_eq!(document["subject"], "/CN=Root");
    assert_eq!(document["sha256"].as_str().unwrap().len(), 64);
    assert!(document["not_after"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn an_existing_file_stays_and_nothing_is_half_written() {
    let shop = Shop::new();
    shop.write("ca-cert.key.pem", "mine");
    shop.refused(
        &["ca", "create", "--cn", "Root"],
        3,
        "error: file exists: ca-cert.key.pem\nhelp: give --force to overwrite it, or write to another place\n",
    );
    assert_eq!(shop.files(), ["ca-cert.key.pem"]);
    assert_eq!(shop.read("ca-cert.key.pem"), "mine");
    shop.ok(&["ca", "create", "--cn", "Root", "--force"]);
    assert_ne!(shop.read("ca-cert.key.pem"), "mine");
}

#[test]
fn a_dry_run_writes_nothing() {
    let shop = Shop::new();
    let run = shop.run(&["ca", "create", "--cn", "Root", "--out", "x", "--dry-run"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.stdout, "");
    assert_eq!(
        run.stderr,
        "note: would write x/ca-cert.crt.pem\nnote: would write x/ca-cert.key.pem (0600)\n"
    );
    assert!(shop.files().is_empty());
}

#[test]
fn subjects_and_days_that_break_rules_are_refused() {
    let shop = Shop::new();
    shop.refused(
        &["ca", "create"],
        3,
        "error: the subject of a certificate authority must not be empty\n\
         help: give --subject '/C=NO/O=Example', --ou or --cn\n",
    );
    shop.refused(
        &["ca", "create", "--subject", "O=Example"],
        3,
        "error: a subject begins with a slash, as in /C=NO/O=Example\n\
         help: the value of `--subject <SUBJECT>` is refused; --help tells what it takes\n",
    );
    let run = shop.run(&["ca", "create", "--cn", "Root", "--days", "0"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.ends_with("help: give another number of --days, from 1 on\n"), "{run:?}");
    assert!(shop.files().is_empty());
}
