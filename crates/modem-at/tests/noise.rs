//! Whatever comes over the line, the engine returns, and nothing but the answer is the answer.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use modem_at::{
    Command, CredentialType, Dialect, Engine, Event, FinalResult, JwtRequest, KeygenResponse, Line, SecTag,
    Sha256Digest, Silence, reply,
};
use proptest::prelude::*;

#[path = "support/messages.rs"]
mod messages;

use messages::{attestation_token, keygen_message};

const IMEI: &str = "352656106647673";

/// The information lines if the answer ended in `OK` and nothing showed that it was torn.
fn answer(command: &Command, bytes: &[u8]) -> Option<Vec<Line>> {
    let mut engine = Engine::new();
    engine.begin(command).unwrap();
    let mut lines = Vec::new();
    let mut torn = false;
    for event in engine.receive(bytes) {
        match event {
            Event::Information(line) => lines.push(line),
            Event::Torn => torn = true,
            Event::Final(result) => return (result == FinalResult::Ok && !torn).then_some(lines),
            _ => {}
        }
    }
    None
}

fn every_command() -> Vec<Command> {
    vec![
        Command::attention(),
        Command::imei(),
        Command::model(),
        Command::firmware_version(),
        Command::device_uuid(),
        Command::functional_mode(),
        Command::list_credentials(None),
        Command::read_credential(SecTag::NRF_CLOUD, CredentialType::RootCa),
        Command::write_credential(SecTag::NRF_CLOUD, CredentialType::RootCa, "a\r\nb").unwrap(),
        Command::keygen(SecTag::NRF_CLOUD, KeygenResponse::Csr, None).unwrap(),
        Command::jwt(&JwtRequest::default()).unwrap(),
        Command::attestation_token(None),
        Command::clock(),
        Command::network_clock(),
        Command::serving_cell(),
        Command::registration(),
        Command::operator(),
        Command::firmware_uuid(),
        Command::certificate_validity(SecTag::NRF_CLOUD, CredentialType::ClientCertificate),
        Command::registration_jwt("tenant").unwrap(),
        Command::cloud_access_key(),
        Command::raw("AT%CMNG=2,1,0").unwrap(),
        Command::raw("AT+CEREG?").unwrap(),
    ]
}

/// The reading functions must not panic on anything, either.
fn read_everything(lines: &[Line]) {
    let _ = reply::imei(lines);
    let _ = reply::bare(lines, "a line");
    let _ = reply::device_uuid(lines);
    let _ = reply::error_reporting(lines);
    let _ = reply::functional_mode(lines);
    let _ = reply::credentials(lines);
    let _ = reply::credential_content(lines);
    let _ = reply::keygen(lines);
    let _ = reply::attestation_token(lines);
    let _ = reply::jwt(lines);
    let _ = reply::clock(lines);
    let _ = reply::serving_cell(lines);
    let _ = reply::registration(lines);
    let _ = reply::operator(lines);
    let _ = reply::network_clock(lines);
    let _ = reply::firmware_uuid(lines);
    let _ = reply::certificate_validity(lines);
    let _ = reply::registration_jwt(lines);
    let _ = reply::cloud_access_key(lines);
}

#[test]
fn frames_of_every_firmware_variant_give_the_same_answer() {
    for bytes in [
        format!("{IMEI}\r\nOK\r\n"),
        format!("\n{IMEI}\r\nOK\r\n"),
        format!("\r{IMEI}\r\nOK\r\n"),
        format!("\r\n{IMEI}\r\n\r\nOK\r\n"),
        format!("{IMEI}\nOK\n"),
        format!("AT+CGSN\r\n{IMEI}\r\nOK\r\n"),
        format!("AT+CGSN\r{IMEI}\r\nOK\r\n"),
        format!("AT+CGSN\r\r\n{IMEI}\r\r\nOK\r\r\n\r\n"),
        format!("\x1b[1;32m\x1b[mAT+CGSN\x1bE\n\x1b[J{IMEI}\r\r\nOK\r\r\n"),
        format!("[00:00:01.234,567] <inf> at_host: hello\r\n{IMEI}\r\n<wrn> x: y\r\nOK\r\n"),
        format!("\x1b[1;32muart:~$ \x1b[m{IMEI}\r\n\r\nOK\r\n"),
    ] {
        let lines = answer(&Command::imei(), bytes.as_bytes()).unwrap_or_default();
        assert_eq!(reply::imei(&lines).map(|imei| imei.to_string()), Ok(IMEI.into()), "{bytes:?}");
    }
}

