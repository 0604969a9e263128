//! `nrfcredstore`: every one of its commands, on a kit with an AT host and on one with an AT shell.

use serde_json::json;

use super::{Bench, Kit, Ran, Tally, fixture, fixture_path, slot, with_crlf};
use crate::interop::InteropError;

const TAG: u32 = 42;

pub(super) fn check(bench: &Bench, mode: &str, tally: &mut Tally) -> Result<(), InteropError> {
    let mut kit = bench.kit(&format!("credstore-{mode}"), &json!({ "mode": mode, "seed": 21 }))?;
    let mut store = Store { kit: &mut kit, shell: mode == "at-shell" };
    store.identity(tally)?;
    store.writes(tally)?;
    store.refusals(tally)?;
    store.deletes(tally)?;
    store.generates(tally)?;
    store.deletes_all(tally)?;
    tally
        .tell(&format!("nrfcredstore, mode {mode}: imei, attoken, list, write, delete, generate, deleteall"));
    Ok(())
}

struct Store<'k, 'b> {
    kit: &'k mut Kit<'b>,
    shell: bool,
}

impl Store<'_, '_> {
    fn run(&self, arguments: &[&str]) -> Result<Ran, InteropError> {
        self.kit.run("nrfcredstore", &[&[self.kit.port.as_str()], arguments].concat())
    }

    /// What a slot holds of a file: without the white space at its end, and an AT shell cannot carry a bare line feed.
    fn stored(&self, kind: u32, text: &str) -> String {
        let text = text.trim_end();
        if self.shell { slot(TAG, kind, &with_crlf(text)) } else { slot(TAG, kind, text) }
    }

    fn identity(&mut self, tally: &mut Tally) -> Result<(), InteropError> {
        let imei = format!("IMEI: {}\n", self.kit.text("imei")?);
        let ran = self.run(&["imei"])?;
        tally.check(ran.ended(0, &imei), || format!("nrfcredstore imei: {ran:?}, not {imei}"));
        let ran = self.run(&["attoken"])?;
        let token = ran.output.trim().strip_prefix("Attestation token: ").unwrap_or_default().to_owned();
        let right = ran.status == Some(0) && self.kit.attested(&token)?;
        tally.check(right, || format!("nrfcredstore attoken: {ran:?}"));
        Ok(())
    }

    /// Lists, and compares with what the kit holds.
    fn lists(&mut self, tally: &mut Tally) -> Result<(), InteropError> {
        const NAMES: [&str; 12] = [
            "ROOT_CA_CERT",
            "CLIENT_CERT",
            "CLIENT_KEY",
            "PSK",
            "PSK_ID",
            "PUB_KEY",
            "DEV_ID_PUB_KEY",
            "RESERVED",
            "ENDORSEMENT_KEY",
            "OWNERSHIP_KEY",
            "NORDIC_ID_ROOT_CA",
            "NORDIC_PUB_KEY",
        ];
        let ran = self.run(&["list"])?;
        let rows = ran.output.lines().skip(1).map(|row| {
            let mut columns = row.split_whitespace();
            let mut column = || columns.next().unwrap_or_default();
            let (tag, name, digest) = (column(), column(), column());
            let kind = NAMES.iter().position(|known| *known == name).unwrap_or(NAMES.len());
            format!("{tag},{kind},{digest}")
        });
        let (rows, slots) = (rows.collect::<Vec<_>>(), self.kit.all_slots()?);
        tally.check(ran.status == Some(0) && rows == slots && !rows.is_empty(), || {
            format!("nrfcredstore list: {ran:?}, and the kit holds {slots:?}")
        });
        Ok(())
    }

    fn writes(&mut self, tally: &mut Tally) -> Result<(), InteropError> {
        self.lists(tally)?;
        let psk = self.kit.write("psk.txt", "0123456789abcdef\n")?;
        let file = |name| Ok::<_, InteropError>(fixture_path(name)?.to_string_lossy().into_owned());
        let files = [
            (0, "ROOT_CA_CERT", file("ca-cert.pem")?),
            (1, "CLIENT_CERT", file("device-cert.pem")?),
            (2, "CLIENT_KEY", file("key-pkcs8.pem")?),
            (3, "PSK", psk),
        ];
        let mut wanted = Vec::new();
        for (kind, name, path) in &files {
            let ran = self.run(&["write", &TAG.to_string(), name, path])?;
            wanted.push(self.stored(*kind, &std::fs::read_to_string(path)?));
            let slots = self.kit.slots()?;
            tally.check(ran.status == Some(0) && slots == wanted, || {
                format!("nrfcredstore write {name}: {ran:?}, and the kit holds {slots:?}")
            });
        }
        let device = self.kit.write("device.pem", &fixture("device-cert.pem")?)?;
        let name = device.rsplit('/').next().unwrap_or_default().to_owned();
        let owns = self.kit.owns(TAG, &name)?;
        tally.check(owns, || "the key that nrfcredstore wrote is not the certificate's".into());
        self.lists(tally)?;
        let ran = self.run(&["list", "--tag", &TAG.to_string(), "--type", "CLIENT_CERT"])?;
        let digest = wanted[1].rsplit(',').next().unwrap_or_default();
        tally.check(ran.ended(0, digest) && ran.output.lines().count() == 2, || {
            format!("nrfcredstore list --type CLIENT_CERT: {ran:?}")
        });
        Ok(())
    }

