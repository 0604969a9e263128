//! What a kit keeps without power, in a file.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::board::Machine;
use crate::builder::StartError;
use crate::credential_shell::{CredentialShell, TlsType};
use crate::device::Device;
use crate::keys::ModemKey;
use crate::nrf93::{Made, Nrf93};
#[cfg(unix)]
use crate::sim::RunError;
use crate::store::{Content, Kind};

/// The number of this form of the file.
const FORM: u8 = 1;

/// The state file of one kit.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    seed: u64,
    saved: u64,
    failure: Option<io::Error>,
}

/// The file, as it is read. What is secret is borrowed from the text, which is wiped.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'a> {
    #[serde(rename = "modem-sim")]
    form: u8,
    #[serde(rename = "warning")]
    _warning: &'a str,
    seed: u64,
    kit: &'a str,
    #[serde(default)]
    drawn: u64,
    #[serde(default, borrow)]
    slots: Vec<Slot<'a>>,
    #[serde(default, borrow)]
    credentials: Vec<Credential<'a>>,
    #[serde(default, borrow)]
    keys: Vec<Key<'a>>,
    #[serde(default)]
    made: Vec<&'a str>,
}

/// A slot of a modem: what a host wrote, or a key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Slot<'a> {
    tag: u32,
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default)]
    content: Option<&'a str>,
    #[serde(default)]
    key: Option<&'a str>,
}

/// A TLS credential.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credential<'a> {
    tag: u32,
    #[serde(rename = "type")]
    kind: &'a str,
    content: &'a str,
}

/// A key of `nrf_cloud_cred`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key<'a> {
    tag: u32,
    key: &'a str,
}

impl StateFile {
    /// Reads the file into `machine`, where there is one.
    pub(crate) fn open(path: PathBuf, seed: u64, machine: &mut Machine) -> Result<Self, StartError> {
        let fail = |reason: String| StartError::State { path: path.clone(), reason };
        match std::fs::read_to_string(&path).map(Zeroizing::new) {
            Ok(text) => restore(&text, seed, machine).map_err(fail)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(fail(error.to_string())),
        }
        let saved = machine.changes();
        Ok(Self { path, seed, saved, failure: None })
    }

    /// Writes what `machine` keeps if it has changed. Says whether the file has it.
    pub(crate) fn save(&mut self, machine: &Machine) -> bool {
        let changes = machine.changes();
        if self.saved == changes {
            return true;
        }
        match replace(&self.path, describe(self.seed, machine).as_bytes()) {
            Ok(()) => {
                self.saved = changes;
                true
            }
            Err(error) => {
                self.failure.get_or_insert(error);
                false
            }
        }
    }

    /// Tells of the first change that was not saved.
    #[cfg(unix)]
    pub(crate) fn close(self) -> Result<(), RunError> {
        let Self { path, failure, .. } = self;
        failure.map_or(Ok(()), |source| Err(RunError::State { path, source }))
    }
}

/// Writes a file whole or not at all. Its mode is 0600 from the first byte on.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn restore(text: &str, seed: u64, machine: &mut Machine) -> Result<(), String> {
    let document: Document<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if document.form != FORM {
        return Err(format!("form {} is not known, only {FORM}", document.form));
    }
    if document.seed != seed {
        return Err(format!("it is of the kit with the seed {}, and not of {seed}", document.seed));
    }
    let kind = kind_of(machine);
    if document.kit != kind {
        return Err(format!("it is of a kit of the kind `{}`, and not of `{kind}`", document.kit));
    }
    match machine {
        Machine::Modem { device, .. } => restore_modem(&document, device),
        Machine::Credentials(shell) => restore_credentials(&document, shell),
        Machine::Nrf93(modem) => {
            restore_nrf93(&document, modem);
            Ok(())
        }
    }
}

fn restore_modem(document: &Document<'_>, device: &mut Device) -> Result<(), String> {
    let slots = document.slots.iter().map(|slot| {
        let bad = || format!("the slot {},{} holds nothing that it can hold", slot.tag, slot.kind);
        let kind = Kind::from_number(slot.kind).ok_or_else(bad)?;
        let content = match (slot.content, slot.key) {
            (Some(content), None) => Content::Written(decode(content).ok_or_else(bad)?),
            (None, Some(key)) => Content::Made(key_from(key).ok_or_else(bad)?),
            _ => return Err(bad()),
        };
        Ok((slot.tag, kind, content))
    });
    let slots: Vec<_> = slots.collect::<Result<_, String>>()?;
    device.keep(slots, document.drawn);
    Ok(())
}

