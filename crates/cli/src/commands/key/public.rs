//! `nrfcloud key public`

use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::file::{Access, Batch, WriteOptions};
use crate::input::Source;
use crate::key_material;
use crate::passphrase::PassphraseOptions;
use crate::text::Hex;

#[derive(Args, Debug)]
pub(crate) struct Public {
    /// Certificate, request, key of either kind, JWK or answer to AT%KEYGEN; `-` is standard input
    #[arg(value_name = "FILE")]
    source: Source,
    #[command(flatten)]
    passphrase: PassphraseOptions,
    /// File for the public key; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    out: Source,
    #[command(flatten)]
    write: WriteOptions,
}

#[derive(Serialize)]
struct PublicKey {
    public_key: String,
    key_id: String,
    point: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<std::path::PathBuf>,
    dry_run: bool,
}

impl Public {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let passphrase = self.passphrase.read(context)?;
        let passphrase = passphrase.as_ref().map(|text| text.as_str());
        let input = key_material::load_with(context, &self.source, passphrase)?;
        let key = key_material::public_key_of(context, &self.source, &input)?;
        let mut public = PublicKey {
            public_key: key.to_spki_pem(),
            key_id: key.key_id(),
            point: Hex(key.sec1_point()).to_string(),
            path: None,
            dry_run: self.write.dry_run,
        };
        if let Source::Path(path) = self.out {
            let mut batch = Batch::new(self.write);
            batch.add(&path, public.public_key.as_bytes(), Access::Public);
            batch.commit(&context.out)?;
            public.path = Some(path);
        }
        context.out.result("nrfcloud.key.public", &public, |public| match &public.path {
            Some(_) if public.dry_run => String::new(),
            Some(path) => format!("{}\n", path.display()),
            None => public.public_key.clone(),
        });
        Ok(())
    }
}
