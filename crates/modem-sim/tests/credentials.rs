//! The credential store by `%CMNG`, `%KEYGEN` and `%JWT`: what is kept, what comes out, what is refused.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/modem.rs"]
mod modem;

use modem::{CA, NOW, numeric, refuses, says};
use modem_sim::{Builder, Device, ModemSim};

const DEVICE: &str = include_str!("../../../fixtures/modem-sim/device-cert.pem");

const KEY: &str = include_str!("../../../fixtures/modem-sim/key-sec1.pem");

fn list(modem: &mut Device, command: &str) -> Vec<String> {
    let response = String::from_utf8(modem.execute(command.as_bytes(), NOW).response()).unwrap();
    let rows = response.strip_suffix("OK\r\n").unwrap().lines();
    rows.map(|row| row.split('"').next().unwrap().to_owned()).collect()
}

fn sha256(content: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
}

#[test]
fn credentials_are_written_listed_read_and_deleted() {
    let mut modem = numeric(ModemSim::builder());
    let crlf = CA.replace('\n', "\r\n");
    says(&mut modem, &format!("AT%CMNG=0,42,0,\"{CA}\""), "OK\n");
    says(&mut modem, &format!("AT%CMNG=0, 42, 1, \"{DEVICE}\""), "OK\n");
    let written = modem.execute(format!("AT%CMNG=0,7,0,\"{crlf}\"").as_bytes(), NOW);
    assert_eq!(written.result(), "OK");
    says(&mut modem, "AT%CMNG=1,42,0", &format!("%CMNG: 42,0,\"{}\"\nOK\n", sha256(CA)));
    says(&mut modem, "AT%CMNG=1,7", &format!("%CMNG: 7,0,\"{}\"\nOK\n", sha256(&crlf)));
    says(&mut modem, "AT%CMNG=1,42,2", "OK\n");
    assert_eq!(
        list(&mut modem, "AT%CMNG=1"),
        [
            "%CMNG: 7,0,",
            "%CMNG: 42,0,",
            "%CMNG: 42,1,",
            "%CMNG: 4294967293,10,",
            "%CMNG: 4294967294,6,",
            "%CMNG: 4294967292,11,"
        ]
    );
    let read = modem.execute(b"AT%CMNG=2,42,0", NOW).response();
    let expected = format!("%CMNG: 42,0,\"{}\",\"{CA}\"\r\nOK\r\n", sha256(CA));
    assert_eq!(String::from_utf8(read).unwrap(), expected);
    says(&mut modem, &format!("AT%CMNG=0,42,0,\"{DEVICE}\""), "OK\n");
    says(&mut modem, "AT%CMNG=1,42,0", &format!("%CMNG: 42,0,\"{}\"\nOK\n", sha256(DEVICE)));
    says(&mut modem, "AT%CMNG=3,42,0", "OK\n");
    refuses(&mut modem, "AT%CMNG=3,42,0", 513);
    refuses(&mut modem, "AT%CMNG=2,42,0", 513);
}

#[test]
fn the_list_of_an_empty_store_shows_what_the_modem_keeps() {
    let mut modem = ModemSim::builder().build_device().unwrap();
    let answer = String::from_utf8(modem.execute(b"AT%CMNG=1,4294967293,10", NOW).response()).unwrap();
    let digest = "2C43952EE9E000FF2ACC4E2ED0897C0A72AD5FA72C3D934E81741CBD54F05BD1";
    assert_eq!(answer, format!("%CMNG: 4294967293,10,\"{digest}\"\r\nOK\r\n"));
}

#[test]
fn what_the_modem_keeps_is_not_touched() {
    let mut modem = numeric(ModemSim::builder());
    for reserved in ["4294967292,11", "4294967293,10", "4294967294,6"] {
        refuses(&mut modem, &format!("AT%CMNG=3,{reserved}"), 514);
        refuses(&mut modem, &format!("AT%CMNG=2,{reserved}"), 514);
    }
    refuses(&mut modem, &format!("AT%CMNG=0,4294967293,0,\"{CA}\""), 514);
    refuses(&mut modem, "AT%KEYGEN=4294967293,2,0", 514);
    refuses(&mut modem, &format!("AT%CMNG=0,1,6,\"{CA}\""), 514);
    refuses(&mut modem, &format!("AT%CMNG=0,1,8,\"{CA}\""), 514);
    refuses(&mut modem, &format!("AT%CMNG=0,4294967295,0,\"{CA}\""), 50);
    says(&mut modem, &format!("AT%CMNG=0,2147483648,0,\"{CA}\""), "OK\n");
}

