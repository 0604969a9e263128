//! Keys and certificates against the raw primitives, and whole fleets against the tools that people use for them.
//!
//! `NRFCLOUD_UTILS` names the `create_device_credentials` of nRF Cloud Utils; `cargo xtask bench pki` installs it.

#![allow(clippy::unwrap_used, reason = "a benchmark that panics has failed")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that tells what it measured")]

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
};
use benches::{Operation, TARGETS_ARGUMENT, Target};
use pki::batch::{self, BatchOptions};
use pki::ca::{CaParams, CertificateAuthority, CsrOptions, DeviceCertRequest};
use pki::csr::CertificateRequest;
use pki::key::PrivateKey;

#[path = "pki/fleet.rs"]
mod fleet;

const DEVICE_ID: &str = "f69c0e45-7f04-4949-8def-bb2215b4223e";
const SUBJECT: &str = "/C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor";

/// Every target of the project for certificates.
const TARGETS: &[Target] = &[
    Target::faster("issue/pki", "issue/raw aws-lc", 0.75),
    Target::faster("issue from CSR/pki", "issue from CSR/raw aws-lc", 0.75),
    Target::faster("batch/2 workers", "batch/1 worker", 1.85),
    // What the machine itself gains by its second core, and what is left of it.
    Target::faster("issue/raw on 2 threads", "issue/raw on 1 thread", 1.85),
    Target::faster("batch/2 workers", "issue/raw on 2 threads", 0.75),
    Target::per_second("fleet/one stream", 15_000.0),
    Target::per_second("fleet/files", 2_000.0),
    Target::memory("fleet/one stream", 100.0),
    Target::memory("fleet/files", 100.0),
    Target::faster("credentials/pki", "credentials/create_device_credentials", 1000.0),
    Target::faster("credentials/pki", "credentials/openssl", 100.0),
];

fn main() {
    if fleet::was_asked() {
        return;
    }
    // On the clock of the machine, which is also that of the other tools.
    let now = SystemTime::now();
    let ca = ca(now);
    let key = PrivateKey::generate().unwrap();
    let subject = format!("/CN={DEVICE_ID}").parse().unwrap();
    let csr = CertificateRequest::create(&subject, &key).unwrap();
    let certificate = ca.issue(&DeviceCertRequest::new(DEVICE_ID, key.public_key()), now).unwrap();

    // As long as the part of a certificate that is signed.
    let tbs = &certificate.der()[..certificate.der().len() - 86];
    let random = SystemRandom::new();
    let raw = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let raw_public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, raw.public_key().as_ref()).unwrap();
    let raw_signature = raw.sign(&random, csr.der()).unwrap();

    let (ca, csr, raw) = (&ca, &csr, &raw);
    let mut operations = vec![
        Operation::new("issue/raw aws-lc", || {
            let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
            // The hash is part of it.
            (key, raw.sign(&random, black_box(tbs)).unwrap())
        }),
        Operation::new("issue/pki", || issue(ca, now)),
        Operation::new("issue from CSR/raw aws-lc", || {
            raw_public.verify_sig(black_box(csr.der()), raw_signature.as_ref()).unwrap();
            raw.sign(&random, black_box(tbs)).unwrap()
        }),
        Operation::new("issue from CSR/pki", || {
            let csr = CertificateRequest::from_der(black_box(csr.der())).unwrap();
            ca.issue_from_csr(&csr, &CsrOptions::default(), now).unwrap()
        }),
        raw_on("issue/raw on 1 thread", 1, tbs),
        raw_on("issue/raw on 2 threads", 2, tbs),
        batch("batch/1 worker", 1, ca, now),
        batch("batch/2 workers", 2, ca, now),
        fleet::operation("fleet/one stream", fleet::Form::Stream),
        fleet::operation("fleet/files", fleet::Form::Files),
        Operation::new("credentials/pki", || {
            let (key, certificate) = issue(ca, now);
            (key.to_pkcs8_pem(), key.public_key().to_spki_pem(), certificate.to_pem())
        }),
    ];
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (ca_file, ca_key_file) = (folder.join("ca.pem"), folder.join("ca.key.pem"));
    std::fs::write(&ca_file, ca.certificate().to_pem()).unwrap();
    std::fs::write(&ca_key_file, ca.key().to_pkcs8_pem()).unwrap();
    operations.extend(nordic(folder, &ca_file, &ca_key_file));
    operations.extend(openssl(folder));

    let targets: Vec<Target> =
        TARGETS.iter().copied().filter(|target| target.can_be_measured(&operations)).collect();
    benches::run("pki", operations, &targets);
}

