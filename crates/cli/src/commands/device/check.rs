//! `nrfcloud device check`

use std::borrow::Cow;

use clap::{Args, ValueEnum};
use cloud_api::onboarding::{self, Base64Error, OnboardRow, Place, Problem, PublicKeyRow, Row, Rule};
use serde::Serialize;

use super::findings::{self, Finding};
use crate::context::Context;
use crate::csv_file;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// CSV, or the base64 of one; `-` is standard input
    #[arg(value_name = "CSV")]
    csv: Source,
    /// Kind of rows
    #[arg(long, value_enum, default_value_t = Kind::Auto)]
    kind: Kind,
    /// Take device IDs that begin with nrf- and are not nrf-<IMEI>
    #[arg(long)]
    allow_nrf_prefix: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// deviceId,subType,tags,fwTypes,"PEM"
    Onboard,
    /// deviceId,"PEM"
    PublicKeys,
    /// Whichever it looks like
    Auto,
}

#[derive(Serialize)]
struct Checked {
    kind: Kind,
    base64: bool,
    rows: usize,
    good_rows: usize,
    findings: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    line: usize,
    column: usize,
    /// Counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<usize>,
    rule: &'static str,
    message: String,
}

impl Check {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let bytes = context.input.bytes(&self.csv)?;
        let (csv, base64) = match unwrap_base64(&bytes) {
            Ok(Some(csv)) => (Cow::Owned(csv), true),
            Ok(None) => (Cow::Borrowed(bytes.as_slice()), false),
            Err(error) => {
                let found = Found::new(error.place, None, "base64", &error.problem);
                return self.report(
                    context,
                    &Checked { kind: self.kind, base64: true, rows: 0, good_rows: 0, findings: vec![found] },
                );
            }
        };
        if base64 {
            context.out.note("the file is base64; lines and columns are those of the CSV in it");
        }
        let kind = match self.kind {
            Kind::Auto if csv_file::looks_like_public_keys(&csv) => Kind::PublicKeys,
            Kind::Auto => Kind::Onboard,
            given => given,
        };
        let checked = match kind {
            Kind::PublicKeys => self.check::<PublicKeyRow>(&csv, kind, base64),
            Kind::Onboard | Kind::Auto => self.check::<OnboardRow>(&csv, kind, base64),
        };
        self.report(context, &checked)
    }

    fn check<R: Row>(&self, csv: &[u8], kind: Kind, base64: bool) -> Checked {
        let reading = onboarding::read::<R>(csv);
        let of_form = reading.problems().iter().map(Found::of_problem);
        let contents = findings::of_rows(reading.rows(), self.allow_nrf_prefix);
        let mut flawed: Vec<usize> = contents.iter().map(|finding| finding.row).collect();
        flawed.dedup();
        let good_rows = reading.rows().len() - flawed.len();
        let mut findings: Vec<Found> = of_form.chain(contents.iter().map(Found::of_finding)).collect();
        findings.sort_by_key(|found| (found.line, found.column));
        Checked { kind, base64, rows: reading.row_count(), good_rows, findings }
    }

    fn report(&self, context: &Context, checked: &Checked) -> Result<(), Diagnostic> {
        context.out.result("nrfcloud.device.check", checked, |checked| self.human(checked))?;
        match checked.findings.len() {
            0 => Ok(()),
            count => Err(diagnostic::bad_csv(&self.csv, count)),
        }
    }

    fn human(&self, checked: &Checked) -> String {
        if checked.findings.is_empty() {
            let kind = if checked.kind == Kind::PublicKeys { "public-key" } else { "onboarding" };
            let rows = if checked.rows == 1 { "row" } else { "rows" };
            return format!("{}: {} good {kind} {rows}\n", self.csv, checked.rows);
        }
        let line = |found: &Found| {
            format!("{}:{}:{}: {}\n", self.csv, found.line, found.column, Shown(&found.message))
        };
        checked.findings.iter().map(line).collect()
    }
}

impl Found {
    fn new(place: Place, row: Option<usize>, rule: &'static str, message: &dyn std::fmt::Display) -> Self {
        Self {
            line: place.line,
            column: place.column,
            row: row.map(|row| row + 1),
            rule,
            message: message.to_string(),
        }
    }

    fn of_problem(problem: &Problem) -> Self {
        Self::new(problem.place, problem.row, rule_name(&problem.rule), &problem.rule)
    }

    fn of_finding(finding: &Finding) -> Self {
        Self::new(finding.place, Some(finding.row), finding.flaw.name(), &finding.flaw)
    }
}

/// The CSV inside, if the file is one text of base64 and so has none of the characters that every CSV has.
fn unwrap_base64(bytes: &[u8]) -> Result<Option<Vec<u8>>, Base64Error> {
    let is_base64 = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=') || byte.is_ascii_whitespace()
    };
    if bytes.iter().all(is_base64) { onboarding::decode_base64(bytes).map(Some) } else { Ok(None) }
}

/// The rule's name for programs.
fn rule_name(rule: &Rule) -> &'static str {
    match rule {
        Rule::NoRow => "no-row",
        Rule::ByteOrderMark => "byte-order-mark",
        Rule::Utf16 => "utf-16",
        Rule::NotUtf8 => "not-utf-8",
        Rule::HeaderRow => "header-row",
        Rule::BlankLine => "blank-line",
        Rule::ColumnCount { .. } => "column-count",
        Rule::Identifier(_) => "identifier",
        Rule::FirmwareNotInCsv(_) => "firmware-type",
        Rule::DuplicateDeviceId { .. } => "duplicate",
        Rule::Pem(_) => "pem",
        Rule::UnquotedPem => "unquoted-pem",
        Rule::StrayQuote => "stray-quote",
        Rule::TextAfterQuote => "text-after-quote",
        Rule::UnclosedQuote => "unclosed-quote",
        Rule::TooManyRows { .. } => "too-many-rows",
        _ => "other",
    }
}
