use crate::support::{Shop, fixture};

#[test]
fn create_and_public_fit_together() {
    let shop = Shop::new();
    assert_eq!(shop.ok(&["key", "create", "--out", "d/device.key.pem"]), "d/device.key.pem\n");
    let public = shop.ok(&["key", "public", "d/device.key.pem"]);
    assert!(
        public.starts_with("-----BEGIN PUBLIC KEY-----\n") && public.ends_with("-----END PUBLIC KEY-----\n"),
        "{public}"
    );
    assert_eq!(shop.ok(&["key", "public", "d/device.key.pem", "-o", "public.pem"]), "public.pem\n");
    assert_eq!(shop.read("public.pem"), public);
}

#[test]
fn sec1_is_the_guides_form() {
    let shop = Shop::new();
    let pem = shop.ok(&["key", "create", "--form", "sec1"]);
    assert!(pem.starts_with("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\n"), "{pem}");
    let run = shop.run_with(&["key", "public", "-"], pem.as_bytes());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn the_public_key_of_everything_that_holds_one() {
    let shop = Shop::new();
    let of = |name: &str| shop.ok(&["-q", "key", "public", fixture(name).to_str().unwrap()]);
    let expected = of("pki/keys/public.pem");
    for name in [
        "pki/keys/pkcs8.pem",
        "pki/keys/sec1.pem",
        "pki/keys/pkcs8.der",
        "pki/keys/private.jwk",
        "pki/keys/public.jwk",
    ] {
        assert_eq!(of(name), expected, "{name}");
    }
    for name in [
        "pki/certificates/device.crt.pem",
        "pki/requests/device.csr.pem",
        "pki/modem/keygen-csr.txt",
        "pki/modem/keygen-public-key.txt",
    ] {
        assert!(of(name).starts_with("-----BEGIN PUBLIC KEY-----\n"), "{name}");
    }
}

#[test]
fn json_gives_key_and_id() {
    let shop = Shop::new();
    let document = shop.json(&["key", "create", "--out", "k.pem"]);
    assert_eq!(document["schema"], "nrfcloud.key.create");
    let public = shop.json(&["key", "public", "k.pem"]);
    assert_eq!(public["schema"], "nrfcloud.key.public");
    assert_eq!(public["key_id"], document["key_id"]);
    assert_eq!(public["public_key"], document["public_key"]);
}

#[test]
fn a_private_key_does_not_go_into_json() {
    Shop::new().refused(
        &["key", "create", "--json"],
        2,
        "error: a private key has no place in a JSON document\nhelp: give --out FILE\n",
    );
}

#[test]
fn a_certificate_is_no_private_key_and_the_message_says_so() {
    let shop = Shop::with_device();
    let certificate = format!("certs/{}.crt.pem", crate::support::DEVICE);
    shop.refused(
        &["jwt", "sign", "--key", &certificate],
        3,
        &format!("error: {certificate}: this is a certificate, not a private key\nhelp: `nrfcloud cert show {certificate}` says what is in it\n"),
    );
}

#[test]
fn a_key_goes_through_every_form_and_stays_the_same() {
    let shop = Shop::new();
    let jwk = fixture("pki/keys/private.jwk");
    let jwk = jwk.to_str().unwrap();
    let public = shop.ok(&["key", "public", jwk]);
    shop.write("passphrase", "secret\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(shop.path("passphrase"), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    for (name, from, more, first_line) in [
        ("sec1", jwk, &["--form", "sec1"][..], "-----BEGIN EC PARAMETERS-----"),
        ("locked", "sec1", &["--new-passphrase-file", "passphrase"], "-----BEGIN ENCRYPTED PRIVATE KEY-----"),
        ("plain", "locked", &["--passphrase-file", "passphrase"], "-----BEGIN PRIVATE KEY-----"),
    ] {
        let stdout = shop.ok(&[&["key", "convert", from, "-o", name], more].concat());
        assert_eq!(stdout, format!("{name}\n"));
        assert_eq!(shop.read(name).lines().next(), Some(first_line));
    }
    assert_eq!(shop.ok(&["key", "public", "plain"]), public);
    assert_eq!(shop.ok(&["key", "convert", jwk]), shop.read("plain"));
    shop.refused(
        &["key", "convert", "plain", "--form", "sec1", "--new-passphrase-file", "passphrase"],
        2,
        "error: only PKCS#8 holds a key with a passphrase\nhelp: leave --form out, or --new-passphrase-file\n",
    );
    shop.refused(
        &["key", "convert", "locked"],
        3,
        "error: locked: block 1, line 1: the private key is encrypted, a passphrase is needed\n\
         help: give the file with its passphrase: --passphrase-file FILE\n",
    );
}
