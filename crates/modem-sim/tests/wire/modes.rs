//! Each mode has its own bytes around the same modem.

use base64ct::{Base64, Encoding};
use modem_sim::{Mode, ModemSim};
use sha2::{Digest, Sha256};

use crate::host::Host;

const CA: &str = include_str!("../../../../fixtures/modem-sim/ca-cert.pem");

fn kit(mode: Mode) -> (ModemSim, Host) {
    let imei = "352656106647673".parse().unwrap();
    let kit = ModemSim::builder().seed(1).imei(imei).mode(mode).colours(false).start().unwrap();
    let host = Host::open(&kit);
    (kit, host)
}

#[test]
fn an_at_shell() {
    let (kit, mut host) = kit(Mode::AtShell);
    host.ask("\r\n", "\r\nuart:~$ ");
    host.ask("at AT+CGSN\r\n", "at AT+CGSN\r\n352656106647673\r\r\nOK\r\r\n\r\nuart:~$ ");
    host.ask("at 'AT+CFUN=9'\r\n", "at 'AT+CFUN=9'\r\nERROR\r\r\n\r\nuart:~$ ");
    // Notifications are for those who ask for them.
    host.ask("at AT+CEREG=1\r", "at AT+CEREG=1\r\nOK\r\r\n\r\nuart:~$ ");
    host.ask("at AT+CFUN=1\r", "at AT+CFUN=1\r\nOK\r\r\n\r\nuart:~$ ");
    host.ask("at events_enable\r", "at events_enable\r\nAT command event handler enabled\r\nuart:~$ ");
    host.ask(
        "at AT+CFUN=4\r",
        "at AT+CFUN=4\r\nAT event handler:\r\n+CEREG: 0\r\r\n\r\nOK\r\r\n\r\nuart:~$ ",
    );
    kit.stop().unwrap();
}

#[test]
fn a_certificate_comes_through_a_shell_with_other_line_ends() {
    let (_kit, mut host) = kit(Mode::AtShell);
    let line = format!("at 'AT%CMNG=0,42,0,\"{}\"'", CA.replace('\n', "\\n"));
    host.send(format!("{line}\r\n"));
    let echo = host.read_to("uart:~$ ");
    // The terminal is 80 characters wide, and 8 of them are the prompt's.
    assert!(echo.starts_with(&format!("{}\r\n{}\r\n", &line[..72], &line[72..152])), "{echo}");
    assert_eq!(echo.replace("\r\n", "").replace('\r', ""), format!("{line}OKuart:~$ "));
    host.send("at AT%CMNG=1,42\r");
    let digest: String =
        Sha256::digest(CA.replace('\n', "\r\n")).iter().map(|byte| format!("{byte:02X}")).collect();
    let list = host.read_to("uart:~$ ");
    assert!(list.contains(&format!("\r\n%CMNG: 42,0,\"{digest}\"\r\r\nOK\r\r\n")), "{list}");
}

#[test]
fn a_line_that_is_longer_than_the_buffer_is_cut() {
    let kit = ModemSim::builder().mode(Mode::AtShell).colours(false).shell_buffer(16).start().unwrap();
    let mut host = Host::open(&kit);
    host.ask("at AT+CGMMxxxxxxxxxx\r", "at AT+CGMMxxxxx\r\nERROR\r\r\n\r\nuart:~$ ");
}

#[test]
fn the_modem_shell() {
    let kit = ModemSim::builder().mode(Mode::ModemShell).start().unwrap();
    let mut host = Host::open(&kit);
    host.ask("at AT\r", "at AT\r\nOK\r\r\n\r\n\x1b[1;32mmosh:~$ \x1b[m");
    host.ask("at AT+X\r", "at AT+X\r\n\x1b[1;31mERROR\r\r\n\r\n\x1b[m\x1b[1;32mmosh:~$ \x1b[m");
}

