//! `nrfcloud modem write`

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::slot::{Kind, SlotOptions};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::key_material;
use crate::serial::{self, PortOptions};
use crate::text::Hex;

#[derive(Args, Debug)]
pub(crate) struct Write {
    /// What to write; `-` is standard input
    #[arg(value_name = "FILE")]
    source: Source,
    #[command(flatten)]
    slot: SlotOptions,
    /// Check the file and the port, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    port: PortOptions,
}

#[derive(Serialize)]
struct Written {
    sec_tag: u32,
    #[serde(rename = "type")]
    number: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    verified: bool,
    dry_run: bool,
}

impl Write {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let content = self.content(context)?;
        let (sec_tag, kind) = (self.slot.sec_tag, self.slot.kind.credential_type());
        let mut modem = self.port.open(context)?;
        let mut written = Written {
            sec_tag: sec_tag.number(),
            number: kind.number(),
            sha256: None,
            verified: false,
            dry_run: self.dry_run,
        };
        if self.dry_run {
            context
                .out
                .note(format_args!("would write {} bytes to sec_tag {sec_tag}, type {kind}", content.len()));
        } else {
            let digest = serial::while_offline(context, &mut modem, |modem| {
                modem.write_credential(sec_tag, kind, &content)
            })?;
            written.sha256 = Some(Hex(digest.as_bytes()).to_string());
            written.verified = true;
        }
        modem.close()?;
        context.out.result("nrfcloud.modem.write", &written, |written| {
            written.sha256.as_ref().map_or_else(String::new, |digest| format!("{digest}\n"))
        });
        Ok(())
    }

    /// The text for the slot: a clean PEM of the right kind, or a pre-shared key as it is.
    fn content(&self, context: &Context) -> Result<Zeroizing<String>, Diagnostic> {
        Ok(match self.slot.kind {
            // A chain goes into the slot as a whole: the modem sends it so.
            Kind::Ca | Kind::Cert => Zeroizing::new(key_material::certificates_pem(context, &self.source)?),
            Kind::Key => key_material::private_key(context, &self.source)?.to_pkcs8_pem(),
            Kind::Psk => {
                let text = context.input.text(&self.source)?;
                let key = text.trim();
                if key.len() % 2 != 0 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(diagnostic::bad_psk(&self.source));
                }
                Zeroizing::new(key.to_owned())
            }
            Kind::PskId => Zeroizing::new(context.input.text(&self.source)?.trim().to_owned()),
        })
    }
}
