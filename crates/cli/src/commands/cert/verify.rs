//! `nrfcloud cert verify`

use std::time::SystemTime;

use clap::Args;
use pki::certificate::Certificate;
use pki::input::Input;
use serde::Serialize;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::key_material;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// Certificate to verify
    #[arg(value_name = "FILE")]
    certificate: Source,
    /// Certificate of the authority; of several in the file, one must fit
    #[arg(long, value_name = "FILE")]
    ca: Source,
}

#[derive(Serialize)]
struct Verdict {
    verified: bool,
    subject: String,
    issuer: String,
    reasons: Vec<String>,
}

impl Verify {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let certificate = key_material::certificate(context, &self.certificate)?;
        let authorities = key_material::load(context, &self.ca)?;
        // With no certificate in the file, this says what is there instead.
        authorities.certificate().map_err(|error| diagnostic::unusable(&self.ca, &error))?;
        let reasons = reasons(&certificate, &authorities, context.now);
        let verified = reasons.is_empty();
        let verdict = Verdict {
            verified,
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            reasons,
        };
        if verified || context.out.is_json() {
            context.out.result("nrfcloud.cert.verify", &verdict, |verdict| {
                format!("verified: {} is issued by {}\n", Shown(&verdict.subject), Shown(&verdict.issuer))
            });
        }
        if verified {
            Ok(())
        } else {
            Err(diagnostic::certificate_not_verified(&self.certificate, &verdict.reasons))
        }
    }
}

/// Every reason why none of the authorities has issued the certificate. Where one of them has the name of its issuer, the
/// others are of no interest.
fn reasons(certificate: &Certificate, authorities: &Input, now: SystemTime) -> Vec<String> {
    let mut verdicts = Vec::new();
    for authority in authorities.certificates() {
        match certificate.verify_issued_by(authority, now) {
            Ok(()) => return Vec::new(),
            Err(violations) => verdicts.push((authority.subject() == certificate.issuer(), violations)),
        }
    }
    let named = verdicts.iter().any(|(named, _)| *named);
    let told = verdicts.iter().filter(|(is_named, _)| *is_named == named);
    told.flat_map(|(_, violations)| violations.iter().map(ToString::to_string)).collect()
}
