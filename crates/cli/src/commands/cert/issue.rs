//! `nrfcloud cert issue`

mod embed;
mod fleet;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use cloud_api::onboarding::{CertificatePem, OnboardRow};
use cloud_api::{DeviceId, FirmwareType, SubType, Tag};
use pki::ca::{CertificateAuthority, CsrOptions, DeviceCertRequest, Outliving, Profile};
use pki::certificate::Certificate;
use pki::key::PrivateKey;
use pki::subject::Subject;
use serde::Serialize;

use crate::clock;
use crate::context::Context;
use crate::csv_file;
use crate::device_id;
use crate::diagnostic::{self, Diagnostic};
use crate::file::{self, Access, Batch, WriteOptions};
use crate::input::Source;
use crate::journal::JournalOptions;
use crate::journal::issued::IssuedCertificate;
use crate::key_material;
use crate::passphrase::PassphraseOptions;
use crate::text::Hex;
use crate::validity;

use embed::EmbedOptions;
use fleet::FleetOptions;

#[derive(Args, Debug)]
pub(crate) struct Issue {
    /// Certificate of the authority
    #[arg(long, value_name = "FILE")]
    ca: Source,
    /// Private key of the authority
    #[arg(long, value_name = "FILE")]
    ca_key: Source,
    #[command(flatten)]
    passphrase: PassphraseOptions,
    /// Device ID; alone it has a key made here, beside --csr or --keygen it must be theirs
    #[arg(long, value_name = "ID", required_unless_present_any = ["csr", "keygen", "ids", "count"])]
    device_id: Option<DeviceId>,
    #[command(flatten)]
    fleet: FleetOptions,
    /// Certificate request whose key is certified
    #[arg(long, value_name = "FILE", conflicts_with = "keygen")]
    csr: Option<Source>,
    /// Modem's answer to AT%KEYGEN, whose key is certified
    #[arg(long, value_name = "FILE")]
    keygen: Option<Source>,
    /// Subject beside the CN, as '/C=NO/O=Example'; otherwise that of the request
    #[arg(long)]
    subject: Option<Subject>,
    /// Days of validity [default: 3650, or as many as the authority has left]
    #[arg(long)]
    days: Option<u32>,
    /// Extensions of the certificate
    #[arg(long, value_enum, default_value_t = Extensions::Default)]
    extensions: Extensions,
    /// Directory in which certs/ID.crt.pem and the others are written; of a fleet all come to their places at the end, then the
    /// rows. Ctrl-C or a failure leaves nothing. After `kill -9` there may be files without rows, and --force makes them again
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    #[command(flatten)]
    embed: EmbedOptions,
    /// Onboarding CSV to which a row is added
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Device type for the CSV row
    #[arg(long, requires = "csv")]
    sub_type: Option<SubType>,
    /// Tags for the CSV row, as a|b
    #[arg(long, requires = "csv", value_delimiter = '|')]
    tags: Vec<Tag>,
    /// Firmware types for the CSV row, as APP|MODEM
    #[arg(long, requires = "csv", value_delimiter = '|')]
    fw_types: Vec<FirmwareType>,
    /// Take a device ID that begins with nrf- without an IMEI behind it
    #[arg(long)]
    allow_nrf_prefix: bool,
    #[command(flatten)]
    write: WriteOptions,
    #[command(flatten)]
    journal: JournalOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Extensions {
    /// Those of a TLS client
    Default,
    /// None, as Nordic's own tools do it
    Minimal,
}

#[derive(Serialize)]
struct Issued {
    device_id: DeviceId,
    certificate: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<PathBuf>,
    public_key: PathBuf,
    /// Certificate, key and authorities for a build.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    embedded: Vec<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    csv: Option<PathBuf>,
    subject: String,
    not_after: String,
    sha256: String,
    dry_run: bool,
}

impl Issue {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        if self.csv.as_deref() == Some(Path::new("-")) {
            return Err(diagnostic::not_stdout("--csv"));
        }
        let certificate = key_material::certificate(context, &self.ca)?;
        let key = key_material::private_key_with(context, &self.ca_key, &self.passphrase)?;
        // What --days asks for is done, and told: nRF Cloud does not look at the authority.
        let authority =
            CertificateAuthority::load(certificate, key, context.now)?.with_outliving(Outliving::Allow);

        let days = self.days.unwrap_or_else(|| validity::default_days(authority.certificate(), context.now));
        if let Some(ids) = self.fleet.read(context)? {
            return self.issue_fleet(context, &authority, &ids, days);
        }
        let (certificate, key) = match (&self.csr, &self.keygen, &self.device_id) {
            (Some(csr), _, _) => (self.for_csr(context, &authority, csr, days)?, None),
            (None, Some(keygen), _) => (self.for_keygen(context, &authority, keygen, days)?, None),
            (None, None, Some(id)) => {
                let (certificate, key) = self.with_new_key(context, &authority, id, days)?;
                (certificate, Some(key))
            }
            (None, None, None) => {
                return Err(Diagnostic::usage(
                    "no device is named",
                    "give --device-id, --ids, --count, --csr or --keygen",
                ));
            }
        };
        warn_if_it_outlives(context, &certificate, &authority);
        let common_name = certificate.common_name().unwrap_or_default();
        let device_id: DeviceId = common_name.parse().map_err(|error| diagnostic::bad_value(&error))?;
        device_id::check_prefix(&device_id, self.allow_nrf_prefix)?;

