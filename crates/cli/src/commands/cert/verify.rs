//! `nrfcloud cert verify`

use std::fmt::Write as _;

use clap::Args;
use pki::certificate::{Certificate, Violation};
use pki::chain::{ChainError, Issuers};
use pki::input::Input;
use serde::Serialize;

use crate::clock::{self, Seconds, Span};
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
    /// Certificates between this one and the authority, in any order; may be given again
    #[arg(long, value_name = "FILE")]
    chain: Vec<Source>,
    /// How long it must be valid still, as 12h or 30d, and all above it; otherwise it is due for renewal, and the exit code 10
    #[arg(long, value_name = "TIME")]
    valid_for: Option<Seconds>,
}

#[derive(Serialize)]
struct Verdict {
    verified: bool,
    subject: String,
    issuer: String,
    /// From the issuer up to the authority of `--ca`.
    chain: Vec<String>,
    not_after: String,
    reasons: Vec<String>,
}

impl Verify {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let certificate = key_material::certificate(context, &self.certificate)?;
        let authorities = loaded(context, &self.ca)?;
        let between =
            self.chain.iter().map(|source| loaded(context, source)).collect::<Result<Vec<_>, _>>()?;
        let issuers = Issuers {
            authorities: authorities.certificates().collect(),
            intermediates: between.iter().flat_map(Input::certificates).collect(),
        };
        let (chain, reasons) = match issuers.chain(&certificate, context.now) {
            Ok(chain) => {
                let reasons = self.ends_too_early(context, &certificate, &chain);
                (chain, reasons)
            }
            Err(error) => (Vec::new(), reasons_of(&error)),
        };
        let verified = !chain.is_empty() && reasons.is_empty();
        let verdict = Verdict {
            verified,
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            chain: chain.iter().map(|issuer| issuer.subject().to_string()).collect(),
            not_after: clock::rfc3339(certificate.not_after()),
            reasons,
        };
        if verified || context.out.is_json() {
            context.out.result("nrfcloud.cert.verify", &verdict, |verdict| {
                let mut text =
                    format!("verified: {} is issued by {}", Shown(&verdict.subject), Shown(&verdict.issuer));
                for issuer in verdict.chain.iter().skip(1) {
                    // Writing to a `String` cannot fail.
                    let _ = write!(text, ", and that by {}", Shown(issuer));
                }
                text + "\n"
            });
        }
        if verified {
            Ok(())
        } else {
            Err(diagnostic::certificate_not_verified(&self.certificate, &verdict.reasons))
        }
    }
}

impl Verify {
    /// What ends before the time that is asked for.
    fn ends_too_early(
        &self,
        context: &Context,
        certificate: &Certificate,
        chain: &[&Certificate],
    ) -> Vec<String> {
        let Some(wanted) = self.valid_for else { return Vec::new() };
        let all = std::iter::once(certificate).chain(chain.iter().copied());
        let early = all.filter_map(|certificate| {
            let left = certificate.not_after().duration_since(context.now).unwrap_or_default();
            (left < wanted.duration()).then(|| {
                format!(
                    "the certificate of {} is valid until {}: {}, and {} are asked for",
                    certificate.subject(),
                    clock::rfc3339(certificate.not_after()),
                    Span(left.as_secs()),
                    Span(wanted.0)
                )
            })
        });
        early.collect()
    }
}

/// Each reason, with the certificate above which there is nothing where that is another one.
fn reasons_of(error: &ChainError) -> Vec<String> {
    let told = |reason: &Violation| match error.subject() {
        Some(subject) => format!("{subject}: {reason}"),
        None => reason.to_string(),
    };
    error.violations().iter().map(told).collect()
}

/// Certificates from a file; with none in it, this says what is there instead.
fn loaded(context: &Context, source: &Source) -> Result<Input, Diagnostic> {
    let input = key_material::load(context, source)?;
    input.certificate().map_err(|error| diagnostic::unusable(source, &error))?;
    Ok(input)
}
