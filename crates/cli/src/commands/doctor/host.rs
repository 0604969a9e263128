//! This machine: program, ports, programs that stand in the way, clock, proxies.

use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use modem_at::ports::{self, Board, SystemPorts};

use crate::clock::{self, Utc};
use crate::env;
use crate::exit_code::ExitCode;
use crate::finding::Finding;
use crate::profile;

/// Looks at all of it. Nothing is opened and nothing sent. Where a port is named, it does not matter which kits there are.
pub(super) fn look(now: SystemTime, is_port_named: bool) -> Vec<Finding> {
    let mut findings = vec![Finding::ok(
        "host.program",
        format!(
            "nrfcloud {} on {} {}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH
        ),
    )];
    if let Some(name) = profile::chosen().name() {
        findings.push(Finding::ok(
            "host.profile",
            format!("the profile {name} holds, where neither option nor variable says otherwise"),
        ));
    }
    findings.push(of_clock(now));
    if !is_port_named {
        findings.extend(of_ports(ports::boards(&SystemPorts), may_open));
    }
    findings.push(of_modem_manager(process(Path::new("/proc"), "ModemManager")));
    findings
        .extend(of_proxies(env::PROXIES.iter().filter_map(|name| Some((*name, std::env::var(name).ok()?)))));
    findings
}

/// No build of this program is older.
const RELEASED: u64 = 1_763_942_400;

/// A clock that was never set.
fn of_clock(now: SystemTime) -> Finding {
    let seconds = clock::unix_seconds(now);
    if seconds < RELEASED {
        let message = format!("this host's clock says {}, which is long past: it is not set", Utc(seconds));
        return Finding::error("host.clock-unset", ExitCode::Unexpected, message)
            .next("set the clock: sudo timedatectl set-ntp true; until then no certificate is valid, and no token either");
    }
    Finding::ok(
        "host.time",
        format!("it is {} here; --online compares that with nRF Cloud's clock", Utc(seconds)),
    )
}

/// Which kits are there, and whether this user may talk to them.
fn of_ports<E: Display>(boards: Result<Vec<Board>, E>, may_open: impl Fn(&str) -> bool) -> Vec<Finding> {
    let boards = match boards {
        Ok(boards) => boards,
        Err(error) => return vec![Finding::error("host.port-list", ExitCode::Unexpected, error)],
    };
    let kits: Vec<&Board> = boards.iter().filter(|board| board.kit.is_some()).collect();
    if kits.is_empty() {
        let count: usize = boards.iter().map(|board| board.ports.len()).sum();
        let message = match count {
            0 => "this host has no serial port".to_owned(),
            count => format!("no kit is known among the serial ports of this host ({count})"),
        };
        return vec![Finding::note("host.no-kit", message).next(
            "plug the kit in, by a cable that carries data; what there is is listed by: nrfcloud modem ports",
        )];
    }
    kits.into_iter()
        .map(|board| {
            let kit = board.kit.unwrap_or_default();
            let serial = board.serial_number.as_deref().unwrap_or("without a serial number");
            let Some(port) = board.command_port().or(board.ports.first()) else {
                return Finding::note("host.kit", format!("{kit} {serial}, without a port for commands"));
            };
            if may_open(&port.path) {
                return Finding::ok("host.kit", format!("{kit} {serial} on {}", port.path));
            }
            Finding::warning(
                "host.port-rights",
                format!("{kit} {serial} is on {}, which this user may not open", port.path),
            )
            .next(format!(
                "ls -l {} shows its group, often dialout: sudo usermod -aG dialout $USER, and log in again",
                port.path
            ))
        })
        .collect()
}

#[cfg(unix)]
fn may_open(path: &str) -> bool {
    rustix::fs::access(path, rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK).is_ok()
}

/// Where there is no such question, opening answers it.
#[cfg(not(unix))]
fn may_open(_path: &str) -> bool {
    true
}

