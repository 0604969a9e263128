//! `nrfcloud ca create`

use std::path::PathBuf;

use clap::Args;
use pki::ca::{CaParams, CertificateAuthority, Outliving};
use pki::key::PrivateKey;
use pki::subject::{Attribute, Subject};
use serde::Serialize;

use crate::clock;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::file::{self, Access, Batch, WriteOptions};
use crate::input::Source;
use crate::key_material;
use crate::passphrase::PassphraseOptions;
use crate::text::Hex;
use crate::validity;

#[derive(Args, Debug)]
pub(crate) struct Create {
    /// Subject, as '/C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor'
    #[arg(long, default_value = "")]
    subject: SubjectArgument,
    /// Organizational unit, added to the subject
    #[arg(long)]
    ou: Option<String>,
    /// Common name, added to the subject
    #[arg(long)]
    cn: Option<String>,
    /// Days of validity [default: 3650, or as many as the issuer has left]
    #[arg(long)]
    days: Option<u32>,
    /// Certificate of an authority that issues this one; without it, it is a root
    #[arg(long, value_name = "FILE", requires = "issuer_key")]
    issuer: Option<Source>,
    /// Private key of the issuer
    #[arg(long, value_name = "FILE", requires = "issuer")]
    issuer_key: Option<Source>,
    /// File whose first line is the passphrase of --issuer-key; `-` is standard input
    #[arg(long, value_name = "FILE", requires = "issuer_key")]
    issuer_passphrase_file: Option<Source>,
    /// How many further authorities may stand below this one, one below the other [default: no limit, or what the issuer allows]
    #[arg(long, value_name = "NUMBER")]
    path_length: Option<u8>,
    /// Directory for ca-cert.crt.pem and ca-cert.key.pem
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseOptions,
    #[command(flatten)]
    write: WriteOptions,
}

/// A subject, or none.
#[derive(Clone, Debug)]
struct SubjectArgument(Subject);

impl std::str::FromStr for SubjectArgument {
    type Err = pki::subject::SubjectError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() { Ok(Self(Subject::new())) } else { text.parse().map(Self) }
    }
}

#[derive(Serialize)]
struct Created {
    certificate: PathBuf,
    key: PathBuf,
    subject: String,
    not_after: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_length: Option<u8>,
    sha256: String,
    /// Whether the key has a passphrase.
    encrypted: bool,
    dry_run: bool,
}

impl Create {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let SubjectArgument(mut subject) = self.subject;
        if let Some(unit) = self.ou {
            subject.set(Attribute::OrganizationalUnit, unit)?;
        }
        if let Some(name) = self.cn {
            subject.set(Attribute::CommonName, name)?;
        }
        let issuer = match (&self.issuer, &self.issuer_key) {
            (Some(certificate), Some(key)) => {
                let certificate = key_material::certificate(context, certificate)?;
                let passphrase = PassphraseOptions::from(self.issuer_passphrase_file);
                let key = key_material::private_key_with(context, key, &passphrase)?;
                let issuer = CertificateAuthority::load(certificate, key, context.now)?;
                // An authority that outlives its own cannot be verified any more.
                Some(issuer.with_outliving(Outliving::Refuse))
            }
            _ => None,
        };
        let passphrase = self.passphrase.read(context)?;
        let key = PrivateKey::generate()?;
        let authority = match &issuer {
            Some(issuer) => {
                let left = issuer.certificate().path_len();
                let params = CaParams {
                    days: self
                        .days
                        .unwrap_or_else(|| validity::default_days(issuer.certificate(), context.now)),
                    // Where the issuer allows none, it is the one that refuses.
                    path_len: self.path_length.or_else(|| left.map(|most| most.saturating_sub(1))),
                    ..CaParams::new(subject)
                };
                issuer.create_intermediate(&params, key, context.now)?
            }
            None => {
                let mut params = CaParams { path_len: self.path_length, ..CaParams::new(subject) };
                params.days = self.days.unwrap_or(params.days);
                CertificateAuthority::create(&params, key, context.now)?
            }
        };
        let certificate = authority.certificate();

        let created = Created {
            certificate: file::inside(&self.out, "ca-cert.crt.pem"),
            key: file::inside(&self.out, "ca-cert.key.pem"),
            subject: certificate.subject().to_string(),
            not_after: clock::rfc3339(certificate.not_after()),
            issuer: issuer.as_ref().map(|issuer| issuer.certificate().subject().to_string()),
            path_length: certificate.path_len(),
            sha256: Hex(&certificate.sha256()).to_string(),
            encrypted: passphrase.is_some(),
            dry_run: self.write.dry_run,
        };
        let key = match &passphrase {
            Some(passphrase) => authority.key().to_encrypted_pkcs8_pem(passphrase.as_bytes())?,
            None => authority.key().to_pkcs8_pem(),
        };
        let certificate = certificate.to_pem();
        let mut batch = Batch::new(self.write);
        batch.add(&created.certificate, certificate.as_bytes(), Access::Public);
        batch.add(&created.key, key.as_bytes(), Access::Private);
        batch.commit(&context.out)?;
        context.out.result("nrfcloud.ca.create", &created, |created| {
            if created.dry_run {
                return String::new();
            }
            format!("{}\n{}\n", created.certificate.display(), created.key.display())
        });
        Ok(())
    }
}
