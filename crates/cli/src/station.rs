//! Who this process is to others that share a ledger, and whether another one is still there.

use ledger::Holder;

/// This process, in words that its machine can check: host, boot, process namespace, process ID, and when the process began.
pub(crate) fn me() -> Holder {
    let Process { host, number, began } = Process::this();
    Holder::new(format!("{host}/{number}/{began}")).unwrap_or_else(|_| unnamed())
}

/// A host whose name cannot stand in a ledger: two of them are one another's, and only the lease tells.
fn unnamed() -> Holder {
    Holder::new(format!("unnamed/{}/0", std::process::id())).expect("digits and letters are a name")
}

/// Whether the holder was a process of this machine that has ended. Of another machine nothing is known, and the answer is no.
pub(crate) fn is_gone(holder: &Holder) -> bool {
    let mut parts = holder.as_str().rsplitn(3, '/');
    let (Some(began), Some(number), Some(host)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let Ok(number) = number.parse() else { return false };
    host == Process::this().host && Process::began(number).is_ended(began)
}

struct Process {
    host: String,
    number: u32,
    began: String,
}

/// What the system says of a process.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "the system is not asked there"))]
enum Began {
    /// There is none of that number.
    Ended,
    /// When it began, in the system's own count.
    At(String),
    /// The system cannot be asked.
    Unknown,
}

impl Began {
    /// Whether a process that began then is not this one: numbers are used again.
    fn is_ended(&self, began: &str) -> bool {
        match self {
            Self::Ended => true,
            Self::At(found) => found != began,
            Self::Unknown => false,
        }
    }
}

#[cfg(unix)]
fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(target_os = "linux")]
impl Process {
    fn this() -> Self {
        let number = std::process::id();
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        let began = match Self::began(number) {
            Began::At(began) => began,
            Began::Ended | Began::Unknown => "?".to_owned(),
        };
        let host = format!("{}/{}/{}", host_name(), boot.trim(), namespace.display());
        Self { host, number, began }
    }

    fn began(number: u32) -> Began {
        match std::fs::read_to_string(format!("/proc/{number}/stat")) {
            Ok(stat) => Self::of_stat(&stat),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Began::Ended,
            Err(_) => Began::Unknown,
        }
    }

    /// `NUMBER (NAME) STATE …`, where the name may hold anything, and the 22nd field is when it began.
    fn of_stat(stat: &str) -> Began {
        let Some((_, fields)) = stat.rsplit_once(") ") else { return Began::Unknown };
        match fields.split(' ').collect::<Vec<_>>()[..] {
            // Dead, and only not yet asked for by its parent.
            ["Z" | "X", ..] => Began::Ended,
            [_, ref more @ ..] => more.get(18).map_or(Began::Unknown, |began| Began::At((*began).to_owned())),
            [] => Began::Unknown,
        }
    }
}

// Elsewhere a number that is in use may be another process by now, so only one that is not in use says something.
#[cfg(all(unix, not(target_os = "linux")))]
impl Process {
    fn this() -> Self {
        Self { host: host_name(), number: std::process::id(), began: "0".to_owned() }
    }

    fn began(number: u32) -> Began {
        let pid = i32::try_from(number).ok().and_then(rustix::process::Pid::from_raw);
        match pid.map(rustix::process::test_kill_process) {
            Some(Err(rustix::io::Errno::SRCH)) => Began::Ended,
            _ => Began::Unknown,
        }
    }
}

#[cfg(not(unix))]
impl Process {
    fn this() -> Self {
        Self { host: host_name(), number: std::process::id(), began: "0".to_owned() }
    }

    fn began(_: u32) -> Began {
        Began::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_there_and_others_hosts_are_not_judged() {
        assert!(!is_gone(&me()));
        for holder in ["x", "elsewhere/1/2", "elsewhere/boot/ns/1/2"] {
            assert!(!is_gone(&Holder::new(holder).unwrap()), "{holder}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_that_has_ended_is_gone() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let host = Process::this().host;
        let Began::At(began) = Process::began(std::process::id()) else { panic!("it runs") };
        let holder = |number: u32, began: &str| Holder::new(format!("{host}/{number}/{began}")).unwrap();
        // The number is in use again.
        assert!(is_gone(&holder(std::process::id(), "1")));
        assert!(!is_gone(&holder(std::process::id(), &began)));
        child.wait().unwrap();
        assert!(is_gone(&holder(child.id(), &began)));
        assert_eq!(Process::of_stat("7 (a) b) Z 1 2"), Began::Ended);
    }
}
