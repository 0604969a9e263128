//! Keys that modems make, in every form.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

use crate::support::{ModemSim, Shop};

#[test]
fn a_request_has_the_subject_and_the_usage_that_were_asked_for() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    let args = ["modem", "keygen", "--sec-tag", "42", "--attributes", "CN=nrf-352656106647673,O=Example"];
    let run = shop.run(&[&args[..], &["--key-usage", "101010000", "-v"]].concat());
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr.contains("> AT%KEYGEN=42,2,0,\"CN=nrf-352656106647673,O=Example\",\"101010000\"\n"),
        "{run:?}"
    );
    shop.write("blob", &run.stdout);
    let shown = shop.ok(&["cert", "show", "blob"]);
    assert!(shown.contains("CN=nrf-352656106647673"), "{shown}");
    // A program takes the request as it is known elsewhere.
    let document = shop.json(&["modem", "keygen", "--sec-tag", "44", "--key-usage", "101010000"]);
    shop.write("request.pem", document["csr"].as_str().unwrap());
    let shown = shop.ok(&["cert", "show", "request.pem"]);
    assert!(shown.contains(&kit.device_uuid), "{shown}");
    shop.refused(
        &["modem", "keygen", "--sec-tag", "43", "--key-usage", "10101"],
        3,
        "error: key usage `10101` is not nine bits such as 101010000\n\
         help: the value of `--key-usage <BITS>` is refused; --help tells what it takes\n",
    );
}

#[test]
fn an_endorsement_key_is_made_once_and_shown_again() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    let args = ["modem", "keygen", "--sec-tag", "42", "--endorsement"];
    let first = shop.json(&args);
    assert_eq!(first["device_uuid"], kit.device_uuid);
    assert!(first["public_key"].as_str().unwrap().starts_with("-----BEGIN PUBLIC KEY-----\n"));
    assert_eq!(shop.json(&args)["public_key"], first["public_key"]);
    assert!(shop.ok(&["modem", "slots", "--type", "8"]).starts_with("42\t8 (endorsement private key)\t"));
    for args in [
        &["--endorsement", "--public-key"][..],
        &["--endorsement", "--attributes", "CN=x"],
        &["--public-key", "--key-usage", "101010000"],
        &["--self-signed", "--public-key"],
    ] {
        assert_eq!(shop.run(&[&["modem", "keygen", "--sec-tag", "1"], args].concat()).code, 2, "{args:?}");
    }
}

/// A certificate, and a statement of the device over its digest; of the statement's form nothing more is known.
fn stated(der: &[u8]) -> String {
    let mut cose = vec![0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x04, 0x41, 0x21, 0x58, 0x22, 0x58, 0x20];
    cose.extend(modem_at::Sha256Digest::of(der).as_bytes());
    cose.extend([0x58, 0x40]);
    cose.extend([9; 64]);
    format!("{}.{}", Base64UrlUnpadded::encode_string(der), Base64UrlUnpadded::encode_string(&cose))
}

/// A modem that has just one answer: that to AT%KEYGEN. Gives its port, and what it was asked.
fn modem_that_says(firmware: &'static str, keygen: String) -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("tcp://{}", listener.local_addr().unwrap());
    let (asked, commands) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut input = BufReader::new(stream.try_clone().unwrap());
            let mut line = Vec::new();
            while input.read_until(b'\r', &mut line).is_ok_and(|read| read > 0) {
                let command = String::from_utf8(std::mem::take(&mut line)).unwrap().trim().to_owned();
                let information = match command.as_str() {
                    "AT+CGMR" => format!("{firmware}\r\n"),
                    "AT+CFUN?" => "+CFUN: 0\r\n".to_owned(),
                    "AT+CMEE?" => "+CMEE: 1\r\n".to_owned(),
                    command if command.starts_with("AT%KEYGEN") => format!("%KEYGEN: \"{keygen}\"\r\n"),
                    _ => String::new(),
                };
                if asked.send(command).is_err() || write!(stream, "\r\n{information}OK\r\n").is_err() {
                    break;
                }
            }
        }
    });
    (port, commands)
}

#[test]
fn a_modem_signs_its_own_certificate_from_2_0_2_on() {
    // An authority signs itself, too.
    let shop = Shop::with_authority();
    let pem = shop.read("ca-cert.crt.pem");
    let mut der =
        Base64::decode_vec(&pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap();
    let blob = stated(&der);
    let (port, commands) = modem_that_says("mfw_nrf91x1_2.0.2", blob.clone());
    let args = ["modem", "keygen", "--sec-tag", "42", "--self-signed", "--key-usage", "100000000", "--port"];
    let document = shop.json(&[&args[..], &[&port]].concat());
    assert!(commands.try_iter().any(|command| command == "AT%KEYGEN=42,14,2,,\"100000000\""));
    assert_eq!(document["certificate"], pem);
    assert_eq!(document["keygen"], blob);

    // One that another key has signed.
    *der.last_mut().unwrap() ^= 1;
    let (port, _commands) = modem_that_says("mfw_nrf91x1_2.0.2", stated(&der));
    let run = shop.run(&[&args[..], &[&port]].concat());
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.stderr.starts_with("error: the answer to AT%KEYGEN cannot be trusted: "), "{run:?}");

    let (port, commands) = modem_that_says("mfw_nrf91x1_2.0.1", String::new());
    shop.refused(
        &[&args[..], &[&port]].concat(),
        6,
        "error: mfw_nrf91x1_2.0.1 makes no certificate of its own\n\
         help: that begins with mfw_nrf91x1_2.0.2; before, a request is signed by an authority: nrfcloud cert issue --keygen\n",
    );
    assert!(!commands.try_iter().any(|command| command.starts_with("AT%KEYGEN")));
}

#[test]
fn a_kit_without_a_modem_makes_a_key_too() {
    let kit = ModemSim::start(&["--mode", "cred-shell"]);
    let shop = Shop::with_authority().env("NRFCLOUD_PORT", &kit.port);
    let keygen = ["modem", "keygen", "--sec-tag", "42", "--attributes", "CN=a-device"];
    let csr = shop.ok(&keygen);
    assert!(csr.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"), "{csr}");
    let issue = ["cert", "issue", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem", "--csr", "-"];
    let run = shop.run_with(&issue, csr.as_bytes());
    assert_eq!(run.code, 0, "{run:?}");
    shop.ok(&["modem", "write", "--sec-tag", "42", "--type", "cert", "certs/a-device.crt.pem"]);
    // Its key stays: a second one is refused until it is deleted.
    let run = shop.run(&keygen);
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.stderr.contains("Key already exists in sec tag 42"), "{run:?}");
    shop.ok(&["modem", "delete", "--sec-tag", "42", "--type", "key"]);
    let public = shop.ok(&["modem", "keygen", "--sec-tag", "42", "--public-key"]);
    assert!(public.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{public}");
    shop.refused(
        &["modem", "keygen", "--sec-tag", "43", "--endorsement"],
        2,
        "error: this kit has no modem, and its shell makes no such key\n\
         help: ask for a certificate request, with --attributes or without, or for --public-key\n",
    );
}
