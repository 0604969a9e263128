//! `nrfcloud cert show`

mod describe;

use std::time::SystemTime;

use clap::Args;
use pki::csr::CsrError;
use pki::input::{Form, Input, JwkError, Place, Problem, Unusable};
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
        let input = pki::input::survey(&bytes).map_err(|error| diagnostic::unusable(&self.source, &error))?;
        let whole = |unusable: &Unusable| foreign(&unusable.problem).is_some();
        if input.entries().is_empty() && !input.unusable().iter().any(whole) {
            input.clone().usable().map_err(|error| diagnostic::unusable(&self.source, &error))?;
        }
        let contents = Contents::of(&input, context.now);
        context.out.result("nrfcloud.cert.show", &contents, human);
        Ok(())
    }
}

impl Contents {
    fn of(input: &Input, now: SystemTime) -> Self {
        let usable = input.entries().iter().map(|entry| {
            let (what, fields) = (entry.item.describe(), describe::fields(&entry.item));
            (entry.place, Thing::new(what, &entry.form, entry.place, fields))
        });
        let unusable = input.unusable().iter().map(|Unusable { form, place, problem, .. }| {
            let (what, fields) =
                foreign(problem).unwrap_or_else(|| ("damaged".to_owned(), Fields::default()));
            (*place, Thing::new(what, form, *place, fields))
        });
        let mut items: Vec<(Place, Thing)> = usable.chain(unusable).collect();
        items.sort_by_key(|(place, _)| place.block);
        Self {
            items: items.into_iter().map(|(_, thing)| thing).collect(),
            findings: input.lint(now).iter().map(Found::from).collect(),
        }
    }
}

impl Thing {
    fn new(what: String, form: &Form, place: Place, fields: Fields) -> Self {
        Self { what, form: form.to_string(), place: place.to_string(), fields }
    }
}

/// Something that is whole and of another kind than can be used.
fn foreign(problem: &Problem) -> Option<(String, Fields)> {
    let (kind, what) = match problem {
        Problem::Key(KeyError::Unusable(kind)) | Problem::Jwk(JwkError::Key(KeyError::Unusable(kind))) => {
            (kind, describe::kind(kind))
        }
        Problem::Csr(CsrError::Key(KeyError::Unusable(kind))) => {
            (kind, format!("certificate request with {kind}"))
        }
        _ => return None,
    };
    Some((what, Fields::default().with("key", describe::kind(kind))))
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
