//! `nrfcloud cert issue --embed`: credentials that are compiled into a firmware.

use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::file::{self, Access};
use crate::input::Source;
use crate::key_material;

/// The files that a build takes in.
#[derive(Args, Debug)]
#[group(skip)]
pub(super) struct EmbedOptions {
    /// Directory for client-cert.pem, private-key.pem and ca-cert.pem as strings in C, which a firmware takes in that is built with
    /// CONFIG_NRF_CLOUD_PROVISION_CERTIFICATES
    #[arg(
        long,
        value_name = "DIR",
        requires = "root_ca",
        conflicts_with_all = ["csr", "keygen", "ids", "count"]
    )]
    embed: Option<PathBuf>,
    /// Root CA certificates of the servers, for ca-cert.pem; may be given again
    #[arg(long, value_name = "FILE", requires = "embed")]
    root_ca: Vec<Source>,
}

const NAMES: [&str; 3] = ["client-cert.pem", "private-key.pem", "ca-cert.pem"];

/// One of these files.
pub(super) struct Embedded {
    pub(super) path: PathBuf,
    pub(super) text: Zeroizing<String>,
    pub(super) access: Access,
}

impl EmbedOptions {
    /// Where the files of certificate, key and authorities go, if they are asked for.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        let Some(directory) = &self.embed else { return Vec::new() };
        NAMES.map(|name| file::inside(directory, name)).to_vec()
    }

    /// The files.
    pub(super) fn files(
        &self,
        context: &Context,
        certificate: &str,
        key: &str,
    ) -> Result<Vec<Embedded>, Diagnostic> {
        if self.embed.is_none() {
            return Ok(Vec::new());
        }
        let mut authorities = String::new();
        for source in &self.root_ca {
            authorities.push_str(&key_material::certificates_pem(context, source)?);
        }
        let contents =
            [(certificate, Access::Public), (key, Access::Private), (authorities.as_str(), Access::Public)];
        let files = self.paths().into_iter().zip(contents);
        Ok(files.map(|(path, (pem, access))| Embedded { path, text: c_string(pem), access }).collect())
    }
}

/// A string literal for each line. Nothing in a PEM text has to be escaped.
fn c_string(pem: &str) -> Zeroizing<String> {
    // Room for all of it, so that no copy of a key is left behind.
    let mut text = Zeroizing::new(String::with_capacity(pem.len() + pem.lines().count() * 5));
    for line in pem.lines() {
        for part in ["\"", line, "\\n\"\n"] {
            text.push_str(part);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_literal_of_its_own() {
        let text = c_string("a\nb\n");
        assert_eq!(text.as_str(), "\"a\\n\"\n\"b\\n\"\n");
        assert!(text.len() <= "a\nb\n".len() + 2 * 5);
    }
}
