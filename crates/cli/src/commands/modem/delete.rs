//! `nrfcloud modem delete`

use clap::Args;
use serde::Serialize;

use super::slot::SlotOptions;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::serial::{self, PortOptions};

#[derive(Args, Debug)]
pub(crate) struct Delete {
    #[command(flatten)]
    slot: SlotOptions,
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

impl Delete {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let (sec_tag, kind) = (self.slot.sec_tag, self.slot.kind.credential_type());
        let mut modem = self.port.open(context)?;
        if self.dry_run {
            context.out.note(format_args!("would delete sec_tag {sec_tag}, type {kind}"));
        } else {
            serial::while_offline(context, &mut modem, |modem| modem.delete_credential(sec_tag, kind))?;
        }
        modem.close()?;
        let deleted = Deleted { sec_tag: sec_tag.number(), number: kind.number(), dry_run: self.dry_run };
        if context.out.is_json() {
            context.out.result("nrfcloud.modem.delete", &deleted, |_| "");
        }
        Ok(())
    }
}
