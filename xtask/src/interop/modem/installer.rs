//! `device_credentials_installer -d --verify --coap`: one installation by every way that it knows, and what it does when a kit says no.

use std::fs;

use serde_json::{Value, json};

use super::{Bench, Kit, Ran, Tally, slot, with_crlf};
use crate::interop::InteropError;

/// The security tag that the tool uses where none is named.
const TAG: u32 = 16_842_753;

/// A way to install: the kit, the arguments that are for it, and who the device is then.
struct Way {
    name: &'static str,
    kind: Value,
    arguments: &'static [&'static str],
    id: Id,
    shell: Shell,
}

/// The device ID, by the kit's own words or the tool's.
#[derive(Clone, Copy)]
enum Id {
    Uuid,
    Imei,
    Random,
    Given(&'static str),
}

/// What holds the credentials.
#[derive(Clone, Copy, PartialEq)]
enum Shell {
    /// A modem.
    None,
    /// `cred`, with a key of the host.
    Tls,
    /// `cred`, with a key of the kit's own by `nrf_cloud_cred`.
    Psa,
}

pub(super) fn check(bench: &Bench, tally: &mut Tally) -> Result<(), InteropError> {
    let tool = Tool::new(bench)?;
    for way in ways() {
        tool.installs(&way, tally)?;
        tally.tell(&format!("device_credentials_installer, {}", way.name));
    }
    tool.keeps_a_key(tally)?;
    tool.old_firmware(tally)?;
    tool.failed_writes(tally)?;
    tool.a_notification_is_an_imei(tally)?;
    tally.tell("device_credentials_installer, what it refuses, and its bugs");
    Ok(())
}

fn ways() -> Vec<Way> {
    let way = |name, kind: Value, arguments, id, shell| Way { name, kind, arguments, id, shell };
    let at = |terminator: &str| json!({ "mode": "at", "terminator": terminator, "seed": 31 });
    let mode = |mode: &str| json!({ "mode": mode, "seed": 32 });
    vec![
        way("AT host, found out", at("cr"), &[], Id::Uuid, Shell::None),
        way("AT host with NULL", at("null"), &["--cmd-type=at", "--term=NULL"], Id::Uuid, Shell::None),
        way("AT host with LF", at("lf"), &["--cmd-type=at", "--term=LF"], Id::Uuid, Shell::None),
        way("AT host with CRLF", at("crlf"), &["--cmd-type=at", "--term=CRLF"], Id::Uuid, Shell::None),
        way("AT host, by IMEI", at("cr"), &["--id-imei", "--id-str=nrf-"], Id::Imei, Shell::None),
        way(
            "AT host of an nRF9160",
            json!({ "model": "nRF9160-SICA", "firmware": "mfw_nrf9160_1.3.7", "seed": 33 }),
            &["--id-str=interop-9160"],
            Id::Given("interop-9160"),
            Shell::None,
        ),
        way("Serial Modem", mode("serial-modem"), &["--cmd-type=at"], Id::Uuid, Shell::None),
        way("AT shell, found out", mode("at-shell"), &[], Id::Uuid, Shell::None),
        way("modem shell", mode("modem-shell"), &["--cmd-type=at_shell"], Id::Uuid, Shell::None),
        way(
            "TLS shell",
            mode("tls-shell"),
            &["--cmd-type=tls_cred_shell", "--local-cert", "--id-str=interop-tls"],
            Id::Given("interop-tls"),
            Shell::Tls,
        ),
        way("PSA shell", mode("cred-shell"), &["--cmd-type=nrf_cloud_cred_shell"], Id::Random, Shell::Psa),
    ]
}

/// The tool with an authority of its own, made by its sister.
struct Tool<'b> {
    bench: &'b Bench,
    authority: [String; 2],
    /// Both root certificates of nRF Cloud, as the tool has them.
    roots: String,
}

