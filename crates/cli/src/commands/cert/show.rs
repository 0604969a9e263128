//! `nrfcloud cert show`

mod describe;

use std::time::SystemTime;

use clap::Args;
use pki::csr::CsrError;
use pki::input::{Input, InputError, Problem};
use pki::key::KeyError;
use pki::lint::{Finding, Severity};
use serde::Serialize;
use serde_json::Value;

use describe::Fields;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::text::{Shown, Table};

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// Anything: PEM, DER, JWK, answer to AT%KEYGEN or AT%ATTESTTOKEN; `-` is standard input
    #[arg(value_name = "FILE")]
    source: Source,
}

#[derive(Serialize)]
struct Contents {
    items: Vec<Thing>,
    findings: Vec<Found>,
}

#[derive(Serialize)]
struct Thing {
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<String>,
    place: String,
    #[serde(flatten)]
    fields: Fields,
}

#[derive(Serialize)]
struct Found {
    severity: &'static str,
    message: String,
}

impl Show {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let bytes = context.input.bytes(&self.source)?;
        let contents = match pki::input::load(&bytes) {
            // Repairs are among the findings here, not on stderr.
            Ok(input) => Contents::of(&input, context.now),
            Err(error) => match Contents::of_foreign_key(&error) {
                Some(contents) => contents,
                None => return Err(diagnostic::unusable(&self.source, &error)),
            },
        };
        context.out.result("nrfcloud.cert.show", &contents, human);
        Ok(())
    }
}

impl Contents {
    fn of(input: &Input, now: SystemTime) -> Self {
        let items = input.entries().iter().map(|entry| Thing {
            what: entry.item.describe(),
            form: Some(entry.form.to_string()),
            place: entry.place.to_string(),
            fields: describe::fields(&entry.item),
        });
        Self { items: items.collect(), findings: input.lint(now).iter().map(Found::from).collect() }
    }

    /// A key, or a request with one, that is whole and of another kind than nRF Cloud takes.
    fn of_foreign_key(error: &InputError) -> Option<Self> {
        let (kind, what) = match error.problem()? {
            Problem::Key(KeyError::Unusable(kind)) => (kind, describe::kind(kind)),
            Problem::Csr(CsrError::Key(KeyError::Unusable(kind))) => {
                (kind, format!("certificate request with {kind}"))
            }
            _ => return None,
        };
        let fields = Fields::default().with("key", describe::kind(kind));
        let place = error.place()?.to_string();
        let finding = Found { severity: "error", message: error.to_string() };
        Some(Self { items: vec![Thing { what, form: None, place, fields }], findings: vec![finding] })
    }
}

impl From<&Finding> for Found {
    fn from(finding: &Finding) -> Self {
        let severity = match finding.severity() {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        Self { severity, message: finding.to_string() }
    }
}

fn human(contents: &Contents) -> String {
    let mut text = String::new();
    for item in &contents.items {
        text.push_str(&format!("{}\n", Shown(&item.what)));
        let mut table = Table::default();
        let form = item.form.as_ref().map_or_else(String::new, |form| format!("{form}, "));
        table.row("  form", format_args!("{form}{}", item.place));
        for (name, value) in item.fields.iter() {
            let name = format!("  {}", name.replace('_', " "));
            match value {
                Value::String(value) => table.row(name, value),
                Value::Array(values) => {
                    let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
                    table.row(name, values.join(", "));
                }
                other => table.row(name, other),
            }
        }
        text.push_str(&table.to_string());
    }
    for finding in &contents.findings {
        text.push_str(&format!("{}: {}\n", finding.severity, Shown(&finding.message)));
    }
    text
}
