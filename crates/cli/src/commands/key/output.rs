//! Where a private key goes, and in which form.

use std::path::Path;

use clap::{Args, ValueEnum};
use pki::key::PrivateKey;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::file::{Access, Batch, WriteOptions};
use crate::input::Source;

/// The options of every verb that gives a private key.
#[derive(Args, Debug)]
#[group(skip)]
pub(super) struct KeyOutput {
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
struct Written<'a> {
    key: &'a Path,
    public_key: String,
    key_id: String,
    dry_run: bool,
}

impl KeyOutput {
    /// Gives the key; with a passphrase it is encrypted, in PKCS#8.
    pub(super) fn give(
        &self,
        context: &Context,
        schema: &str,
        key: &PrivateKey,
        passphrase: Option<&str>,
    ) -> Result<(), Diagnostic> {
        let pem: Zeroizing<String> = match (self.form, passphrase) {
            (Form::Pkcs8, None) => key.to_pkcs8_pem(),
            (Form::Sec1, None) => key.to_sec1_pem(),
            (Form::Pkcs8, Some(passphrase)) => key.to_encrypted_pkcs8_pem(passphrase.as_bytes())?,
            (Form::Sec1, Some(_)) => {
                return Err(Diagnostic::usage(
                    "only PKCS#8 holds a key with a passphrase",
                    "leave --form out, or --new-passphrase-file",
                ));
            }
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
        let written = Written {
            key: path,
            public_key: key.public_key().to_spki_pem(),
            key_id: key.public_key().key_id(),
            dry_run: self.write.dry_run,
        };
        context.out.result(schema, &written, |written| {
            if written.dry_run { String::new() } else { format!("{}\n", path.display()) }
        });
        Ok(())
    }
}
