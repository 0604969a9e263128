//! `nrfcloud provision`: boards that go well, boards that are refused, and boards whose run is killed at each step.

mod killed;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ledger::Outcome;
use serde_json::Value;

use crate::killing::{End, Watched};
use crate::support::{CloudSim, ModemSim, Run, Shop, not_tested};

const TAG: &str = "16842753";

/// One board, one cloud, one authority, and what the test asks them afterwards.
struct Line {
    shop: Shop,
    kit: ModemSim,
    _cloud: CloudSim,
}

const PROVISION: &[&str] = &[
    "provision",
    "--ca",
    "ca-cert.crt.pem",
    "--ca-key",
    "ca-cert.key.pem",
    "--csv",
    "onboard.csv",
    "--onboard",
];

impl Line {
    fn new(seed: &str) -> Self {
        Self::with_bulk_delay("0", seed)
    }

    fn with_bulk_delay(milliseconds: &str, seed: &str) -> Self {
        let (kit, cloud) = (ModemSim::start(&["--seed", seed]), CloudSim::with_bulk_delay(milliseconds));
        let shop = Shop::with_authority().env("NRFCLOUD_PORT", &kit.port).at(&cloud);
        shop.ok(&["modem", "at", "AT+CFUN=1"]);
        Self { shop, kit, _cloud: cloud }
    }

    fn provision(&self, more: &[&str]) -> Run {
        self.shop.run(&[PROVISION, more].concat())
    }

    fn command(&self) -> Command {
        self.shop.command(PROVISION)
    }

    fn watched(&self) -> Watched {
        Watched::new(self.shop.ledger())
    }

    #[track_caller]
    fn refused(&self, more: &[&str], code: i32, message: &str) {
        let run = self.provision(more);
        assert_eq!(run.code, code, "{run:#?}");
        assert!(run.stderr.contains(message) && run.stderr.contains("\nhelp: "), "{run:#?}");
        assert_eq!(run.stdout, "");
        self.is_online();
    }

    #[track_caller]
    fn is_online(&self) {
        assert_eq!(self.shop.ok(&["modem", "at", "AT+CFUN?"]), "+CFUN: 1\n");
    }

    fn slots(&self) -> Vec<(u64, String)> {
        let document = self.shop.json(&["modem", "slots", "--sec-tag", TAG]);
        let slot =
            |slot: &Value| (slot["type"].as_u64().unwrap(), slot["sha256"].as_str().unwrap().to_owned());
        document["slots"].as_array().unwrap().iter().map(slot).collect()
    }

    /// Everything that a board is to be when it is done, and that nothing of it is there twice.
    #[track_caller]
    fn is_done(&self, id: &str) {
        self.is_online();
        let kinds: Vec<u64> = self.slots().iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [1, 2], "a certificate and a key");
        let csv = self.shop.read("onboard.csv");
        assert_eq!(csv.matches("-----BEGIN CERTIFICATE-----").count(), 1, "{csv}");
        assert!(csv.starts_with(&format!("{id},")), "{csv}");
        // Key in the modem, certificate in the row, and ID are one.
        let token = self.shop.ok(&["modem", "jwt", "--sec-tag", TAG, "--device-id", id]);
        self.shop.ok(&["jwt", "verify", token.trim(), "--csv", "onboard.csv", "--device-id", id]);
        self.shop.write("row.pem", &csv[csv.find("-----BEGIN").unwrap()..=csv.rfind("-----\n").unwrap() + 5]);
        self.shop.ok(&["cert", "verify", "row.pem", "--ca", "ca-cert.crt.pem"]);
        let certificate = self.shop.json(&["cert", "show", "row.pem"]);
        assert!(certificate.to_string().contains(&format!("CN={id}")), "{certificate}");
        let devices = self.shop.json(&["device", "list"]);
        assert_eq!(devices["devices"].as_array().unwrap().len(), 1, "{devices}");
        assert_eq!(devices["devices"][0]["id"], id);
        // And the cloud takes a token of that key.
        self.shop.ok(&[
            "agnss",
            "fetch",
            "--token",
            token.trim(),
            "-o",
            "agnss.bin",
            "--force",
            "--types",
            "1,3",
        ]);
    }

    fn uploads(&self) -> usize {
        self.shop.ok(&["bulk", "list"]).lines().count()
    }
}

fn document(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:#?}"))
}

