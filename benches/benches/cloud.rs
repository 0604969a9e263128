//! Onboarding at scale, the end of bulk operations, and how much the simulated cloud takes.
//!
//! `NRFCLOUD_PYTHON` names a Python that has nRF Cloud Utils; `cargo xtask bench cloud` installs it.

#![allow(clippy::unwrap_used, reason = "a benchmark that panics has failed")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that tells what it measured")]

use benches::{Goal, TARGETS_ARGUMENT, Target};

#[path = "cloud/csv.rs"]
mod csv;
#[path = "cloud/notice.rs"]
mod notice;
#[path = "cloud/requests.rs"]
mod requests;

/// Every target of the project for the cloud.
const TARGETS: &[Target] = &[
    // 200 MB/s.
    at_most("csv/1 kB validated and split", 5_000.0),
    faster("csv/row with certificate check", "csv/raw x509-cert of the row", 0.7),
    at_most("notice/Campaign", 300e6),
    faster("notice/Campaign", "notice/nrf_cloud_onboard", 1.0),
    at_most("requests/device by API key", 1e9 / 15_000.0),
    faster("requests/device by JWT", "requests/raw verify on 2 threads", 0.6),
];

const fn faster(operation: &'static str, of: &'static str, at_least: f64) -> Target {
    Target { operation, goal: Goal::Speed { of, at_least } }
}

const fn at_most(operation: &'static str, at_most: f64) -> Target {
    Target { operation, goal: Goal::Nanoseconds { at_most } }
}

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
        operations.push(notice::campaign(&runtime));
        operations.extend(notice::nordic(&runtime));
    }
    operations.extend(requests::operations(&runtime));
    let there = |name: &str| operations.iter().any(|operation| operation.name() == name);
    // What has no peer to be compared with is left out.
    let targets: Vec<Target> = TARGETS
        .iter()
        .copied()
        .filter(|target| match target.goal {
            Goal::Speed { of, .. } => there(of),
            Goal::Nanoseconds { .. } => true,
        })
        .collect();
    benches::run("cloud", operations, &targets);
    std::fs::remove_file(file).unwrap();
}
