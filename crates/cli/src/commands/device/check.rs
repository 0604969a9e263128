//! `nrfcloud device check`

mod fix;

use std::borrow::Cow;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use cloud_api::onboarding::{self, CertificateRow, OnboardRow, Place, Problem, PublicKeyRow, Row, Rule};
use serde::Serialize;

use super::findings::{self, Finding};
use crate::context::Context;
use crate::csv_file::{self, Kind};
use crate::diagnostic::{self, Diagnostic};
use crate::file::WriteOptions;
use crate::input::Source;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// CSV, or the base64 of one; `-` is standard input
    #[arg(value_name = "CSV")]
    csv: Source,
    /// Kind of rows
    #[arg(long, value_enum, default_value_t = KindArgument::Auto)]
    kind: KindArgument,
    /// Take device IDs that begin with nrf- without an IMEI behind it
    #[arg(long)]
    allow_nrf_prefix: bool,
    /// Repair what can be repaired, and write the clean rows to this file
    #[arg(long, value_name = "FILE")]
    fix: Option<PathBuf>,
    #[command(flatten)]
    write: WriteOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KindArgument {
    /// deviceId,subType,tags,fwTypes,"PEM"
    Onboard,
    /// deviceId,"PEM" of a public key
    PublicKeys,
    /// deviceId,"PEM" of a certificate
    Certificates,
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
        if self.fix.is_none() && (self.write.force || self.write.dry_run) {
            return Err(Diagnostic::usage(
                "nothing is written without --fix",
                "give --fix FILE, or leave the other away",
            ));
        }
        let bytes = context.input.bytes(&self.csv)?;
        let (csv, base64) = match csv_file::unwrap_base64(&bytes) {
            Ok(Some(csv)) => (Cow::Owned(csv), true),
            Ok(None) => (Cow::Borrowed(bytes.as_slice()), false),
            Err(error) => {
                let found = Found::new(error.place, None, "base64", &error.problem);
                // What is inside cannot be looked at.
                let kind = self.kind_of(b"");
                let findings = vec![found];
                return self
                    .report(context, &Checked { kind, base64: true, rows: 0, good_rows: 0, findings });
            }
        };
        if let Some(path) = &self.fix {
            return self.repair(context, &csv, path);
        }
        if base64 {
            context.out.note("the file is base64; lines and columns are those of the CSV in it");
        }
        if !base64 && !csv_file::ends_with_line_break(&csv) {
            context.out.note(format_args!(
                "{}: no line break behind the last row, as in Nordic's guide; put one there before you join it with another file",
                self.csv
            ));
        }
        let kind = self.kind_of(&csv);
        let mut checked = match kind {
            Kind::PublicKeys => self.check::<PublicKeyRow>(&csv, kind, base64),
            Kind::Certificates => self.check::<CertificateRow>(&csv, kind, base64),
            Kind::Onboard => self.check::<OnboardRow>(&csv, kind, base64),
        };
        if let Some(line) = csv_file::line_of_private_key(&csv) {
            let message =
                "a private key: it is a secret of the device, and uploads refuse the file".to_owned();
            let found = Found { line, column: 1, row: None, rule: "private-key", message };
            checked.findings.push(found);
            checked.findings.sort_by_key(|found| (found.line, found.column));
        }
        self.report(context, &checked)
    }

    fn kind_of(&self, csv: &[u8]) -> Kind {
        match self.kind {
            KindArgument::Auto => csv_file::kind_of(csv),
            KindArgument::PublicKeys => Kind::PublicKeys,
            KindArgument::Certificates => Kind::Certificates,
            KindArgument::Onboard => Kind::Onboard,
        }
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
        context.out.result("nrfcloud.device.check", checked, |checked| self.human(checked));
        match checked.findings.len() {
            0 => Ok(()),
            count => Err(diagnostic::bad_csv(&self.csv, count, checked.kind)),
        }
    }

    fn human(&self, checked: &Checked) -> String {
        if checked.findings.is_empty() {
            let kind = match checked.kind {
                Kind::PublicKeys => "public-key",
                Kind::Certificates => "certificate",
                Kind::Onboard => "onboarding",
            };
            let rows = if checked.rows == 1 { "row" } else { "rows" };
            return format!("{}: {} good {kind} {rows}\n", self.csv, checked.rows);
        }
        let line = |found: &Found| {
            let Found { line, column, message, .. } = found;
            format!("{}\n", Shown(format_args!("{}:{line}:{column}: {message}", self.csv)))
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
        Rule::Token(_) => "token",
        Rule::UnquotedPem => "unquoted-pem",
        Rule::StrayQuote => "stray-quote",
        Rule::TextAfterQuote => "text-after-quote",
        Rule::UnclosedQuote => "unclosed-quote",
        Rule::RowTooLong { .. } => "row-too-long",
        Rule::TooManyRows { .. } => "too-many-rows",
        _ => "other",
    }
}