#[test]
fn the_at_command_mode() {
    let (_kit, mut host) = kit(Mode::AtCommandMode);
    host.ask("AT+CGSN\r\n", "AT+CGSN\r\n352656106647673\r\nOK\r\n");
    host.ask("AT|AT+CGMM\r", "AT|AT+CGMM\r\nOK\r\nnRF9151-LACA\r\nOK\r\n");
    let rule = "=".repeat(59);
    host.ask("\x18\x11", &format!("{rule}\r\nAT command mode exited\r\nuart:~$ "));
    host.ask("at AT\r", "at AT\r\nOK\r\r\n\r\nuart:~$ ");
}

#[test]
fn serial_modem() {
    let (kit, mut host) = kit(Mode::SerialModem);
    host.ask("\r\nAT\r\n", "\r\nOK\r\n");
    host.ask("AT+CGSN\r", "\r\n352656106647673\r\n\r\nOK\r\n");
    host.ask("AT+NONE\r", "\r\nERROR\r\n");
    host.ask("AT#XSMVER\r", "\r\n#XSMVER: \"v1.0.0\",\"v3.1.99\"\r\n\r\nOK\r\n");
    host.ask("AT#XUUID\r", &format!("\r\n#XUUID: {}\r\n\r\nOK\r\n", kit.device_uuid()));
    host.ask("ATE1\r", "\r\nOK\r\n");
    host.ask("AT\r", "AT\r\r\nOK\r\n");
    host.ask("AT+CEREG=1\rATE0\r", "AT+CEREG=1\r\r\nOK\r\nATE0\r\r\nOK\r\n");
    host.ask("AT+CFUN=1\r", "\r\nOK\r\n\r\n+CEREG: 5\r\n");
    host.ask("AT#XRESET\r", "\r\nOK\r\nReady\r\n");
    host.ask("AT+CEREG?\r", "\r\n+CEREG: 0,4\r\n\r\nOK\r\n");
}

/// What a program types, and what is printed between its echo and the next prompt.
#[track_caller]
fn says(host: &mut Host, line: &str, expected: &str) {
    host.send(format!("{line}\r\n"));
    let printed = host.read_to("uart:~$ ");
    let printed = printed.strip_suffix("uart:~$ ").unwrap().replace("\r\n", "");
    assert_eq!(printed, format!("{line}{}", expected.replace('\n', "")), "{line}");
}

#[test]
fn the_credentials_shell() {
    let (_kit, mut host) = kit(Mode::TlsShell);
    says(&mut host, "at AT+CGSN", "at: command not found");
    says(&mut host, "cred buf clear", "Credential buffer cleared.");
    let text = Base64::encode_string(CA.as_bytes());
    for chunk in text.as_bytes().chunks(48) {
        let chunk = core::str::from_utf8(chunk).unwrap();
        says(&mut host, &format!("cred buf {chunk}"), &format!("Stored {} bytes.", chunk.len()));
    }
    let length = CA.len() + 1;
    says(
        &mut host,
        "cred add 42 CA DEFAULT bint",
        &format!(
            "Added TLS credential of type CA_CERT, sectag 42, and length {length} bytes.\nCredential buffer cleared."
        ),
    );
    let digest = Base64::encode_string(&Sha256::digest(format!("{CA}\0")));
    says(&mut host, "cred list 42 CA", &format!("42,CA,{digest},0\n1 credentials found."));
    says(&mut host, "cred list 42 SERV", "0 credentials found.");
    says(&mut host, "cred list any ca", &format!("42,CA,{digest},0\n1 credentials found."));
    says(
        &mut host,
        "cred add 42 CA DEFAULT str again",
        "Stored 5 bytes.\nTLS credential with sectag 42 and type CA_CERT already exists.\nCredential buffer cleared.",
    );
    says(&mut host, "cred get 42 CA strt", &{
        let shown: Vec<_> = CA
            .replace('\n', "?")
            .as_bytes()
            .chunks(32)
            .map(|piece| String::from_utf8_lossy(piece).into_owned())
            .collect();
        format!(
            "{}\nNon-printable characters were included in the output and filtered. Have you selected the correct storage format?",
            shown.join("\n")
        )
    });
    says(&mut host, "cred del 42 CA", "Deleted TLS credential with sectag 42 and type CA_CERT.");
    says(&mut host, "cred del 42 CA", "There is no TLS credential with sectag 42 and type CA_CERT.");
    says(&mut host, "nrf_cloud_cred keygen", "nrf_cloud_cred: command not found");
}

