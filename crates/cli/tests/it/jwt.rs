use crate::support::{DEVICE, Shop, fixture};

fn guide_token() -> String {
    std::fs::read_to_string(fixture("guide/token.txt")).unwrap().trim().to_owned()
}

#[test]
fn the_token_stands_alone_on_stdout_and_verifies() {
    let shop = Shop::with_device();
    let key = format!("certs/{DEVICE}.key.pem");
    let run = shop.run(&["jwt", "sign", "--key", &key, "--device-id", DEVICE]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let token = run.stdout.strip_suffix('\n').unwrap();
    assert_eq!(token.split('.').count(), 3);

    for trust in [
        ["--key", key.as_str()],
        ["--key", &format!("certs/{DEVICE}.public-key.pem")],
        ["--cert", &format!("certs/{DEVICE}.crt.pem")],
    ] {
        let args = [&["jwt", "verify", token, "--device-id", DEVICE], &trust[..]].concat();
        assert_eq!(
            shop.ok(&args),
            format!("verified: signed by {}, device {DEVICE} (leeway 1 min)\n", trust[1])
        );
    }
    assert_eq!(
        shop.ok(&["jwt", "verify", token, "--csv", "onboard.csv"]),
        format!("verified: signed by onboard.csv, line 1, device {DEVICE} (leeway 1 min)\n")
    );
}

#[test]
fn claims_are_those_asked_for_in_their_order() {
    let shop = Shop::with_device();
    let key = format!("certs/{DEVICE}.key.pem");
    let payload = |args: &[&str]| {
        let token = shop.ok(&[&["jwt", "sign", "--key", &key], args].concat());
        let stdout = shop.ok(&["jwt", "inspect", token.trim()]);
        let line = stdout.lines().find_map(|line| line.strip_prefix("payload       ")).unwrap();
        line.to_owned()
    };
    assert_eq!(
        payload(&["--device-id", DEVICE, "--no-iat", "--no-exp"]),
        format!("{{\"sub\":\"{DEVICE}\"}}")
    );
    assert_eq!(
        payload(&[
            "--iss", "me", "--aud", "team", "--no-iat", "--no-exp", "--claim", "n=1", "--claim", "t=a=b",
            "--claim", "jti=x"
        ]),
        r#"{"iss":"me","aud":"team","n":1,"t":"a=b","jti":"x"}"#
    );
    assert_eq!(payload(&["--payload", r#"{ "sub" : "x" }"#]), r#"{ "sub" : "x" }"#);
    let times =
        shop.json(&["jwt", "inspect", shop.ok(&["jwt", "sign", "--key", &key, "--expires-in", "2h"]).trim()]);
    let time = |name: &str| times["claims"][name].as_u64().unwrap();
    assert_eq!(time("exp") - time("iat"), 7200);
}

#[test]
fn the_key_id_is_that_of_the_public_key() {
    let shop = Shop::with_device();
    let key = format!("certs/{DEVICE}.key.pem");
    let token = shop.ok(&["jwt", "sign", "--key", &key, "--kid"]);
    let inspected = shop.json(&["jwt", "inspect", token.trim()]);
    assert_eq!(inspected["header"]["kid"], shop.json(&["key", "public", &key])["key_id"]);
}

#[test]
fn the_guides_token_verifies_with_the_guides_certificate() {
    let shop = Shop::new();
    let key = fixture("guide/device-public-key-one-line.pem");
    let run = shop.run(&["jwt", "verify", &guide_token(), "--key", key.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr.starts_with("warning: ") && run.stderr.contains("block 1 has lost its line breaks"),
        "{run:?}"
    );
    let csv = fixture("guide/onboard.csv");
    let run = shop.run(&[
        "jwt",
        "verify",
        &guide_token(),
        "--csv",
        csv.to_str().unwrap(),
        "--device-id",
        "f69c0e45-7f04-4949-8def-bb2215b4223e",
    ]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn inspect_says_that_nothing_was_verified() {
    let stdout = Shop::new().ok(&["jwt", "inspect", &guide_token()]);
    assert_eq!(
        stdout,
        "NOT VERIFIED  nobody has checked who made this token\n\
         header        {\"alg\":\"ES256\",\"typ\":\"JWT\"}\n\
         payload       {\"sub\":\"f69c0e45-7f04-4949-8def-bb2215b4223e\"}\n\
         device        f69c0e45-7f04-4949-8def-bb2215b4223e (sub)\n\
         expires       never\n"
    );
}

#[test]
fn bearer_quotes_and_line_breaks_around_a_token_do_not_matter() {
    let shop = Shop::new();
    let token = guide_token();
    let (first, rest) = token.split_at(40);
    let wrapped = format!("\"Bearer {first}\r\n  {rest}\"\n");
    let key = fixture("guide/onboard.csv");
    let run = shop.run_with(&["jwt", "verify", "-", "--csv", key.to_str().unwrap()], wrapped.as_bytes());
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn every_reason_is_given() {
    let shop = Shop::with_device();
    let key = format!("certs/{DEVICE}.key.pem");
    let token = shop.ok(&[
        "jwt",
        "sign",
        "--key",
        &key,
        "--payload",
        r#"{"sub":"x","aud":"a","iat":1000,"exp":2000}"#,
    ]);
    shop.refused(
        &[
            "jwt",
            "verify",
            token.trim(),
            "--key",
            &key,
            "--device-id",
            DEVICE,
            "--aud",
            "b",
            "--at",
            "1970-01-01T00:35:00Z",
        ],
        10,
        &format!(
            "error: the token is not verified\n\
             reason: expired 100 s ago, leeway 60 s\n\
             reason: `sub` is x, expected {DEVICE}\n\
             reason: `aud` is a, expected b\n\
             help: `nrfcloud jwt inspect` shows what the token says\n"
        ),
    );
    shop.ok(&["jwt", "verify", token.trim(), "--key", &key, "--at", "2100", "--leeway", "2m"]);
}

#[test]
fn a_foreign_key_and_a_foreign_row_are_named() {
    let shop = Shop::with_device();
    shop.issue("other", &["--csv", "onboard.csv"]);
    let token = shop.ok(&["jwt", "sign", "--key", "certs/other.key.pem", "--device-id", DEVICE]);
    shop.refused(
        &["jwt", "verify", token.trim(), "--key", "ca-cert.key.pem"],
        10,
        "error: the token is not verified\n\
         reason: the signature was not made by the key of ca-cert.key.pem\n\
         help: `nrfcloud jwt inspect` shows what the token says\n",
    );
    // The token says it is of one device, the key that signed it belongs to another.
    shop.refused(
        &["jwt", "verify", token.trim(), "--csv", "onboard.csv"],
        10,
        &format!(
            "error: the token is not verified\n\
             reason: `sub` is {DEVICE}, expected other\n\
             help: `nrfcloud jwt inspect` shows what the token says\n"
        ),
    );
    let by_authority = shop.ok(&["jwt", "sign", "--key", "ca-cert.key.pem", "--device-id", DEVICE]);
    let run = shop.run(&["jwt", "verify", by_authority.trim(), "--csv", "onboard.csv", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(run.code, 10);
    assert_eq!(document["schema"], "nrfcloud.jwt.verify");
    assert_eq!(document["verified"], false);
    assert_eq!(document["reasons"], serde_json::json!(["the signature was not made by any of the 2 keys"]));
}

#[test]
fn unsigned_and_foreign_algorithms_are_shown_and_not_verified() {
    let shop = Shop::new();
    let key = fixture("pki/keys/public.pem");
    // {"alg":"none"} and {"alg":"HS256"}
    for (header, message) in [
        ("eyJhbGciOiJub25lIn0", "`alg` is `none`: the token is not signed"),
        ("eyJhbGciOiJIUzI1NiJ9", "`alg` is not `ES256`"),
    ] {
        let token = format!("{header}.e30.{}", "A".repeat(86));
        let inspected = shop.json(&["jwt", "inspect", &token]);
        assert_eq!(inspected["findings"], serde_json::json!([message]));
        shop.refused(
            &["jwt", "verify", &token, "--key", key.to_str().unwrap()],
            10,
            &format!(
                "error: the token is not verified\nreason: {message}\nhelp: `nrfcloud jwt inspect` shows what the token says\n"
            ),
        );
    }
    shop.refused(
        &["jwt", "inspect", "token.txt"],
        3,
        "error: not a token: a token has 3 parts with dots between, this text has 2\n\
         help: copy the token again, whole; one in a file is given by standard input: nrfcloud jwt inspect - < FILE\n",
    );
}

#[test]
fn claims_that_have_an_option_are_not_taken_twice() {
    let shop = Shop::new();
    let key = fixture("pki/keys/pkcs8.pem");
    let sign = |claim: &[&str], message: &str| {
        shop.refused(
            &[&["jwt", "sign", "--key", key.to_str().unwrap()], claim].concat(),
            3,
            &format!("error: {message}\nhelp: iss, sub, aud, exp and iat have options of their own: nrfcloud jwt sign --help\n"),
        );
    };
    sign(&["--claim", "sub=x"], "`sub` is not given by --claim");
    sign(&["--claim", "a=1", "--claim", "a=2"], "the claim `a` is given twice");
    sign(&["--claim", "nbf=soon"], "`nbf` is a number of seconds since 1970");
    shop.refused(
        &["jwt", "sign", "--key", key.to_str().unwrap(), "--payload", "[1]"],
        3,
        "error: the payload is not valid JSON: not an object at byte 0\nhelp: give one JSON object, in single quotes for the shell\n",
    );
    shop.refused(
        &["jwt", "sign"],
        2,
        "error: nothing to sign with\nhelp: give --key FILE, or --port PORT for the modem's key\n",
    );
}

#[test]
fn a_port_in_the_environment_does_not_hinder_a_key() {
    let shop = Shop::new().env("NRFCLOUD_PORT", "/dev/does-not-exist");
    shop.ok(&["jwt", "sign", "--key", fixture("pki/keys/pkcs8.pem").to_str().unwrap()]);
}

/// What was signed, as text.
fn payload(shop: &Shop, args: &[&str]) -> String {
    let key = fixture("pki/keys/pkcs8.pem");
    let token =
        shop.ok(
            &[&["-q", "jwt", "sign", "--key", key.to_str().unwrap(), "--no-iat", "--no-exp"], args].concat()
        );
    let stdout = shop.ok(&["jwt", "inspect", token.trim()]);
    stdout.lines().find_map(|line| line.strip_prefix("payload       ")).unwrap().to_owned()
}

#[test]
fn claims_keep_their_digits_and_the_order_of_their_members() {
    let shop = Shop::new();
    for (claim, json) in [
        ("iccid=89470800123456789012", r#"{"iccid":89470800123456789012}"#),
        ("v=1.10", r#"{"v":1.10}"#),
        (r#"o={ "z": 1, "a": 2 }"#, r#"{"o":{"z":1,"a":2}}"#),
        ("huge=1e999", r#"{"huge":1e999}"#),
    ] {
        assert_eq!(payload(&shop, &["--claim", claim]), json);
    }
    let key = fixture("pki/keys/pkcs8.pem");
    let key = key.to_str().unwrap();
    let token = shop.ok(&[
        "jwt",
        "sign",
        "--key",
        key,
        "--payload",
        r#"{"sub":"x","n":89470800123456789012,"h":1e999}"#,
    ]);
    for verb in [
        &["jwt", "inspect", token.trim(), "--json"][..],
        &["jwt", "verify", token.trim(), "--key", key, "--json"],
    ] {
        let document = shop.ok(verb);
        assert!(
            document.contains(r#""claims":{"sub":"x","n":89470800123456789012,"h":1e999}"#),
            "{document}"
        );
    }
    shop.refused(
        &["jwt", "sign", "--key", key, "--claim", "jti=1", "--claim", "jti=2"],
        3,
        "error: the claim `jti` is given twice\n\
         help: iss, sub, aud, exp and iat have options of their own: nrfcloud jwt sign --help\n",
    );
}

#[test]
fn a_lifetime_of_nothing_is_not_one_without_end() {
    let shop = Shop::new().env("NRFCLOUD_PORT", "/dev/does-not-exist");
    let key = fixture("pki/keys/pkcs8.pem");
    for signer in [&["jwt", "sign", "--key", key.to_str().unwrap()][..], &["jwt", "sign"], &["modem", "jwt"]]
    {
        shop.refused(
            &[signer, &["--expires-in", "0"]].concat(),
            3,
            "error: lifetime \"0\": is not from 1 s to 4294967295 s; --no-exp makes a token that never expires\n\
             help: the value of `--expires-in <TIME>` is refused; --help tells what it takes\n",
        );
        assert_eq!(shop.run(&[signer, &["--expires-in", "1m", "--no-exp"]].concat()).code, 2);
    }
}

#[test]
fn a_token_of_nobody_is_warned_of() {
    let shop = Shop::new();
    let key = fixture("pki/keys/pkcs8.pem");
    let sign =
        |more: &[&str]| shop.run(&[&["jwt", "sign", "--key", key.to_str().unwrap()], more].concat()).stderr;
    assert_eq!(
        sign(&[]),
        "warning: the token names no device, and nRF Cloud takes none that does not: give --device-id\n"
    );
    assert_eq!(sign(&["--device-id", DEVICE]), "");
    assert_eq!(sign(&["--iss", "a.b"]), "");
}

#[test]
fn a_row_with_a_foreign_key_does_not_hide_the_others() {
    let shop = Shop::with_device();
    let foreign = std::fs::read_to_string(fixture("cloud-sim/p384.crt.pem")).unwrap();
    shop.write("two.csv", format!("old,,,,\"{foreign}\"\n{}", shop.read("onboard.csv")));
    let key = format!("certs/{DEVICE}.key.pem");
    let token = shop.ok(&["jwt", "sign", "--key", &key, "--device-id", DEVICE]);
    let run = shop.run(&["jwt", "verify", token.trim(), "--csv", "two.csv"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr.starts_with("warning: two.csv, line 1, column 9: block 1, line 1: this is a P-384 key; "),
        "{run:?}"
    );
    assert!(run.stderr.ends_with("; the row is passed over\n"), "{run:?}");
    shop.write("none.csv", format!("old,,,,\"{foreign}\"\n"));
    let run = shop.run(&["jwt", "verify", token.trim(), "--csv", "none.csv"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("error: no usable key in none.csv\n"), "{run:?}");
}

#[test]
fn of_two_rows_with_one_key_the_tokens_own_counts() {
    let shop = Shop::with_device();
    let row = shop.read("onboard.csv");
    shop.write("two.csv", format!("{}{row}", row.replacen(DEVICE, "other", 1)));
    let key = format!("certs/{DEVICE}.key.pem");
    for device in ["other", DEVICE] {
        let token = shop.ok(&["jwt", "sign", "--key", &key, "--device-id", device]);
        let stdout = shop.ok(&["jwt", "verify", token.trim(), "--csv", "two.csv"]);
        assert!(stdout.starts_with("verified: signed by two.csv, line "), "{stdout}");
        assert!(stdout.contains(&format!(", device {device} ")), "{stdout}");
    }
}

#[test]
fn tokens_of_other_kinds_are_shown_with_what_is_wrong() {
    let shop = Shop::new();
    // {"alg":"HS256"} . {"sub":"x","exp":1.5,"n":1e999}
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4IiwiZXhwIjoxLjUsIm4iOjFlOTk5fQ.c2ln";
    assert_eq!(
        shop.ok(&["jwt", "inspect", token]),
        "NOT VERIFIED  nobody has checked who made this token\n\
         header        {\"alg\":\"HS256\"}\n\
         payload       {\"sub\":\"x\",\"exp\":1.5,\"n\":1e999}\n\
         finding       `alg` is not `ES256`; nRF Cloud takes ES256 tokens of the plain form only\n"
    );
    shop.refused(
        &["jwt", "inspect", "e30.W10.c2ln"],
        3,
        "error: not a token: the payload is not a JSON object\n\
         help: copy the token again, whole; one in a file is given by standard input: nrfcloud jwt inspect - < FILE\n",
    );
}
