//! `nrfcloud claim command`

use std::str::FromStr;

use clap::{ArgGroup, Args};
use cloud_api::Uuid;
use cloud_api::provisioning::{CommandRequest, CsrRequest, NewCommand, PemContent, ProvisioningSecTag};
use modem_at::{KeyUsage, SecTag};
use serde::Serialize;

use crate::cloud::{self, ProvisioningOptions};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::key_material;

/// What the modem's own requests are made for: signing, and agreeing on keys.
const KEY_USAGE: &str = "101010000";

/// The requests that are none for a certificate request.
const NO_CSR: [&str; 6] =
    ["key_generation", "cloud_access_key", "client_cert", "server_cert", "settings", "finished"];

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("request").required(true).args([
    "key_generation", "cloud_access_key", "csr", "client_cert", "server_cert", "settings", "finished",
]))]
pub(crate) struct Command {
    /// UUID of a claimed device
    #[arg(value_name = "UUID")]
    uuid: Uuid,
    /// Make a key, and answer with its public half
    #[arg(long)]
    key_generation: bool,
    /// Make a key that nRF Cloud knows from then on: the device is onboarded by it
    #[arg(long)]
    cloud_access_key: bool,
    /// Make a key, and answer with a certificate request
    #[arg(long)]
    csr: bool,
    /// Keep a client certificate
    #[arg(long, value_name = "FILE")]
    client_cert: Option<Source>,
    /// Keep the certificates of authorities
    #[arg(long, value_name = "FILE")]
    server_cert: Option<Source>,
    /// Keep a setting, as provisioning/interval-sec=3600; may be given again
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<Setting>,
    /// All is done: connect as usual
    #[arg(long)]
    finished: bool,
    /// Security tag for the key or the certificate
    #[arg(long, value_name = "TAG", default_value_t = SecTag::NRF_CLOUD, conflicts_with_all = ["settings", "finished"])]
    sec_tag: SecTag,
    /// With --csr: subject of the request, as CN=nrf-352656106647673 [default: the device UUID as CN]
    #[arg(long, conflicts_with_all = NO_CSR)]
    attributes: Option<String>,
    /// With --csr: what the key may be used for, in nine bits [default: 101010000]
    #[arg(long, value_name = "BITS", conflicts_with_all = NO_CSR)]
    key_usage: Option<KeyUsage>,
    /// What it is for, in words
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Say what would be asked, and ask nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: ProvisioningOptions,
}

/// `KEY=VALUE`
#[derive(Clone, Debug)]
struct Setting(String, String);

impl FromStr for Setting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self(key.to_owned(), value.to_owned())),
            _ => Err("it is not KEY=VALUE"),
        }
    }
}

#[derive(Serialize)]
struct Created {
    device_id: Uuid,
    request: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    dry_run: bool,
}

impl Command {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let (name, request) = self.request(context)?;
        let mut created = Created { device_id: self.uuid, request: name, id: None, dry_run: self.dry_run };
        if self.dry_run {
            context.out.note(format_args!("would give {} the command {name}", created.device_id));
        } else {
            let client = self.api.client(context)?;
            let command = NewCommand { description: self.description, request };
            let made =
                cloud::block_on(client.create_device_provisioning_command(&created.device_id, &command))?
                    .map_err(diagnostic::not_commanded)?;
            context.out.note(format_args!(
                "the device fetches it when it connects: nrfcloud claim watch {} {}",
                created.device_id, made.id
            ));
            created.id = Some(made.id);
        }
        context.out.result("nrfcloud.claim.command", &created, |created| {
            created.id.as_ref().map_or_else(String::new, |id| format!("{id}\n"))
        });
        Ok(())
    }

    /// The request, and its name in the service's own words.
    fn request(&self, context: &Context) -> Result<(&'static str, CommandRequest), Diagnostic> {
        let sec_tag = ProvisioningSecTag::try_from(self.sec_tag.number())
            .map_err(|error| diagnostic::bad_value(&error))?;
        let pem = |source| -> Result<PemContent, Diagnostic> {
            Ok(PemContent { sec_tag, content: key_material::certificates_pem(context, source)? })
        };
        Ok(if self.key_generation {
            ("clientPrivateKeyGeneration", CommandRequest::ClientPrivateKeyGeneration { sec_tag })
        } else if self.cloud_access_key {
            ("cloudAccessKeyGeneration", CommandRequest::CloudAccessKeyGeneration { sec_tag })
        } else if let Some(source) = &self.client_cert {
            ("clientCertificate", CommandRequest::ClientCertificate(pem(source)?))
        } else if let Some(source) = &self.server_cert {
            ("serverCertificate", CommandRequest::ServerCertificate(pem(source)?))
        } else if !self.settings.is_empty() {
            let settings = self.settings.iter().map(|Setting(key, value)| (key.clone(), value.clone()));
            ("config", CommandRequest::Config(settings.collect()))
        } else if self.finished {
            ("finished", CommandRequest::Finished {})
        } else {
            let attributes = self.attributes.clone().unwrap_or_else(|| format!("CN={}", self.uuid));
            let key_usage = self.key_usage.map_or_else(|| KEY_USAGE.to_owned(), |usage| usage.to_string());
            let request = CsrRequest { sec_tag, attributes, key_usage };
            ("certificateSigningRequest", CommandRequest::CertificateSigningRequest(request))
        })
    }
}
