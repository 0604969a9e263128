mod keys;
mod script;
mod store;

use std::io::Write;
use std::net::TcpListener;
use std::{fs, io};

use crate::support::{DEVICE, ModemSim, Shop};

#[test]
fn info_tells_who_the_modem_is() {
    let kit = ModemSim::start(&["--seed", "7"]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    let document = shop.json(&["modem", "info"]);
    assert_eq!(document["schema"], "nrfcloud.modem.info");
    assert_eq!(document["imei"], kit.imei);
    assert_eq!(document["device_uuid"], kit.device_uuid);
    assert_eq!(document["model"], "nRF9151-LACA");
    assert!(shop.ok(&["modem", "info"]).contains(&format!("IMEI               {}\n", kit.imei)));
}

#[test]
fn a_certificate_is_written_read_back_and_the_modem_put_back() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::with_device().env("NRFCLOUD_PORT", &kit.port);
    shop.ok(&["modem", "at", "AT+CFUN=1"]);
    let certificate = format!("certs/{DEVICE}.crt.pem");
    let document = shop.json(&["modem", "write", "--sec-tag", "42", "--type", "cert", &certificate]);
    assert_eq!(document["schema"], "nrfcloud.modem.write");
    assert_eq!(
        (&document["sec_tag"], &document["type"], &document["verified"]),
        (&42.into(), &1.into(), &true.into())
    );
    assert_eq!(shop.ok(&["modem", "at", "AT+CFUN?"]), "+CFUN: 1\n");
    let slots = shop.json(&["modem", "slots", "--sec-tag", "42"]);
    assert_eq!(slots["slots"][0]["sha256"], document["sha256"]);

    shop.ok(&["modem", "delete", "--sec-tag", "42", "--type", "cert"]);
    assert_eq!(shop.ok(&["modem", "slots", "--sec-tag", "42"]), "");
    assert_eq!(shop.ok(&["modem", "at", "AT+CFUN?"]), "+CFUN: 1\n");
}

#[test]
fn a_dry_run_changes_nothing() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::with_device().env("NRFCLOUD_PORT", &kit.port);
    let before = shop.ok(&["modem", "slots"]);
    for args in [
        &["modem", "write", "--sec-tag", "1", "--type", "ca", "ca-cert.crt.pem", "--dry-run"][..],
        &["modem", "keygen", "--sec-tag", "1", "--dry-run"],
        &["modem", "delete", "--sec-tag", "1", "--type", "ca", "--dry-run"],
    ] {
        assert_eq!(shop.ok(args), "", "{args:?}");
    }
    assert_eq!(shop.ok(&["modem", "slots"]), before);
}

#[test]
fn a_key_made_in_the_modem_signs_tokens_that_its_certificate_verifies() {
    let kit = ModemSim::start(&["--seed", "3"]);
    let shop = Shop::with_authority().env("NRFCLOUD_PORT", &kit.port);
    let blob = shop.ok(&["modem", "keygen", "--sec-tag", "16842753"]);
    shop.write("blob", &blob);
    shop.ok(&[
        "cert",
        "issue",
        "--ca",
        "ca-cert.crt.pem",
        "--ca-key",
        "ca-cert.key.pem",
        "--keygen",
        "blob",
        "--csv",
        "onboard.csv",
    ]);
    let certificate = format!("certs/{}.crt.pem", kit.device_uuid);
    shop.ok(&["modem", "write", "--sec-tag", "16842753", "--type", "cert", &certificate]);

    // Without a subject the modem names itself; with one, that is the device.
    let token = shop.ok(&["jwt", "sign", "--key-type", "client"]);
    shop.ok(&["jwt", "verify", token.trim(), "--cert", &certificate, "--device-id", &kit.device_uuid]);
    let token = shop.ok(&["modem", "jwt", "--sec-tag", "16842753", "--device-id", "x"]);
    shop.ok(&["jwt", "verify", token.trim(), "--key", "blob", "--device-id", "x"]);
    // The identity key signs where no security tag is given.
    let token = shop.ok(&["jwt", "sign"]);
    shop.write("identity.pem", &kit.identity_key);
    shop.ok(&["jwt", "verify", token.trim(), "--key", "identity.pem"]);
    let run = shop.run(&["jwt", "verify", token.trim(), "--cert", &certificate]);
    assert_eq!(run.code, 10);
}

#[test]
fn a_slot_that_is_taken_is_not_overwritten_by_a_new_key() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    let document = shop.json(&["modem", "keygen", "--sec-tag", "5", "--public-key"]);
    assert_eq!(document["device_uuid"], kit.device_uuid);
    shop.refused(
        &["modem", "keygen", "--sec-tag", "5"],
        6,
        "error: the modem refused AT%KEYGEN=5,2,0: +CME ERROR: 519 (already exists)\n\
         help: choose another sec_tag, or delete the slot if its content is not needed\n",
    );
}

