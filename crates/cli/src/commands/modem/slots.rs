//! `nrfcloud modem slots`

mod identity;
mod local;
mod well_known;

use clap::Args;
use modem_at::{CredentialEntry, CredentialType, Error, SecTag};
use pki::certificate::Certificate;
use serde::Serialize;

use super::slot::SlotType;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::serial::{Kit, PortOptions};
use crate::text::{Hex, Shown};

pub(crate) use identity::Identity;
pub(crate) use local::{Library, LocalOptions};
pub(crate) use well_known::is_nrf_cloud_coap_ca;

#[derive(Args, Debug)]
pub(crate) struct Slots {
    /// Only the slots of this security tag
    #[arg(long, value_name = "TAG")]
    sec_tag: Option<SecTag>,
    /// Only slots of this type, by its name (ca, cert, key, psk, psk-id) or its number; may be given again
    #[arg(long = "type", value_name = "TYPE")]
    kinds: Vec<SlotType>,
    #[command(flatten)]
    local: LocalOptions,
    #[command(flatten)]
    port: PortOptions,
}

#[derive(Serialize)]
struct List {
    slots: Vec<Slot>,
}

/// A slot, and what it holds.
#[derive(Debug, Serialize)]
pub(crate) struct Slot {
    pub(crate) sec_tag: u32,
    #[serde(rename = "type")]
    pub(crate) number: u8,
    pub(crate) name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<String>,
    pub(crate) identity: Identity,
}

impl Slots {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let library = self.local.load(context)?;
        let mut modem = self.port.open(context)?;
        let is_asked_for = |entry: &CredentialEntry| {
            self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.0 == entry.credential_type)
        };
        let slots = those(&mut modem, self.sec_tag, &library, is_asked_for)?;
        modem.close()?;
        context.out.result("nrfcloud.modem.slots", &List { slots }, human);
        Ok(())
    }
}

/// Every slot, or those of one tag, each with what it holds.
pub(crate) fn slots(
    modem: &mut Kit,
    sec_tag: Option<SecTag>,
    library: &Library,
) -> Result<Vec<Slot>, Diagnostic> {
    those(modem, sec_tag, library, |_| true)
}

/// As [`slots`], of those that `is_asked_for` takes.
fn those(
    modem: &mut Kit,
    sec_tag: Option<SecTag>,
    library: &Library,
    is_asked_for: impl Fn(&CredentialEntry) -> bool,
) -> Result<Vec<Slot>, Diagnostic> {
    let entries = match sec_tag {
        Some(tag) => modem.list_credentials_of(tag)?,
        None => modem.list_credentials()?,
    };
    let mut slots = Vec::with_capacity(entries.len());
    for entry in entries.iter().filter(|entry| is_asked_for(entry)) {
        let identity = match identity::by_digest(entry, library) {
            Some(identity) => identity,
            None => read(modem, entry, library)?.unwrap_or_else(|| identity::unknown(entry)),
        };
        slots.push(Slot {
            sec_tag: entry.tag,
            number: entry.credential_type.number(),
            name: entry.credential_type.name(),
            sha256: entry.sha256.as_ref().map(|digest| Hex(digest.as_bytes()).to_string()),
            identity,
        });
    }
    Ok(slots)
}

/// The device's certificate among the slots of one tag.
pub(crate) fn certificate(slots: &[Slot]) -> Option<&Certificate> {
    let slot = slots.iter().find(|slot| slot.number == CredentialType::ClientCertificate.number())?;
    slot.identity.certificate()
}

/// Certificates of which this host has no copy can be asked for. A kit that does not give them is no fault.
fn read(modem: &mut Kit, entry: &CredentialEntry, library: &Library) -> Result<Option<Identity>, Diagnostic> {
    let is_certificate =
        matches!(entry.credential_type, CredentialType::RootCa | CredentialType::ClientCertificate);
    let Some(tag) = entry.sec_tag().filter(|_| is_certificate) else { return Ok(None) };
    match modem.read_credential(tag, entry.credential_type) {
        Ok(content) => Ok(identity::by_content(content.expose(), library)),
        Err(error @ (Error::Transport(_) | Error::Cancelled)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// Tag, type, SHA-256, what it is; separated by tabs.
fn human(list: &List) -> String {
    let line = |slot: &Slot| {
        format!(
            "{}\t{} ({})\t{}\t{}\n",
            slot.sec_tag,
            slot.number,
            slot.name,
            slot.sha256.as_deref().unwrap_or("-"),
            Shown(slot.identity.to_line())
        )
    };
    list.slots.iter().map(line).collect()
}