#[test]
fn a_board_is_provisioned_and_done_again_is_only_proved() {
    let line = Line::new("1");
    let run = line.provision(&[]);
    let id = line.kit.device_uuid.clone();
    assert_eq!((run.code, run.stdout.as_str()), (0, format!("{id}\n").as_str()), "{run:#?}");
    assert!(
        run.stderr.starts_with(&format!(
            "note: device ID {id} (by UUID it would be {id}, by IMEI nrf-{}); the firmware must use the same\n",
            line.kit.imei
        )),
        "{run:#?}"
    );
    assert!(run.stderr.contains("warning: sec_tag 16842753 has no root CA"), "{run:#?}");
    line.is_done(&id);
    let (slots, csv) = (line.slots(), line.shop.read("onboard.csv"));

    let again = line.provision(&["--json"]);
    assert_eq!(again.code, 0, "{again:#?}");
    let document = document(&again);
    assert_eq!(document["schema"], "nrfcloud.provision");
    assert_eq!((&document["already_done"], &document["steps"]), (&true.into(), &Value::Array(Vec::new())));
    assert_eq!((line.slots(), line.shop.read("onboard.csv"), line.uploads()), (slots, csv, 1));
    line.is_online();

    let watched = line.watched();
    let runs = watched.runs();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].ended.map(|(_, outcome)| outcome), Some(Outcome::Done));
    assert_eq!((runs[0].subject.kind(), runs[0].subject.name()), ("provision", id.as_str()));
    let entries = watched.entries(&runs[0]);
    let steps: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let twice: Vec<&str> = [
        "probe",
        "identity",
        "slots",
        "cloud_look",
        "mode",
        "offline",
        "keygen",
        "check_key",
        "sign",
        "write_certificate",
        "prove",
        "restore",
        "row",
    ]
    .into_iter()
    .flat_map(|step| [step, step])
    .collect();
    let upload =
        ["upload", "campaign", "campaign", "campaign", "campaign", "upload", "cloud_check", "cloud_check"];
    assert_eq!(steps, [&["plan"][..], &twice, &upload].concat());
    // The CA's key is in a file beside it, and in no entry.
    let key = line.shop.read("ca-cert.key.pem");
    let secret = key.lines().nth(1).unwrap();
    assert!(entries.iter().all(|entry| !entry.body.contains(secret) && !entry.body.contains("PRIVATE KEY")));
}

#[test]
fn a_board_is_named_by_its_imei_or_as_one_likes() {
    for (options, id) in
        [(&["--id", "imei"][..], None), (&["--id", "meter-7", "--sub-type", "meter"], Some("meter-7"))]
    {
        let line = Line::new("2");
        let id = id.map_or_else(|| format!("nrf-{}", line.kit.imei), str::to_owned);
        let run = line.provision(options);
        assert_eq!(run.code, 0, "{run:#?}");
        line.is_done(&id);
    }
}

