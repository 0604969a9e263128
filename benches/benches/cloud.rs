//! Onboarding at scale, the end of bulk operations, and how much the simulated cloud takes.
//!
//! `NRFCLOUD_PYTHON` names a Python that has nRF Cloud Utils, and `NRFCLOUD` the program `nrfcloud`; `cargo xtask bench cloud`
//! installs the one and builds the other.

#![allow(clippy::unwrap_used, reason = "a benchmark that panics has failed")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that tells what it measured")]

use benches::{TARGETS_ARGUMENT, Target};

#[path = "cloud/csv.rs"]
mod csv;
#[path = "cloud/notice.rs"]
mod notice;
#[path = "cloud/requests.rs"]
mod requests;
#[path = "cloud/start.rs"]
mod start;

/// Every target of the project for the cloud.
const TARGETS: &[Target] = &[
    // 200 MB/s.
    Target::at_most("csv/1 kB validated and split", 5_000.0),
    Target::at_most("csv/1 kB of a million rows", 5_000.0),
    Target::memory("csv/1 kB validated and split", 50.0),
    Target::memory("csv/1 kB of a million rows", 50.0),
    Target::faster("csv/row with certificate check", "csv/raw x509-cert of the row", 0.7),
    Target::at_most("notice/Campaign", 300e6),
    Target::faster("notice/Campaign", "notice/nrf_cloud_onboard", 1.0),
    Target::at_most("requests/device by API key", 1e9 / 15_000.0),
    Target::faster("requests/device by JWT", "requests/raw verify on 2 threads", 0.6),
    Target::at_most(start::OPERATIONS[0], 50e6),
    Target::at_most(start::OPERATIONS[1], 50e6),
];

fn main() {
    if csv::was_asked() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let file = csv::file();
    let certificates = csv::certificates();
    let mut operations = vec![csv::split(&file), csv::checked(&certificates), csv::raw(&certificates)];
    // Each takes seconds of waiting, so criterion's hundred samples would take half an hour.
    if std::env::args().any(|argument| argument == TARGETS_ARGUMENT) {
        operations.push(csv::million(&file));
        operations.push(notice::campaign(&runtime));
        operations.extend(notice::nordic(&runtime));
    }
    operations.extend(requests::operations(&runtime));
    operations.extend(start::operations());
    // What has no peer to be compared with, or no program, is left out.
    let targets: Vec<Target> =
        TARGETS.iter().copied().filter(|target| target.can_be_measured(&operations)).collect();
    benches::run("cloud", operations, &targets);
    std::fs::remove_file(file).unwrap();
}
