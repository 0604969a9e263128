//! `nrfcloud jwt explain`

mod online;
mod reasons;

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::judged::JudgedToken;
use crate::cloud::CloudOptions;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::finding::{Finding, Findings};
use crate::peer;
use crate::secret::ApiKeyOptions;
use crate::token;

use reasons::{Expected, Judgement, Time};

#[derive(Args, Debug)]
pub(crate) struct Explain {
    #[command(flatten)]
    judged: JudgedToken,
    /// Compare this host's clock with nRF Cloud's, and ask nRF Cloud for the device with this token
    #[arg(long, conflicts_with = "at")]
    online: bool,
    #[command(flatten)]
    cloud: CloudOptions,
    #[command(flatten)]
    api_key: ApiKeyOptions,
}

#[derive(Serialize)]
struct Explained {
    good: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
    leeway_seconds: u64,
    /// By how much this host's clock is ahead of nRF Cloud's.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_ahead_seconds: Option<i64>,
    findings: Findings,
}

impl Explain {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let raw = token::read_raw(context, &self.judged.token)?;
        let text = token::clean(&raw);
        let keys = self.judged.known.load(context)?;
        let peer = if self.online { Some(peer::look(&self.cloud.anonymous(context)?)?) } else { None };
        let ahead = peer.as_ref().and_then(|peer| peer.ahead_seconds);
        let now = self.judged.at.map_or_else(|| context.unix_now(), |moment| moment.0);
        let time = match (ahead, self.judged.at) {
            (Some(ahead), _) => {
                Time { now: now.saturating_add_signed(ahead.saturating_neg()), clock: "nRF Cloud's clock" }
            }
            (None, Some(_)) => Time { now, clock: "the moment of --at" },
            (None, None) => Time { now, clock: "this host's clock" },
        };
        let expected = Expected {
            device_id: self.judged.device_id.as_ref(),
            audience: self.judged.aud.as_deref(),
            leeway: self.judged.leeway.0,
        };
        let Judgement { mut findings, device_id, signed_by } =
            reasons::judge(&raw, &text, &keys, &expected, &time);
        match peer.map(|looked| looked.peer) {
            None => {}
            Some(Err(diagnostic)) => findings.push(Finding::of("cloud.unreachable", &diagnostic)),
            Some(Ok(_)) => {
                findings.push(peer::clock_finding(ahead, context.unix_now(), self.judged.leeway.0));
                let asked = online::Asked {
                    text: &text,
                    device_id: device_id.as_deref(),
                    signed_by: signed_by.as_deref(),
                    is_good: findings.error_count() == 0,
                };
                findings.extend(asked.ask(context, &self.cloud, &self.api_key)?);
            }
        }
        let explained = Explained {
            good: findings.error_count() == 0,
            device_id,
            signed_by,
            leeway_seconds: self.judged.leeway.0,
            clock_ahead_seconds: ahead,
            findings,
        };
        context.out.result("nrfcloud.jwt.explain", &explained, human);
        match explained.findings.error_count() {
            0 => Ok(()),
            count => Err(diagnostic::token_explained(explained.findings.exit_code(), count)),
        }
    }
}

fn human(explained: &Explained) -> String {
    let mut text = explained.findings.to_string();
    if explained.good {
        // Writing to a `String` cannot fail.
        let _ = match (explained.findings.warnings(), &explained.signed_by) {
            (Some(warnings), _) => {
                writeln!(text, "no error, {warnings}: nRF Cloud may take this token or not")
            }
            (None, Some(_)) => writeln!(text, "nothing is wrong with this token"),
            (None, None) => {
                writeln!(text, "nothing is wrong with this token, as far as can be seen without its key")
            }
        };
    }
    text
}