#[test]
fn what_the_credentials_shell_refuses() {
    let (_kit, mut host) = kit(Mode::TlsShell);
    for (line, answer) in [
        ("cred add 42 CA DEFAULT bint", "Please provide a credential to add."),
        ("cred add x CA DEFAULT bint", "x is not a valid sectag."),
        ("cred add 1 CERT DEFAULT bint", "CERT is not a valid credential type."),
        ("cred add 1 CA OTHER bint", "OTHER is not a valid backend."),
        ("cred add 1 CA DEFAULT pem", "pem is not a valid storage format."),
        ("cred add 1 CA DEFAULT", "add: wrong parameter count"),
        (
            "cred add 1 CA DEFAULT bin A",
            "Stored 1 bytes.\nCould not decode input from base64, error: -22\nCredential buffer cleared.",
        ),
        ("cred get 1 CA str", "There is no TLS credential with sectag 1 and type CA_CERT."),
        ("cred", "cred: wrong parameter count"),
        ("cred fly", "fly: wrong parameter count"),
    ] {
        says(&mut host, line, answer);
    }
    let chunk = "A".repeat(4000);
    says(&mut host, &format!("cred buf {chunk}"), "Stored 4000 bytes.");
    says(
        &mut host,
        &format!("cred buf {}", &chunk[..96]),
        "Not enough room in credential buffer for provided data. Increase CONFIG_TLS_CREDENTIALS_SHELL_CRED_BUF_SIZE.\nCredential buffer cleared.",
    );
}

#[test]
fn a_credential_is_loaded_as_it_is_typed() {
    let (_kit, mut host) = kit(Mode::TlsShell);
    host.ask("cred buf load\r", "cred buf load\r\nInput credential, finish with CTRL+C.\r\n");
    host.ask("one\r\ntwo\x03", "Stored 8 bytes.\r\nuart:~$ ");
    says(
        &mut host,
        "cred add 1 PSK DEFAULT str",
        "Added TLS credential of type PRE_SHARED_KEY, sectag 1, and length 8 bytes.\nCredential buffer cleared.",
    );
    let digest = Base64::encode_string(&Sha256::digest("one\r\ntwo"));
    says(&mut host, "cred list", &format!("1,PSK,{digest},0\n1 credentials found."));
}

