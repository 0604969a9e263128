//! `nrfcloud jwt inspect`

use clap::Args;
use jwt_core::{ClaimsView, UntrustedToken, nrfcloud};
use serde::Serialize;
use serde_json::Value;

use crate::clock::{self, Utc};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::text::Table;
use crate::token;

#[derive(Args, Debug)]
pub(crate) struct Inspect {
    /// Token, with or without `Bearer `; `-` is standard input
    token: String,
}

#[derive(Serialize)]
struct Inspected {
    verified: bool,
    header: Value,
    claims: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expired: Option<bool>,
}

impl Inspect {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let text = token::read(context, &self.token)?;
        let token = UntrustedToken::parse(&text).map_err(diagnostic::no_token)?;
        let mut buffer = vec![0; token.payload_len()];
        let claims = token.claims_unverified(&mut buffer).map_err(diagnostic::no_token)?;
        let now = context.unix_now();
        let inspected = Inspected {
            verified: false,
            header: serde_json::from_str(token.header_json()).map_err(diagnostic::unexpected)?,
            claims: serde_json::from_str(claims.json()).map_err(diagnostic::unexpected)?,
            device_id: nrfcloud::device_id(&claims).map(str::to_owned),
            expired: claims.exp().map(|exp| exp <= now),
        };
        Ok(context.out.result("nrfcloud.jwt.inspect", &inspected, |_| human(&token, &claims, now))?)
    }
}

fn human(token: &UntrustedToken<'_>, claims: &ClaimsView<'_>, now: u64) -> Table {
    let mut table = Table::default();
    table.row("NOT VERIFIED", "nobody has checked who made this token");
    table.row("header", token.header_json().trim());
    table.row("payload", claims.json().trim());
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
    table
}
