//! `nrfcloud modem delete`

use clap::Args;
use modem_at::{CredentialEntry, CredentialType, Error, SecTag};
use serde::Serialize;

use super::slot::Kind;
use crate::confirm::ConfirmOptions;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::serial::{self, Kit, PortOptions};
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// Security tag; nRF Cloud's libraries use 16842753
    #[arg(long, value_name = "TAG", required_unless_present = "all")]
    sec_tag: Option<SecTag>,
    /// What the slot holds
    #[arg(
        long = "type",
        value_name = "TYPE",
        value_enum,
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    kind: Option<Kind>,
    /// Every slot of the tag, or without --sec-tag every slot that is a user's; those of the modem itself stay
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    confirm: ConfirmOptions,
    /// Say what would be deleted, and delete nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    port: PortOptions,
}

#[derive(Serialize)]
struct Deleted {
    sec_tag: u32,
    #[serde(rename = "type")]
    number: u8,
    dry_run: bool,
}

#[derive(Serialize)]
struct DeletedAll {
    slots: Vec<Slot>,
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct Slot {
    sec_tag: u32,
    #[serde(rename = "type")]
    number: u8,
    name: &'static str,
    result: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip)]
    entry: CredentialEntry,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Deleted,
    Failed,
    /// It is the modem's own, or a test tag.
    Reserved,
    NotTried,
}

impl Delete {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let (Some(sec_tag), Some(kind)) = (self.sec_tag, self.kind) else { return self.all(context) };
        let kind = kind.credential_type();
        let mut modem = self.port.open(context)?;
        if self.dry_run {
            context.out.note(format_args!("would delete sec_tag {sec_tag}, type {kind}"));
        } else {
            serial::while_offline(context, &mut modem, |modem| delete_one(modem, sec_tag, kind))?;
        }
        modem.close()?;
        let deleted = Deleted { sec_tag: sec_tag.number(), number: kind.number(), dry_run: self.dry_run };
        if context.out.is_json() {
            context.out.result("nrfcloud.modem.delete", &deleted, |_| "");
        }
        Ok(())
    }

    fn all(&self, context: &Context) -> Result<(), Diagnostic> {
        let mut modem = self.port.open(context)?;
        let entries = match self.sec_tag {
            Some(tag) => modem.list_credentials_of(tag)?,
            None => modem.list_credentials()?,
        };
        let mut slots: Vec<Slot> = entries.into_iter().map(Slot::new).collect();
        let count = slots.iter().filter(|slot| slot.result == Outcome::NotTried).count();
        if count == 0 {
            context.out.note("no slot of a user's holds anything");
        } else if self.dry_run {
            for slot in slots.iter().filter(|slot| slot.result == Outcome::NotTried) {
                context.out.note(format_args!("would delete {slot}"));
            }
        } else {
            self.confirm.check(
                context,
                format_args!("delete {count} {}", if count == 1 { "slot" } else { "slots" }),
            )?;
            serial::while_offline(context, &mut modem, |modem| delete(modem, &mut slots))?;
        }
        modem.close()?;
        let failures: Vec<&str> = slots.iter().filter_map(|slot| slot.message.as_deref()).collect();
        let verdict = match failures.first() {
            None => Ok(()),
            Some(first) => Err(diagnostic::slots_not_deleted(failures.len(), count, first)),
        };
        let deleted = DeletedAll { slots, dry_run: self.dry_run };
        context.out.result("nrfcloud.modem.delete", &deleted, |deleted| {
            if deleted.dry_run { String::new() } else { deleted.slots.iter().map(Slot::line).collect() }
        });
        verdict
    }
}

/// Deletes one slot. A kit without a modem keeps keys in two places: those that were written, and those that it made.
fn delete_one(modem: &mut Kit, sec_tag: SecTag, kind: CredentialType) -> Result<(), Error> {
    match modem.delete_credential(sec_tag, kind) {
        Err(refused @ Error::ShellRefused { .. }) if kind == CredentialType::ClientPrivateKey => {
            modem.delete_device_key(sec_tag).map_err(|_| refused)
        }
        deleted => deleted,
    }
}

/// Deletes each slot, whatever became of the others. What ends a session ends this.
fn delete(modem: &mut Kit, slots: &mut [Slot]) -> Result<(), Error> {
    for slot in slots {
        let Some(tag) = slot.entry.sec_tag() else { continue };
        match modem.delete_credential(tag, slot.entry.credential_type) {
            Ok(()) => slot.result = Outcome::Deleted,
            Err(error @ (Error::Refused { .. } | Error::ShellRefused { .. })) => {
                slot.result = Outcome::Failed;
                slot.message = Some(error.to_string());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl Slot {
    fn new(entry: CredentialEntry) -> Self {
        Self {
            sec_tag: entry.tag,
            number: entry.credential_type.number(),
            name: entry.credential_type.name(),
            result: if entry.sec_tag().is_some() { Outcome::NotTried } else { Outcome::Reserved },
            message: None,
            entry,
        }
    }

    /// Tag, type, what became of it; separated by tabs.
    fn line(&self) -> String {
        let (tag, kind) = (self.sec_tag, self.entry.credential_type);
        match (self.result, &self.message) {
            (Outcome::Deleted, _) => format!("{tag}\t{kind}\tdeleted\n"),
            (Outcome::Failed, Some(message)) => format!("{tag}\t{kind}\tfailed\t{}\n", Shown(message)),
            (Outcome::Reserved, _) => format!("{tag}\t{kind}\tkept\treserved\n"),
            _ => format!("{tag}\t{kind}\tnot tried\n"),
        }
    }
}

impl std::fmt::Display for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sec_tag {}, type {}", self.sec_tag, self.entry.credential_type)
    }
}
