//! `nrfcloud modem keygen`

use clap::Args;
use modem_at::{KeygenResponse, SecTag};
use pki::keygen::KeygenMessage;
use serde::Serialize;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::serial::{self, PortOptions};

#[derive(Args, Debug)]
pub(crate) struct Keygen {
    /// Security tag for the key; nRF Cloud's libraries use 16842753
    #[arg(long, value_name = "TAG")]
    sec_tag: SecTag,
    /// Ask for the public key instead of a certificate request
    #[arg(long)]
    public_key: bool,
    /// Subject of the certificate request, as CN=nrf-352656106647673 [default: the device UUID as CN]
    #[arg(long, conflicts_with = "public_key")]
    attributes: Option<String>,
    /// Say what would be done, and make no key
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    port: PortOptions,
}

#[derive(Serialize)]
struct Generated {
    sec_tag: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    keygen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_uuid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    dry_run: bool,
}

impl Keygen {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let mut generated = Generated {
            sec_tag: self.sec_tag.number(),
            keygen: None,
            device_uuid: None,
            public_key: None,
            dry_run: self.dry_run,
        };
        let mut modem = self.port.open(context)?;
        if self.dry_run {
            context.out.note(format_args!("would make a key in sec_tag {}", self.sec_tag));
        } else {
            let response = if self.public_key { KeygenResponse::PublicKey } else { KeygenResponse::Csr };
            let blob = serial::while_offline(context, &mut modem, |modem| {
                modem.keygen(self.sec_tag, response, self.attributes.as_deref())
            });
            let blob = match self.attributes {
                Some(_) => blob.map_err(diagnostic::attributes_refused)?,
                None => blob?,
            };
            let message = KeygenMessage::decode(&blob).and_then(|message| message.check().map(|()| message));
            let message = message.map_err(|error| diagnostic::bad_keygen(self.sec_tag, &error))?;
            generated.device_uuid = Some(message.device_uuid().to_string());
            generated.public_key = Some(message.public_key().to_spki_pem());
            generated.keygen = Some(blob);
        }
        modem.close()?;
        context.out.result("nrfcloud.modem.keygen", &generated, |generated| {
            generated.keygen.as_ref().map_or_else(String::new, |blob| format!("{blob}\n"))
        });
        Ok(())
    }
}
