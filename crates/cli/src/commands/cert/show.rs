//! `nrfcloud cert show`

mod describe;

use clap::Args;
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
    form: String,
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
        // Repairs are among the findings here, not on stderr.
        let input = pki::input::load(&bytes).map_err(|error| diagnostic::unusable(&self.source, &error))?;
        let items = input.entries().iter().map(|entry| Thing {
            what: entry.item.describe(),
            form: entry.form.to_string(),
            place: entry.place.to_string(),
            fields: describe::fields(&entry.item),
        });
        let contents = Contents {
            items: items.collect(),
            findings: input.lint(context.now).iter().map(Found::from).collect(),
        };
        Ok(context.out.result("nrfcloud.cert.show", &contents, human)?)
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
        table.row("  form", format_args!("{}, {}", item.form, item.place));
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
