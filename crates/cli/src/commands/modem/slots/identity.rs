//! What a slot holds.

use modem_at::{CredentialEntry, CredentialType, SecTagRange};
use pki::certificate::Certificate;
use serde::Serialize;

use super::local::Library;
use super::well_known;
use crate::clock;

/// What is known of the content of a slot.
#[derive(Debug, Serialize)]
pub(crate) struct Identity {
    /// In words.
    what: String,
    /// The file of this host, or the line of a CSV, that has the same text.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// How the text in the slot is spelt.
    #[serde(skip_serializing_if = "Option::is_none")]
    spelling: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    certificates: Vec<About>,
}

/// A certificate in a slot.
#[derive(Debug, Serialize)]
struct About {
    #[serde(skip)]
    certificate: Certificate,
    subject: String,
    issuer: String,
    not_after: String,
    sha256: String,
    /// The file of this host with the authority that issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_file: Option<String>,
}

/// What a slot holds by its digest alone; `None` if this host has nothing like it.
pub(super) fn by_digest(entry: &CredentialEntry, library: &Library) -> Option<Identity> {
    let digest = entry.sha256?;
    if let Some((name, spelling)) = well_known::find(digest) {
        let spelling = Some(spelling.to_owned());
        return Some(Identity { what: name.to_owned(), file: None, spelling, certificates: Vec::new() });
    }
    let found = library.find(digest)?;
    let what = match found.certificates {
        [] => entry.credential_type.name().to_owned(),
        certificates => words(certificates),
    };
    Some(Identity {
        what,
        file: Some(found.name.to_owned()),
        spelling: found.spelling.map(|spelling| spelling.to_string()),
        certificates: about(found.certificates, library),
    })
}

/// What a slot holds by its content, which the modem has given.
pub(super) fn by_content(content: &str, library: &Library) -> Option<Identity> {
    let input = pki::input::load(content.as_bytes()).ok()?;
    let certificates: Vec<Certificate> = input.certificates().cloned().collect();
    if certificates.is_empty() {
        return None;
    }
    // The same certificate in a text of another spelling.
    let (what, certificates) = (words(&certificates), about(&certificates, library));
    Some(Identity { what, file: None, spelling: None, certificates })
}

/// What is left to say.
pub(super) fn unknown(entry: &CredentialEntry) -> Identity {
    let what = match (SecTagRange::of(entry.tag), entry.credential_type) {
        (SecTagRange::Modem, _) => "the modem's own",
        (_, CredentialType::ClientPrivateKey) => {
            "a private key; what is hashed of one that was made in the modem is not published"
        }
        _ => "unknown",
    };
    Identity { what: what.to_owned(), file: None, spelling: None, certificates: Vec::new() }
}

impl Identity {
    /// The first certificate in it.
    pub(crate) fn certificate(&self) -> Option<&Certificate> {
        self.certificates.first().map(|about| &about.certificate)
    }

    /// On one line.
    pub(crate) fn to_line(&self) -> String {
        let mut line = self.what.clone();
        let mut add = |text: String| {
            line.push_str(", ");
            line.push_str(&text);
        };
        if let Some(about) = self.certificates.first() {
            add(format!("expires {}", about.not_after.get(..10).unwrap_or(&about.not_after)));
            match &about.issuer_file {
                Some(file) => add(format!("issued by our CA ({file})")),
                None if about.issuer != about.subject => add(format!("issued by {}", about.issuer)),
                None => {}
            }
        }
        if let Some(file) = &self.file {
            add(format!("as in {file}"));
        }
        if let Some(spelling) = &self.spelling {
            add(spelling.clone());
        }
        line
    }
}

fn words(certificates: &[Certificate]) -> String {
    let one = |certificate: &Certificate| {
        let kind = if certificate.is_ca() { "CA certificate" } else { "device certificate" };
        match certificate.common_name() {
            Some(name) => format!("{kind} CN={name}"),
            None => format!("{kind} {}", certificate.subject()),
        }
    };
    certificates.iter().map(one).collect::<Vec<_>>().join(" and ")
}

fn about(certificates: &[Certificate], library: &Library) -> Vec<About> {
    let one = |certificate: &Certificate| About {
        certificate: certificate.clone(),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        not_after: clock::rfc3339(certificate.not_after()),
        sha256: crate::text::Hex(&certificate.sha256()).to_string(),
        issuer_file: (!certificate.is_self_issued())
            .then(|| library.issuer_of(certificate).map(str::to_owned))
            .flatten(),
    };
    certificates.iter().map(one).collect()
}
