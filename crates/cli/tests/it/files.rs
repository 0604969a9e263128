//! Files that are written: whole, all or none, and nothing lost.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::{Child, Stdio};

use rustix::fs::{CWD, FileType, FlockOperation, Mode, flock, mknodat};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{DEVICE, Shop, fixture};

const ISSUE: [&str; 6] = ["cert", "issue", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem"];

fn issue(shop: &Shop, more: &[&str]) -> crate::support::Run {
    shop.run(&[&ISSUE[..], more].concat())
}

fn fifo(shop: &Shop, name: &str) {
    mknodat(CWD, shop.path(name), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
}

fn temporaries(shop: &Shop) -> Vec<String> {
    shop.files().into_iter().filter(|name| name.contains(".nrfcloud-")).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn what_was_replaced_comes_back_when_a_later_file_fails() {
    let shop = Shop::with_authority();
    let old = shop.read("ca-cert.crt.pem");
    fs::remove_file(shop.path("ca-cert.key.pem")).unwrap();
    // It is found last that this one cannot be written.
    symlink("/dev/full", shop.path("ca-cert.key.pem")).unwrap();
    shop.refused(
        &["ca", "create", "--cn", "New", "--force"],
        3,
        "error: cannot write ca-cert.key.pem: No space left on device (os error 28)\n\
         help: check the path, and who may write there; nothing was written\n",
    );
    assert_eq!(shop.read("ca-cert.crt.pem"), old);
    assert_eq!(temporaries(&shop), [] as [&str; 0]);
}

#[test]
fn a_row_that_cannot_be_added_replaces_nothing() {
    let shop = Shop::with_device();
    let key = format!("certs/{DEVICE}.key.pem");
    let old = shop.read(&key);
    shop.write("other.csv", "");
    fs::set_permissions(shop.path("other.csv"), fs::Permissions::from_mode(0o444)).unwrap();
    let run = issue(&shop, &["--device-id", DEVICE, "--csv", "other.csv", "--force"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (3, "error: a read-only file: other.csv\nhelp: make it writable if you mean it: chmod u+w\n")
    );
    assert_eq!(shop.read(&key), old);
    assert_eq!(fs::metadata(shop.path("other.csv")).unwrap().permissions().mode() & 0o777, 0o444);
}

#[test]
fn a_csv_keeps_its_owner_and_its_rights() {
    let shop = Shop::with_device();
    let csv = shop.path("onboard.csv");
    fs::set_permissions(&csv, fs::Permissions::from_mode(0o640)).unwrap();
    if std::os::unix::fs::chown(&csv, Some(4321), Some(4322)).is_err() {
        eprintln!("NOT TESTED: only root can give files away");
        return;
    }
    shop.issue("second", &["--csv", "onboard.csv"]);
    let metadata = fs::metadata(&csv).unwrap();
    assert_eq!((metadata.uid(), metadata.gid(), metadata.mode() & 0o777), (4321, 4322, 0o640));
}

#[test]
fn links_are_followed_and_devices_written_into() {
    let shop = Shop::new();
    let public = fixture("pki/keys/public.pem");
    let public = public.to_str().unwrap();
    shop.write("file", "old");
    symlink("file", shop.path("link")).unwrap();
    symlink("/dev/null", shop.path("null")).unwrap();
    shop.ok(&["key", "public", public, "-o", "link", "--force"]);
    assert!(fs::symlink_metadata(shop.path("link")).unwrap().is_symlink());
    assert!(shop.read("file").starts_with("-----BEGIN PUBLIC KEY-----"));
    // There is nothing to lose in a device.
    shop.ok(&["key", "public", public, "-o", "null"]);
    assert!(fs::symlink_metadata(shop.path("null")).unwrap().is_symlink());
    let stdout = shop.ok(&["key", "public", public, "-o", "/dev/stdout"]);
    assert!(stdout.starts_with("-----BEGIN PUBLIC KEY-----"), "{stdout}");
}

#[test]
fn a_csv_must_be_a_file() {
    let shop = Shop::with_authority();
    symlink("nowhere", shop.path("dangling.csv")).unwrap();
    fifo(&shop, "pipe.csv");
    let before = shop.files();
    for (csv, code, stderr) in [
        (
            "dangling.csv",
            3,
            "error: a link to something that is not there: dangling.csv\nhelp: mend the link, or name the file itself\n",
        ),
        (
            "pipe.csv",
            3,
            "error: a pipe or a device, not a file: pipe.csv\nhelp: name a file: rows are added to what is there\n",
        ),
        ("-", 2, "error: --csv is a file of its own, not standard output\nhelp: give a file name\n"),
    ] {
        let run = issue(&shop, &["--device-id", DEVICE, "--csv", csv]);
        assert_eq!((run.code, run.stderr.as_str()), (code, stderr));
    }
    for force in [&[][..], &["--force"]] {
        let csv = format!("certs/{DEVICE}.key.pem");
        let run = issue(&shop, &[&["--device-id", DEVICE, "--csv", &csv], force].concat());
        assert_eq!(
            (run.code, run.stderr),
            (
                3,
                format!(
                    "error: two of the files to write have the same place: {csv}\nhelp: give each file a name of its own\n"
                )
            )
        );
    }
    assert_eq!(shop.files(), before);
}

#[test]
fn a_run_that_waits_for_another_says_so() {
    let shop = Shop::with_device();
    let csv = fs::File::open(shop.path("onboard.csv")).unwrap();
    flock(&csv, FlockOperation::LockExclusive).unwrap();
    let args = [&ISSUE[..], &["--device-id", "second", "--csv", "onboard.csv"]].concat();
    let mut child = shop.command(&args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert_eq!(line, "note: waiting for another run that adds to onboard.csv\n");
    drop(csv);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(shop.ok(&["device", "check", "onboard.csv"]), "onboard.csv: 2 good onboarding rows\n");
}

/// Starts `cert issue` and stops it in the middle of writing: at a pipe that nobody reads yet.
fn issue_into_a_pipe(shop: &Shop) -> Child {
    fs::create_dir(shop.path("certs")).unwrap();
    fifo(shop, &format!("certs/{DEVICE}.public-key.pem"));
    let args = [&ISSUE[..], &["--device-id", DEVICE, "--csv", "onboard.csv"]].concat();
    let child = shop.command(&args).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while fs::read(shop.path("onboard.csv")).unwrap_or_default().is_empty() {
        std::thread::yield_now();
    }
    child
}

#[test]
fn ctrl_c_while_files_are_written_waits_until_all_are() {
    let shop = Shop::with_authority();
    let child = issue_into_a_pipe(&shop);
    for signal in [Signal::INT, Signal::TERM] {
        kill_process(Pid::from_child(&child), signal).unwrap();
    }
    let mut public = String::new();
    fs::File::open(shop.path(&format!("certs/{DEVICE}.public-key.pem")))
        .unwrap()
        .read_to_string(&mut public)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: interrupted; the step in hand was finished first\nhelp: look at what is done before you run it again\n"
    );
    assert_eq!(temporaries(&shop), [] as [&str; 0]);
    assert_eq!(public, shop.ok(&["key", "public", &format!("certs/{DEVICE}.key.pem")]));
    assert_eq!(shop.ok(&["device", "check", "onboard.csv"]), "onboard.csv: 1 good onboarding row\n");
}

#[test]
fn what_a_killed_run_has_left_is_swept() {
    let shop = Shop::new();
    let stale = fs::File::create(shop.path(".nrfcloud-new-abcdef")).unwrap();
    stale.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(7200)).unwrap();
    shop.ok(&["key", "create", "--out", "key.pem"]);
    assert_eq!(shop.files(), ["key.pem"]);
}

#[test]
fn csv_files_can_be_joined() {
    let shop = Shop::with_authority();
    shop.issue("first", &["--csv", "1.csv"]);
    shop.issue("second", &["--csv", "2.csv"]);
    shop.write("both.csv", shop.read("1.csv") + &shop.read("2.csv"));
    let run = shop.run(&["device", "check", "both.csv"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    // As others write it.
    shop.write("open.csv", shop.read("1.csv").trim_end());
    let run = shop.run(&["device", "check", "open.csv"]);
    assert_eq!(run.code, 0);
    assert!(run.stderr.starts_with("note: open.csv: no line break behind the last row"), "{run:?}");
}
