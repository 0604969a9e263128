//! A file of 100,000 rows, read, validated and split, and one of a million; and rows whose certificates are looked into.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use benches::{Operation, Run};
use cloud_api::onboarding::{self, Contents, OnboardRow, PartReader};
use pki::ca::{CaParams, CertificateAuthority, DeviceCertRequest};
use pki::key::PrivateKey;
use x509_cert::der::DecodePem as _;

/// The argument that asks for one reading, before the file.
const ARGUMENT: &str = "--read";
const ROWS: usize = 100_000;
/// In the place of a file: a million devices that are made while they are read, and so need no room on a disk.
const MILLION: &str = "a million devices";
const MANY_ROWS: usize = 1_000_000;
/// So many different certificates; in the file they come again and again.
const CERTIFICATES: usize = 500;

/// Rows of OnboardDevices with a certificate each.
pub(crate) fn certificates() -> Vec<(String, String)> {
    let now = SystemTime::now();
    let params = CaParams::new("/C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor".parse().unwrap());
    let ca = CertificateAuthority::create(&params, PrivateKey::generate().unwrap(), now).unwrap();
    let issue = |number: usize| {
        let id = format!("{number:08x}-7f04-4949-8def-bb2215b4223e");
        let key = PrivateKey::generate().unwrap().public_key();
        let pem = ca.issue(&DeviceCertRequest::new(&id, key), now).unwrap().to_pem();
        (id, pem)
    };
    (0..CERTIFICATES).map(issue).collect()
}

/// 100,000 different devices.
pub(crate) fn file() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("onboard.csv");
    let mut csv = BufWriter::new(File::create(&path).unwrap());
    let certificates = certificates();
    for number in 0..ROWS {
        write_row(&mut csv, number, &certificates);
    }
    csv.flush().unwrap();
    path
}

fn write_row(csv: &mut impl io::Write, number: usize, certificates: &[(String, String)]) {
    let (_, pem) = &certificates[number % CERTIFICATES];
    writeln!(csv, "{number:08x}-7f04-4949-8def-bb2215b4223e,my-thing-type,tag1|tag2,APP|MODEM,\"{pem}\"")
        .unwrap();
}

/// Rows of different devices, made when they are read.
struct Devices {
    certificates: Vec<(String, String)>,
    numbers: std::ops::Range<usize>,
    text: Vec<u8>,
    read: usize,
}

impl Read for Devices {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.text.len() {
            self.text.clear();
            self.read = 0;
            for number in self.numbers.by_ref().take(100) {
                write_row(&mut self.text, number, &self.certificates);
            }
        }
        let count = (&self.text[self.read..]).read(buffer)?;
        self.read += count;
        Ok(count)
    }
}

/// Every 1,000 bytes of the file, in a process of its own, so that the memory is its alone.
pub(crate) fn split(file: &Path) -> Operation<'_> {
    let kilobytes = fs::metadata(file).unwrap().len() / 1000;
    let run = move |iterations| (0..iterations).map(|_| in_own_process(file)).sum::<Run>();
    Operation::with_clock("csv/1 kB validated and split", run)
        .of(kilobytes)
        .in_batches_of(Duration::from_millis(250))
}

/// The same of ten times as many rows, in the same memory, with the time that it takes to make them.
pub(crate) fn million(file: &Path) -> Operation<'static> {
    let kilobytes = fs::metadata(file).unwrap().len() * (MANY_ROWS / ROWS) as u64 / 1000;
    let run = |iterations| (0..iterations).map(|_| in_own_process(Path::new(MILLION))).sum::<Run>();
    Operation::with_clock("csv/1 kB of a million rows", run)
        .of(kilobytes)
        .in_batches_of(Duration::from_secs(2))
}

fn in_own_process(file: &Path) -> Run {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.arg(ARGUMENT).arg(file).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "the reading failed");
    String::from_utf8_lossy(&output.stdout).parse().unwrap()
}

/// The other side of [`in_own_process`]: reads the file, where this process was started for it.
pub(crate) fn was_asked() -> bool {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, first, file] = arguments.as_slice() else { return false };
    if first != ARGUMENT {
        return false;
    }
    let (start, rows, expected) = if file == MILLION {
        let certificates = certificates();
        let devices = Devices { certificates, numbers: 0..MANY_ROWS, text: Vec::new(), read: 0 };
        (Instant::now(), read_parts(devices), MANY_ROWS)
    } else {
        (Instant::now(), read_parts(File::open(file).unwrap()), ROWS)
    };
    println!("{}", Run::of_this_process(start));
    assert_eq!(rows, expected);
    true
}

fn read_parts(input: impl Read) -> usize {
    let mut rows = 0;
    for part in PartReader::<OnboardRow, _>::new(input) {
        let part = part.unwrap();
        assert!(part.problems.is_empty() && part.row_count == 1000);
        rows += black_box(part.rows).len();
    }
    rows
}

/// A row validated, and its certificate looked into: the curve, and whose it is.
pub(crate) fn checked(certificates: &[(String, String)]) -> Operation<'static> {
    let mut csv = Vec::new();
    let rows: Vec<OnboardRow> = certificates
        .iter()
        .map(|(id, pem)| {
            let credential: onboarding::Credential = pem.parse().unwrap();
            OnboardRow::new(id.parse().unwrap(), credential)
        })
        .collect();
    onboarding::write(&mut csv, &rows).unwrap();
    let once = move || {
        let reading = onboarding::read_checking::<OnboardRow>(black_box(&csv), Contents::KeysAndNames);
        assert_eq!(reading.rows().len(), CERTIFICATES);
    };
    Operation::new("csv/row with certificate check", once).of(CERTIFICATES as u64).in_batches_of(BATCH)
}

/// What whoever looks into a certificate does with the means at hand.
pub(crate) fn raw(certificates: &[(String, String)]) -> Operation<'static> {
    let pems: Vec<String> = certificates.iter().map(|(_, pem)| pem.clone()).collect();
    let once = move || {
        for pem in &pems {
            black_box(x509_cert::Certificate::from_pem(black_box(pem)).unwrap());
        }
    };
    Operation::new("csv/raw x509-cert of the row", once).of(CERTIFICATES as u64).in_batches_of(BATCH)
}

const BATCH: Duration = Duration::from_millis(20);
