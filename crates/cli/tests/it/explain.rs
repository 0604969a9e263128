//! `jwt explain`: each finding, provoked.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::support::{API_KEY, CloudSim, DEVICE, Run, Shop, fixture, nobody, server};

/// A device, its files, and a stranger's.
struct Bench {
    shop: Shop,
    key: String,
    certificate: String,
}

impl Bench {
    fn new() -> Self {
        let shop = Shop::with_device();
        shop.issue("stranger", &["--csv", "stranger.csv"]);
        Self { shop, key: format!("certs/{DEVICE}.key.pem"), certificate: format!("certs/{DEVICE}.crt.pem") }
    }

    fn sign(&self, args: &[&str]) -> String {
        let args = [&["-q", "jwt", "sign", "--key", &self.key], args].concat();
        self.shop.ok(&args).trim().to_owned()
    }

    /// Signs a payload just as it is.
    fn payload(&self, json: &str) -> String {
        self.sign(&["--payload", json])
    }

    fn explain(&self, token: &str, args: &[&str]) -> Run {
        self.shop.run(&[&["jwt", "explain", token], args].concat())
    }

    /// `level id` of each finding, and the exit code.
    fn ids(&self, token: &str, args: &[&str]) -> (Vec<String>, i32) {
        let run = self.explain(token, &[args, &["--json"]].concat());
        let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(document["schema"], "nrfcloud.jwt.explain");
        assert_eq!(document["good"], run.code == 0, "{run:#?}");
        let text = |finding: &serde_json::Value, name: &str| finding[name].as_str().unwrap().to_owned();
        let findings = document["findings"].as_array().unwrap();
        let id = |finding| format!("{} {}", text(finding, "level"), text(finding, "id"));
        (findings.iter().map(id).collect(), run.code)
    }

    #[track_caller]
    fn has(&self, token: &str, args: &[&str], id: &str) {
        let (ids, code) = self.ids(token, args);
        assert!(ids.iter().any(|found| found == id), "{id} is not among {ids:?}");
        assert_eq!(code, if ids.iter().any(|id| id.starts_with("error ")) { 10 } else { 0 }, "{ids:?}");
    }
}

#[test]
fn a_good_token_has_nothing_wrong() {
    let bench = Bench::new();
    let token = bench.sign(&["--device-id", DEVICE, "--aud", "team"]);
    let args = ["--csv", "onboard.csv", "--device-id", DEVICE, "--aud", "team"];
    assert_eq!(
        bench.ids(&token, &args),
        (["ok signature.signer", "ok device", "ok time", "ok audience"].map(str::to_owned).to_vec(), 0)
    );
    let run = bench.explain(&token, &args);
    assert!(
        run.stdout.starts_with(&format!(
            "ok[signature.signer]: signed by the key of onboard.csv, line 1\n\
             ok[device]: speaks for the device {DEVICE} (`sub`)\n\
             ok[time]: expires in "
        )),
        "{run:#?}"
    );
    assert!(run.stdout.ends_with("\nnothing is wrong with this token\n"), "{run:#?}");
    assert_eq!(run.stderr, "");
    // The header of a request is how a token is met.
    assert_eq!(bench.ids(&format!("Bearer {token}"), &args).1, 0);
}

#[test]
fn without_a_key_the_signature_is_not_called_good() {
    let bench = Bench::new();
    let run = bench.explain(&bench.sign(&["--device-id", DEVICE]), &[]);
    assert!(
        run.stdout.starts_with(
            "note[signature.unchecked]: nobody has checked who signed: no key was given\n  next: give what you have: --key FILE, --cert FILE, --csv FILE\n"
        ),
        "{run:#?}"
    );
    assert!(run.stdout.ends_with("as far as can be seen without its key\n"), "{run:#?}");
}

