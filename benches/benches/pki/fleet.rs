//! A fleet's credentials, in a process of their own, so that the memory is theirs alone.

use std::cell::Cell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use benches::{Operation, Run};
use pki::batch::{self, BatchOptions, IssuedDevice};

use super::TARGETS_ARGUMENT;

/// The argument that asks for one fleet, before its form, its size and the folder for it.
const ARGUMENT: &str = "--fleet";
const FLEET: u64 = 100_000;
/// Criterion repeats at least ten times.
const SAMPLE: u64 = 5_000;

#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// The onboarding file and one file with all keys.
    Stream,
    /// Two files for each device.
    Files,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Files => "files",
        }
    }
}

pub(crate) fn operation(name: &'static str, form: Form) -> Operation<'static> {
    let targets = std::env::args().any(|argument| argument == TARGETS_ARGUMENT);
    let size = if targets { FLEET } else { SAMPLE };
    let folders = Folders::new(form);
    let run =
        move |iterations| (0..iterations).map(|_| in_own_process(form, size, &folders.next())).sum::<Run>();
    Operation::with_clock(name, run).of(size).in_batches_of(Duration::from_secs(2))
}

/// A new folder for each fleet, all removed at the end: ext4 looks at every inode that was freed in the last seconds before it gives a new
/// one away, so that what follows the removal of 200,000 files takes twice the time.
struct Folders {
    all: PathBuf,
    made: Cell<u32>,
}

impl Folders {
    fn new(form: Form) -> Self {
        let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fleets").join(form.name());
        remove(&all);
        Self { all, made: Cell::new(0) }
    }

    fn next(&self) -> PathBuf {
        self.made.set(self.made.get() + 1);
        let folder = self.all.join(self.made.get().to_string());
        fs::create_dir_all(&folder).unwrap();
        folder
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        remove(&self.all);
    }
}

fn in_own_process(form: Form, size: u64, folder: &Path) -> Run {
    let mut child = Command::new(std::env::current_exe().unwrap());
    let output = child.args([ARGUMENT, form.name(), &size.to_string()]).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).parse().unwrap()
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
    println!("{}", Run::of_this_process(start));
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
