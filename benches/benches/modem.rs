//! A whole credential installation, on simulated kits with a wire as slow as a real one: against the time that its bytes take on that
//! wire, against Nordic's tool on the same kit, and on sixteen kits at once.
//!
//! `NRFCLOUD_PYTHON` names a Python that has nRF Cloud Utils; `cargo xtask bench modem` installs it.

#![allow(clippy::unwrap_used, reason = "a benchmark that panics has failed")]
#![expect(clippy::print_stderr, reason = "a program that tells what it does not measure")]

use std::time::Duration;

use benches::{TARGETS_ARGUMENT, Target};
use modem_sim::Mode;

#[path = "modem/authority.rs"]
mod authority;
#[path = "modem/install.rs"]
mod install;
#[path = "modem/nordic.rs"]
mod nordic;
#[path = "modem/wait.rs"]
mod wait;
#[path = "modem/wire.rs"]
mod wire;

use authority::Authority;
use nordic::Part;

/// At most 1.15 times as long as the wire.
const OF_THE_WIRE: f64 = 0.87;

/// Every target of the project for modems.
const TARGETS: &[Target] = &[
    Target::faster("AT host/modem-at", "AT host/bytes on the wire", OF_THE_WIRE),
    // Nordic's takes 1.24 s in process and 1.56 s in all, of which ours may take 1.15 times 0.33 s.
    Target::faster("AT host/modem-at", "AT host/device_credentials_installer, in process", 3.2),
    Target::faster("AT host/modem-at", "AT host/device_credentials_installer", 4.1),
    Target::faster("AT shell/modem-at", "AT shell/bytes on the wire", OF_THE_WIRE),
    Target::faster("PSA shell/modem-at", "PSA shell/bytes on the wire", OF_THE_WIRE),
    Target::faster("PSA shell/modem-at", "PSA shell/device_credentials_installer", 10.0),
    Target::faster("AT host/16 boards at once", "AT host/modem-at", 0.834),
    // 5 %.
    Target::at_most("processor time/a second of waiting", 0.05e9),
];

fn main() {
    let python = std::env::var_os("NRFCLOUD_PYTHON");
    let authority = Authority::new(python.as_deref());
    let [host, shell, psa] = [(Mode::AtHost, 1), (Mode::AtShell, 2), (Mode::CredShell, 3)]
        .map(|(mode, seed)| install::kit(mode, seed));
    let boards: Vec<_> = (100..116).map(|seed| install::kit(Mode::AtHost, seed)).collect();
    let for_targets = std::env::args().any(|argument| argument == TARGETS_ARGUMENT);
    let mut operations = Vec::new();
    for (kit, names) in [
        (&host, ["AT host/modem-at", "AT host/bytes on the wire"]),
        (&shell, ["AT shell/modem-at", "AT shell/bytes on the wire"]),
        (&psa, ["PSA shell/modem-at", "PSA shell/bytes on the wire"]),
    ] {
        let [ours, wire] = install::operations(names, kit, &authority);
        operations.push(ours);
        // What is reckoned, criterion cannot time.
        operations.extend(for_targets.then_some(wire));
    }
    operations.push(install::at_once("AT host/16 boards at once", &boards, &authority));
    if for_targets {
        operations.push(wait::operation("processor time/a second of waiting"));
    }
    match &python {
        None => eprintln!("!!! NOT MEASURED: NRFCLOUD_PYTHON does not name a Python with nRF Cloud Utils"),
        // Each takes seconds, so criterion's samples of it would take minutes.
        Some(python) if for_targets => {
            let tool = |name, kit, arguments, part, batch| {
                let tool = nordic::Tool { python, authority: &authority, arguments, part };
                tool.operation(name, kit).in_batches_of(Duration::from_secs(batch))
            };
            let name = "AT host/device_credentials_installer, in process";
            operations.push(tool(name, &host, ["--cmd-type=auto"].as_slice(), Part::Main, 1));
            let name = "AT host/device_credentials_installer";
            operations.push(tool(name, &host, &["--cmd-type=auto"], Part::Program, 1));
            let name = "PSA shell/device_credentials_installer";
            let psa_shell = &["--cmd-type=nrf_cloud_cred_shell", "--id-str=bench"];
            operations.push(tool(name, &psa, psa_shell, Part::Program, 3));
        }
        Some(_) => {}
    }
    // What has no peer to be compared with is left out.
    let targets: Vec<Target> =
        TARGETS.iter().copied().filter(|target| target.can_be_measured(&operations)).collect();
    benches::run("modem", operations, &targets);
}
