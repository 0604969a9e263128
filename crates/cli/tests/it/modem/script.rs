//! Scripts of AT commands, and transcripts.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{ModemSim, Shop};

#[test]
fn a_script_stops_at_the_first_refusal() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    let script = "# who is there\nAT+CGSN\n\nAT%CMNG=0,42,0,\"a\nb\"\nAT%CMNG=2,41,0\nAT+CGMM\n";
    shop.write("script.at", script);
    // The content is none of a certificate, and refused by a firmware that looks.
    let run = shop.run(&["modem", "at", "--script", "script.at"]);
    assert_eq!((run.code, run.stdout.as_str()), (6, format!("{}\n", kit.imei).as_str()), "{run:?}");
    assert!(
        run.stderr.starts_with(
            "error: script.at, line 4: the modem refused AT%CMNG=0,42,0,\"[3 bytes]\": +CME ERROR: 527"
        ),
        "{run:?}"
    );
    let run = shop.run_with(&["modem", "at", "-", "--json"], b"AT+CGSN\nAT%CMNG=2,41,0\nAT+CGMM\n");
    assert_eq!(run.code, 6, "{run:?}");
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["schema"], "nrfcloud.modem.at");
    assert_eq!(
        document["answers"],
        serde_json::json!([{ "line": 1, "command": "AT+CGSN", "lines": [kit.imei] }])
    );
    assert!(
        run.stderr.starts_with("error: standard input, line 2: the modem refused AT%CMNG=2,41,0: "),
        "{run:?}"
    );
}

#[test]
fn a_script_with_a_line_that_is_no_command_is_not_begun() {
    let shop = Shop::new().env("NRFCLOUD_PORT", "/dev/does-not-exist");
    shop.refused_with(
        &["modem", "at", "-"],
        b"AT\nhello\n",
        3,
        "error: standard input, line 2: the command does not start with `AT`\n\
         help: nothing was sent; a script has a command such as AT+CGSN in each line\n",
    );
    assert_eq!(shop.run(&["modem", "at"]).code, 2);
    assert_eq!(shop.run(&["modem", "at", "AT", "--script", "x"]).code, 2);
}

#[test]
fn a_transcript_has_every_line_and_no_secret() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::new().env("NRFCLOUD_PORT", &kit.port);
    shop.write("psk.txt", "5c2b1f9d8e7a4b3c");
    let write = ["modem", "write", "psk.txt", "--sec-tag", "42", "--type", "psk", "--transcript", "t.jsonl"];
    shop.ok(&write);
    shop.ok(&["modem", "attest", "--transcript", "t.jsonl", "--flow-control", "xon-xoff"]);
    let text = shop.read("t.jsonl");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sent = |text: &str| lines.iter().any(|line| line["direction"] == ">" && line["text"] == text);
    assert!(sent("AT%CMNG=0,42,3,\"[16 bytes]\"") && sent("AT%ATTESTTOKEN"), "{text}");
    assert!(lines.iter().any(|line| line["text"] == "%ATTESTTOKEN: [182 bytes]"), "{text}");
    assert!(!text.contains("5c2b1f9d") && !text.contains("2dn3"), "{text}");
    assert_eq!(fs::metadata(shop.path("t.jsonl")).unwrap().permissions().mode() & 0o777, 0o600);
    shop.refused(
        &["modem", "info", "--transcript", "-"],
        2,
        "error: --transcript is a file of its own, not standard output\nhelp: give a file name\n",
    );
    let run = shop.run(&["modem", "info", "--transcript", "no/such/t.jsonl"]);
    assert_eq!(run.code, 3, "{run:?}");
}

#[test]
fn a_whole_board_has_a_transcript() {
    let kit = ModemSim::start(&[]);
    let shop = Shop::with_authority().env("NRFCLOUD_PORT", &kit.port);
    let provision =
        ["provision", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem", "--csv", "line.csv"];
    shop.ok(&[&provision[..], &["--transcript", "board.jsonl"]].concat());
    let text = shop.read("board.jsonl");
    for sent in ["AT+CGSN", "AT%KEYGEN=16842753,2,0", "AT%CMNG=0,16842753,1,"] {
        assert!(text.contains(&format!("\"direction\":\">\",\"text\":\"{sent}")), "no {sent}: {text}");
    }
    assert!(!text.contains("-----BEGIN"), "{text}");
}
