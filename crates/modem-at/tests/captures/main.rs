//! Captured modem output, replayed: every line must become the right typed value.
//!
//! The captures are not part of the repository; `NRFCLOUD_VECTORS` names their folder.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod answers;
mod network;
mod ports;
mod traces;

use std::fs;
use std::path::PathBuf;

use modem_at::{Command, Engine, Event, FinalResult, Line};

/// The folder of captures, or `None` with a loud word.
fn vectors() -> Option<PathBuf> {
    let folder = std::env::var_os("NRFCLOUD_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")),
        PathBuf::from,
    );
    let folder = folder.join("modem");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no captures in {}; set NRFCLOUD_VECTORS", folder.display());
    None
}

/// Feeds a complete answer and returns its information lines.
fn answer(command: &Command, bytes: &[u8]) -> Vec<Line> {
    let mut engine = Engine::new();
    engine.begin(command).unwrap();
    let mut lines = Vec::new();
    let mut result = None;
    for event in engine.receive(bytes) {
        match event {
            Event::Information(line) => lines.push(line),
            Event::Final(final_result) => result = Some(final_result),
            _ => {}
        }
    }
    assert_eq!(result, Some(FinalResult::Ok), "{}", String::from_utf8_lossy(bytes));
    lines
}

/// The lines of a capture without its comments, CRLF after each.
fn body(path: PathBuf) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.starts_with(['#', '>'])).map(|line| format!("{line}\r\n")).collect()
}

/// The escapes that occur in the traces: `\r`, `\n`, `\"`.
fn unescape(json: &str) -> String {
    let inner = json.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap();
    inner.replace("\\r", "\r").replace("\\n", "\n").replace("\\\"", "\"")
}

/// Every capture; those in `keygen` are read as they are found. The README and the index, which is what other parsers are to find, hold none.
const FILES: [&str; 26] = [
    "README.txt",
    "attest/doc-examples-not-decodable.txt",
    "attest/nrf9160-sica.txt",
    "attest/truncated-cose-gist.txt",
    "boot-banners.txt",
    "cmng/list-nrfcredstore-test.txt",
    "cmng/list-sdk-test.txt",
    "cmng/read-psk-id-form.txt",
    "identity.txt",
    "index.json",
    "jwt/with-iat-exp-sub-imei.txt",
    "keygen/csr-tag1235-host-normalised.txt",
    "keygen/csr-tag1235-reconstructed-original.txt",
    "keygen/csr-tag16842753-tutorial.txt",
    "keygen/csr-tag17-nrf9160.txt",
    "keygen/csr-tag42-keyusage-101010000.txt",
    "keygen/csr-tag42-nrf9160dk-2021.txt",
    "keygen/pubkey-tag16-nrf9160.txt",
    "network.txt",
    "nrf93m1.txt",
    "trace/nrf9160-mfw1.3.2-lib-level.txt",
    "trace/session-thingy91-2021.txt",
    "usb-hwids.txt",
    "wire/installer-3.3.1-at-mode.txt",
    "wire/installer-3.3.1-shell-mode-host-bytes.txt",
    "wire/nrfcredstore-2.1.0-imei-and-gather-with-bad-urc.txt",
];

/// A capture that is added must be read, too.
#[test]
fn every_file_is_read() {
    let Some(folder) = vectors() else { return };
    let mut found = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(&folder).unwrap().to_str().unwrap().to_string());
            }
        }
    }
    found.sort();
    assert_eq!(found, FILES);
}