#[test]
fn a_modem_without_time_makes_no_token_that_expires() {
    let kit = ModemSim::start(&["--no-time"]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    shop.refused(
        &["jwt", "sign"],
        6,
        "error: the modem has no valid time, so its token has no `exp`\n\
         help: set its clock: nrfcloud modem time --set now; or give --no-exp\n",
    );
    shop.ok(&["jwt", "sign", "--no-exp"]);
}

#[test]
fn the_clock_is_read_and_set() {
    let kit = ModemSim::start(&["--no-time"]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    let run = shop.run(&["modem", "time"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert_eq!(run.stderr, "note: the modem has no valid time: its tokens carry neither iat nor exp\n");
    assert_eq!(shop.json(&["modem", "time"])["time"], serde_json::Value::Null);

    let run = shop.run(&["modem", "time", "--set", "2026-11-24T04:10:00Z", "--dry-run"]);
    assert_eq!(run.code, 0, "{run:#?}");
    assert!(run.stderr.starts_with("note: would set the clock to 26/11/24,04:10:00+00\n"), "{run:#?}");
    assert_eq!(shop.json(&["modem", "time"])["time"], serde_json::Value::Null);

    let document = shop.json(&["modem", "time", "--set", "2026-11-24T04:10:00Z"]);
    assert_eq!((&document["schema"], &document["set"]), (&"nrfcloud.modem.time".into(), &true.into()));
    let time = document["time"].as_i64().unwrap();
    assert!((1_795_493_400..1_795_493_410).contains(&time), "{time}");
    assert!(shop.ok(&["modem", "time"]).starts_with("2026-11-24 04:1"));

    // A token made now is one that a server would take.
    shop.ok(&["modem", "time", "--set", "now"]);
    let token = shop.ok(&["jwt", "sign"]);
    shop.write("key", &kit.identity_key);
    shop.ok(&["jwt", "verify", token.trim(), "--key", "key"]);

    let run = shop.run(&["modem", "time", "--set", "1999-01-01T00:00:00Z"]);
    assert_eq!(run.code, 3, "{run:#?}");
    assert!(run.stderr.contains("a modem's clock goes from the year 2000 to 2099"), "{run:#?}");
    assert_eq!(shop.run(&["modem", "time", "--dry-run"]).code, 2);
}

#[test]
fn a_device_proves_its_identity() {
    let kit = ModemSim::start(&["--seed", "5"]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    let run = shop.run(&["modem", "attest"]);
    assert_eq!(run.code, 0, "{run:#?}");
    assert_eq!(run.stderr, "note: whoever has this token can claim the device as long as nobody has\n");
    let challenge = "000102030405060708090A0B0C0D0E0F";
    let document = shop.json(&["modem", "attest", "--challenge", challenge]);
    assert_eq!(document["schema"], "nrfcloud.modem.attest");
    assert_eq!(
        (&document["imei"], &document["device_uuid"]),
        (&kit.imei.as_str().into(), &kit.device_uuid.as_str().into())
    );
    shop.write("token", document["token"].as_str().unwrap());
    assert!(shop.ok(&["cert", "show", "token"]).contains(&kit.device_uuid));
    let run = shop.run(&["modem", "attest", "--challenge", "00"]);
    assert_eq!(run.code, 3, "{run:#?}");
    assert!(run.stderr.contains("it is not 32 hexadecimal digits"), "{run:#?}");
    // No part of the token is in what -v shows.
    let run = shop.run(&["modem", "attest", "-v"]);
    let shown = run.stderr.lines().filter(|line| line.contains("ATTESTTOKEN")).collect::<Vec<_>>();
    assert_eq!(shown, ["trace: > AT%ATTESTTOKEN", "trace: < %ATTESTTOKEN: [182 bytes]"]);
}

#[test]
fn what_a_modem_cannot_sign_is_said_before_it_is_asked() {
    let shop = Shop::new().env("NRFCLOUD_PORT", "/dev/does-not-exist");
    shop.refused(
        &["jwt", "sign", "--iss", "me"],
        2,
        "error: --iss cannot be asked of a modem: AT%JWT takes sub, aud and a lifetime only\n\
         help: leave it out, or sign by --key\n",
    );
    shop.refused(
        &["jwt", "sign", "--sec-tag", "1", "--key-type", "identity"],
        2,
        "error: the identity key has no --sec-tag\nhelp: leave one of the two out\n",
    );
}

#[test]
fn reserved_tags_and_wrong_content_are_refused_before_anything_is_sent() {
    let shop = Shop::with_device().env("NRFCLOUD_PORT", "/dev/does-not-exist");
    shop.refused(
        &["modem", "write", "--sec-tag", "2147483648", "--type", "cert", "x"],
        3,
        "error: sec_tag 2147483648 is a test tag, its TLS traffic can be decrypted; use 0 to 2147483647\n\
         help: the value of `--sec-tag <TAG>` is refused; --help tells what it takes\n",
    );
    let key = format!("certs/{DEVICE}.key.pem");
    shop.refused(
        &["modem", "write", "--sec-tag", "1", "--type", "cert", &key],
        3,
        &format!("error: {key}: this is a private key, not a certificate\nhelp: `nrfcloud cert show {key}` says what is in it\n"),
    );
}

#[test]
fn ports_are_listed() {
    let document = Shop::new().json(&["modem", "ports"]);
    assert_eq!(document["schema"], "nrfcloud.modem.ports");
    assert!(document["boards"].is_array());
}

#[test]
fn no_port_at_all() {
    Shop::new().refused(
        &["modem", "info"],
        5,
        "error: no port given\nhelp: give --port or set NRFCLOUD_PORT; `nrfcloud modem ports` lists the ports of this host\n",
    );
}

#[test]
fn a_chain_is_written_as_a_whole() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::with_device().env("NRFCLOUD_PORT", &kit.port);
    let chain = shop.read(&format!("certs/{DEVICE}.crt.pem")) + &shop.read("ca-cert.crt.pem");
    shop.write("chain.pem", &chain);
    shop.ok(&["modem", "write", "--sec-tag", "42", "--type", "cert", "chain.pem"]);
    let slots = shop.json(&["modem", "slots", "--sec-tag", "42"]);
    let stored = slots["slots"][0]["sha256"].as_str().unwrap();
    assert_eq!(stored, stored.to_lowercase());
    shop.ok(&["modem", "write", "--sec-tag", "43", "--type", "cert", &format!("certs/{DEVICE}.crt.pem")]);
    let first = shop.json(&["modem", "slots", "--sec-tag", "43"]);
    assert_ne!(first["slots"][0]["sha256"], stored);
}

#[test]
fn modem_jwt_takes_what_a_modem_can_do_and_names_itself() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    assert_eq!(shop.json(&["modem", "jwt"])["schema"], "nrfcloud.modem.jwt");
    assert_eq!(shop.json(&["jwt", "sign"])["schema"], "nrfcloud.jwt.sign");
    assert_eq!(shop.run(&["modem", "jwt", "--key", "key.pem"]).code, 2);
    let help = shop.ok(&["jwt", "sign", "--help"]);
    let (_, port) = help.split_once("\nPort:\n").unwrap();
    let port = port.split("\nGlobal options:").next().unwrap();
    assert_eq!(port.lines().filter(|line| line.trim_start().starts_with("--")).count(), 4, "{port}");
}

#[test]
fn a_pre_shared_key_without_quotes_is_a_secret_too() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    let run = shop.run(&["-v", "modem", "at", "AT%CMNG=0,42,3,5c2b1f9d8e7a4b3c"]);
    assert!(run.stderr.contains("AT%CMNG=0,42,3,[16 bytes]"), "{run:?}");
    assert!(!run.stderr.contains("5c2b1f9d8e7a4b3c"), "{run:?}");
}

#[test]
fn help_speaks_of_what_was_given() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    shop.write("psk.txt", "0x5c2b");
    shop.refused(
        &["modem", "write", "--sec-tag", "5", "--type", "psk", "psk.txt"],
        3,
        "error: psk.txt: a pre-shared key is an even number of hexadecimal digits, and this is something else\n\
         help: write the key as hexadecimal digits, without 0x and spaces; for its name there is --type psk-id\n",
    );
    let run = shop.run(&["modem", "keygen", "--sec-tag", "6", "--attributes", "XX=1"]);
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.stderr.contains("\nhelp: check --attributes: "), "{run:?}");
}

