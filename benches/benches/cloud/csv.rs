//! A file of 100,000 rows, read, validated and split; and rows whose certificates are looked into.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use benches::Operation;
use cloud_api::onboarding::{self, OnboardRow, PartReader};
use pki::ca::{CaParams, CertificateAuthority, DeviceCertRequest};
use pki::certificate::Certificate;
use pki::key::PrivateKey;
use x509_cert::der::DecodePem as _;

/// The argument that asks for one reading, before the file.
const ARGUMENT: &str = "--read";
const ROWS: usize = 100_000;
/// So many different certificates; in the file they come again and again.
const CERTIFICATES: usize = 500;
/// Whatever the size of the file.
const MOST_KIB: u64 = 50 * 1024;

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
        let (_, pem) = &certificates[number % CERTIFICATES];
        writeln!(csv, "{number:08x}-7f04-4949-8def-bb2215b4223e,my-thing-type,tag1|tag2,APP|MODEM,\"{pem}\"")
            .unwrap();
    }
    csv.flush().unwrap();
    path
}

/// Every 1,000 bytes of the file, in a process of its own, so that the memory is its alone.
pub(crate) fn split(file: &Path) -> Operation<'_> {
    let kilobytes = fs::metadata(file).unwrap().len() / 1000;
    let run = move |iterations| (0..iterations).map(|_| in_own_process(file)).sum();
    Operation::with_clock("csv/1 kB validated and split", run)
        .of(kilobytes)
        .in_batches_of(Duration::from_millis(250))
}

fn in_own_process(file: &Path) -> Duration {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.arg(ARGUMENT).arg(file).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "the reading failed");
    Duration::from_nanos(String::from_utf8_lossy(&output.stdout).trim().parse().unwrap())
}

/// The other side of [`in_own_process`]: reads the file, where this process was started for it.
pub(crate) fn was_asked() -> bool {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, first, file] = arguments.as_slice() else { return false };
    if first != ARGUMENT {
        return false;
    }
    let start = Instant::now();
    let mut rows = 0;
    for part in PartReader::<OnboardRow, _>::new(File::open(file).unwrap()) {
        let part = part.unwrap();
        assert!(part.problems.is_empty() && part.row_count == 1000);
        rows += black_box(part.rows).len();
    }
    let time = start.elapsed().as_nanos();
    assert_eq!(rows, ROWS);
    match peak_kib() {
        Some(kib) => assert!(kib < MOST_KIB, "peak memory: {kib} KiB, the limit is {MOST_KIB} KiB"),
        None => eprintln!("!!! NOT MEASURED: this system does not tell the peak memory"),
    }
    println!("{time}");
    true
}

/// The most memory that this process ever had, where the system tells it.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
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
        let reading = onboarding::read::<OnboardRow>(black_box(&csv));
        for located in reading.rows() {
            let certificate = Certificate::from_pem(located.row.credential.as_pem()).unwrap();
            certificate.public_key().unwrap();
            assert_eq!(certificate.common_name().as_deref(), Some(located.row.device_id.as_str()));
        }
        assert_eq!(reading.rows().len(), CERTIFICATES);
    };
    Operation::new("csv/row with certificate check", once).of(CERTIFICATES as u64).in_batches_of(BATCH)
}

/// What anybody who looks into a certificate does at least.
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
