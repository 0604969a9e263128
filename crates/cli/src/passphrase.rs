//! The passphrase of a private key. It comes from a file, never from an argument.

use clap::Args;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::input::{InputError, Source};

/// The option of every verb whose key may have a passphrase.
#[derive(Args, Clone, Debug, Default)]
#[group(skip)]
pub(crate) struct PassphraseOptions {
    /// File whose first line is the passphrase of the private key; `-` is standard input
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<Source>,
}

impl From<Option<Source>> for PassphraseOptions {
    /// The same, where an option of another name has the file.
    fn from(passphrase_file: Option<Source>) -> Self {
        Self { passphrase_file }
    }
}

impl PassphraseOptions {
    /// Whether there is one.
    pub(crate) const fn is_given(&self) -> bool {
        self.passphrase_file.is_some()
    }

    /// The passphrase, where one is given.
    pub(crate) fn read(&self, context: &Context) -> Result<Option<Zeroizing<String>>, InputError> {
        self.passphrase_file.as_ref().map(|source| read(context, source)).transpose()
    }
}

/// The first line of a file that holds a passphrase, without its end.
pub(crate) fn read(context: &Context, source: &Source) -> Result<Zeroizing<String>, InputError> {
    let text = context.input.text(source)?;
    #[cfg(unix)]
    if let Source::Path(path) = source {
        use std::os::unix::fs::PermissionsExt;
        if std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0) {
            context.out.warn(format_args!("others can read the passphrase: chmod 600 {}", path.display()));
        }
    }
    let line = text.split(['\r', '\n']).next().unwrap_or_default();
    if line.is_empty() {
        return Err(InputError::Empty { source_name: format!("first line of {source}") });
    }
    Ok(Zeroizing::new(line.to_owned()))
}
