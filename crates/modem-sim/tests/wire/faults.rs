//! Each fault does what it says, at the commands that it is for, and is counted.

use std::time::Duration;

use modem_sim::{Builder, Mode, ModemSim};

use crate::host::Host;

const CA: &str = include_str!("../../../../fixtures/modem-sim/ca-cert.pem");

fn plain() -> Builder {
    ModemSim::builder().seed(1).response_prefix(false).boot_time(Duration::from_millis(1))
}

fn with(fault: &str) -> (ModemSim, Host) {
    start(plain().fault(fault.parse().unwrap()))
}

fn start(builder: Builder) -> (ModemSim, Host) {
    let kit = builder.start().unwrap();
    let host = Host::open(&kit);
    (kit, host)
}

#[test]
fn silence_is_after_the_deed() {
    let (kit, mut host) = with("silent on AT+CMEE=1");
    host.ask("AT\r", "OK\r\n");
    host.send("AT+CMEE=1\r");
    // This answer comes after nothing else, so the silence before it is a fact.
    host.ask("AT+CMEE?\r", "+CMEE: 1\r\nOK\r\n");
    assert_eq!(kit.fired(), [1]);
}

#[test]
fn a_notification_or_a_log_line_comes_in_its_place() {
    for (fault, answer) in [
        ("urc before", "\n+CEREG: 2\r\n\nnRF9151-LACA\r\nOK\r\n"),
        ("urc between", "\nnRF9151-LACA\r\n\n+CEREG: 2\r\nOK\r\n"),
        ("urc inside %XSIM: 1", "\nnRF915\n%XSIM: 1\r\n1-LACA\r\nOK\r\n"),
        ("urc after", "\nnRF9151-LACA\r\nOK\r\n\n+CEREG: 2\r\n"),
        ("log before", "[00:00:07.000,000] <inf> app: tick\r\n\nnRF9151-LACA\r\nOK\r\n"),
        ("log between a b", "\nnRF9151-LACA\r\na b\r\nOK\r\n"),
        ("log inside a b", "\nnRF915a b\r\n1-LACA\r\nOK\r\n"),
        ("log after a b", "\nnRF9151-LACA\r\nOK\r\na b\r\n"),
    ] {
        let fault = format!("{fault} on AT+CGMM times 1");
        let (kit, mut host) = start(ModemSim::builder().fault(fault.parse().unwrap()));
        host.ask("AT\r", "\nOK\r\n");
        host.ask("at+cgmm\r", answer);
        host.ask("AT+CGMM\r", "\nnRF9151-LACA\r\nOK\r\n");
        assert_eq!(kit.fired(), [1], "{fault}");
    }
}

#[test]
fn a_shell_takes_its_prompt_away_for_what_comes_behind_the_answer() {
    let builder = plain().mode(Mode::AtShell).colours(false);
    let (_kit, mut host) =
        start(builder.fault("urc after".parse().unwrap()).fault("log after x".parse().unwrap()));
    host.ask(
        "at AT\r",
        "at AT\r\nOK\r\r\n\r\nuart:~$ \x1b[8D\x1b[JAT event handler:\r\n+CEREG: 2\r\r\n\r\nuart:~$ \x1b[8D\x1b[Jx\r\nuart:~$ ",
    );
}

#[test]
fn garbage_is_the_same_in_every_run_and_changes_nothing_else() {
    let answers = [0, 1].map(|_| {
        let (kit, mut host) = with("garbage 40 on AT+CGMM");
        host.send("AT+CGMM\r");
        let mut garbage = vec![0; 40];
        std::io::Read::read_exact(&mut host.0, &mut garbage).unwrap();
        host.expect("nRF9151-LACA\r\nOK\r\n");
        assert_eq!(kit.fired(), [1]);
        host.ask("AT+CFUN=4\r", "OK\r\n");
        host.send("AT%KEYGEN=1,2,0\r");
        (garbage, host.read_to("OK\r\n"))
    });
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].0.iter().any(|byte| *byte != answers[0].0[0]));
    let (_kit, mut host) = start(plain());
    host.ask("AT+CFUN=4\r", "OK\r\n");
    host.send("AT%KEYGEN=1,2,0\r");
    assert_eq!(host.read_to("OK\r\n"), answers[0].1);
}

#[test]
fn bytes_are_lost_and_doubled() {
    for (fault, answer) in [
        ("drop 1", "RF9151-LACA\r\nOK\r\n"),
        ("drop 18", "nRF9151-LACA\r\nOK\r"),
        ("drop", "nRF9151-LCA\r\nOK\r\n"),
        ("double 3", "nRFF9151-LACA\r\nOK\r\n"),
        ("double", "nRF9151-LAACA\r\nOK\r\n"),
    ] {
        let (kit, mut host) = with(&format!("{fault} on AT+CGMM"));
        host.ask("AT+CGMM\r", answer);
        host.ask("AT\r", "OK\r\n");
        assert_eq!(kit.fired(), [1], "{fault}");
    }
    // There is no nineteenth byte to lose.
    let (kit, mut host) = with("drop 19 on AT+CGMM");
    host.ask("AT+CGMM\r", "nRF9151-LACA\r\nOK\r\n");
    assert_eq!(kit.fired(), [0]);
}