#[test]
fn a_key_that_stays_inside() {
    let (kit, mut host) = kit(Mode::CredShell);
    says(&mut host, "nrf_cloud_cred csr 42", "CSR generation failed: -5");
    says(&mut host, "nrf_cloud_cred pubkey 42", "Public key export failed: -5");
    says(&mut host, "nrf_cloud_cred keygen 42", "Generated device key in sec tag 42");
    says(
        &mut host,
        "nrf_cloud_cred keygen 42",
        "Key already exists in sec tag 42. Use 'delete' to remove it first.",
    );
    host.send("nrf_cloud_cred pubkey 42\r");
    let key = host.read_to("uart:~$ ");
    let key =
        key.split_once("PUBKEY: ").unwrap().1.split_once("\r\nPublic key export complete\r\n").unwrap().0;
    let key = Base64::decode_vec(key).unwrap();
    assert_eq!((key.len(), key[0]), (65, 4));
    for (line, name) in [
        ("nrf_cloud_cred csr 42", kit.device_uuid().to_string()),
        ("nrf_cloud_cred csr 42 \"CN=nrf-1,O=Example\"", "nrf-1".to_owned()),
    ] {
        host.send(format!("{line}\r"));
        let csr = host.read_to("uart:~$ ");
        let csr = csr.split_once("CSR: ").unwrap().1.split_once("\r\nCSR generation complete\r\n").unwrap().0;
        let csr = Base64::decode_vec(csr).unwrap();
        let request = pki::csr::CertificateRequest::from_der(&csr).unwrap();
        request.verify().unwrap();
        assert!(csr.windows(65).any(|window| window == key), "{line}");
        assert!(csr.windows(name.len()).any(|window| window == name.as_bytes()), "{line}");
        // ecdsa-with-SHA256 without the NULL that a modem writes.
        assert!(csr.windows(12).any(|w| w == *b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"));
    }
    says(&mut host, "nrf_cloud_cred csr 42 nonsense", "CSR generation failed: -22");
    says(&mut host, "nrf_cloud_cred keygen -1", "Invalid sec tag: -1");
    host.send("cred list 42\r");
    assert!(host.read_to("uart:~$ ").contains("\r\n42,PK_PSA,"));
    says(&mut host, "nrf_cloud_cred delete 42", "Deleted device key in sec tag 42");
    says(&mut host, "nrf_cloud_cred delete 42", "Deleted device key in sec tag 42");
    says(&mut host, "cred list 42", "0 credentials found.");
    says(&mut host, "nrf_cloud_cred keygen", "Generated device key in sec tag 16842753");
}

#[test]
fn an_nrf93m1() {
    let (kit, mut host) = kit(Mode::Nrf93);
    host.ask("ATE0\r", "ATE0\r\r\nOK\r\n");
    host.ask("AT\r", "\r\nOK\r\n");
    host.ask("AT+CGMM\r", "\r\nnRF93M1\r\n\r\nOK\r\n");
    let uuid = kit.device_uuid();
    host.ask(
        "AT%DEVICEUUID\r",
        &format!("\r\n%DEVICEUUID: creating device uuid...\r\n%DEVICEUUID: {uuid}\r\n\r\nOK\r\n"),
    );
    host.ask("AT%DEVICEUUID\r", &format!("\r\n%DEVICEUUID: {uuid}\r\n\r\nOK\r\n"));
    let spki = Base64::encode_string(&kit.identity_public_key().to_spki_der());
    host.send("AT%CLOUDACCESSKEY\r");
    assert!(host.read_to("\r\n\r\nOK\r\n").contains(&format!("\r\n%CLOUDACCESSKEY: {spki}\r\n")));
    host.ask("AT%REGJWT\r", "\r\nERROR\r\n");
    host.ask("AT+CMEE=2\r", "\r\nOK\r\n");
    host.ask("AT%REGJWT=\"\"\r", "\r\n+CME ERROR: phone failure\r\n");
    host.ask("AT+CMEE=1\r", "\r\nOK\r\n");
    host.ask("AT%REGJWT=\"\"\r", "\r\n+CME ERROR: 0\r\n");
    host.send("AT%REGJWT=\"1a2b3c4d-e5f6-7890-abcd-ef1234567890\"\r");
    let token = host.read_to("\r\n\r\nOK\r\n");
    let token = token.strip_prefix("\r\n%REGJWT: ").unwrap().strip_suffix("\r\n\r\nOK\r\n").unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let decode = |text: &str| base64ct::Base64UrlUnpadded::decode_vec(text).unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    assert_eq!(decode(header), br#"{"typ":"JWT","alg":"ES256"}"#);
    assert_eq!(
        String::from_utf8(decode(payload)).unwrap().trim_end(),
        format!(r#"{{"sub":"{uuid}","id":"1a2b3c4d-e5f6-7890-abcd-ef1234567890"}}"#)
    );
    let key = kit.identity_public_key();
    let judge = &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED;
    aws_lc_rs::signature::UnparsedPublicKey::new(judge, key.sec1_point())
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap();
}
