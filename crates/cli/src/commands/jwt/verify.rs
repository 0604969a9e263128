//! `nrfcloud jwt verify`

use clap::{ArgGroup, Args};
use jwt_core::{Issuer, Rules, UntrustedToken, VerifiedToken, nrfcloud};
use serde::Serialize;
use serde_json::value::RawValue;

use super::judged::JudgedToken;
use crate::clock;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::known_keys::{self, KnownKey};
use crate::text::Shown;
use crate::token;

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("trust").required(true).multiple(true).args(["key", "cert", "csv"]))]
pub(crate) struct Verify {
    #[command(flatten)]
    judged: JudgedToken,
}

#[derive(Serialize)]
struct Verdict {
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<Box<RawValue>>,
    leeway_seconds: u64,
    reasons: Vec<String>,
}

impl Verify {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let text = token::read(context, &self.judged.token)?;
        let candidates = self.judged.known.load(context)?;
        let mut verdict = Verdict {
            verified: false,
            signed_by: None,
            device_id: None,
            claims: None,
            leeway_seconds: self.judged.leeway.0,
            reasons: Vec::new(),
        };
        self.judge(context, &text, &candidates, &mut verdict);
        verdict.verified = verdict.reasons.is_empty();
        if verdict.verified || context.out.is_json() {
            context.out.result("nrfcloud.jwt.verify", &verdict, human);
        }
        if verdict.verified { Ok(()) } else { Err(diagnostic::token_not_verified(&verdict.reasons)) }
    }

    /// Collects every reason why the token is not good.
    fn judge(&self, context: &Context, text: &str, candidates: &[KnownKey], verdict: &mut Verdict) {
        let token = match UntrustedToken::parse(text) {
            Ok(token) => token,
            Err(error) => return verdict.reasons.push(error.to_string()),
        };
        let mut buffer = vec![0; token.payload_len()];
        let named = token
            .claims_unverified(&mut buffer)
            .ok()
            .and_then(|claims| nrfcloud::device_id(&claims).map(|id| id.to_string()));
        let Some(signer) = known_keys::signer(&token, candidates, named.as_deref()) else {
            return verdict.reasons.push(match candidates {
                [one] => format!("the signature was not made by the key of {}", one.name),
                many => format!("the signature was not made by any of the {} keys", many.len()),
            });
        };
        verdict.signed_by = Some(signer.name.clone());
        match token.verify(&signer.key, &mut buffer) {
            Ok(verified) => self.judge_claims(context, &verified, signer, verdict),
            Err(error) => verdict.reasons.push(error.to_string()),
        }
    }

    fn judge_claims(
        &self,
        context: &Context,
        token: &VerifiedToken<'_>,
        signer: &KnownKey,
        verdict: &mut Verdict,
    ) {
        let claims = token.claims();
        verdict.claims = token::compact(claims.json()).ok();
        verdict.device_id = nrfcloud::device_id(claims).map(|id| id.to_string());
        let now = self.judged.at.map_or_else(|| context.unix_now(), |moment| moment.0);
        let mut rules = Rules::at(now).leeway(self.judged.leeway.0);
        if let Some(audience) = &self.judged.aud {
            rules = rules.aud(audience);
        }
        // Whichever of the two options names a device: both must be the token's.
        let wanted = self.judged.device_id.as_ref().or(signer.device_id.as_ref());
        if let Some(id) = wanted {
            rules = if claims.sub().is_some() || claims.iss().is_none() {
                rules.sub(id.as_str())
            } else {
                rules.iss(Issuer::Device(id.as_str()))
            };
        }
        if let Err(violations) = token.validate(&rules) {
            verdict.reasons.extend(violations.iter().map(ToString::to_string));
        }
        if let (Some(given), Some(row)) = (&self.judged.device_id, &signer.device_id)
            && given != row
        {
            verdict.reasons.push(format!("the key is that of device {row}, not of {given}"));
        }
    }
}

fn human(verdict: &Verdict) -> String {
    let device = verdict.device_id.as_ref().map_or_else(String::new, |id| format!(", device {}", Shown(id)));
    let signer = verdict.signed_by.as_deref().unwrap_or_default();
    format!(
        "verified: signed by {}{device} (leeway {})\n",
        Shown(signer),
        clock::Span(verdict.leeway_seconds)
    )
}
