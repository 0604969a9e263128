//! `nrfcloud key create`

use clap::{Args, ValueEnum};
use pki::key::PrivateKey;
use serde::Serialize;

use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::file::{Access, Batch, WriteOptions};
use crate::input::Source;

#[derive(Args, Debug)]
pub(crate) struct Create {
    /// File for the private key; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    out: Source,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Form::Pkcs8)]
    form: Form,
    #[command(flatten)]
    write: WriteOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// PRIVATE KEY, as openssl genpkey writes it
    Pkcs8,
    /// EC PARAMETERS and EC PRIVATE KEY, as openssl ecparam writes it
    Sec1,
}

#[derive(Serialize)]
struct Created<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a std::path::Path>,
    public_key: String,
    key_id: String,
    dry_run: bool,
}

impl Create {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let key = PrivateKey::generate()?;
        let pem = match self.form {
            Form::Pkcs8 => key.to_pkcs8_pem(),
            Form::Sec1 => key.to_sec1_pem(),
        };
        let path = match &self.out {
            Source::Stdin if context.out.is_json() => {
                return Err(Diagnostic::usage(
                    "a private key has no place in a JSON document",
                    "give --out FILE",
                ));
            }
            Source::Stdin if self.write.dry_run => {
                context.out.note("would write a private key to standard output");
                return Ok(());
            }
            Source::Stdin => {
                context.out.text(&pem);
                return Ok(());
            }
            Source::Path(path) => path,
        };
        let mut batch = Batch::new(self.write);
        batch.add(path, pem.as_bytes(), Access::Private);
        batch.commit(&context.out)?;
        let created = Created {
            key: Some(path),
            public_key: key.public_key().to_spki_pem(),
            key_id: key.public_key().key_id(),
            dry_run: self.write.dry_run,
        };
        context.out.result("nrfcloud.key.create", &created, |created| {
            if created.dry_run { String::new() } else { format!("{}\n", path.display()) }
        });
        Ok(())
    }
}
