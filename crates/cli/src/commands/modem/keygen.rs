//! `nrfcloud modem keygen`

mod firmware;
mod made;
mod shell;

use clap::Args;
use modem_at::{Dialect, KeyUsage, KeygenRequest, KeygenResponse, SecTag};
use serde::Serialize;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::serial::{self, PortOptions};

use made::Made;

#[derive(Args, Debug)]
pub(crate) struct Keygen {
    /// Security tag for the key; nRF Cloud's libraries use 16842753
    #[arg(long, value_name = "TAG")]
    sec_tag: SecTag,
    /// Ask for the public key instead of a certificate request
    #[arg(long)]
    public_key: bool,
    /// Make an endorsement key, or show the one that is there: with it, others encrypt what is for this device
    #[arg(long, conflicts_with = "public_key")]
    endorsement: bool,
    /// Let the modem make the certificate as well, and sign it by the key itself; from mfw_nrf91x1_2.0.2 on
    #[arg(long, conflicts_with_all = ["public_key", "endorsement"])]
    self_signed: bool,
    /// Subject of the request or certificate, as CN=nrf-352656106647673 [default: the device UUID as CN]
    #[arg(long, conflicts_with_all = ["public_key", "endorsement"])]
    attributes: Option<String>,
    /// What the key may be used for, in nine bits of which the first is digitalSignature, as 101010000 [default: the modem's choice]
    #[arg(long, value_name = "BITS", conflicts_with_all = ["public_key", "endorsement"])]
    key_usage: Option<KeyUsage>,
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
    #[serde(flatten)]
    made: Option<Made>,
    dry_run: bool,
}

impl Keygen {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let mut generated =
            Generated { sec_tag: self.sec_tag.number(), keygen: None, made: None, dry_run: self.dry_run };
        let mut modem = self.port.open(context)?;
        if self.self_signed && modem.dialect() != Dialect::CredentialShell {
            let firmware = modem.firmware_version()?;
            if !firmware::may_sign_certificates(&firmware) {
                modem.close()?;
                return Err(diagnostic::no_self_signed(&firmware));
            }
        }
        if self.dry_run {
            context.out.note(format_args!("would make a key in sec_tag {}", self.sec_tag));
        } else if modem.dialect() == Dialect::CredentialShell {
            generated.made = Some(shell::generate(&mut modem, &self.request())?);
        } else {
            let request = self.request();
            let blob = serial::while_offline(context, &mut modem, |modem| modem.keygen_with(&request));
            let blob = match self.attributes {
                Some(_) => blob.map_err(diagnostic::attributes_refused)?,
                None => blob?,
            };
            let made = if self.self_signed { Made::certificate(&blob) } else { Made::message(&blob) };
            generated.made = Some(made.map_err(|error| diagnostic::bad_keygen(self.sec_tag, &error))?);
            generated.keygen = Some(blob);
        }
        modem.close()?;
        context.out.result("nrfcloud.modem.keygen", &generated, human);
        Ok(())
    }

    fn request(&self) -> KeygenRequest {
        let response = if self.public_key {
            KeygenResponse::PublicKey
        } else if self.endorsement {
            KeygenResponse::EndorsementKey
        } else if self.self_signed {
            KeygenResponse::SelfSignedCertificate
        } else {
            KeygenResponse::Csr
        };
        KeygenRequest {
            attributes: self.attributes.clone(),
            key_usage: self.key_usage,
            ..KeygenRequest::new(self.sec_tag, response)
        }
    }
}

/// The modem's answer as it is; of a kit without a modem, the PEM of what it gave.
fn human(generated: &Generated) -> String {
    match (&generated.keygen, &generated.made) {
        (Some(blob), _) => format!("{blob}\n"),
        (None, Some(Made { csr: Some(pem), .. } | Made { public_key: pem, .. })) => pem.clone(),
        (None, None) => String::new(),
    }
}
