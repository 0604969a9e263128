//! The header of a token: `--kid`, `--header` and `--x5t`. There is no way to another `alg`.

use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding};
use clap::Args;
use jwt_core::Header;
use pki::key::PublicKey;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::key_material;

/// What the header says beside `alg`.
#[derive(Args, Debug)]
#[group(skip)]
pub(super) struct HeaderOptions {
    /// Put the key ID into the header, as a modem does
    #[arg(long)]
    kid: bool,
    /// Another parameter of the header, a text; `typ` takes the place of JWT; may be given again
    #[arg(long, value_name = "NAME=TEXT")]
    header: Vec<HeaderParameter>,
    /// Put the SHA-256 of the key's certificate into the header, as `x5t#S256`
    #[arg(long, value_name = "FILE")]
    x5t: Option<Source>,
}

/// `NAME=TEXT`
#[derive(Clone, Debug)]
struct HeaderParameter {
    name: String,
    text: String,
}

impl FromStr for HeaderParameter {
    type Err = HeaderParameterError;

    fn from_str(text: &str) -> Result<Self, HeaderParameterError> {
        match text.split_once('=') {
            None | Some(("", _)) => Err(HeaderParameterError::Form { text: text.to_owned() }),
            Some(("alg", _)) => Err(HeaderParameterError::Algorithm),
            Some((name, text)) => Ok(Self { name: name.to_owned(), text: text.to_owned() }),
        }
    }
}

/// A text that is no parameter of a header, or none that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum HeaderParameterError {
    /// No `=`, or nothing before it.
    #[error("header {text:?}: is not NAME=TEXT")]
    Form {
        /// As it was given.
        text: String,
    },
    /// `alg`
    #[error("`alg` cannot be set: it is always ES256")]
    Algorithm,
}

impl HeaderOptions {
    pub(super) const fn is_kid(&self) -> bool {
        self.kid
    }

    pub(super) const fn is_header(&self) -> bool {
        !self.header.is_empty()
    }

    pub(super) const fn is_x5t(&self) -> bool {
        self.x5t.is_some()
    }

    /// The parameters for a token that `key` is the public half of.
    pub(super) fn read(&self, context: &Context, key: &PublicKey) -> Result<Parameters<'_>, Diagnostic> {
        let thumbprint = match &self.x5t {
            None => None,
            Some(source) => {
                let certificate = key_material::certificate(context, source)?;
                if certificate.public_key().ok().as_ref() != Some(key) {
                    return Err(diagnostic::certificate_of_another_key(source));
                }
                Some(Base64UrlUnpadded::encode_string(&certificate.sha256()))
            }
        };
        Ok(Parameters { options: self, thumbprint })
    }
}

/// The parameters of one header.
pub(super) struct Parameters<'a> {
    options: &'a HeaderOptions,
    thumbprint: Option<String>,
}

impl Parameters<'_> {
    /// Those that have an option or a place of their own.
    pub(super) fn of<'h>(&'h self, key_id: &'h str) -> Header<'h> {
        let header = if self.options.kid { Header::new().with_kid(key_id) } else { Header::new() };
        let mut types = self.options.header.iter().filter(|parameter| parameter.name == TYPE);
        types.next().map_or(header, |first| header.with_typ(Some(&first.text)))
    }

    /// The others; a second `typ` is among them, and refused with all that stands twice.
    pub(super) fn extra(&self) -> Vec<(&str, &str)> {
        let is_type = |parameter: &&HeaderParameter| parameter.name == TYPE;
        let types = self.options.header.iter().filter(is_type).skip(1);
        let others = self.options.header.iter().filter(|parameter| !is_type(parameter));
        let given = types.chain(others).map(|parameter| (parameter.name.as_str(), parameter.text.as_str()));
        given.chain(self.thumbprint.as_deref().map(|digest| ("x5t#S256", digest))).collect()
    }
}

const TYPE: &str = "typ";
