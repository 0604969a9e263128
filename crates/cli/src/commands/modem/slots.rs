//! `nrfcloud modem slots`

use clap::Args;
use modem_at::{CredentialEntry, SecTag};
use serde::Serialize;

use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::serial::PortOptions;
use crate::text::Hex;

#[derive(Args, Debug)]
pub(crate) struct Slots {
    /// Only the slots of this security tag
    #[arg(long, value_name = "TAG")]
    sec_tag: Option<SecTag>,
    #[command(flatten)]
    port: PortOptions,
}

#[derive(Serialize)]
struct List {
    slots: Vec<Slot>,
}

#[derive(Serialize)]
struct Slot {
    sec_tag: u32,
    #[serde(rename = "type")]
    number: u8,
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

impl Slots {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let mut modem = self.port.open(context)?;
        let entries = match self.sec_tag {
            Some(tag) => modem.list_credentials_of(tag)?,
            None => modem.list_credentials()?,
        };
        modem.close()?;
        let list = List { slots: entries.iter().map(Slot::from).collect() };
        context.out.result("nrfcloud.modem.slots", &list, human);
        Ok(())
    }
}

impl From<&CredentialEntry> for Slot {
    fn from(entry: &CredentialEntry) -> Self {
        Self {
            sec_tag: entry.tag,
            number: entry.credential_type.number(),
            name: entry.credential_type.name(),
            sha256: entry.sha256.as_ref().map(|digest| Hex(digest.as_bytes()).to_string()),
        }
    }
}

/// Tag, type, SHA-256; separated by tabs.
fn human(list: &List) -> String {
    let line = |slot: &Slot| {
        format!(
            "{}\t{} ({})\t{}\n",
            slot.sec_tag,
            slot.number,
            slot.name,
            slot.sha256.as_deref().unwrap_or("-")
        )
    };
    list.slots.iter().map(line).collect()
}