/// The address of a terminal server: bytes, both ways, behind what it says first.
fn terminal_server(kit: &ModemSim, banner: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let port = fs::File::options().read(true).write(true).open(&kit.port).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(banner).unwrap();
        let (mut commands, mut into) = (stream.try_clone().unwrap(), port.try_clone().unwrap());
        std::thread::spawn(move || io::copy(&mut commands, &mut into));
        io::copy(&mut &port, &mut stream)
    });
    address
}

#[test]
fn a_kit_behind_a_network_is_the_same_kit() {
    let kit = ModemSim::start(&[]);
    let address = terminal_server(&kit, b"");
    let found = Shop::new().ok(&["modem", "at", "AT+CGSN", "--port", &address]);
    assert_eq!(found, format!("{}\n", kit.imei));
}

#[test]
fn the_rtt_server_of_j_link_says_who_it_is_first() {
    let kit = ModemSim::start(&[]);
    let banner = b"SEGGER J-Link V8.10 - Real time terminal output\r\n\
        SEGGER J-Link (unknown) V1.0, SN=1051202135\r\nProcess: JLinkExe\r\n";
    let address = terminal_server(&kit, banner);
    let found = Shop::new().ok(&["modem", "at", "AT+CGSN", "--port", &address]);
    assert_eq!(found, format!("{}\n", kit.imei));
}
