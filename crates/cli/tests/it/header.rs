//! What `jwt sign` puts around the claims: the header, the audiences, the file.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::support::{DEVICE, ModemSim, Shop};

const KEY: &str = "certs/1c9d6e0a-4f53-4b8e-9d54-2f6f5d0a7c11.key.pem";
const SIGN: [&str; 6] = ["jwt", "sign", "--key", KEY, "--device-id", DEVICE];

fn sign(shop: &Shop, more: &[&str]) -> String {
    shop.ok(&[&SIGN[..], more].concat()).trim_end().to_owned()
}

fn header(token: &str) -> String {
    let part = token.split('.').next().unwrap();
    String::from_utf8(Base64UrlUnpadded::decode_vec(part).unwrap()).unwrap()
}

#[test]
fn the_header_has_what_was_asked_for() {
    let shop = Shop::with_device();
    let token = sign(&shop, &["--header", "cty=a=b", "--header", "typ=at+jwt"]);
    assert_eq!(header(&token), r#"{"alg":"ES256","typ":"at+jwt","cty":"a=b"}"#);
    shop.ok(&["jwt", "verify", &token, "--key", KEY, "--device-id", DEVICE]);
    let token = sign(&shop, &["--header", "kid=line 7"]);
    assert_eq!(header(&token), r#"{"alg":"ES256","typ":"JWT","kid":"line 7"}"#);
}

#[test]
fn the_certificate_of_the_key_is_named_by_its_hash() {
    let shop = Shop::with_device();
    let certificate = format!("certs/{DEVICE}.crt.pem");
    let token = sign(&shop, &["--x5t", &certificate]);
    let document = shop.json(&["cert", "show", &certificate]);
    let sha256 = document["items"][0]["sha256"].as_str().unwrap();
    let octets: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&sha256[2 * at..2 * at + 2], 16).unwrap()).collect();
    let thumbprint = Base64UrlUnpadded::encode_string(&octets);
    assert_eq!(header(&token), format!(r#"{{"alg":"ES256","typ":"JWT","x5t#S256":"{thumbprint}"}}"#));
    shop.refused(
        &[&SIGN[..], &["--x5t", "ca-cert.crt.pem"]].concat(),
        3,
        "error: ca-cert.crt.pem is not the certificate of the key that signs\n\
         help: give the certificate that was issued for --key\n",
    );
}

#[test]
fn no_header_makes_a_token_that_nobody_takes() {
    let shop = Shop::with_device();
    for (parameters, code, message) in [
        (&["alg=none"][..], 3, "\"alg=none\": `alg` cannot be set: it is always ES256"),
        (&["typ"], 3, "header \"typ\": is not NAME=TEXT"),
        (&["a=1", "a=2"], 3, "the header is not acceptable JSON: duplicate member at byte "),
        (&["typ=a", "typ=b"], 3, "the header is not acceptable JSON: duplicate member at byte "),
        (&["crit=exp"], 3, "the header has `crit`, and no extension is known here"),
        (&["b64=false"], 3, "the header has `b64`: unencoded payloads are not accepted"),
    ] {
        let more: Vec<&str> = parameters.iter().flat_map(|parameter| ["--header", parameter]).collect();
        let run = shop.run(&[&SIGN[..], &more].concat());
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{parameters:?}: {run:?}");
        assert!(run.stderr.starts_with(&format!("error: {message}")), "{parameters:?}: {run:?}");
        assert!(run.stderr.contains("\nhelp: "), "{parameters:?}: {run:?}");
    }
}

#[test]
fn several_audiences_are_a_list() {
    let shop = Shop::with_device();
    let token = sign(&shop, &["--aud", "one", "--aud", "two", "--no-iat", "--no-exp"]);
    let document = shop.json(&["jwt", "inspect", &token]);
    assert_eq!(document["claims"]["aud"], serde_json::json!(["one", "two"]));
    for audience in ["one", "two"] {
        shop.ok(&["jwt", "verify", &token, "--key", KEY, "--aud", audience]);
    }
    assert_eq!(shop.run(&["jwt", "verify", &token, "--key", KEY, "--aud", "three"]).code, 10);
}

#[test]
fn a_modem_is_not_asked_for_what_only_a_host_can() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new();
    let sign = |more: &[&str]| shop.run(&[&["jwt", "sign", "--port", &kit.port], more].concat());
    let run = sign(&["--aud", "one", "--aud", "two"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (2, "error: AT%JWT takes one --aud, not several\nhelp: leave all but one out, or sign by --key\n")
    );
    for (more, option) in [(&["--header", "a=b"][..], "--header"), (&["--x5t", "none.pem"], "--x5t")] {
        let run = sign(more);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.starts_with(&format!("error: {option} cannot be asked of a modem")), "{run:?}");
    }
}

#[test]
fn a_token_in_a_file_is_its_owners_alone() {
    let shop = Shop::with_device();
    let args = [&SIGN[..], &["-o", "out/token.txt"]].concat();
    assert_eq!(shop.ok(&args), "out/token.txt\n");
    shop.ok(&["jwt", "verify", shop.read("out/token.txt").trim_end(), "--key", KEY, "--device-id", DEVICE]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(shop.path("out/token.txt")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    shop.refused(
        &args,
        3,
        "error: file exists: out/token.txt\nhelp: give --force to overwrite it, or write to another place\n",
    );
    let document = shop.json(&[&args[..], &["--force"]].concat());
    assert_eq!(
        (&document["schema"], &document["path"], &document["token"]),
        (&"nrfcloud.jwt.sign".into(), &"out/token.txt".into(), &serde_json::Value::Null)
    );
    let before = shop.files();
    let run = shop.run(&[&SIGN[..], &["-o", "other.txt", "--dry-run"]].concat());
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", "note: would write other.txt (0600)\n"));
    assert_eq!(shop.files(), before);
}
