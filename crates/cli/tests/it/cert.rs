mod chain;
mod fleet;

use std::process::Command;

use crate::support::{DEVICE, Shop, fixture};

const ISSUE: [&str; 6] = ["cert", "issue", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem"];

#[test]
fn issue_writes_certificate_key_and_public_key() {
    let shop = Shop::with_authority();
    let stdout = shop.ok(&[&ISSUE[..], &["--device-id", DEVICE]].concat());
    assert_eq!(
        stdout,
        format!("certs/{DEVICE}.crt.pem\ncerts/{DEVICE}.key.pem\ncerts/{DEVICE}.public-key.pem\n")
    );
    let of_key = shop.ok(&["key", "public", &format!("certs/{DEVICE}.key.pem")]);
    let of_certificate = shop.ok(&["key", "public", &format!("certs/{DEVICE}.crt.pem")]);
    assert_eq!(of_key, of_certificate);
    assert_eq!(of_key, shop.read(&format!("certs/{DEVICE}.public-key.pem")));
}

#[test]
fn credentials_for_a_build_are_strings_in_c() {
    let shop = Shop::with_authority();
    let root = fixture("pki/certificates/ca.crt.pem");
    let root = root.to_str().unwrap();
    let embed = ["--embed", "app/certs", "--root-ca", root, "--root-ca", "ca-cert.crt.pem"];
    let stdout = shop.ok(&[&ISSUE[..], &["--device-id", DEVICE], &embed].concat());
    assert!(
        stdout.ends_with("app/certs/client-cert.pem\napp/certs/private-key.pem\napp/certs/ca-cert.pem\n"),
        "{stdout}"
    );
    let as_c = |pem: &str| pem.lines().map(|line| format!("\"{line}\\n\"\n")).collect::<String>();
    let of = |kind: &str| as_c(&shop.read(&format!("certs/{DEVICE}.{kind}.pem")));
    assert_eq!(shop.read("app/certs/client-cert.pem"), of("crt"));
    assert_eq!(shop.read("app/certs/private-key.pem"), of("key"));
    let roots = shop.read(root) + &shop.read("ca-cert.crt.pem");
    assert_eq!(shop.read("app/certs/ca-cert.pem"), as_c(&roots));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = std::fs::metadata(shop.path("app/certs/private-key.pem")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
    // All of the files or none.
    let before = shop.files();
    let run = shop.run(&[&ISSUE[..], &["--device-id", "another"], &embed].concat());
    assert_eq!(run.code, 3, "{run:?}");
    assert_eq!(shop.files(), before);
    // Where the key is not made here, it cannot be built in.
    for more in [&["--csr", "x"][..], &["--count", "2"], &["--keygen", "x"]] {
        assert_eq!(shop.run(&[&ISSUE[..], more, &embed].concat()).code, 2, "{more:?}");
    }
    assert_eq!(shop.run(&[&ISSUE[..], &["--device-id", "b", "--embed", "x"]].concat()).code, 2);
}

#[test]
fn openssl_verifies_what_was_issued_where_it_is_installed() {
    let shop = Shop::with_device();
    let certificate = shop.path(&format!("certs/{DEVICE}.crt.pem"));
    let Ok(verify) = Command::new("openssl")
        .arg("verify")
        .arg("-CAfile")
        .arg(shop.path("ca-cert.crt.pem"))
        .arg(&certificate)
        .output()
    else {
        eprintln!("NOT TESTED: there is no openssl on this machine");
        return;
    };
    assert!(verify.status.success(), "{verify:?}");
}

#[test]
fn verify_knows_its_own_authority_from_another() {
    let shop = Shop::with_device();
    let certificate = format!("certs/{DEVICE}.crt.pem");
    assert_eq!(
        shop.ok(&["cert", "verify", &certificate, "--ca", "ca-cert.crt.pem"]),
        format!(
            "verified: /CN={DEVICE} is issued by /C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor/OU=Test Devices\n"
        )
    );
    // The same name, another key.
    shop.ok(&[
        "ca",
        "create",
        "--subject",
        "/C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor",
        "--ou",
        "Test Devices",
        "--out",
        "other",
    ]);
    shop.refused(
        &["cert", "verify", &certificate, "--ca", "other/ca-cert.crt.pem"],
        10,
        &format!(
            "error: the certificate is not verified: {certificate}\n\
             reason: the certificate is not signed by this key\n\
             help: `nrfcloud cert show` shows subject, issuer and dates of both\n"
        ),
    );
    let run = shop.run(&["cert", "verify", &certificate, "--ca", "other/ca-cert.crt.pem", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &document["verified"]), (10, &serde_json::json!(false)));
}

#[test]
fn rows_are_added_to_the_csv_and_no_device_twice() {
    let shop = Shop::with_authority();
    shop.issue(
        "first",
        &["--csv", "out/onboard.csv", "--sub-type", "gadget", "--tags", "a|b", "--fw-types", "APP|MODEM"],
    );
    shop.issue("second", &["--csv", "out/onboard.csv"]);
    let csv = shop.read("out/onboard.csv");
    let certificate = |id: &str| shop.read(&format!("certs/{id}.crt.pem"));
    assert_eq!(
        csv,
        format!(
            "first,gadget,a|b,APP|MODEM,\"{}\"\nsecond,,,,\"{}\"\n",
            certificate("first"),
            certificate("second")
        )
    );
    assert_eq!(shop.ok(&["device", "check", "out/onboard.csv"]), "out/onboard.csv: 2 good onboarding rows\n");

    let before = shop.files();
    let path = std::fs::canonicalize(shop.path("out/onboard.csv")).unwrap();
    shop.refused(
        &[&ISSUE[..], &["--device-id", "second", "--csv", "out/onboard.csv", "--out", "elsewhere"]].concat(),
        3,
        &format!(
            "error: device second is already in {}\nhelp: take another device ID, or another --csv file\n",
            "out/onboard.csv"
        ),
    );
    assert_eq!(shop.files(), before);
    assert_eq!(std::fs::read_to_string(path).unwrap(), csv);
}

#[test]
fn eight_stations_at_once_lose_no_row() {
    let shop = Shop::with_authority();
    let children: Vec<_> = (0..8)
        .map(|station| {
            let id = format!("board-{station}");
            let args = [&ISSUE[..], &["--device-id", &id, "--csv", "onboard.csv"]].concat();
            shop.command(&args).stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(shop.ok(&["device", "check", "onboard.csv"]), "onboard.csv: 8 good onboarding rows\n");
}

#[test]
fn a_failed_row_takes_the_other_files_back() {
    let shop = Shop::with_authority();
    shop.write("onboard.csv", "deviceId,subType,tags,fwTypes,certPem\n");
    let before = shop.files();
    let run = shop.run(&[&ISSUE[..], &["--device-id", DEVICE, "--csv", "onboard.csv"]].concat());
    assert_eq!(run.code, 3, "{run:?}");
    assert_eq!(
        run.stderr,
        "error: no row was added to onboard.csv: line 1, column 1: a header row; the first row must be a device\n\
         help: mend it, or take another --csv file; `nrfcloud device check` lists all that is wrong\n"
    );
    assert_eq!(shop.files(), before);
}

#[test]
fn a_modems_request_is_certified_by_its_own_name() {
    let shop = Shop::with_authority();
    let blob = fixture("pki/modem/keygen-csr.txt");
    let document = shop.json(&[&ISSUE[..], &["--keygen", blob.to_str().unwrap()]].concat());
    let id = document["device_id"].as_str().unwrap();
    assert_eq!(document["schema"], "nrfcloud.cert.issue");
    assert_eq!(document["key"], serde_json::Value::Null);
    assert_eq!(shop.files().iter().filter(|name| name.contains(id)).count(), 2);

    let run = shop.run(
        &[&ISSUE[..], &["--keygen", blob.to_str().unwrap(), "--device-id", "another", "--out", "x"]].concat(),
    );
    assert_eq!(run.code, 3);
    assert_eq!(
        run.stderr,
        format!(
            "error: the request names the device {id}, --device-id says another\n\
             help: leave --device-id out, or let the device make the request with the right CN\n"
        )
    );
    assert!(!shop.path("x").exists());
}

#[test]
fn nothing_is_signed_without_proof() {
    let shop = Shop::with_authority();
    let before = shop.files();
    for name in ["keygen-digest.txt", "keygen-csr-of-another-key.txt", "keygen-cut-short.txt"] {
        let blob = fixture(&format!("pki/bad/{name}"));
        let run = shop.run(&[&ISSUE[..], &["--keygen", blob.to_str().unwrap()]].concat());
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{name}: {run:?}");
    }
    assert_eq!(shop.files(), before);
}

#[test]
fn a_request_from_a_file_is_certified() {
    let shop = Shop::with_authority();
    let csr = fixture("pki/requests/device.csr.pem");
    let stdout =
        shop.ok(&[&ISSUE[..], &["--csr", csr.to_str().unwrap(), "--extensions", "minimal"]].concat());
    assert_eq!(stdout.lines().count(), 2, "{stdout}");
    let certificate = stdout.lines().next().unwrap();
    shop.ok(&["cert", "verify", certificate, "--ca", "ca-cert.crt.pem"]);
}

#[test]
fn show_tells_what_things_are() {
    let shop = Shop::with_device();
    let document = shop.json(&["cert", "show", &format!("certs/{DEVICE}.crt.pem")]);
    assert_eq!(document["schema"], "nrfcloud.cert.show");
    assert_eq!(document["items"][0]["what"], format!("certificate of /CN={DEVICE} (X.509 v3)"));
    assert_eq!(document["items"][0]["common_name"], DEVICE);
    assert_eq!(document["items"][0]["key"], "P-256 key");
    assert_eq!(document["findings"], serde_json::json!([]));
    for (name, what) in [
        ("pki/keys/pkcs8.pem", "P-256 private key"),
        ("pki/keys/public.jwk", "P-256 public key"),
        ("pki/modem/keygen-csr.txt", "answer to AT%KEYGEN of device"),
        ("pki/modem/attest.txt", "attestation token of device"),
        ("pki/requests/device.csr.der", "certificate request of"),
        ("pki/certificates/device.crt.der", "certificate of"),
    ] {
        let stdout = shop.ok(&["cert", "show", fixture(name).to_str().unwrap()]);
        assert!(stdout.starts_with(what), "{name}: {stdout}");
    }
}

#[test]
fn show_lints_the_guides_certificate() {
    let shop = Shop::new();
    let csv = std::fs::read_to_string(fixture("guide/onboard.csv")).unwrap();
    let pem = csv.split('"').nth(1).unwrap();
    let run = shop.run_with(&["cert", "show", "-"], pem.as_bytes());
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("  common name  c652f9ad-e0b9-48ff-bc62-22081c804158\n"), "{}", run.stdout);
    assert!(run.stdout.ends_with("note: this is X.509 v1, without extensions\n"), "{}", run.stdout);
}

#[test]
fn the_reserved_prefix_is_for_kits() {
    let shop = Shop::with_authority();
    let before = shop.files();
    shop.refused(
        &[&ISSUE[..], &["--device-id", "nrf-my-board"]].concat(),
        3,
        "error: device ID \"nrf-my-board\": `nrf-` is reserved for Nordic's kits; the rule is nrf- and the 15 digits of the IMEI, check digit included\n\
         help: use a UUID, or another prefix; --allow-nrf-prefix takes it all the same\n",
    );
    assert_eq!(shop.files(), before);
    shop.issue("nrf-352656106647673", &[]);
    shop.issue("nrf-my-board", &["--allow-nrf-prefix"]);
}

#[test]
fn keys_of_another_kind_are_shown_too() {
    let shop = Shop::new();
    for (name, what, kind) in [
        ("pki/foreign/rsa-2048-pkcs8.pem", "RSA 2048 key", "an RSA 2048 key"),
        ("pki/foreign/secp384r1-pkcs8.pem", "P-384 key", "a P-384 key"),
    ] {
        let path = fixture(name);
        let document = shop.json(&["cert", "show", path.to_str().unwrap()]);
        assert_eq!(document["items"][0]["what"], what);
        assert_eq!(document["findings"][0]["severity"], "error");
        assert_eq!(
            shop.ok(&["cert", "show", path.to_str().unwrap()]),
            format!(
                "{what}\n  form  PEM, PRIVATE KEY, block 1, line 1\n  key   {what}\n\
                 error: block 1, line 1: this is {kind}; nRF Cloud needs P-256 (prime256v1)\n"
            )
        );
    }
}

#[test]
fn all_that_is_in_a_file_is_shown() {
    let shop = Shop::with_device();
    let foreign = |name: &str| std::fs::read_to_string(fixture(name)).unwrap();
    let all = foreign("pki/foreign/rsa-2048-pkcs8.pem")
        + &shop.read("ca-cert.crt.pem")
        + &foreign("pki/requests/rsa-2048.csr.pem")
        + &foreign("pki/bad/four-characters-lost.pem");
    shop.write("all.pem", all);
    let document = shop.json(&["cert", "show", "all.pem"]);
    let whats: Vec<&str> =
        document["items"].as_array().unwrap().iter().map(|item| item["what"].as_str().unwrap()).collect();
    assert_eq!(
        whats,
        [
            "RSA 2048 key",
            "CA certificate of /C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor/OU=Test Devices (X.509 v3)",
            "certificate request with an RSA 2048 key",
            "damaged"
        ]
    );
    let errors = document["findings"].as_array().unwrap().iter().filter(|found| found["severity"] == "error");
    assert_eq!(errors.count(), 3, "{document}");
    // With nothing in it that is whole, there is nothing to show.
    shop.refused(
        &["cert", "show", fixture("pki/bad/four-characters-lost.pem").to_str().unwrap()],
        3,
        &format!(
            "error: {}: block 1, line 1: the DER is cut short: it announces 91 octets, there are 88\n\
             help: check that it is the right file and that it is whole\n",
            fixture("pki/bad/four-characters-lost.pem").display()
        ),
    );
}

#[test]
fn verify_tells_every_reason() {
    let shop = Shop::with_device();
    shop.ok(&["ca", "create", "--cn", "Other", "--out", "other"]);
    let certificate = format!("certs/{DEVICE}.crt.pem");
    let wrong = fixture("pki/certificates/ca-without-cert-sign.crt.pem");
    let run = shop.run(&["cert", "verify", &certificate, "--ca", wrong.to_str().unwrap()]);
    assert_eq!(run.code, 10);
    assert_eq!(
        run.stderr,
        format!(
            "error: the certificate is not verified: {certificate}\n\
             reason: the certificate was issued by /C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor/OU=Test Devices, not by \
             /O=Fixture without keyCertSign\n\
             reason: the key usage of /O=Fixture without keyCertSign does not allow it to sign certificates\n\
             reason: the certificate is not signed by this key\n\
             help: `nrfcloud cert show` shows subject, issuer and dates of both\n"
        )
    );
    // Of several authorities the one with the right name is told about; one that fits is enough.
    shop.write("two.pem", shop.read("other/ca-cert.crt.pem") + &shop.read("ca-cert.crt.pem"));
    shop.ok(&["cert", "verify", &certificate, "--ca", "two.pem"]);
}

#[test]
fn of_several_certificates_the_one_that_counts_is_named() {
    let shop = Shop::with_device();
    let certificate = format!("certs/{DEVICE}.crt.pem");
    shop.write("chain.pem", shop.read(&certificate) + &shop.read("ca-cert.crt.pem"));
    let warning =
        format!("warning: chain.pem holds 2 certificates; the first is used, that of /CN={DEVICE}\n");
    for args in
        [&["key", "public", "chain.pem"][..], &["cert", "verify", "chain.pem", "--ca", "ca-cert.crt.pem"]]
    {
        let run = shop.run(args);
        assert_eq!((run.code, run.stderr.as_str()), (0, warning.as_str()), "{args:?}");
    }
}

#[test]
fn a_certificate_does_not_outlive_its_authority_unasked() {
    let shop = Shop::new();
    shop.ok(&["ca", "create", "--cn", "Root", "--days", "10"]);
    let run = shop.run(&[&ISSUE[..], &["--device-id", "a"]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let run = shop.run(&[&ISSUE[..], &["--device-id", "b", "--days", "11"]].concat());
    assert_eq!(run.code, 0);
    assert!(
        run.stderr.starts_with("warning: the certificate is valid until ")
            && run.stderr.ends_with(" only: after that it is refused wherever the authority is checked\n"),
        "{run:?}"
    );
}