#[test]
fn an_echo_is_not_an_answer_even_if_it_looks_like_one() {
    let content = "OK\r\nERROR\r\n%CMNG: 1,0\r\n";
    let command = Command::write_credential(SecTag::NRF_CLOUD, CredentialType::RootCa, content).unwrap();
    let mut engine = Engine::new();
    engine.begin(&command).unwrap();
    assert_eq!(engine.receive(format!("{}\r\n", command.text()).as_bytes()), [Event::Echo]);
    assert!(engine.is_in_flight());
    assert_eq!(engine.receive(b"OK\r\n"), [Event::Final(FinalResult::Ok)]);
}

#[test]
fn what_was_there_instead_of_an_answer_is_said() {
    let silence = |command: &Command, bytes: &[u8]| {
        let mut engine = Engine::new();
        engine.begin(command).unwrap();
        engine.receive(bytes);
        engine.abandon()
    };
    let read = Command::read_credential(SecTag::NRF_CLOUD, CredentialType::RootCa);
    assert_eq!(silence(&Command::imei(), b""), Silence::Complete);
    assert_eq!(silence(&Command::imei(), b"AT+CGSN\r\n"), Silence::EchoOnly);
    assert_eq!(silence(&Command::imei(), b"+CEREG: 2\r\n"), Silence::OtherTraffic);
    assert_eq!(silence(&read, b"%CMNG: 1,0,\"AA\",\"-----\r\nOK\r\n"), Silence::OpenQuote);
}

#[test]
fn a_late_result_is_no_result() {
    let mut engine = Engine::new();
    engine.begin(&Command::attention()).unwrap();
    engine.abandon();
    assert_eq!(engine.receive(b"OK\r\n"), [Event::LateResult(FinalResult::Ok)]);
}

#[test]
fn results_with_anything_else_on_the_line_are_none() {
    for line in [
        "OK+CEREG: 2",
        "OKAY",
        "+CME ERROR: ",
        "+CME ERROR: 51+CEREG: 5",
        "+CME ERROR: -1",
        " + OK",
        "ERRORS",
        "O\rK",
    ] {
        assert_eq!(answer(&Command::attention(), format!("{line}\r\n").as_bytes()), None, "{line}");
    }
}

#[test]
fn a_piece_of_a_number_is_not_the_number() {
    // `+CFUN: 44`, torn by a notification that brings its own line feed: `+CFUN: 4` would be a false answer.
    let torn = b"+CFUN: 4\n+CEREG: 2\r\n4\r\nOK\r\n";
    assert_eq!(answer(&Command::functional_mode(), torn), None);
}

/// Reads an answer and shows the value, if it is one.
type Read = fn(&[Line]) -> Option<String>;

/// A notification written into an answer at any place, in the three forms that AT hosts write.
#[test]
fn a_torn_answer_is_right_or_an_error() {
    let digest = Sha256Digest::of(b"a\r\nb\r\n");
    let cases: Vec<(Command, String, Read)> = vec![
        (Command::imei(), format!("{IMEI}\r\n"), |lines| {
            reply::imei(lines).ok().map(|imei| imei.to_string())
        }),
        (Command::functional_mode(), "+CFUN: 44\r\n".into(), |lines| {
            reply::functional_mode(lines).ok().map(|mode| mode.to_string())
        }),
        (
            Command::list_credentials(None),
            format!("%CMNG: 42,0,\"{digest}\"\r\n%CMNG: 420,13\r\n"),
            |lines| reply::credentials(lines).ok().map(|list| format!("{list:?}")),
        ),
        (
            Command::read_credential(SecTag::NRF_CLOUD, CredentialType::RootCa),
            format!("%CMNG: 42,0,\"{digest}\",\"a\r\nb\r\n\"\r\n"),
            |lines| reply::credential_content(lines).ok().map(|content| content.expose().to_string()),
        ),
        (
            Command::keygen(SecTag::NRF_CLOUD, KeygenResponse::Csr, None).unwrap(),
            format!("%KEYGEN: \"{}\"\r\n", keygen_message(b"body")),
            |lines| reply::keygen(lines).ok(),
        ),
        (
            Command::attestation_token(None),
            format!("%ATTESTTOKEN: \"{}\"\r\n", attestation_token()),
            |lines| reply::attestation_token(lines).ok().map(|token| token.expose().to_string()),
        ),
        (Command::device_uuid(), "%DEVICEUUID: 504d5632-3739-42fb-80c8-1411df972166\r\n".into(), |lines| {
            reply::device_uuid(lines).ok().map(|uuid| uuid.to_string())
        }),
        (Command::clock(), "+CCLK: \"24/07/03,21:29:34-28\"\r\n".into(), |lines| {
            reply::clock(lines).ok().map(|time| time.to_string())
        }),
        (
            Command::serving_cell(),
            "%XMONITOR: 5,\"\",\"\",\"310260\",\"417B\",7,12,\"02C80005\",211,5035,49,31\r\n".into(),
            |lines| {
                reply::serving_cell(lines)
                    .ok()
                    .map(|cell| format!("{:?}", cell.map(|cell| (cell.mcc, cell.mnc, cell.tac, cell.eci))))
            },
        ),
    ];
    let notices = ["+CEREG: 2", "+CEREG: 5,\"0901\",\"02024720\",7", "%MDMEV: SEARCH STATUS 1", "+CSCON: 1"];
    for (command, text, read) in &cases {
        let whole = format!("{text}OK\r\n");
        let right = read(&answer(command, whole.as_bytes()).unwrap());
        assert!(right.is_some(), "{whole}");
        let mut answered = 0;
        for notice in notices {
            for lead in ["", "\n", "\r"] {
                for place in 0..=whole.len() {
                    let bytes = format!("{}{lead}{notice}\r\n{}", &whole[..place], &whole[place..]);
                    let found = answer(command, bytes.as_bytes()).and_then(|lines| read(&lines));
                    assert!(found.is_none() || found == right, "{bytes:?} gave {found:?}");
                    answered += usize::from(found.is_some());
                }
            }
        }
        // Between lines, the notification does no harm at all.
        assert!(answered >= notices.len() * 3 * 2, "{whole}: {answered}");
    }
}

