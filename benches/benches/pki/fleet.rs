//! A fleet's credentials, in a process of their own, so that the memory is theirs alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use benches::Operation;
use pki::batch::{self, BatchOptions, IssuedDevice};

use super::TARGETS_ARGUMENT;

/// The argument that asks for one fleet, before its form, its size and the folder for it.
const ARGUMENT: &str = "--fleet";
const FLEET: u64 = 100_000;
/// Criterion repeats at least ten times.
const SAMPLE: u64 = 5_000;
/// Whatever the size of the fleet.
const MOST_KIB: u64 = 100 * 1024;

#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// The onboarding file and one file with all keys.
    Stream,
    /// Two files for each device.
    Files,
}

pub(crate) fn operation(name: &'static str, form: Form) -> Operation<'static> {
    let targets = std::env::args().any(|argument| argument == TARGETS_ARGUMENT);
    let size = if targets { FLEET } else { SAMPLE };
    let run = move |iterations| (0..iterations).map(|_| in_own_process(form, size)).sum();
    Operation::with_clock(name, run).of(size).in_batches_of(Duration::from_secs(2))
}

fn in_own_process(form: Form, size: u64) -> Duration {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fleet");
    remove(&folder);
    fs::create_dir_all(&folder).unwrap();
    let form = match form {
        Form::Stream => "stream",
        Form::Files => "files",
    };
    let mut child = Command::new(std::env::current_exe().unwrap());
    let output = child.args([ARGUMENT, form, &size.to_string()]).arg(&folder).output().unwrap();
    remove(&folder);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (nanoseconds, peak) = text.trim().split_once(' ').unwrap();
    if size == FLEET {
        eprintln!("{size} devices, {form}: peak memory {peak} KiB");
    }
    Duration::from_nanos(nanoseconds.parse().unwrap())
}

fn remove(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder) {
        assert_eq!(error.kind(), io::ErrorKind::NotFound, "{error}");
    }
}

/// The other side of [`in_own_process`]: makes the fleet, where this process was started for one.
pub(crate) fn was_asked() -> bool {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, first, form, size, folder] = arguments.as_slice() else { return false };
    if first != ARGUMENT {
        return false;
    }
    let (size, folder) = (size.parse().unwrap(), Path::new(folder));
    let start = Instant::now();
    match form.as_str() {
        "stream" => stream(size, folder),
        _ => files(size, folder),
    }
    let time = start.elapsed().as_nanos();
    let peak = peak_kib();
    assert!(peak.is_none_or(|kib| kib < MOST_KIB), "peak memory: {peak:?} KiB, the limit is {MOST_KIB} KiB");
    println!("{time} {}", peak.map_or_else(|| "unknown".into(), |kib| kib.to_string()));
    true
}

fn stream(size: u64, folder: &Path) {
    let mut csv = BufWriter::with_capacity(1 << 18, create(&folder.join("onboard.csv"), 0o644).unwrap());
    let mut keys = BufWriter::with_capacity(1 << 18, create(&folder.join("keys.pem"), 0o600).unwrap());
    let render = |device: IssuedDevice| {
        let row = format!("{},,,,\"{}\"\n", device.device_id, device.certificate.to_pem());
        (row, device.key.to_pkcs8_pem())
    };
    issue(size, render, |(row, key)| {
        csv.write_all(row.as_bytes())?;
        keys.write_all(key.as_bytes())
    });
    csv.flush().unwrap();
    keys.flush().unwrap();
}

fn files(size: u64, folder: &Path) {
    let render = |device: IssuedDevice| -> io::Result<()> {
        let path = |kind: &str| folder.join(format!("{}.{kind}.pem", device.device_id));
        create(&path("key"), 0o600)?.write_all(device.key.to_pkcs8_pem().as_bytes())?;
        create(&path("crt"), 0o644)?.write_all(device.certificate.to_pem().as_bytes())
    };
    issue(size, render, |written| written);
}

fn issue<T: Send>(
    size: u64,
    render: impl Fn(IssuedDevice) -> T + Sync,
    sink: impl FnMut(T) -> io::Result<()>,
) {
    let now = SystemTime::now();
    let ids = (0..size).map(|n| format!("nrf-{n:015}"));
    batch::issue(&super::ca(now), ids, &BatchOptions::default(), now, render, sink).unwrap();
}

fn create(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)
}

/// The most memory that this process ever had, where the system tells it.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
