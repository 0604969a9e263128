//! `nrfcloud jwt inspect`

use clap::Args;
use jwt_core::{ClaimsView, UntrustedToken, nrfcloud};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::clock::{self, Utc};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::text::Table;
use crate::token::{self, Opened};

#[derive(Args, Debug)]
pub(crate) struct Inspect {
    /// Token, with or without `Bearer `; `-` is standard input
    token: String,
}

#[derive(Serialize)]
struct Inspected<'a> {
    verified: bool,
    header: &'a RawValue,
    claims: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expired: Option<bool>,
    /// Why nRF Cloud would not take it, whoever signed.
    findings: Vec<String>,
}

impl Inspect {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let text = token::read(context, &self.token)?;
        let opened = Opened::new(&text).map_err(|error| diagnostic::no_token(&error))?;
        let now = context.unix_now();
        let parsed = UntrustedToken::parse(&text);
        let mut buffer = vec![0; parsed.as_ref().map_or(0, UntrustedToken::payload_len)];
        let claims =
            parsed.as_ref().map_err(Clone::clone).and_then(|token| token.claims_unverified(&mut buffer));
        let inspected = Inspected {
            verified: false,
            header: &opened.header.json,
            claims: &opened.payload.json,
            device_id: claims.as_ref().ok().and_then(nrfcloud::device_id).map(|id| id.to_string()),
            expired: claims.as_ref().ok().and_then(ClaimsView::exp).map(|exp| exp <= now),
            findings: claims.as_ref().err().map(ToString::to_string).into_iter().collect(),
        };
        context.out.result("nrfcloud.jwt.inspect", &inspected, |inspected| {
            let mut table = Table::default();
            table.row("NOT VERIFIED", "nobody has checked who made this token");
            table.row("header", opened.header.text.trim());
            table.row("payload", opened.payload.text.trim());
            if let (Ok(token), Ok(claims)) = (&parsed, &claims) {
                explain(token, claims, now, &mut table);
            }
            for finding in &inspected.findings {
                table.row(
                    "finding",
                    format_args!("{finding}; nRF Cloud takes ES256 tokens of the plain form only"),
                );
            }
            table
        });
        Ok(())
    }
}

/// What the claims of a token mean to nRF Cloud.
fn explain(token: &UntrustedToken<'_>, claims: &ClaimsView<'_>, now: u64, table: &mut Table) {
    match (nrfcloud::device_id(claims), claims.sub().is_some()) {
        (Some(id), true) => table.row("device", format_args!("{id} (sub)")),
        (Some(id), false) => table.row("device", format_args!("{id} (iss, behind the dot)")),
        (None, _) => table.row("device", "not named"),
    }
    for (name, time) in [("issued", claims.iat()), ("valid from", claims.nbf()), ("expires", claims.exp())] {
        if let Some(time) = time {
            table.row(name, format_args!("{}, {}", Utc(time), clock::relative(time, now)));
        }
    }
    if claims.exp().is_none() {
        table.row("expires", "never");
    }
    if let Some(audience) = claims.aud() {
        table.row("audience", audience);
    }
    if let Some(kid) = token.kid() {
        table.row("key ID", kid);
    }
}