impl<'b> Tool<'b> {
    fn new(bench: &'b Bench) -> Result<Self, InteropError> {
        let folder = bench.folder.join("ca");
        fs::create_dir_all(&folder)?;
        bench.run("create_ca_cert", &["--fileprefix", "ca"], &folder, None)?;
        let mut authority = [String::new(), String::new()];
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path().to_string_lossy().into_owned();
            for (found, end) in authority.iter_mut().zip(["_ca.pem", "_prv.pem"]) {
                if path.ends_with(end) {
                    found.clone_from(&path);
                }
            }
        }
        let script = "from nrfcloud_utils import ca_certs; print(ca_certs.get_ca_certs(True), end='')";
        let roots = bench.run("python", &["-c", script], &folder, None)?.output;
        Ok(Self { bench, authority, roots })
    }

    fn run(&self, kit: &Kit<'_>, more: &[&str]) -> Result<Ran, InteropError> {
        let [ca, key] = &self.authority;
        let common = ["--port", &kit.port, "--ca", ca, "--ca-key", key, "--plain", "--coap", "--save"];
        kit.run("device_credentials_installer", &[&common, more].concat())
    }

    /// A whole installation, twice: the second time the slots are full, and `-d` empties them.
    fn installs(&self, way: &Way, tally: &mut Tally) -> Result<(), InteropError> {
        let mut kit = self.bench.kit(&way.name.replace([' ', ','], "-"), &way.kind)?;
        let mut former = String::new();
        for csv in ["first.csv", "second.csv"] {
            let csv_path = kit.path(csv);
            let more = [&["-d", "--verify", "--csv", &csv_path], way.arguments].concat();
            let ran = self.run(&kit, &more)?;
            let right = ran.ended(0, "Credential verification: PASS");
            tally.check(right, || format!("{}: {ran:?}", way.name));
            if !right {
                return Ok(());
            }
            let row = kit.read(csv);
            let id = row.split(',').next().unwrap_or_default().to_owned();
            let right = match way.id {
                Id::Uuid => id == kit.text("uuid")?,
                Id::Imei => id == format!("nrf-{}", kit.text("imei")?),
                Id::Random => id.len() == 36 && id != kit.text("uuid")?,
                Id::Given(given) => id == given,
            };
            tally.check(right, || format!("{}: the device ID {id} in {row:?}", way.name));
            let certificate = kit.read(&format!("{id}_crt.pem"));
            let wanted = format!("{id},,,APP|MODEM,\"{certificate}\"\n");
            tally.check(row == wanted, || format!("{}: {row:?} is no row for {id}", way.name));
            self.holds(way, &mut kit, &id, &certificate, tally)?;
            // Only where the host made the key does the tool take it, and the certificate, from the files of the first time.
            tally.check(former.is_empty() || (certificate == former) == (way.shell == Shell::Tls), || {
                format!("{}: the second certificate is {certificate:?}", way.name)
            });
            former = certificate;
        }
        Ok(())
    }

    /// The kit has both roots, the certificate, and its private key; and nothing else.
    fn holds(
        &self,
        way: &Way,
        kit: &mut Kit<'_>,
        id: &str,
        certificate: &str,
        tally: &mut Tally,
    ) -> Result<(), InteropError> {
        // The shell stores the zero byte that ends a text.
        let end = if way.shell == Shell::None { "" } else { "\0" };
        let stored = |kind, text: &str| slot(TAG, kind, &(with_crlf(text) + end));
        let mut wanted = vec![stored(0, &self.roots), stored(1, certificate)];
        let mut slots = kit.slots()?;
        match way.shell {
            Shell::None => {
                // What the hash of a key is that never leaves the modem, only the modem knows.
                let key = slots.iter().position(|slot| slot.starts_with(&format!("{TAG},2,")));
                tally.check(key.map(|key| slots.remove(key)).is_some(), || {
                    format!("{}: no private key in {slots:?}", way.name)
                });
            }
            Shell::Tls => wanted.push(stored(2, &kit.read(&format!("{id}_prv.pem")))),
            Shell::Psa => {}
        }
        tally.check(slots == wanted, || {
            format!("{}: the kit holds {slots:?} instead of {wanted:?}", way.name)
        });
        if way.shell != Shell::Tls {
            let owns = kit.owns(TAG, &format!("{id}_crt.pem"))?;
            tally.check(owns, || format!("{}: the kit's key is not the certificate's", way.name));
        }
        Ok(())
    }

    /// Without `-d` a key that is there stays there.
    fn keeps_a_key(&self, tally: &mut Tally) -> Result<(), InteropError> {
        let mut kit = self.bench.kit("taken", &json!({ "seed": 34 }))?;
        kit.say(&format!("AT%KEYGEN={TAG},2,0"))?;
        let before = kit.slots()?;
        let ran = self.run(&kit, &["--verify"])?;
        let after = kit.slots()?;
        let right = ran.ended(9, "Failed to obtain CSR from device") && before == after;
        tally.check(right, || format!("a tag that is taken: {ran:?}, {before:?}, {after:?}"));
        Ok(())
    }

    fn old_firmware(&self, tally: &mut Tally) -> Result<(), InteropError> {
        for (firmware, status, said) in [
            ("mfw_nrf9160_1.2.8", 8, "Modem FW version must be >= 1.3.0"),
            ("mfw_nrf9160_1.3.1", 0, "Skipping SHA verification"),
        ] {
            let kind = json!({ "model": "nRF9160-SICA", "firmware": firmware, "seed": 35 });
            let kit = self.bench.kit(firmware, &kind)?;
            let ran = self.run(&kit, &["-d", "--verify"])?;
            tally.check(ran.ended(status, said), || format!("{firmware}: {ran:?}"));
        }
        Ok(())
    }

    /// Its bug: `main` wants an exception where `write_credential` returns `False`. Without `--verify` it ends well, and
    /// writes a row for a device that has no certificate.
    fn failed_writes(&self, tally: &mut Tally) -> Result<(), InteropError> {
        let source = self.bench.source("nrfcloud_utils.device_credentials_installer")?;
        let blind =
            "        cred_if.write_credential(args.sectag, 1, dev_text)\n    except Exception as e:\n";
        tally.check(source.contains(blind), || format!("the tool does not say {blind:?}"));
        let fault = "error on AT%CMNG=0* skip 1 times 1";
        let verify = ["-d", "--verify", "--csv=row.csv"];
        for (fault, more, status, said, is_told) in [
            (fault, &["-d", "--csv=row.csv"] as &[_], 0, "Onboarding CSV file saved", true),
            (fault, &verify, 12, "Failed to verify Client Cert: Modem returned malformed response", false),
            ("wrong-sha", &verify, 12, "CA Cert - SHA mismatch", false),
        ] {
            let name = format!("{}{status}", &fault[..5]);
            let mut kit = self.bench.kit(&name, &json!({ "seed": 36, "faults": [fault] }))?;
            let ran = self.run(&kit, more)?;
            let row = kit.read("row.csv");
            let certificate = kit.slots()?.into_iter().find(|slot| slot.starts_with(&format!("{TAG},1,")));
            let right = ran.ended(status, said) && row.is_empty() != is_told;
            tally.check(right, || format!("with the fault {fault}: {ran:?}, and the row {row:?}"));
            tally.check(certificate.is_none() == fault.starts_with("error"), || {
                format!("with the fault {fault} the kit holds {certificate:?}")
            });
        }
        Ok(())
    }

    /// Its bug: `get_imei` takes the last line before `OK` for the IMEI, and the device gets a certificate for a notification.
    fn a_notification_is_an_imei(&self, tally: &mut Tally) -> Result<(), InteropError> {
        let source = self.bench.source("nrfcredstore.command_interface")?;
        let blind = "        output = [x.strip() for x in output.split(\"\\n\") if x.strip()][-1]\n";
        tally.check(source.contains(blind), || format!("the tool does not say {blind:?}"));
        let fault = "urc between %MDMEV: SEARCH STATUS 1 on AT+CGSN";
        let mut kit = self.bench.kit("notification", &json!({ "seed": 37, "faults": [fault] }))?;
        let ran = self.run(&kit, &["-d", "--verify", "--csv=row.csv", "--id-imei", "--id-str=nrf-"])?;
        let right = ran.ended(0, "Credential verification: PASS");
        let row = kit.read("row.csv");
        tally.check(right && row.starts_with("nrf-%MDMEV: SEARCH,"), || {
            format!("with a notification: {ran:?}, {row:?}")
        });
        let slots = kit.slots()?;
        tally.check(slots.len() == 3, || format!("with a notification the kit holds {slots:?}"));
        Ok(())
    }
}