fn restore_credentials(document: &Document<'_>, shell: &mut CredentialShell) -> Result<(), String> {
    let items = document.credentials.iter().map(|item| {
        let kind = TlsType::parse(item.kind).zip(decode(item.content));
        let bad = || format!("the credential {},{} holds nothing that it can hold", item.tag, item.kind);
        kind.map(|(kind, content)| (item.tag, kind, content)).ok_or_else(bad)
    });
    let keys = document.keys.iter().map(|key| {
        let found = key_from(key.key).map(|found| (key.tag, found));
        found.ok_or_else(|| format!("the key {} is none", key.tag))
    });
    let items: Vec<_> = items.collect::<Result<_, String>>()?;
    let keys: Vec<_> = keys.collect::<Result<_, String>>()?;
    shell.keep(items, keys, document.drawn);
    Ok(())
}

fn restore_nrf93(document: &Document<'_>, modem: &mut Nrf93) {
    let has = |name| document.made.contains(&name);
    modem.keep(Made { uuid: has("uuid"), key: has("key") });
}

/// The file's text. It is put together by hand, so that no copy of a key is left behind; all that is in quotes is base64 or a
/// name.
fn describe(seed: u64, machine: &Machine) -> Zeroizing<String> {
    let mut lists: Vec<(&str, Vec<Zeroizing<String>>)> = Vec::new();
    let drawn = match machine {
        Machine::Modem { device, .. } => {
            let (store, drawn) = device.kept();
            let slots = store.slots().map(|(tag, kind, content)| {
                let (name, content) = match content {
                    Content::Written(bytes) => ("content", encode(bytes)),
                    Content::Made(key) => ("key", encode(&*key.to_scalar())),
                };
                let kind = kind.number();
                Zeroizing::new(format!(r#"{{"tag":{tag},"type":{kind},"{name}":"{}"}}"#, *content))
            });
            lists.push(("slots", slots.collect()));
            drawn
        }
        Machine::Credentials(shell) => {
            let (items, keys, drawn) = shell.kept();
            let items = items.iter().map(|((tag, kind), content)| {
                let (kind, content) = (kind.compact(), encode(content));
                Zeroizing::new(format!(r#"{{"tag":{tag},"type":"{kind}","content":"{}"}}"#, *content))
            });
            lists.push(("credentials", items.collect()));
            let keys = keys.iter().map(|(tag, key)| {
                Zeroizing::new(format!(r#"{{"tag":{tag},"key":"{}"}}"#, *encode(&*key.to_scalar())))
            });
            lists.push(("keys", keys.collect()));
            drawn
        }
        Machine::Nrf93(modem) => {
            let Made { uuid, key } = modem.made();
            let made = [("uuid", uuid), ("key", key)].into_iter().filter(|(_, made)| *made);
            lists.push(("made", made.map(|(name, _)| Zeroizing::new(format!("\"{name}\""))).collect()));
            0
        }
    };
    let length: usize = lists.iter().flat_map(|(_, rows)| rows).map(|row| row.len() + 8).sum();
    let mut text = Zeroizing::new(String::with_capacity(length + 256));
    text.push_str(&format!(
        "{{\n  \"modem-sim\": {FORM},\n  \"warning\": \"holds private keys\",\n  \"seed\": {seed},\n  \"kit\": \"{}\",\n  \"drawn\": {drawn}",
        kind_of(machine)
    ));
    for (name, rows) in &lists {
        text.push_str(&format!(",\n  \"{name}\": ["));
        for (index, row) in rows.iter().enumerate() {
            text.push_str(if index == 0 { "\n    " } else { ",\n    " });
            text.push_str(row);
        }
        text.push_str(if rows.is_empty() { "]" } else { "\n  ]" });
    }
    text.push_str("\n}\n");
    text
}

const fn kind_of(machine: &Machine) -> &'static str {
    match machine {
        Machine::Modem { .. } => "modem",
        Machine::Credentials(_) => "credentials",
        Machine::Nrf93(_) => "nrf93",
    }
}

fn encode(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(Base64::encode_string(bytes))
}

fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    Base64::decode_vec(text).ok().map(Zeroizing::new)
}

fn key_from(text: &str) -> Option<ModemKey> {
    ModemKey::from_scalar(&decode(text)?)
}
