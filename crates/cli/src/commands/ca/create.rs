//! `nrfcloud ca create`

use std::path::PathBuf;

use clap::Args;
use pki::ca::{CaParams, CertificateAuthority};
use pki::key::PrivateKey;
use pki::subject::{Attribute, Subject};
use serde::Serialize;

use crate::clock;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::file::{self, Access, Batch, WriteOptions};
use crate::passphrase::PassphraseOptions;
use crate::text::Hex;

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
    /// Days of validity
    #[arg(long, default_value_t = 3650)]
    days: u32,
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
        let passphrase = self.passphrase.read(context)?;
        let key = PrivateKey::generate()?;
        let params = CaParams { days: self.days, ..CaParams::new(subject) };
        let authority = CertificateAuthority::create(&params, key, context.now)?;
        let certificate = authority.certificate();

        let created = Created {
            certificate: file::inside(&self.out, "ca-cert.crt.pem"),
            key: file::inside(&self.out, "ca-cert.key.pem"),
            subject: certificate.subject().to_string(),
            not_after: clock::rfc3339(certificate.not_after()),
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