#[test]
fn of_many_keys_the_one_that_signed_is_named() {
    let bench = Bench::new();
    let token = bench.sign(&["--device-id", DEVICE]);
    let args = [
        "--key",
        "ca-cert.key.pem",
        "--cert",
        "certs/stranger.crt.pem",
        "--csv",
        "stranger.csv",
        "--cert",
        &bench.certificate,
    ];
    let run = bench.explain(&token, &[&args[..], &["--json"]].concat());
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["signed_by"], bench.certificate);
    // `jwt verify` takes as many.
    let verified = bench.shop.ok(&[&["jwt", "verify", &token], &args[..]].concat());
    assert!(verified.starts_with(&format!("verified: signed by {}, ", bench.certificate)), "{verified}");
}

#[test]
fn forms() {
    let bench = Bench::new();
    let token = bench.sign(&["--device-id", DEVICE]);
    bench.has(&format!("{}\n{}", &token[..30], &token[30..]), &[], "warning form.wrapping");
    bench.has(API_KEY, &[], "error form.api-key");
    bench.has(&token[..token.rfind('.').unwrap()], &[], "error form.no-token");
    bench.has(&token[..token.len() - 3], &[], "error signature.form");
    let parts: Vec<&str> = token.split('.').collect();
    let with_header = |json: &str| {
        format!("{}.{}.{}", Base64UrlUnpadded::encode_string(json.as_bytes()), parts[1], parts[2])
    };
    bench.has(&with_header(r#"{"alg":"HS256"}"#), &[], "error header.algorithm");
    bench.has(&with_header(r#"{"typ":"JWT"}"#), &[], "error header.algorithm");
    bench.has(&with_header(r#"{"alg":"ES256","crit":["x"]}"#), &[], "error form.refused");
    let der = [&[0x30, 68][..], &[2; 68]].concat();
    let openssl = format!("{}.{}.{}", parts[0], parts[1], Base64UrlUnpadded::encode_string(&der));
    bench.has(&openssl, &[], "error signature.asn1");
    let run = bench.explain(&openssl, &[]);
    assert_eq!(
        run.stdout,
        "error[signature.asn1]: the signature is ASN.1 of 70 bytes, as openssl writes it; in a token r and s stand one after the other, 64 bytes\n  \
         next: sign another: nrfcloud jwt sign --key FILE --device-id ID\n"
    );
    assert_eq!(
        run.stderr,
        "error: 1 thing is wrong with this token\nhelp: mend them from the top: each says what is next\n"
    );
}

#[test]
fn signatures() {
    let bench = Bench::new();
    let token = bench.sign(&["--device-id", DEVICE, "--kid"]);
    bench.has(&token, &["--key", "ca-cert.key.pem"], "error signature.foreign");

    // Changed after it was signed: `kid` still tells whose it was.
    let parts: Vec<&str> = token.split('.').collect();
    let forged = Base64UrlUnpadded::encode_string(br#"{"sub":"stranger"}"#);
    let changed = format!("{}.{forged}.{}", parts[0], parts[2]);
    let run = bench.explain(&changed, &["--cert", &bench.certificate]);
    assert!(run.stdout.contains("so the token was changed or cut after it was signed"), "{run:#?}");

    // The CSV has the device with another key.
    let other = bench.shop.ok(&["jwt", "sign", "--key", "ca-cert.key.pem", "--device-id", DEVICE]);
    let run = bench.explain(other.trim(), &["--csv", "onboard.csv"]);
    assert!(
        run.stdout.starts_with(
            "error[signature.foreign]: not signed by the key of onboard.csv, line 1; onboard.csv, line 1 has another key for this device\n"
        ),
        "{run:#?}"
    );

    let load = |name: &str| {
        pki::input::load(&std::fs::read(bench.shop.path(name)).unwrap())
            .unwrap()
            .private_key()
            .unwrap()
            .clone()
    };
    let (key, stranger) = (load(&bench.key), load("certs/stranger.key.pem"));
    let header = jwt_core::Header::new();
    let (json, kid) = (format!(r#"{{"sub":"{DEVICE}"}}"#), stranger.public_key().key_id());
    let payload = jwt_core::JsonPayload::new(&json).unwrap();
    let token = jwt_core::sign_to_string(&header.with_kid(&kid), &payload, &key).unwrap();
    let keys = ["--key", &bench.key, "--key", "certs/stranger.key.pem"];
    bench.has(&token, &keys, "warning signature.key-id");
}

#[test]
fn devices() {
    let bench = Bench::new();
    bench.has(&bench.payload("{}"), &[], "error device.missing");
    bench.has(&bench.payload(r#"{"iss":"nRF9160"}"#), &[], "error device.missing");
    bench.has(&bench.payload(r#"{"sub":"a b"}"#), &[], "error device.form");
    bench.has(&bench.payload(r#"{"aud":"team"}"#), &[], "note device.proxy");
    let evaluation = bench.payload(r#"{"sub":"nrfcloud-evaluation-device-1"}"#);
    bench.has(&evaluation, &[], "warning device.evaluation");
    bench.has(&bench.payload(&format!(r#"{{"iss":"nRF9160.{DEVICE}"}}"#)), &[], "ok device");
    let token = bench.sign(&["--device-id", "other"]);
    bench.has(&token, &["--device-id", DEVICE], "error device.other");
    bench.has(&token, &["--csv", "onboard.csv"], "error device.row");
    bench.has(&token, &["--cert", &bench.certificate], "warning device.common-name");
    let run = bench.explain(&token, &["--csv", "onboard.csv"]);
    assert!(
        run.stdout.contains(&format!(
            "error[device.row]: onboard.csv, line 1 gives the key that signed to the device {DEVICE}, and the token speaks for other\n  next: sign it with --device-id {DEVICE}\n"
        )),
        "{run:#?}"
    );
}

#[test]
fn times_are_told_in_numbers() {
    let bench = Bench::new();
    let explain = |json: &str, at: &str| {
        let run = bench.explain(&bench.payload(json), &["--at", at]);
        let line = run.stdout.lines().find(|line| line.contains("[time")).unwrap().to_owned();
        (line, run.code)
    };
    assert_eq!(
        explain(r#"{"sub":"x","exp":2000}"#, "2095"),
        (
            "error[time.expired]: expired 1 min 35 s (95 s) ago, at 1970-01-01 00:33:20 UTC; it is 1970-01-01 00:34:55 UTC by the moment of --at, leeway 1 min".to_owned(),
            10
        )
    );
    // Within the leeway it may pass: what nRF Cloud allows is not known.
    let (line, code) = explain(r#"{"sub":"x","exp":2000}"#, "2060");
    assert!(
        line.starts_with("warning[time.expired]: ") && line.ends_with(", within the leeway of 1 min"),
        "{line}"
    );
    assert_eq!(code, 0);
    for (json, at, start, code) in [
        (
            r#"{"sub":"x","nbf":2000}"#,
            "1000",
            "error[time.not-before]: not valid for another 16 min 40 s (1000 s), until ",
            10,
        ),
        (
            r#"{"sub":"x","iat":2000}"#,
            "1900",
            "error[time.issued]: issued 1 min 40 s (100 s) in the future, at ",
            10,
        ),
        (r#"{"sub":"x","iat":3000,"exp":2900}"#, "2800", "error[time.issued]", 10),
        (r#"{"sub":"x","iat":950,"exp":900}"#, "899", "warning[time.issued]", 10),
        (r#"{"sub":"x","iat":0,"exp":864000}"#, "9", "warning[time.lifetime]: lives 10 d; ", 0),
        (r#"{"sub":"x","iat":0}"#, "864000", "warning[time.lifetime]: has no `exp`, and is 10 d old; ", 0),
        (r#"{"sub":"x","exp":864000}"#, "863000", "ok[time]: expires in 16 min 40 s, ", 0),
        (r#"{"sub":"x"}"#, "5", "ok[time]: has no `exp`: ", 0),
    ] {
        let (line, ended) = explain(json, at);
        assert!(line.starts_with(start), "{json} at {at}: {line}");
        assert_eq!(ended, code, "{json} at {at}: {line}");
    }
    let (ids, _) = bench.ids(&bench.payload(r#"{"sub":"x","iat":950,"exp":900}"#), &["--at", "899"]);
    assert!(ids.contains(&"error time.order".to_owned()), "{ids:?}");
    bench.has(&bench.payload(r#"{"sub":"x","aud":"a"}"#), &["--aud", "b"], "error audience.other");
    bench.has(&bench.payload(r#"{"sub":"x"}"#), &["--aud", "b"], "error audience.other");
}

#[test]
fn the_guides_token_is_taken_with_the_guides_files() {
    let bench = Bench::new();
    let token = std::fs::read_to_string(fixture("guide/token.txt")).unwrap();
    let csv = fixture("guide/onboard.csv");
    let run = bench.explain(token.trim(), &["--csv", csv.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{run:#?}");
    assert!(run.stdout.contains("ok[time]: has no `exp`"), "{run:#?}");
}

#[test]
fn nrf_cloud_is_asked_by_the_token_itself() {
    let cloud = CloudSim::start();
    let bench = Bench::new();
    let bench = Bench { shop: bench.shop.at(&cloud), ..bench };
    let token = bench.sign(&["--device-id", DEVICE]);
    let args = ["--cert", bench.certificate.as_str(), "--online"];
    let run = bench.explain(&token, &args);
    assert_eq!(run.code, 10, "{run:#?}");
    assert!(run.stdout.contains("\nok[host.clock]: this host's clock is 0 s "), "{run:#?}");
    assert!(
        run.stdout.contains(&format!(
            "\nerror[cloud.refused]: nRF Cloud does not take the token: the key that it has for this device is not that of {}, or it does not have the device (FetchDevice was refused with status 401, nRF Cloud code 40100 (access denied, or the wrong kind of token): Access denied.)\n",
            bench.certificate
        )),
        "{run:#?}"
    );
    bench.has(&token, &args, "error cloud.device-unknown");

    bench.shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    bench.has(&token, &args, "ok cloud.accepted");
    // Another key for the device that is there.
    let other = bench.shop.ok(&["jwt", "sign", "--key", "ca-cert.key.pem", "--device-id", DEVICE]);
    bench.has(other.trim(), &["--online"], "note cloud.device-known");
    bench.has(&bench.payload(r#"{"aud":"team"}"#), &["--online"], "error cloud.refused");
    assert!(!run.stdout.contains(API_KEY) && !run.stderr.contains(API_KEY));
}

#[test]
fn a_clock_that_is_wrong_is_told_and_times_are_judged_by_the_other() {
    let bench = Bench::new();
    let url = server(
        "HTTP/1.1 401 Unauthorized\r\nDate: Tue, 24 Nov 2020 08:00:00 GMT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    let bench = Bench { shop: bench.shop.env("NRFCLOUD_API_URL", url), ..bench };
    let token = bench.sign(&["--device-id", DEVICE]);
    bench.has(&token, &["--online"], "warning host.clock");
    bench.has(&token, &["--online"], "error time.issued");
    let run = bench.explain(&token, &["--online"]);
    assert!(run.stdout.contains("it is 2020-11-24 0"), "{run:#?}");
    assert!(run.stdout.contains("UTC by nRF Cloud's clock"), "{run:#?}");
}

#[test]
fn without_a_network_the_rest_is_told_all_the_same() {
    let bench = Bench::new();
    let bench = Bench { shop: bench.shop.env("NRFCLOUD_API_URL", nobody()), ..bench };
    let token = bench.sign(&["--device-id", DEVICE]);
    let run = bench.explain(&token, &["--cert", &bench.certificate, "--online"]);
    assert_eq!(run.code, 8, "{run:#?}");
    assert!(run.stdout.starts_with("ok[signature.signer]: "), "{run:#?}");
    assert!(
        run.stdout.contains("error[cloud.unreachable]: GetSystemStatus at http://127.0.0.1:"),
        "{run:#?}"
    );
}