#[test]
fn secrets_do_not_come_out() {
    let mut modem = numeric(ModemSim::builder());
    says(&mut modem, &format!("AT%CMNG=0,1,2,\"{KEY}\""), "OK\n");
    says(&mut modem, "AT%CMNG=0,1,3,\"00112233\"", "OK\n");
    says(&mut modem, "AT%CMNG=0,1,4,\"nrf-1\"", "OK\n");
    assert_eq!(modem.execute(b"AT%KEYGEN=2,2,0", NOW).result(), "OK");
    assert_eq!(modem.execute(b"AT%KEYGEN=2,8", NOW).result(), "OK");
    for secret in ["1,2", "1,3", "2,2", "2,8"] {
        refuses(&mut modem, &format!("AT%CMNG=2,{secret}"), 514);
    }
    assert_eq!(modem.execute(b"AT%CMNG=2,1,4", NOW).result(), "OK");
    let all = String::from_utf8(modem.execute(b"AT%CMNG=1", NOW).response()).unwrap();
    assert!(all.contains(&sha256(KEY)));
    assert_eq!(format!("{modem:?}").matches("Device {").count(), 1);
    assert!(!format!("{modem:?}").contains("PRIVATE"));
}

#[test]
fn a_private_key_is_not_written_over() {
    let mut modem = numeric(ModemSim::builder());
    says(&mut modem, &format!("AT%CMNG=0,1,2,\"{KEY}\""), "OK\n");
    refuses(&mut modem, &format!("AT%CMNG=0,1,2,\"{KEY}\""), 519);
    refuses(&mut modem, "AT%KEYGEN=1,2,0", 519);
    says(&mut modem, "AT%CMNG=3,1,2", "OK\n");
    assert_eq!(modem.execute(b"AT%KEYGEN=1,2,0", NOW).result(), "OK");
    refuses(&mut modem, "AT%KEYGEN=1,2,1", 519);
}

#[test]
fn an_active_modem_changes_nothing() {
    let mut modem = numeric(ModemSim::builder());
    says(&mut modem, &format!("AT%CMNG=0,1,0,\"{CA}\""), "OK\n");
    for active in [1, 2, 21] {
        says(&mut modem, &format!("AT+CFUN={active}"), "OK\n");
        says(&mut modem, "AT+CFUN?", &format!("+CFUN: {active}\nOK\n"));
        says(&mut modem, "AT+CFUN=31", "OK\n");
        refuses(&mut modem, &format!("AT%CMNG=0,2,0,\"{CA}\""), 518);
        refuses(&mut modem, "AT%CMNG=3,1,0", 518);
        refuses(&mut modem, "AT%KEYGEN=2,2,0", 518);
        refuses(&mut modem, "AT%XSYSTEMMODE=0,1,0,0", 518);
        assert_eq!(list(&mut modem, "AT%CMNG=1,1"), ["%CMNG: 1,0,"]);
        assert_eq!(modem.execute(b"AT%CMNG=2,1,0", NOW).result(), "OK");
        assert_eq!(modem.execute(b"AT%JWT=0,0,\"\",\"\"", NOW).result(), "OK");
        assert_eq!(modem.execute(b"AT%ATTESTTOKEN", NOW).result(), "OK");
        for quiet in [0, 4, 20, 44] {
            says(&mut modem, &format!("AT+CFUN={quiet}"), "OK\n");
            says(&mut modem, &format!("AT%CMNG=0,2,0,\"{CA}\""), "OK\n");
        }
    }
    refuses(&mut modem, "AT+CFUN=3", 0);
    refuses(&mut modem, "AT+CFUN=", 0);
}

#[test]
fn a_full_store_takes_nothing_new() {
    let mut modem = numeric(ModemSim::builder().credential_capacity(2));
    says(&mut modem, &format!("AT%CMNG=0,1,0,\"{CA}\""), "OK\n");
    assert_eq!(modem.execute(b"AT%KEYGEN=1,2,0", NOW).result(), "OK");
    refuses(&mut modem, &format!("AT%CMNG=0,1,1,\"{DEVICE}\""), 515);
    refuses(&mut modem, "AT%KEYGEN=2,2,0", 515);
    says(&mut modem, &format!("AT%CMNG=0,1,0,\"{DEVICE}\""), "OK\n");
    says(&mut modem, "AT%CMNG=3,1,2", "OK\n");
    says(&mut modem, &format!("AT%CMNG=0,1,1,\"{DEVICE}\""), "OK\n");
}

#[test]
fn content_is_looked_into_from_2_0_2_on() {
    let broken = "AT%CMNG=0,1,0,\"-----BEGIN CERTIFICATE-----\\nMIIB\"";
    let mut strict = numeric(ModemSim::builder());
    refuses(&mut strict, broken, 527);
    assert_eq!(list(&mut strict, "AT%CMNG=1,1"), [""; 0]);
    let mut lenient = numeric(ModemSim::builder().firmware("mfw_nrf91x1_2.0.1".parse().unwrap()));
    says(&mut lenient, broken, "OK\n");
}