#[test]
fn a_dry_run_tells_every_step_and_takes_none() {
    let line = Line::new("3");
    let run = line.provision(&["--dry-run", "--json"]);
    assert_eq!(run.code, 0, "{run:#?}");
    let document = document(&run);
    assert_eq!(document["dry_run"], true);
    assert_eq!(
        document["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step.as_str().unwrap())
            .collect::<Vec<_>>()
            .join(" "),
        "mode offline keygen check_key sign write_certificate prove restore row upload cloud_check"
    );
    assert!(run.stderr.contains("note: would let the modem make a key in sec_tag 16842753\n"), "{run:#?}");
    assert_eq!(line.slots(), []);
    assert!(!line.shop.path("onboard.csv").exists() && !line.shop.ledger().exists());
    assert_eq!(line.uploads(), 0);
    line.is_online();
}

#[test]
fn what_is_in_the_slots_is_refused_kept_or_replaced() {
    let line = Line::new("4");
    assert_eq!(line.provision(&[]).code, 0);
    let id = line.kit.device_uuid.clone();
    let (slots, csv) = (line.slots(), line.shop.read("onboard.csv"));

    // Another name: what is there is not for it, and nothing of it is deleted.
    line.refused(
        &["--id", "other"],
        6,
        "sec_tag 16842753 holds a key and a certificate already; nothing was changed",
    );
    line.refused(&["--id", "other", "--if-exists", "keep"], 6, "the CN of the certificate is ");
    assert_eq!(line.slots(), slots);

    // The row is lost, the board is good: kept, it gets its row again.
    std::fs::remove_file(line.shop.path("onboard.csv")).unwrap();
    let kept = line.provision(&["--if-exists", "keep", "--json"]);
    assert_eq!(kept.code, 0, "{kept:#?}");
    assert_eq!(document(&kept)["already_done"], false);
    assert_eq!((line.slots(), line.shop.read("onboard.csv")), (slots.clone(), csv));
    line.is_done(&id);

    let replaced = line.provision(&["--if-exists", "replace"]);
    assert_eq!(replaced.code, 0, "{replaced:#?}");
    assert_ne!(line.slots(), slots);
    line.is_done(&id);
}

#[test]
fn a_root_ca_is_written_once_and_another_one_is_not_overwritten() {
    let line = Line::new("5");
    let root = ["--root-ca", "ca-cert.crt.pem"];
    assert_eq!(line.provision(&root).code, 0);
    let slots = line.slots();
    assert_eq!(slots.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [0, 1, 2]);
    let again = line.provision(&[&root[..], &["--json"]].concat());
    assert_eq!(document(&again)["already_done"], true, "{again:#?}");

    line.shop.ok(&["ca", "create", "--ou", "Others", "--out", "other"]);
    let other = ["--root-ca", "other/ca-cert.crt.pem"];
    line.refused(&other, 6, "sec_tag 16842753 holds a key and a certificate already");
    assert_eq!(line.slots(), slots);
    let replaced = line.provision(&[&other[..], &["--if-exists", "replace"]].concat());
    assert_eq!(replaced.code, 0, "{replaced:#?}");
    assert!(line.slots().iter().zip(&slots).all(|(new, old)| new.1 != old.1));
}

/// The bundle that Nordic's installer wrote with `--coap`, out of what went over the wire then.
fn bundle_of_the_installer() -> Option<String> {
    let folder = std::env::var_os("NRFCLOUD_VECTORS").map_or_else(
        || std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")),
        std::path::PathBuf::from,
    );
    let path = folder.join("modem/wire/installer-3.3.1-at-mode.txt");
    let Ok(wire) = std::fs::read_to_string(&path) else {
        not_tested(
            "--coap with Nordic's certificates",
            format_args!("no {}; set NRFCLOUD_VECTORS", path.display()),
        );
        return None;
    };
    let line = wire.lines().find(|line| line.contains("AT%CMNG=0,16842753,0,")).unwrap();
    let command: String = serde_json::from_str(line.split_once(" > ").unwrap().1).unwrap();
    Some(command.split('"').nth(1).unwrap().to_owned())
}

#[test]
fn a_board_for_coap_gets_the_authority_of_the_coap_server_too() {
    let Some(bundle) = bundle_of_the_installer() else { return };
    let line = Line::new("6");
    let end = "-----END CERTIFICATE-----";
    let (aws, coap) = bundle.split_at(bundle.find(end).unwrap() + end.len());
    line.shop.write("aws.pem", aws);
    line.shop.write("coap.pem", coap);
    line.shop.write("both.pem", &bundle);
    line.refused(&["--coap", "--root-ca", "aws.pem"], 3, "no --root-ca holds nRF Cloud's CoAP CA");
    assert_eq!(line.slots(), []);
    // Each once, also where a file has both.
    let run =
        line.provision(&["--coap", "--root-ca", "aws.pem", "--root-ca", "coap.pem", "--root-ca", "both.pem"]);
    assert_eq!(run.code, 0, "{run:#?}");
    let slots = line.shop.ok(&["modem", "slots", "--sec-tag", TAG, "--type", "ca"]);
    assert!(slots.contains("Amazon Root CA 1 and nRF Cloud CoAP CA"), "{slots}");
    // That of the very bundle, with the line breaks of this kit.
    assert_eq!(line.slots()[0].1, "f6eef665b61c4f9852ac3c84747d0ee92d0e79b24c187abb7ceef7a85e173534");
}

#[test]
fn what_is_wrong_with_files_is_found_without_a_board() {
    let shop = Shop::with_authority().env("NRFCLOUD_PORT", "/dev/no-such-port");
    shop.ok(&["ca", "create", "--ou", "Others", "--out", "other"]);
    let with = |more: &[&str]| shop.run(&[&["provision", "--ca", "ca-cert.crt.pem"], more].concat());
    let key = ["--ca-key", "ca-cert.key.pem"];
    assert_eq!(with(&["--ca-key", "other/ca-cert.key.pem"]).code, 3);
    assert_eq!(with(&[&key[..], &["--onboard"]].concat()).code, 4);
    assert_eq!(with(&[&key[..], &["--root-ca", "none.pem"]].concat()).code, 3);
    for more in [&["--coap"][..], &["--coap", "--root-ca", "ca-cert.crt.pem"]] {
        let run = with(&[&key[..], more].concat());
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (
                3,
                "error: --coap is given, and no --root-ca holds nRF Cloud's CoAP CA\n\
                 help: Nordic publishes it in the Python package nrfcloud-utils, file ca_certs.py, as nrf_cloud_coap_ca: \
                 save that certificate and add --root-ca FILE; `nrfcloud cert show FILE` says CN=nRF Cloud\n"
            )
        );
    }
    assert_eq!(with(&[&key[..], &["--csv", "-"]].concat()).code, 2);
    assert_eq!(with(&[&key[..], &["--ledger", "no/such/directory/ledger.sqlite"]].concat()).code, 3);
    assert_eq!(with(&[&key[..], &["--ledger", "postgres://db/ledger"]].concat()).code, 3);
    assert_eq!(with(&key).code, 5);
}