    /// What a modem says no to; that it is content of which a modem of today knows better, `nrfcredstore` cannot say.
    fn refusals(&mut self, tally: &mut Tally) -> Result<(), InteropError> {
        let before = self.kit.all_slots()?;
        let bad = fixture_path("cert-cut-short.pem")?.to_string_lossy().into_owned();
        let tag = (TAG + 1).to_string();
        for (arguments, said) in [
            (["write", &tag, "CLIENT_CERT", &bad].as_slice(), "AT command error: Unknown error"),
            (&["delete", &tag, "CLIENT_CERT"], "AT command error: Not found"),
            (
                &["generate", &TAG.to_string(), &self.kit.path("taken.der")],
                "AT command error: Already exists",
            ),
        ] {
            let ran = self.run(arguments)?;
            tally.check(ran.ended(1, said), || format!("nrfcredstore {arguments:?}: {ran:?}"));
        }
        let after = self.kit.all_slots()?;
        tally.check(before == after, || format!("what was refused has changed {before:?} to {after:?}"));
        Ok(())
    }

    /// Its bug: it would say what it has deleted if its `delete` returned anything.
    fn deletes(&mut self, tally: &mut Tally) -> Result<(), InteropError> {
        let source = self.kit.bench.source("nrfcredstore.credstore")?;
        let blind = "            raise RuntimeError(\"Failed to delete credential\")\n\n    def keygen";
        tally.check(source.contains(blind), || format!("the tool does not say {blind:?}"));
        let mut wanted = self.kit.all_slots()?;
        wanted.retain(|slot| !slot.starts_with(&format!("{TAG},2,")));
        let ran = self.run(&["delete", &TAG.to_string(), "CLIENT_KEY"])?;
        let slots = self.kit.all_slots()?;
        tally.check(ran.ended(0, "") && ran.output.is_empty() && slots == wanted, || {
            format!("nrfcredstore delete: {ran:?}, and the kit holds {slots:?}")
        });
        Ok(())
    }

    fn generates(&mut self, tally: &mut Tally) -> Result<(), InteropError> {
        let uuid = self.kit.text("uuid")?;
        for (tag, more, name) in
            [(50, [].as_slice(), uuid.as_str()), (51, &["--attributes", "CN=interop,O=Example"], "interop")]
        {
            let file = format!("{tag}.der");
            let tag_text = tag.to_string();
            let path = self.kit.path(&file);
            let ran = self.run(&[&["generate", tag_text.as_str(), path.as_str()], more].concat())?;
            let said = format!("New private key generated in secure tag {tag}");
            // The request is readable, and its key is the one in the slot.
            let owns = self.kit.owns(tag, &file);
            tally.check(ran.ended(0, &said) && matches!(owns, Ok(true)), || {
                format!("nrfcredstore generate: {ran:?}, {owns:?}")
            });
            let request = std::fs::read(&path)?;
            let named = request.windows(name.len()).any(|window| window == name.as_bytes());
            tally.check(named, || format!("the request does not name {name}"));
        }
        Ok(())
    }

    fn deletes_all(&mut self, tally: &mut Tally) -> Result<(), InteropError> {
        let ran = self.run(&["deleteall"])?;
        let slots = self.kit.all_slots()?;
        let right = ran.ended(0, "All credentials deleted.") && slots.len() == 3;
        tally.check(right, || format!("nrfcredstore deleteall: {ran:?}, and the kit holds {slots:?}"));
        // Whatever it is asked for, it takes the modem offline, and leaves it so.
        let mode = self.kit.say("AT+CFUN?")?;
        tally.check(mode == "+CFUN: 4", || format!("nrfcredstore has left the modem in {mode}"));
        Ok(())
    }
}
