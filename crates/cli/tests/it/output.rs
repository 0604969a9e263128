//! stdout is data, stderr the rest; colour, quiet, closed pipes.

use crate::support::{CloudSim, DEVICE, Shop, fixture, server};

#[test]
fn help_and_version_are_data_and_a_bad_command_line_is_not() {
    let shop = Shop::new();
    let run = shop.run(&["--version"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, concat!("nrfcloud ", env!("CARGO_PKG_VERSION"), "\n")));
    assert!(shop.ok(&["jwt", "--help"]).contains("Verify a token"));
    for args in [&["jwt", "juggle"][..], &["--format", "xml", "key", "create"], &["bulk", "show"], &[]] {
        let run = shop.run(args);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{args:?}: {run:?}");
    }
}

#[test]
fn every_verb_has_a_line_of_help() {
    let shop = Shop::new();
    for noun in ["ca", "cert", "key", "jwt", "device", "bulk", "agnss", "modem", "sim"] {
        let help = shop.ok(&[noun, "--help"]);
        let verbs =
            help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        for verb in verbs {
            let mut words = verb.split_whitespace();
            let name = words.next().unwrap();
            assert!(words.next().is_some(), "{noun} {name} has no help");
            if name != "help" {
                shop.ok(&[noun, name, "--help"]);
            }
        }
    }
}

#[test]
fn quiet_leaves_errors_only() {
    let shop = Shop::new();
    let bom = format!("\u{feff}{}", std::fs::read_to_string(fixture("pki/keys/public.pem")).unwrap());
    shop.write("key.pem", bom);
    assert_ne!(shop.run(&["key", "public", "key.pem"]).stderr, "");
    assert_eq!(shop.run(&["-q", "key", "public", "key.pem"]).stderr, "");
    assert_ne!(shop.run(&["-q", "key", "public", "nothing"]).stderr, "");
}

#[test]
fn colour_is_only_where_it_is_asked_for() {
    let shop = Shop::new();
    assert!(!shop.run(&["key", "public", "nothing"]).stderr.contains('\u{1b}'));
    assert!(
        shop.run(&["key", "public", "nothing", "--color", "always"])
            .stderr
            .starts_with("\u{1b}[31merror:\u{1b}[0m no such file")
    );
    let shop = shop.env("NO_COLOR", "1");
    assert!(!shop.run(&["key", "public", "nothing"]).stderr.contains('\u{1b}'));
}

#[test]
fn an_error_leaves_stdout_empty_also_in_json() {
    Shop::new().refused(
        &["key", "public", "nothing", "--json"],
        3,
        "error: no such file: nothing\nhelp: check the path, or give `-` for standard input\n",
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    let shop = Shop::new();
    let run = shop.run_unread(&["cert", "show", fixture("pki/certificates/chain.pem").to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn a_closed_pipe_changes_no_verdict() {
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    let pem = std::fs::read_to_string(fixture("cloud-sim/p384.crt.pem")).unwrap();
    shop.write("bad.csv", format!("bad,,,,\"{pem}\"\n"));
    let id = shop.ok(&["-q", "device", "onboard", "bad.csv"]);
    let token = shop.ok(&["-q", "jwt", "sign", "--key", "ca-cert.key.pem", "--device-id", DEVICE]);
    let certificate = format!("certs/{DEVICE}.crt.pem");
    for (code, args) in [
        (10, &["jwt", "verify", token.trim(), "--csv", "onboard.csv", "--json"][..]),
        (10, &["cert", "verify", "ca-cert.crt.pem", "--ca", &certificate, "--json"]),
        (3, &["device", "check", "bad.csv"]),
        (9, &["bulk", "wait", id.trim()]),
        (7, &["device", "onboard", "bad.csv", "--wait", "--failed", "again.csv"]),
    ] {
        let run = shop.run_unread(args);
        assert_eq!(run.code, code, "{args:?}: {run:?}");
        assert!(run.stderr.contains("error: "), "{args:?}: {run:?}");
    }
    assert!(shop.path("again.csv").exists());
}

#[test]
fn a_closed_pipe_stops_no_upload() {
    let cloud = CloudSim::start();
    let shop = Shop::new().at(&cloud);
    let pem = std::fs::read_to_string(fixture("pki/keys/public.pem")).unwrap();
    let rows: Vec<String> = (0..1001).map(|number| format!("board-{number},\"{pem}\"\n")).collect();
    shop.write("many.csv", rows.concat());
    let run = shop.run_unread(&["device", "register-key", "many.csv"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(shop.ok(&["bulk", "list"]).lines().count(), 2);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_after_everything_is_done() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let shop = Shop::new();
    let key = fixture("pki/keys/public.pem");
    let output = shop.command(&["key", "public", key.to_str().unwrap()]).stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: cannot write to standard output: No space left on device (os error 28)\n"
    );
    let cloud = CloudSim::start();
    let shop = Shop::with_device().at(&cloud);
    let output =
        shop.command(&["device", "onboard", "onboard.csv", "--wait"]).stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(shop.ok(&["device", "list"]).lines().count(), 1);
}

#[test]
fn what_others_say_has_no_say_over_the_terminal() {
    let url = server(
        "HTTP/1.1 422 No\r\ncontent-type: application/json\r\ncontent-length: 46\r\nconnection: close\r\n\r\n\
         {\"code\":40000,\"message\":\"a\\u001b[2J\\u0007 b\"}  ",
    );
    let shop = Shop::new().env("NRFCLOUD_API_URL", url).env("NRFCLOUD_API_KEY", "key");
    let run = shop.run(&["device", "list"]);
    assert!(run.stderr.contains("a\\u{1b}[2J\\u{7} b"), "{run:?}");
    let run = shop.run(&["key", "public", "no\u{1b}]0;file"]);
    assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
}