proptest! {
    #[test]
    fn any_bytes_return(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        for command in every_command() {
            let mut engine = Engine::new();
            engine.begin(&command).unwrap();
            for event in engine.receive(&bytes) {
                if let Event::Information(line) = event {
                    read_everything(&[line]);
                }
            }
            engine.abandon();
        }
    }

    /// What was typed into a shell comes back whole, however long its lines, and the answer behind it is the answer.
    #[test]
    fn an_echo_is_found_whatever_its_breaks(
        content in "[!#-&(-\\[\\]-~][ !#-&(-\\[\\]-~]{0,40}(\\r\\n[ !#-&(-\\[\\]-~]{1,40}){0,6}",
        width in 5usize..90,
        cut in 1usize..9,
    ) {
        let command = Command::write_credential(SecTag::NRF_CLOUD, CredentialType::RootCa, &content).unwrap();
        for dialect in [Dialect::AtShell, Dialect::AtHost] {
            let mut engine = Engine::new();
            engine.set_dialect(dialect);
            let sent = engine.begin(&command).unwrap().to_vec();
            let mut bytes = Vec::new();
            if dialect == Dialect::AtShell {
                for part in sent[..sent.len() - 1].chunks(width) {
                    bytes.extend(part);
                    bytes.extend(b"\x1bE");
                }
            } else {
                bytes.extend(&sent);
            }
            bytes.extend(b"OK\r\r\n");
            let events: Vec<Event> = bytes.chunks(cut).flat_map(|part| engine.receive(part)).collect();
            prop_assert_eq!(events, [Event::Echo, Event::Final(FinalResult::Ok)]);
        }
    }

    #[test]
    fn lines_of_any_text_are_read_without_panic(
        text in "(%CMNG|%JWT|\\+CCLK|%XMONITOR|%KEYGEN|\\+CFUN|%DEVICEUUID): ?[ -~é\"\\r\\n]{0,80}"
    ) {
        for command in every_command() {
            if let Some(lines) = answer(&command, format!("{text}\r\nOK\r\n").as_bytes()) {
                read_everything(&lines);
            }
        }
    }

    /// It makes no difference in which portions the bytes arrive.
    #[test]
    fn portions_do_not_matter(
        text in "(OK|ERROR|\\+CME ERROR: [0-9]{1,3}|\\+CEREG: 2|[0-9]{15}|%CMNG: 1,0,\"|[ -~]{0,12}|\x1b\\[[0-9;]{0,4}[A-Zm]?|\\r|\\n|\\r\\n|\"){0,30}",
        cut in 1usize..7,
    ) {
        for command in every_command() {
            let mut whole = Engine::new();
            whole.begin(&command).unwrap();
            let expected = whole.receive(text.as_bytes());
            let mut parts = Engine::new();
            parts.begin(&command).unwrap();
            let found: Vec<Event> = text.as_bytes().chunks(cut).flat_map(|part| parts.receive(part)).collect();
            prop_assert_eq!(found, expected);
        }
    }

    /// There is no success without a line that says so.
    #[test]
    fn success_needs_an_ok_line(text in "[OK\\r\\n \"%+:a-cA-C0-9,]{0,120}") {
        let said_ok = text.split('\n').any(|line| line.replace('\r', "").trim_matches(' ') == "OK");
        for command in every_command() {
            if answer(&command, text.as_bytes()).is_some() {
                prop_assert!(said_ok);
            }
        }
    }
}