fn ca(now: SystemTime) -> CertificateAuthority {
    let params = CaParams::new(SUBJECT.parse().unwrap());
    CertificateAuthority::create(&params, PrivateKey::generate().unwrap(), now).unwrap()
}

fn issue(ca: &CertificateAuthority, now: SystemTime) -> (PrivateKey, pki::certificate::Certificate) {
    let key = PrivateKey::generate().unwrap();
    let certificate = ca.issue(&DeviceCertRequest::new(black_box(DEVICE_ID), key.public_key()), now).unwrap();
    (key, certificate)
}

/// Key, hash and signature, without a word of DER.
fn raw_on<'a>(name: &'static str, threads: usize, tbs: &'a [u8]) -> Operation<'a> {
    let generate = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let make = move || (SystemRandom::new(), generate());
    let once = move |(random, ca): &mut (SystemRandom, EcdsaKeyPair)| {
        black_box((generate(), ca.sign(random, black_box(tbs)).unwrap()));
    };
    Operation::on_threads(name, threads, make, once).in_batches_of(Duration::from_millis(100))
}

/// Credentials as PEM, one after the other into nothing; measured once all workers are at it: each new thread waits some milliseconds for
/// AWS-LC to gather entropy before its first key.
fn batch<'a>(
    name: &'static str,
    workers: usize,
    ca: &'a CertificateAuthority,
    now: SystemTime,
) -> Operation<'a> {
    let options = BatchOptions { workers: NonZeroUsize::new(workers), ..BatchOptions::default() };
    let run = move |iterations| {
        const WARM: u64 = 500;
        let mut start = Instant::now();
        let mut taken = 0;
        let ids = (0..iterations + WARM).map(|n| format!("nrf-{n:015}"));
        let render = |device: batch::IssuedDevice| (device.key.to_pkcs8_pem(), device.certificate.to_pem());
        let sink = |texts| {
            black_box(texts);
            taken += 1;
            if taken == WARM {
                start = Instant::now();
            }
            Ok::<_, std::convert::Infallible>(())
        };
        batch::issue(ca, ids, &options, now, render, sink).unwrap();
        start.elapsed()
    };
    Operation::with_clock(name, run).in_batches_of(Duration::from_millis(100))
}

/// Nordic's tool, one process for each device, as it is used.
fn nordic(folder: &Path, ca: &Path, ca_key: &Path) -> Option<Operation<'static>> {
    let Some(program) = std::env::var_os("NRFCLOUD_UTILS") else {
        eprintln!("!!! NOT MEASURED: NRFCLOUD_UTILS does not name create_device_credentials");
        return None;
    };
    let mut command = Command::new(program);
    command.arg("--ca").arg(ca).arg("--ca-key").arg(ca_key).args([
        "--csv=",
        "--log-level=critical",
        "--path",
    ]);
    command.arg(folder).args(["--cn", DEVICE_ID]);
    Some(process("credentials/create_device_credentials", 100, vec![command]))
}

/// The three commands that it takes with openssl.
fn openssl(folder: &Path) -> Option<Operation<'static>> {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("!!! NOT MEASURED: openssl is not installed");
        return None;
    }
    let subject = format!("/CN={DEVICE_ID}");
    let lines: [&[&str]; 3] = [
        &["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "device.key.pem"],
        &["req", "-new", "-sha256", "-key", "device.key.pem", "-subj", &subject, "-out", "device.csr.pem"],
        &[
            "x509",
            "-req",
            "-sha256",
            "-days",
            "3652",
            "-in",
            "device.csr.pem",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key.pem",
            "-CAcreateserial",
            "-out",
            "device.pem",
        ],
    ];
    let command = |line: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(line).current_dir(folder);
        command
    };
    Some(process("credentials/openssl", 20, lines.into_iter().map(command).collect()))
}

fn process(name: &'static str, milliseconds: u64, mut commands: Vec<Command>) -> Operation<'static> {
    let once = move || {
        for command in &mut commands {
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
            assert!(status.success(), "{command:?}: {status}");
        }
    };
    Operation::new(name, once).in_batches_of(Duration::from_millis(milliseconds))
}