/// ModemManager talks to every port that may be a modem, in the middle of whatever else is said there.
fn of_modem_manager(pid: Option<u32>) -> Finding {
    match pid {
        Some(pid) => Finding::warning(
            "host.modem-manager",
            format!("ModemManager runs (process {pid}): it talks to every new port, and its commands come between ours"),
        )
        .next("stop it, sudo systemctl stop ModemManager, or give the kit a udev rule with ENV{ID_MM_DEVICE_IGNORE}=\"1\""),
        None => Finding::ok("host.modem-manager", "ModemManager does not run"),
    }
}

/// A process of this name, by `/proc`; other systems have neither.
fn process(processes: &Path, name: &str) -> Option<u32> {
    fs::read_dir(processes).ok()?.filter_map(Result::ok).find_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let comm = fs::read_to_string(entry.path().join("comm")).ok()?;
        (comm.trim_end() == name).then_some(pid)
    })
}

/// What sends requests another way. The credentials in an address are not told.
fn of_proxies(variables: impl Iterator<Item = (&'static str, String)>) -> Vec<Finding> {
    variables
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| {
            let message = format!("{name} is {}", without_credentials(&value));
            Finding::note("host.proxy", message)
                .next("requests to other hosts than this one obey it; --online shows who answers then")
        })
        .collect()
}

fn without_credentials(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
            let separator = if scheme.is_empty() { "" } else { "://" };
            format!("{scheme}{separator}…@{host}")
        }
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use modem_at::ports::{Port, PortLister, PortsError, Usb};

    use super::*;

    #[test]
    fn a_clock_that_was_never_set_is_an_error() {
        let finding = of_clock(SystemTime::UNIX_EPOCH + Duration::from_secs(40)).to_string();
        assert!(
            finding.starts_with(
                "error[host.clock-unset]: this host's clock says 1970-01-01 00:00:40 UTC, which is long past: it is not set\n"
            ),
            "{finding}"
        );
        assert!(
            of_clock(SystemTime::UNIX_EPOCH + Duration::from_secs(RELEASED))
                .to_string()
                .starts_with("ok[host.time]: ")
        );
    }

    struct OneKit;

    impl PortLister for OneKit {
        fn list(&self) -> Result<Vec<Port>, PortsError> {
            let usb = Usb {
                vid: 0x1366,
                pid: 0x1059,
                serial_number: Some("001051202135".into()),
                interface: Some(0),
            };
            Ok(vec![Port { path: "/dev/ttyACM0".into(), by_id: None, usb: Some(usb) }])
        }
    }

    #[test]
    fn a_kit_that_may_not_be_opened_is_told_with_the_cure() {
        let finding = |may: bool| of_ports(ports::boards(&OneKit), |_| may)[0].to_string();
        assert_eq!(finding(true), "ok[host.kit]: nRF9151 DK 001051202135 on /dev/ttyACM0");
        assert_eq!(
            finding(false),
            "warning[host.port-rights]: nRF9151 DK 001051202135 is on /dev/ttyACM0, which this user may not open\n  \
             next: ls -l /dev/ttyACM0 shows its group, often dialout: sudo usermod -aG dialout $USER, and log in again"
        );
        let none = of_ports(Ok::<_, &str>(Vec::new()), |_| true)[0].to_string();
        assert!(none.starts_with("note[host.no-kit]: this host has no serial port\n"), "{none}");
        assert_eq!(of_ports(Err("no"), |_| true)[0].to_string(), "error[host.port-list]: no");
    }

    #[test]
    fn the_credentials_of_a_proxy_are_not_told() {
        let told = |value: &str| of_proxies([("HTTPS_PROXY", value.to_owned())].into_iter())[0].to_string();
        let line = told("http://me:s3cret@proxy.example:8080");
        assert!(line.starts_with("note[host.proxy]: HTTPS_PROXY is http://…@proxy.example:8080\n"), "{line}");
        assert!(!told("me:s3@cret@proxy").contains("cret@"));
        assert!(of_proxies([("HTTPS_PROXY", String::new())].into_iter()).is_empty());
    }
}
