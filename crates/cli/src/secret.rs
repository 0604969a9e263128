//! Where the API key comes from. It is never an argument: arguments stand in the process list and in the shell's history.

use std::path::PathBuf;

use clap::Args;
use cloud_api::credentials::{ApiKey, InvalidSecret};
use zeroize::Zeroizing;

use crate::env;
use crate::input::{InputError, Inputs, Source};
use crate::output::Printer;
use crate::profile::{self, CommandError, Profile};

/// The options of every verb that needs an API key.
#[derive(Args, Clone, Debug)]
pub(crate) struct ApiKeyOptions {
    /// File with the API key; otherwise NRFCLOUD_API_KEY, the file that NRFCLOUD_API_KEY_FILE names, or what the profile says
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<Source>,
}

impl ApiKeyOptions {
    /// The API key, or an error that says where it was looked for.
    pub(crate) fn resolve(&self, input: &Inputs, out: &Printer) -> Result<ApiKey, SecretError> {
        self.find(input, out)?.ok_or(SecretError::Missing)
    }

    /// The API key, where there is one.
    pub(crate) fn find(&self, input: &Inputs, out: &Printer) -> Result<Option<ApiKey>, SecretError> {
        if let Some(source) = &self.api_key_file {
            return from_file(source, input, out).map(Some);
        }
        if let Some(key) = variable(env::API_KEY)? {
            out.trace(format_args!("API key from {}", env::API_KEY));
            return check(&key, env::API_KEY).map(Some);
        }
        if let Some(path) = variable(env::API_KEY_FILE)? {
            return from_file(&Source::Path(PathBuf::from(path.as_str())), input, out).map(Some);
        }
        let profile = profile::chosen();
        if let Some(path) = &profile.api_key_file {
            return from_file(&Source::Path(path.clone()), input, out).map(Some);
        }
        let Some(words) = &profile.api_key_command else { return Ok(None) };
        let program = words.first().map(String::as_str).unwrap_or_default();
        out.trace(format_args!("API key from `{program}`"));
        check(&Profile::ask_for_api_key(words)?, &format!("what `{program}` printed")).map(Some)
    }
}

/// A variable that is set and not empty.
pub(crate) fn variable(name: &'static str) -> Result<Option<Zeroizing<String>>, SecretError> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(Zeroizing::new(value))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(SecretError::NotText { place: name }),
    }
}

fn from_file(source: &Source, input: &Inputs, out: &Printer) -> Result<ApiKey, SecretError> {
    check(&read(source, input, out, "API key")?, &source.to_string())
}

/// The text of a file with a secret of the name `what`. Says so where others can read it, too.
pub(crate) fn read(
    source: &Source,
    input: &Inputs,
    out: &Printer,
    what: &str,
) -> Result<Zeroizing<String>, InputError> {
    let text = input.text(source)?;
    #[cfg(unix)]
    if let Source::Path(path) = source {
        use std::os::unix::fs::PermissionsExt;
        if std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0) {
            out.warn(format_args!("others can read the {what}: chmod 600 {}", path.display()));
        }
    }
    out.trace(format_args!("{what} from {source}"));
    Ok(text)
}

fn check(text: &str, place: &str) -> Result<ApiKey, SecretError> {
    ApiKey::new(text.trim()).map_err(|error| SecretError::Invalid { place: place.to_owned(), error })
}

/// Why there is no API key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    /// Nowhere to be found.
    #[error("no API key")]
    Missing,
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] InputError),
    /// The program of a profile gave none.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// An environment variable is not text.
    #[error("{place} is not UTF-8 text")]
    NotText {
        /// The variable.
        place: &'static str,
    },
    /// What was found cannot be an API key.
    #[error("in {place}: {error}")]
    Invalid {
        /// Variable or file.
        place: String,
        /// What is wrong; the key itself is not told.
        error: InvalidSecret,
    },
}