#[test]
fn wrong_parameters_of_the_credential_commands_are_50() {
    let mut modem = numeric(ModemSim::builder());
    for command in [
        "AT%CMNG=",
        "AT%CMNG=4",
        "AT%CMNG=0",
        "AT%CMNG=0,1,0",
        "AT%CMNG=0,1,0,\"\"",
        "AT%CMNG=0,1,0,bare",
        "AT%CMNG=0,1,0,\"open",
        "AT%CMNG=0,1,12,\"x\"",
        "AT%CMNG=0,-1,0,\"x\"",
        "AT%CMNG=0,1,0,\"x\",\"passwd\",\"more\"",
        "AT%CMNG=1,1,2,3",
        "AT%CMNG=1,\"1\"",
        "AT%CMNG=1,,0",
        "AT%CMNG=2,1",
        "AT%CMNG=2,,0",
        "AT%CMNG=3,1,300",
        "AT%CMNG=3,1,0,0",
        "AT%JWT=0",
        "AT%JWT=1,0,\"\",\"\"",
        "AT%JWT=0,-1,\"\",\"\"",
        "AT%JWT=0,0,sub,\"\"",
        "AT%JWT=0,0,\"\",\"\",1",
        "AT%JWT=0,0,\"\",\"\",1,0",
        "AT%JWT=0,0,\"\",\"\",,2",
        "AT%JWT=0,0,\"\",\"\",1,8",
    ] {
        refuses(&mut modem, command, 50);
    }
    for command in ["AT%CMNG", "AT%CMNG?", "AT%JWT", "AT%JWT?", "AT%KEYGEN", "AT%KEYGEN=?", "AT%ATTESTTOKEN?"]
    {
        refuses(&mut modem, command, 0);
    }
    for command in [
        "AT%KEYGEN=1",
        "AT%KEYGEN=1,3",
        "AT%KEYGEN=1,2,2",
        "AT%KEYGEN=1,8,0",
        "AT%KEYGEN=1,2,0,\"XX=1\"",
        "AT%KEYGEN=1,2,0,\"CN=1\",\"10101000\"",
        "AT%KEYGEN=1,2,0,\"CN=1\",\"101010000\",1",
        "AT%KEYGEN=2147483668,2,0",
        "AT%ATTESTTOKEN=\"00\"",
        "AT%ATTESTTOKEN=\"zz115c20ac3f381b520b43c76bd5d99c\"",
        "AT%ATTESTTOKEN=\"90115c20ac3f381b520b43c76bd5d99c\",1",
    ] {
        refuses(&mut modem, command, 0);
    }
    assert_eq!(list(&mut modem, "AT%CMNG=1").len(), 3, "nothing was stored by a refused command");
}

#[test]
fn a_token_needs_a_key_that_can_sign_it() {
    let mut modem = numeric(ModemSim::builder());
    let p384 = include_str!("../../../fixtures/modem-sim/key-p384.pem");
    refuses(&mut modem, "AT%JWT=0,0,\"\",\"\",5,2", 513);
    refuses(&mut modem, "AT%JWT=0,0,\"\",\"\",4294967294,2", 514);
    says(&mut modem, &format!("AT%CMNG=0,5,2,\"{p384}\""), "OK\n");
    refuses(&mut modem, "AT%JWT=0,0,\"\",\"\",5,2", 525);
    says(&mut modem, &format!("AT%CMNG=0,6,2,\"{KEY}\""), "OK\n");
    assert_eq!(modem.execute(b"AT%JWT=0,0,\"\",\"\",6,2", NOW).result(), "OK");
}

#[test]
fn a_certificate_tells_until_when_it_is_valid() {
    let mut modem = numeric(Builder::default());
    says(&mut modem, &format!("AT%CMNG=0,1,0,\"{CA}\""), "OK\n");
    says(&mut modem, "AT%CMNG=0,1,4,\"id\"", "OK\n");
    // As `openssl x509 -serial -dates` has it of the fixture.
    says(
        &mut modem,
        "AT%CERTEXPIRY=1,0",
        "%CERTEXPIRY: 68BA47A0CB776D25BCBE4CE7A06D0487D9A8C1D9,20261124041613Z,21261031041613Z\nOK\n",
    );
    refuses(&mut modem, "AT%CERTEXPIRY=1,1", 513);
    refuses(&mut modem, "AT%CERTEXPIRY=1,4", 527);
    refuses(&mut modem, "AT%CERTEXPIRY=1", 0);
    refuses(&mut modem, "AT%CERTEXPIRY?", 0);
    let mut old = numeric(Builder::default().model("nRF9160-SICA".parse().unwrap()));
    says(&mut old, &format!("AT%CMNG=0,1,0,\"{CA}\""), "OK\n");
    refuses(&mut old, "AT%CERTEXPIRY=1,0", 0);
}

#[test]
fn a_firmware_without_an_identity_makes_no_keys() {
    let builder = || Builder::default().model("nRF9160-SICA".parse().unwrap());
    let mut old = numeric(builder().firmware("mfw_nrf9160_1.2.8".parse().unwrap()));
    for command in ["AT%KEYGEN=1,2,0", "AT%JWT=0,0,\"\",\"\"", "AT%ATTESTTOKEN"] {
        refuses(&mut old, command, 0);
    }
    let mut modem = builder().firmware("mfw_nrf9160_1.3.0".parse().unwrap()).build_device().unwrap();
    let answer = modem.execute(b"AT%KEYGEN=1,2,0", 0).response();
    assert!(answer.starts_with(b"%KEYGEN: \"MII"));
}
