//! `nrfcloud cert verify`

use clap::Args;
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
        let mut reasons = Vec::new();
        let verified = authorities.certificates().any(|authority| {
            match certificate.verify_issued_by(authority, context.now) {
                Ok(()) => true,
                Err(error) => {
                    reasons.push(error.to_string());
                    false
                }
            }
        });
        if verified {
            reasons.clear();
        }
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