#[test]
fn bytes_are_lost_and_altered_on_the_way_to_the_kit() {
    for (fault, answer) in [
        ("lose on at+cm", "ERROR\r\n"),
        ("lose 7", "ERROR\r\n"),
        ("lose 2 on AT+CMEE*", "ERROR\r\n"),
        ("alter on AT+CMEE", "ERROR\r\n"),
        ("alter on AT+CMEE=", "OK\r\n"),
    ] {
        let (kit, mut host) = with(&format!("{fault} times 1"));
        host.ask("\nAT+CMEE=1\r", answer);
        host.ask("AT+CMEE?\r", "+CMEE: 0\r\nOK\r\n");
        host.ask("AT+CMEE=1\r", "OK\r\n");
        assert_eq!(kit.fired(), [1], "{fault}");
    }
    let (kit, mut host) = with("lose on AT+CGM skip 1 times 1");
    for answer in ["nRF9151-LACA\r\nOK\r\n", "ERROR\r\n", "nRF9151-LACA\r\nOK\r\n"] {
        host.ask("AT+CGMM\r", answer);
    }
    assert_eq!(kit.fired(), [1]);
    // The end of the command is lost: it goes on with the next.
    let (_kit, mut host) = with("lose on AT+CGMM times 1");
    host.ask("AT+CGMM\rAT\r", "ERROR\r\n");
    host.ask("AT\r", "OK\r\n");
}

#[test]
fn a_shell_does_not_echo_what_was_lost() {
    for (mode, fault, line, printed) in [
        (Mode::AtShell, "lose on AT+CG times 1", "at 'AT+CGMM'", "at 'AT+CGM'\r\nERROR\r\r\n\r\n"),
        (Mode::AtShell, "lose times 1", "at 'AT'", "at 'T'\r\nERROR\r\r\n\r\n"),
        (
            Mode::CredShell,
            "lose 4 on cred times 1",
            "cred list",
            "cred lit\r\nlit: wrong parameter count\r\n",
        ),
    ] {
        let (kit, mut host) = start(plain().mode(mode).colours(false).fault(fault.parse().unwrap()));
        host.ask(&format!("{line}\r"), printed);
        assert_eq!(kit.fired(), [1], "{fault}");
    }
}

#[test]
fn an_error_is_in_the_place_of_the_deed() {
    let (kit, mut host) = with("error on AT%CMNG=0* skip 1 times 1");
    for (tag, answer) in [(1, "OK\r\n"), (2, "ERROR\r\n"), (3, "OK\r\n")] {
        host.ask(&format!("AT%CMNG=0,{tag},0,\"{CA}\"\r"), answer);
        host.send(format!("AT%CMNG=1,{tag}\r"));
        assert_eq!(host.read_to("OK\r\n").contains("%CMNG: "), tag != 2);
    }
    assert_eq!(kit.fired(), [1]);

    let (_kit, mut host) = with("error 23 on AT+CFUN=4");
    host.ask("AT+CFUN=4\r", "ERROR\r\n");
    host.ask("AT+CMEE=1\r", "OK\r\n");
    host.ask("AT+CFUN=4\r", "+CME ERROR: 23\r\n");
    host.ask("AT+CFUN?\r", "+CFUN: 0\r\nOK\r\n");
}

#[test]
fn a_damaged_write_says_ok_and_has_another_digest() {
    let (kit, mut host) = with("wrong-sha times 3");
    host.ask("AT+CFUN=4\r", "OK\r\n");
    host.ask(&format!("AT%CMNG=0,1,0,\"{CA}\"\r"), "OK\r\n");
    host.ask("AT%CMNG=0,2,4,\"ab\"\r", "OK\r\n");
    host.ask("AT%CMNG=0,3,4,\"ab\"\r", "OK\r\n");
    host.send("AT%CMNG=2,2,4\r");
    assert!(host.read_to("OK\r\n").ends_with(",\"ac\"\r\nOK\r\n"));
    host.send("AT%CMNG=2,3,4\r");
    assert!(host.read_to("OK\r\n").ends_with(",\"ab\"\r\nOK\r\n"));
    assert_eq!(kit.fired(), [2], "AT+CFUN=4 met the fault, and writes nothing");
}

#[test]
fn a_full_store_refuses_what_needs_a_new_slot() {
    let (kit, mut host) = with("memory-full skip 3");
    host.ask("AT+CMEE=1\r", "OK\r\n");
    host.ask("AT%CMNG=0,1,4,\"ab\"\r", "OK\r\n");
    host.ask("AT+CFUN=4\r", "OK\r\n");
    host.ask("AT%CMNG=0,2,4,\"ab\"\r", "+CME ERROR: 515\r\n");
    host.ask("AT%KEYGEN=2,2,0\r", "+CME ERROR: 515\r\n");
    host.ask("AT%CMNG=0,1,4,\"cd\"\r", "OK\r\n");
    assert_eq!(kit.fired(), [2]);
}

