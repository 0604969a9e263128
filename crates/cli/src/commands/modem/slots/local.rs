//! What of this host may lie in a slot: certificates and keys in files, and certificates in the rows of a CSV.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use cloud_api::onboarding::{self, OnboardRow, Row};
use modem_at::{Sha256Digest, TextVariant};
use pki::certificate::Certificate;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::input::Source;

/// Where to look for what may lie in a slot.
#[derive(Args, Clone, Debug, Default)]
#[group(skip)]
pub(crate) struct LocalOptions {
    /// File or directory to compare the slots with; may be given again [default: the current directory, and certs in it]
    #[arg(long, value_name = "PATH")]
    local: Vec<PathBuf>,
    /// Onboarding CSV to compare the slots with; may be given again
    #[arg(long, value_name = "FILE")]
    csv: Vec<Source>,
}

/// A text of this host.
struct Text {
    /// File, or file and line.
    name: String,
    content: Zeroizing<String>,
    certificates: Vec<Certificate>,
}

/// All texts.
pub(crate) struct Library(Vec<Text>);

/// A text that a slot holds.
pub(super) struct Match<'l> {
    pub(super) name: &'l str,
    /// How it is spelt there; one line has nothing to spell.
    pub(super) spelling: Option<TextVariant>,
    pub(super) certificates: &'l [Certificate],
}

/// A credential is at most 4 KiB long; a file with many certificates may be longer.
const MOST_BYTES: u64 = 64 << 10;

/// What the ends of the names of such files are.
const EXTENSIONS: [&str; 5] = ["pem", "crt", "cer", "der", "key"];

impl LocalOptions {
    pub(crate) fn load(&self, context: &Context) -> Result<Library, Diagnostic> {
        let mut library = Library(Vec::new());
        for source in &self.csv {
            let csv = context.input.bytes(source)?;
            for row in onboarding::read::<OnboardRow>(&csv).rows() {
                let name = format!("{source}, line {}", row.place.line);
                library.add(&name, row.row.pem().unwrap_or_default().as_bytes());
            }
        }
        for path in &self.local {
            if path.is_dir() {
                library.add_directory(context, path);
            } else {
                let source = Source::Path(path.clone());
                library.add(&source.to_string(), &context.input.bytes(&source)?);
            }
        }
        if self.local.is_empty() {
            library.add_directory(context, Path::new("."));
            library.add_directory(context, Path::new("certs"));
        }
        context.out.trace(format_args!("comparing the slots with {} texts of this host", library.0.len()));
        Ok(library)
    }
}

impl Library {
    /// Every file that may hold a credential. What cannot be read is passed over: nobody asked for just this file.
    fn add_directory(&mut self, context: &Context, directory: &Path) {
        let Ok(entries) = fs::read_dir(directory) else { return };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            let is_meant =
                path.extension().and_then(|end| end.to_str()).is_some_and(|end| EXTENSIONS.contains(&end));
            let is_short = fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() <= MOST_BYTES);
            if !is_meant || !is_short {
                continue;
            }
            let name = path.strip_prefix(".").unwrap_or(&path).display().to_string();
            match context.input.bytes(&Source::Path(path)) {
                Ok(bytes) => self.add(&name, &bytes),
                Err(error) => context.out.trace(format_args!("not compared: {error}")),
            }
        }
    }

    /// The text itself, the clean form of what is in it, and each of its certificates alone.
    fn add(&mut self, name: &str, bytes: &[u8]) {
        let certificates: Vec<Certificate> = pki::input::load(bytes)
            .map_or_else(|_| Vec::new(), |input| input.certificates().cloned().collect());
        let mut contents: Vec<Zeroizing<String>> = Vec::new();
        if let Ok(text) = std::str::from_utf8(bytes) {
            contents.push(Zeroizing::new(text.to_owned()));
        }
        if !certificates.is_empty() {
            contents.push(Zeroizing::new(certificates.iter().map(Certificate::to_pem).collect()));
        }
        for content in contents {
            self.0.push(Text { name: name.to_owned(), content, certificates: certificates.clone() });
        }
        if certificates.len() > 1 {
            for certificate in certificates {
                let content = Zeroizing::new(certificate.to_pem());
                self.0.push(Text { name: name.to_owned(), content, certificates: vec![certificate] });
            }
        }
    }

    /// The text whose digest this is, in whatever spelling.
    pub(super) fn find(&self, digest: Sha256Digest) -> Option<Match<'_>> {
        self.0.iter().find_map(|Text { name, content, certificates }| {
            let spelling = TextVariant::find(content, digest)?;
            let spelling = content.trim_end().contains('\n').then_some(spelling);
            Some(Match { name, spelling, certificates })
        })
    }

    /// The file with the authority that issued a certificate.
    pub(super) fn issuer_of(&self, certificate: &Certificate) -> Option<&str> {
        let issued = |authority: &Certificate| {
            authority.is_ca()
                && authority.subject() == certificate.issuer()
                && authority.public_key().is_ok_and(|key| certificate.verify_signed_by(&key).is_ok())
        };
        self.0.iter().find(|text| text.certificates.iter().any(issued)).map(|text| text.name.as_str())
    }
}
