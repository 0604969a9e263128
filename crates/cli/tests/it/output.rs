//! stdout is data, stderr the rest; colour, quiet, closed pipes.

use std::process::Stdio;

use crate::support::{Shop, fixture};

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
    let mut child = shop
        .command(&["cert", "show", fixture("pki/certificates/chain.pem").to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