#[test]
fn a_power_off_warning_protects_the_slots() {
    let firmware =
        |name: &str| plain().model(name.parse().unwrap()).fault("power-off-warning".parse().unwrap());
    let (kit, mut host) = start(firmware("nRF9151-LACA"));
    host.ask("AT+CMEE=1\r", "OK\r\n");
    host.ask("AT%CMNG=0,1,4,\"ab\"\r", "+CME ERROR: 528\r\n");
    host.ask("AT%CMNG=3,1,4\r", "+CME ERROR: 528\r\n");
    host.ask("AT%KEYGEN=1,2,0\r", "+CME ERROR: 528\r\n");
    host.ask("AT%CMNG=2,1,4\r", "+CME ERROR: 513\r\n");
    assert_eq!(kit.fired(), [3]);
    let old = firmware("nRF9160-SICA").firmware("mfw_nrf9160_1.3.1".parse().unwrap());
    let (kit, mut host) = start(old);
    host.ask("AT%CMNG=0,1,4,\"ab\"\r", "OK\r\n");
    assert_eq!(kit.fired(), [0], "the warning is younger than this firmware");
}

const BANNER: &str = "All pins have been configured as non-secure\r\nBooting TF-M v2.1.0\r\n\
    [Sec Thread] Secure image initializing!\r\n*** Booting nRF Connect SDK v2.9.99-98a5e50b9ac1 ***\r\n\
    *** Using Zephyr OS v3.7.99-693769a5c735 ***\r\nThe AT host sample started\r\nReady\r\n";

#[test]
fn a_reboot_forgets_what_was_switched_on_and_keeps_what_was_stored() {
    let (kit, mut host) = with("reboot on AT+CGSN times 1");
    host.ask("AT+CMEE=1\r", "OK\r\n");
    host.ask("AT%CMNG=0,1,4,\"ab\"\r", "OK\r\n");
    host.ask("AT+CFUN=1\r", "OK\r\n");
    host.ask("AT+CGSN\r", BANNER);
    host.ask("AT+CFUN?\r", "+CFUN: 0\r\nOK\r\n");
    host.ask("AT+CMEE?\r", "+CMEE: 0\r\nOK\r\n");
    host.send("AT%CMNG=2,1,4\r");
    assert!(host.read_to("OK\r\n").ends_with(",\"ab\"\r\nOK\r\n"));
    assert_eq!(kit.fired(), [1]);
}

#[test]
fn a_reboot_inside_an_answer_is_after_the_deed() {
    let (_kit, mut host) = with("reboot inside on AT%CMNG=0* times 1");
    host.ask("AT%CMNG=0,1,4,\"ab\"\r", &format!("OK{BANNER}"));
    host.ask("AT+CMEE=1\r", "OK\r\n");
    host.send("AT%CMNG=2,1,4\r");
    assert!(host.read_to("OK\r\n").ends_with(",\"ab\"\r\nOK\r\n"));
}

#[test]
fn a_port_that_is_gone_comes_back_with_a_kit_that_starts() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("kit");
    let builder = plain().link(&link).fault("unplug 5 1ms on AT+CGMM times 1".parse().unwrap());
    let (kit, mut host) = start(builder);
    assert_eq!(std::fs::read_link(&link).unwrap(), kit.path());
    let before = kit.path();
    host.send("AT+CMEE=1\rAT+CGMM\r");
    assert_eq!(host.read_to_the_end(), "OK\r\nnRF91");
    let path = std::iter::repeat_with(|| kit.path()).find(|path| *path != before).unwrap();
    let mut host = Host::at(&path);
    // The link is made before the banner is said, and the banner is all that the new port has to say.
    host.expect(BANNER);
    assert_eq!(std::fs::read_link(&link).unwrap(), path);
    host.ask("AT+CMEE?\r", "+CMEE: 0\r\nOK\r\n");
    assert_eq!(kit.fired(), [1]);
    kit.stop().unwrap();
    assert!(!link.is_symlink(), "the link goes with the kit");
}

#[test]
fn faults_of_a_credential_shell_are_for_its_lines() {
    let builder = plain()
        .mode(Mode::CredShell)
        .colours(false)
        .fault("error 12 on cred add*".parse().unwrap())
        .fault("error on nrf_cloud_cred keygen*".parse().unwrap())
        .fault("memory-full on nrf_cloud_cred keygen 43".parse().unwrap());
    let (kit, mut host) = start(builder);
    host.ask(
        "cred add 42 CA DEFAULT str x\r",
        "cred add 42 CA DEFAULT str x\r\nFailed to add TLS credential with sectag 42 and type CA_CERT. Error: -12\r\n.\r\nuart:~$ ",
    );
    host.ask(
        "nrf_cloud_cred keygen 42\r",
        "nrf_cloud_cred keygen 42\r\nKey generation failed: -5\r\nuart:~$ ",
    );
    host.ask("cred list\r", "cred list\r\n0 credentials found.\r\nuart:~$ ");
    assert_eq!(kit.fired(), [1, 1, 0]);
}
