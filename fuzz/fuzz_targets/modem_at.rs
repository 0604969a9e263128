//! A modem's output: it never panics, it makes no difference in which portions it comes, and nothing but an answer is one.
//!
//! The first octet chooses the command and the dialect, the second the size of the portions; the rest is what comes over the wire.

#![no_main]

use libfuzzer_sys::fuzz_target;
use modem_at::{
    Command, CredentialType, Dialect, Engine, Event, FinalResult, JwtRequest, KeygenResponse, Line, SecTag,
    reply,
};

fuzz_target!(|data: &[u8]| {
    let [choice, portion, rest @ ..] = data else { return };
    let dialect = [Dialect::AtHost, Dialect::AtShell, Dialect::CredentialShell][usize::from(choice % 3)];
    let command = command(choice / 3, dialect);
    let begun = || {
        let mut engine = Engine::new();
        engine.set_dialect(dialect);
        let line = engine.begin(&command).expect("these commands fit their dialects");
        (engine, line)
    };
    let (mut whole, line) = begun();
    let events = whole.receive(rest);
    let (mut parts, _) = begun();
    let found: Vec<Event> =
        rest.chunks(usize::from(*portion).max(1)).flat_map(|part| parts.receive(part)).collect();
    assert_eq!(found, events);
    assert_eq!(whole.pending(), parts.pending());
    assert!(whole.echoed() <= line.len());
    assert_eq!(whole.abandon(), parts.abandon());

    let mut lines = Vec::new();
    for event in events {
        if let Event::Information(line)
        | Event::Notification(line)
        | Event::Log(line)
        | Event::Boot(line)
        | Event::Noise(line) = &event
        {
            assert!(!line.as_str().contains('\u{1b}'), "an escape sequence came through");
        }
        match event {
            Event::Information(line) => lines.push(line),
            Event::Final(FinalResult::Ok) if dialect != Dialect::CredentialShell => {
                // Escape sequences may stand between the two.
                let start = rest.iter().position(|&byte| byte == b'O').expect("there is no OK without it");
                assert!(rest[start..].contains(&b'K'));
                read(&lines);
                return;
            }
            Event::Final(_) => return,
            _ => {}
        }
    }
});

fn command(number: u8, dialect: Dialect) -> Command {
    let tag = SecTag::NRF_CLOUD;
    if dialect == Dialect::CredentialShell {
        return Command::shell("cred list 42 CA").expect("a constant");
    }
    match number % 16 {
        0 => Command::attention(),
        1 => Command::imei(),
        2 => Command::model(),
        3 => Command::firmware_version(),
        4 => Command::device_uuid(),
        5 => Command::functional_mode(),
        6 => Command::list_credentials(None),
        7 => Command::read_credential(tag, CredentialType::RootCa),
        8 => Command::write_credential(tag, CredentialType::RootCa, "a\r\nOK\r\nb").expect("a constant"),
        9 => Command::keygen(tag, KeygenResponse::Csr, None).expect("a constant"),
        10 => Command::jwt(&JwtRequest::default()).expect("a constant"),
        11 => Command::attestation_token(None),
        12 => Command::clock(),
        13 => Command::serving_cell(),
        14 => Command::registration(),
        _ => Command::raw("AT%CMNG=2,1,0").expect("a constant"),
    }
}

/// What is read is what was meant; nothing panics.
fn read(lines: &[Line]) {
    if let Ok(imei) = reply::imei(lines) {
        assert_eq!(imei.as_str(), lines[0].as_str());
    }
    if let Ok(content) = reply::credential_content(lines) {
        assert!(lines[0].as_str().contains(content.expose()));
    }
    if let Ok(message) = reply::keygen(lines) {
        assert_eq!(format!("%KEYGEN: \"{message}\""), lines[0].as_str().trim_end());
    }
    if let Ok(token) = reply::jwt(lines) {
        assert!(!format!("{token:?}").contains("eyJ"));
    }
    let _ = reply::bare(lines, "a line");
    let _ = reply::device_uuid(lines);
    let _ = reply::error_reporting(lines);
    let _ = reply::functional_mode(lines);
    let _ = reply::credentials(lines);
    let _ = reply::attestation_token(lines);
    let _ = reply::clock(lines);
    let _ = reply::serving_cell(lines);
    let _ = reply::registration(lines);
    let _ = reply::operator(lines);
    let _ = reply::certificate_validity(lines);
}