#[test]
fn a_bad_key_of_the_cloud_and_a_bad_csv_leave_the_board_alone() {
    let line = Line::new("7");
    line.shop.write("onboard.csv", "not,a,row\n");
    line.refused(&[], 3, "no row was added to onboard.csv");
    std::fs::remove_file(line.shop.path("onboard.csv")).unwrap();
    let run = line.shop.command(PROVISION).env("NRFCLOUD_API_KEY", "f".repeat(40)).output().unwrap();
    assert_eq!(run.status.code(), Some(7), "{run:?}");
    assert_eq!(line.slots(), []);
    assert!(!line.shop.path("onboard.csv").exists());
    line.is_online();
    // Nothing was changed, so nothing is left to go on with.
    assert!(line.watched().runs().iter().all(|run| matches!(run.ended, Some((_, Outcome::Abandoned)))));
    assert_eq!(line.provision(&[]).code, 0);
    line.is_done(&line.kit.device_uuid);
}

#[test]
fn a_device_that_the_cloud_has_for_another_board_is_not_taken_over() {
    let line = Line::new("8");
    line.shop.issue(&line.kit.device_uuid, &["--csv", "other.csv"]);
    line.shop.ok(&["device", "onboard", "other.csv", "--wait"]);
    line.refused(&[], 7, "nRF Cloud knows a device ");
    assert_eq!(line.slots(), []);
}

#[test]
fn a_board_at_which_somebody_is_is_left_to_them() {
    let line = Line::new("9");
    let watched = line.watched();
    assert_eq!(watched.kill_at(9, &mut line.command()), End::Killed);
    // As if it were alive, at another station.
    watched.pretend_holder("station-2/boot/ns/1/2");
    line.refused(&[], 5, "station-2/boot/ns/1/2 is at provision ");
    assert_eq!(line.slots(), []);
}

#[test]
fn ctrl_c_does_not_wait_for_the_cloud_and_leaves_the_board_online() {
    let line = Line::with_bulk_delay("600000", "11");
    let watched = line.watched();
    let mut child =
        line.command().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // Plan, two entries for each of 13 steps, the beginning of the upload; then the campaign is opened, and the row sent and taken.
    let begun = Instant::now();
    while watched.count() < 1 + 2 * 13 + 1 + 3 {
        assert!(
            begun.elapsed() < Duration::from_secs(60) && child.try_wait().unwrap().is_none(),
            "it does not get on"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    line.is_online();
    // Given back: nobody has to wait for the lease.
    let runs = watched.runs();
    assert_eq!((runs.len(), &runs[0].ended, &runs[0].held), (1, &None, &None));
}

#[test]
fn an_unfinished_run_goes_on_for_the_same_only() {
    let line = Line::new("10");
    // Behind the plan, two entries for each of probe, identity, slots, cloud_look, mode, offline: the key is made, and not written down.
    assert_eq!(line.watched().kill_at(14, &mut line.command()), End::Killed);
    let run = line.provision(&["--id", "imei"]);
    assert_eq!(run.code, 3, "{run:#?}");
    assert!(run.stderr.contains("the board has an unfinished run for "), "{run:#?}");
    // The modem is offline since the kill, and only the ledger knows that it was not before.
    assert_eq!(line.shop.ok(&["modem", "at", "AT+CFUN?"]), "+CFUN: 4\n");
    let run = line.provision(&["--id", "imei", "--start-over", "--if-exists", "replace"]);
    assert_eq!(run.code, 0, "{run:#?}");
    let outcomes: Vec<_> =
        line.watched().runs().iter().map(|run| run.ended.map(|(_, outcome)| outcome)).collect();
    assert_eq!(outcomes, [Some(Outcome::Abandoned), Some(Outcome::Done)]);
    line.is_online();
}
