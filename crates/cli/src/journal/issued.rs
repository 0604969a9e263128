//! The certificates that were issued here, in the ledger.

use std::time::{Duration, SystemTime};

use ledger::{Outcome, Subject};
use pki::certificate::Certificate;
use serde::{Deserialize, Serialize};

use super::JournalOptions;
use crate::clock;
use crate::cloud::block_on;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::text::Hex;

/// The kind of the runs.
pub(crate) const KIND: &str = "certificate";
/// What the entries are called; each has a list of [`IssuedCertificate`].
const ENTRY: &str = "issued";
/// Nobody else has the name of a run with the hash of a new certificate in it.
const LEASE: Duration = Duration::from_secs(60);

/// A certificate that was issued.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IssuedCertificate {
    /// The CN.
    pub(crate) device_id: Option<String>,
    /// In hexadecimal digits.
    pub(crate) serial: String,
    /// Of the DER.
    pub(crate) sha256: String,
    subject: String,
    issuer: String,
    not_before: String,
    pub(crate) not_after: String,
}

impl From<&Certificate> for IssuedCertificate {
    fn from(certificate: &Certificate) -> Self {
        Self {
            device_id: certificate.common_name(),
            serial: certificate.serial().to_string(),
            sha256: Hex(&certificate.sha256()).to_string(),
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            not_before: clock::rfc3339(certificate.not_before()),
            not_after: clock::rfc3339(certificate.not_after()),
        }
    }
}

impl JournalOptions {
    /// Writes down certificates that are at their places: all of one run of the command, or the next ones of many. That they could not be
    /// written down is told, and takes none of them back.
    pub(crate) fn issued(&self, context: &Context, certificates: &[IssuedCertificate]) {
        if let Err(error) = block_on(self.try_issued(context, certificates)).flatten() {
            context.out.warn(format_args!("what was issued is not in the ledger: {}", error.message()));
        }
    }

    async fn try_issued(
        &self,
        context: &Context,
        certificates: &[IssuedCertificate],
    ) -> Result<(), Diagnostic> {
        let Some(first) = certificates.first() else { return Ok(()) };
        let name = format!("{} {}", first.device_id.as_deref().unwrap_or("?"), first.sha256);
        let subject = Subject::new(KIND, name).map_err(diagnostic::unexpected)?;
        let journal = self.open(context).await?;
        let run = journal.claim(&subject, LEASE).await?;
        run.append(SystemTime::now(), ENTRY, certificates).await?;
        Ok(run.finish(SystemTime::now(), Outcome::Done).await?)
    }
}
