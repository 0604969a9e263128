//! `nrfcloud device check --fix`: a clean CSV of a damaged one.

use std::fmt::Display;
use std::path::Path;

use cloud_api::onboarding::{
    self, CertificateRow, LeftOut, OnboardRow, Place, PublicKeyRow, Reason, Repaired, Row,
};
use serde::Serialize;

use super::super::findings::{self, Flaw};
use super::{Check, KindArgument, rule_name};
use crate::context::Context;
use crate::csv_file::{self, Kind};
use crate::diagnostic::{self, Diagnostic};
use crate::file::{self, Access, Batch, FileError};
use crate::input::Source;
use crate::text::Shown;

#[derive(Serialize)]
struct Fixed {
    kind: Kind,
    rows: usize,
    dry_run: bool,
    changes: Vec<Told>,
    left_out: Vec<Told>,
}

#[derive(Serialize)]
struct Told {
    line: usize,
    column: usize,
    /// Counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    message: String,
}

impl Check {
    pub(super) fn repair(&self, context: &Context, csv: &[u8], path: &Path) -> Result<(), Diagnostic> {
        if path == Path::new("-") {
            return Err(diagnostic::not_stdout("--fix"));
        }
        if let Source::Path(csv) = &self.csv
            && file::is_same(path, csv)
        {
            return Err(FileError::Twice { path: path.to_owned() }.into());
        }
        if let Some(line) = csv_file::line_of_private_key(csv) {
            return Err(diagnostic::secret_in_csv(&self.csv, line));
        }
        let (kind, repaired) = self.repaired(csv);
        if repaired.row_count > 0 {
            let mut batch = Batch::new(self.write);
            batch.add(path, &repaired.csv, Access::Public);
            batch.commit(&context.out)?;
        }
        let mut rows_left_out: Vec<_> = repaired.left_out.iter().map(|left| left.row).collect();
        rows_left_out.dedup();
        let fixed = Fixed {
            kind,
            rows: repaired.row_count,
            dry_run: self.write.dry_run,
            changes: repaired
                .changes
                .iter()
                .map(|change| Told::new(change.place, change.row, None, &change.repair))
                .collect(),
            left_out: repaired.left_out.iter().map(Told::left_out).collect(),
        };
        context.out.result("nrfcloud.device.fix", &fixed, |fixed| self.told(fixed));
        if repaired.row_count > 0 && fixed.left_out.is_empty() {
            return Ok(());
        }
        Err(diagnostic::not_repaired(&self.csv, rows_left_out.len(), repaired.row_count))
    }

    /// Of the kind that was asked for; otherwise of that of which more rows can be had.
    fn repaired(&self, csv: &[u8]) -> (Kind, Repaired<Flaw>) {
        match self.kind {
            KindArgument::Onboard => (Kind::Onboard, self.repaired_as::<OnboardRow>(csv)),
            KindArgument::PublicKeys => (Kind::PublicKeys, self.repaired_as::<PublicKeyRow>(csv)),
            KindArgument::Certificates => (Kind::Certificates, self.repaired_as::<CertificateRow>(csv)),
            KindArgument::Auto => {
                let guess = csv_file::kind_of(csv);
                let kinds = [
                    (Kind::Onboard, self.repaired_as::<OnboardRow>(csv)),
                    (Kind::PublicKeys, self.repaired_as::<PublicKeyRow>(csv)),
                    (Kind::Certificates, self.repaired_as::<CertificateRow>(csv)),
                ];
                let [onboard, others @ ..] = kinds;
                others.into_iter().fold(onboard, |best, other| {
                    match other.1.row_count.cmp(&best.1.row_count) {
                        std::cmp::Ordering::Greater => other,
                        std::cmp::Ordering::Equal if other.0 == guess => other,
                        _ => best,
                    }
                })
            }
        }
    }

    fn repaired_as<R: Row>(&self, csv: &[u8]) -> Repaired<Flaw> {
        onboarding::repair::<R, _>(csv, |row| {
            let findings = findings::of_row(row, self.allow_nrf_prefix);
            findings.into_iter().next().map(|finding| finding.flaw)
        })
    }

    fn told(&self, fixed: &Fixed) -> String {
        let line = |told: &Told, word: &str| {
            let Told { line, column, message, .. } = told;
            format!("{}\n", Shown(format_args!("{}:{line}:{column}: {word}{message}", self.csv)))
        };
        let changes = fixed.changes.iter().map(|told| line(told, ""));
        changes.chain(fixed.left_out.iter().map(|told| line(told, "left out: "))).collect()
    }
}

impl Told {
    fn new(place: Place, row: Option<usize>, rule: Option<&'static str>, message: &dyn Display) -> Self {
        let (line, column) = (place.line, place.column);
        Self { line, column, row: row.map(|row| row + 1), rule, message: message.to_string() }
    }

    fn left_out(left: &LeftOut<Flaw>) -> Self {
        let rule = match &left.reason {
            Reason::Rule(rule) => rule_name(rule),
            Reason::Content(flaw) => flaw.name(),
            Reason::Conflict { .. } => "duplicate",
            _ => "other",
        };
        Self::new(left.place, left.row, Some(rule), &left.reason)
    }
}
