//! What a kit keeps without power.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use modem_sim::{Builder, Mode, ModemSim, RunError, StartError};

use crate::host::Host;

const CA: &str = include_str!("../../../../fixtures/modem-sim/ca-cert.pem");
const KEY: &str = include_str!("../../../../fixtures/modem-sim/key-sec1.pem");

fn kit(file: &Path) -> Builder {
    ModemSim::builder().seed(7).response_prefix(false).colours(false).state(file)
}

fn refused(builder: Builder) -> String {
    match builder.start().unwrap_err() {
        StartError::State { reason, .. } => reason,
        error => panic!("{error}"),
    }
}

#[test]
fn a_kit_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kit.json");
    let first = kit(&file).start().unwrap();
    let mut host = Host::open(&first);
    host.ask("AT+CGSN\r", &format!("{}\r\nOK\r\n", first.imei()));
    assert!(!file.exists(), "nothing to keep yet");
    host.ask(&format!("AT%CMNG=0,1,0,\"{CA}\"\r"), "OK\r\n");
    host.ask(&format!("AT%CMNG=0,1,2,\"{KEY}\"\r"), "OK\r\n");
    host.send("AT%KEYGEN=2,2,1\r");
    let made = host.read_to("OK\r\n");
    host.send("AT%CMNG=1\r");
    let list = host.read_to("OK\r\n");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    first.stop().unwrap();

    let second = kit(&file).start().unwrap();
    let mut host = Host::open(&second);
    host.ask("AT%CMNG=1\r", &list);
    host.ask("AT+CMEE=1\r", "OK\r\n");
    host.ask("AT%KEYGEN=2,2,1\r", "+CME ERROR: 519\r\n");
    // The key of tag 2 signs as before, and the next key is another one.
    host.send("AT%JWT=0,0,\"\",\"\",2,2\r");
    assert!(host.read_to("OK\r\n").starts_with("%JWT: \""));
    host.send("AT%KEYGEN=3,2,1\r");
    assert_ne!(host.read_to("OK\r\n")[..130], made[..130]);
    host.ask("AT%CMNG=3,1,0\r", "OK\r\n");
    second.stop().unwrap();

    let third = kit(&file).start().unwrap();
    let mut host = Host::open(&third);
    host.ask("AT%CMNG=1,1,0\r", "OK\r\n");
}

#[test]
fn a_credential_shell_and_an_nrf93m1_keep_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shell.json");
    let shell = || kit(&file).mode(Mode::CredShell).start().unwrap();
    let first = shell();
    let mut host = Host::open(&first);
    host.send("cred add 42 CA DEFAULT strt text\rnrf_cloud_cred keygen 42\rcred list\r");
    let list = host.read_to("2 credentials found.\r\n");
    let list = list.split_once("cred list").unwrap().1.to_owned();
    first.stop().unwrap();
    let second = shell();
    let mut host = Host::open(&second);
    host.ask("cred list\r", &format!("cred list{list}"));
    assert!(refused(kit(&file)).contains("of a kit of the kind `credentials`, and not of `modem`"));

    let file = folder.path().join("nrf93.json");
    let modem = || kit(&file).mode(Mode::Nrf93).echo(false).start().unwrap();
    let first = modem();
    let mut host = Host::open(&first);
    host.send("AT%DEVICEUUID\r");
    assert!(host.read_to("OK\r\n").contains("creating"));
    first.stop().unwrap();
    let second = modem();
    let mut host = Host::open(&second);
    host.ask("AT%DEVICEUUID\r", &format!("\r\n%DEVICEUUID: {}\r\n\r\nOK\r\n", second.device_uuid()));
}

#[test]
fn the_file_of_another_kit_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kit.json");
    let head = r#""modem-sim":1,"warning":"holds private keys","seed":7,"kit":"modem","drawn":0"#;
    for (text, reason) in [
        (
            r#"{"modem-sim":1,"warning":"","seed":8,"kit":"modem"}"#.to_owned(),
            "it is of the kit with the seed 8, and not of 7".to_owned(),
        ),
        (
            r#"{"modem-sim":2,"warning":"","seed":7,"kit":"modem"}"#.to_owned(),
            "form 2 is not known, only 1".to_owned(),
        ),
        (String::new(), "EOF while parsing a value at line 1 column 0".to_owned()),
        (
            format!(r#"{{{head},"slots":[{{"tag":1,"type":12,"content":"AA=="}}]}}"#),
            "the slot 1,12 holds nothing that it can hold".to_owned(),
        ),
        (
            format!(r#"{{{head},"slots":[{{"tag":1,"type":2,"key":"AA=="}}]}}"#),
            "the slot 1,2 holds nothing that it can hold".to_owned(),
        ),
        (
            format!(r#"{{{head},"slots":[{{"tag":1,"type":2}}]}}"#),
            "the slot 1,2 holds nothing that it can hold".to_owned(),
        ),
    ] {
        std::fs::write(&file, &text).unwrap();
        assert_eq!(refused(kit(&file)), reason);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}

#[test]
fn a_change_that_cannot_be_kept_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let kit = kit(&inner.join("kit.json")).start().unwrap();
    let mut host = Host::open(&kit);
    host.ask("AT+CMEE=1\r", "OK\r\n");
    std::fs::remove_dir(&inner).unwrap();
    host.ask("AT%CMNG=0,1,4,\"ab\"\r", "+CME ERROR: 23\r\n");
    let error = kit.stop().unwrap_err();
    assert!(matches!(error, RunError::State { .. }), "{error}");
    assert!(
        error
            .to_string()
            .starts_with(&format!("cannot write the state file {}: ", inner.join("kit.json").display()))
    );
}