        let path = |kind: &str| file::inside(&self.out, format!("certs/{device_id}.{kind}.pem"));
        let issued = Issued {
            certificate: path("crt"),
            key: key.as_ref().map(|_| path("key")),
            public_key: path("public-key"),
            embedded: self.embed.paths(),
            csv: self.csv.clone(),
            subject: certificate.subject().to_string(),
            not_after: clock::rfc3339(certificate.not_after()),
            sha256: Hex(&certificate.sha256()).to_string(),
            dry_run: self.write.dry_run,
            device_id,
        };
        self.write(context, &issued, &certificate, key.as_ref())?;
        if !self.write.dry_run {
            self.journal.issued(context, &[IssuedCertificate::from(&certificate)]);
        }
        context.out.result("nrfcloud.cert.issue", &issued, human);
        Ok(())
    }

    fn for_csr(
        &self,
        context: &Context,
        authority: &CertificateAuthority,
        source: &Source,
        days: u32,
    ) -> Result<Certificate, Diagnostic> {
        let csr = key_material::certificate_request(context, source)?;
        self.agree(csr.common_name().as_deref())?;
        Ok(authority.issue_from_csr(&csr, &self.options(days), context.now)?)
    }

    fn for_keygen(
        &self,
        context: &Context,
        authority: &CertificateAuthority,
        source: &Source,
        days: u32,
    ) -> Result<Certificate, Diagnostic> {
        let message = key_material::keygen(context, source)?;
        if let Some(csr) = message.certificate_request() {
            self.agree(csr.common_name().as_deref())?;
        }
        context.out.trace(format_args!(
            "key of device {} in sec_tag {}",
            message.device_uuid(),
            message.sec_tag()
        ));
        Ok(authority.issue_from_keygen(&message, &self.options(days), context.now)?)
    }

    fn with_new_key(
        &self,
        context: &Context,
        authority: &CertificateAuthority,
        device_id: &DeviceId,
        days: u32,
    ) -> Result<(Certificate, PrivateKey), Diagnostic> {
        let key = PrivateKey::generate()?;
        let mut request = DeviceCertRequest::new(device_id.as_str(), key.public_key());
        request.subject = self.subject.clone().unwrap_or_default();
        request.days = days;
        request.profile = self.profile();
        Ok((authority.issue(&request, context.now)?, key))
    }

    /// A certificate for another name than the device's own would be refused later, by the cloud, for no stated reason.
    fn agree(&self, common_name: Option<&str>) -> Result<(), Diagnostic> {
        match (&self.device_id, common_name) {
            (Some(given), Some(found)) if given.as_str() != found => {
                Err(diagnostic::other_device_id(given.as_str(), found))
            }
            _ => Ok(()),
        }
    }

    fn options(&self, days: u32) -> CsrOptions {
        CsrOptions {
            device_id: self.device_id.as_ref().map(ToString::to_string),
            subject: self.subject.clone(),
            days,
            profile: self.profile(),
        }
    }

    fn profile(&self) -> Profile {
        match self.extensions {
            Extensions::Default => Profile::Default,
            Extensions::Minimal => Profile::Minimal,
        }
    }

    fn write(
        &self,
        context: &Context,
        issued: &Issued,
        certificate: &Certificate,
        key: Option<&PrivateKey>,
    ) -> Result<(), Diagnostic> {
        let pem = certificate.to_pem();
        let key_pem = key.map(PrivateKey::to_pkcs8_pem);
        let public = certificate.public_key().map_err(diagnostic::unexpected)?.to_spki_pem();
        let embedded = match &key_pem {
            Some(key) => self.embed.files(context, &pem, key)?,
            None => Vec::new(),
        };
        let mut batch = Batch::new(self.write);
        batch.add(&issued.certificate, pem.as_bytes(), Access::Public);
        if let (Some(path), Some(pem)) = (&issued.key, &key_pem) {
            batch.add(path, pem.as_bytes(), Access::Private);
        }
        batch.add(&issued.public_key, public.as_bytes(), Access::Public);
        for file in &embedded {
            batch.add(&file.path, file.text.as_bytes(), file.access);
        }
        if let Some(path) = &self.csv {
            let row = self.row(issued.device_id.clone(), &pem)?;
            let (file, content) = csv_file::with_row(context, path, &row, self.write)?;
            batch.update(file, content);
        }
        Ok(batch.commit(&context.out)?)
    }

    fn row(&self, device_id: DeviceId, certificate: &str) -> Result<OnboardRow, Diagnostic> {
        Ok(OnboardRow {
            device_id,
            sub_type: self.sub_type.clone(),
            tags: self.tags.clone(),
            fw_types: self.fw_types.clone(),
            credential: CertificatePem::normalized(certificate).map_err(diagnostic::unexpected)?.into(),
        })
    }
}

fn warn_if_it_outlives(context: &Context, certificate: &Certificate, authority: &CertificateAuthority) {
    if certificate.not_after() > authority.certificate().not_after() {
        context.out.warn(format_args!(
            "the certificate is valid until {}, its authority until {} only: after that it is refused wherever the authority is checked",
            clock::rfc3339(certificate.not_after()),
            clock::rfc3339(authority.certificate().not_after())
        ));
    }
}

fn human(issued: &Issued) -> String {
    if issued.dry_run {
        return String::new();
    }
    let paths = [Some(&issued.certificate), issued.key.as_ref(), Some(&issued.public_key)];
    paths.into_iter().flatten().chain(&issued.embedded).map(|path| format!("{}\n", path.display())).collect()
}
