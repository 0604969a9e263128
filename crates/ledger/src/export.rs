//! Everything in a ledger, for other programs.

use std::io::{self, Write};

use serde::Serialize;

use crate::error::LedgerError;
use crate::ledger::{Filter, Ledger};
use crate::record::{Entry, RunRecord};
use crate::time::rfc3339;

impl Ledger {
    /// Writes the runs that are meant, with their entries, as one JSON document with `schema` and `version`. A run has a line of its own.
    ///
    /// # Errors
    /// [`ExportError`]
    pub async fn export_json(&self, filter: &Filter, mut to: impl Write) -> Result<(), ExportError> {
        to.write_all(b"{\"schema\":\"ledger.runs\",\"version\":1,\"runs\":[")?;
        for (index, run) in self.runs(filter).await?.iter().enumerate() {
            to.write_all(if index == 0 { b"\n" } else { b",\n" })?;
            let entries = self.entries(run.id).await?;
            serde_json::to_writer(&mut to, &WholeRun { run, entries: &entries }).map_err(
                |error| match error.is_io() {
                    true => ExportError::Write(error.into()),
                    false => LedgerError::Damaged(format!("run {}: {error}", run.id)).into(),
                },
            )?;
        }
        to.write_all(b"\n]}\n")?;
        Ok(to.flush()?)
    }

    /// Writes the entries of the runs that are meant as CSV (RFC 4180) with a header row, an entry a row. A run without entries has one
    /// row, without an entry.
    ///
    /// # Errors
    /// [`ExportError`]
    pub async fn export_csv(&self, filter: &Filter, to: impl Write) -> Result<(), ExportError> {
        let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(to);
        csv.write_record(COLUMNS).map_err(io::Error::from)?;
        for run in self.runs(filter).await? {
            let ended = run.ended.map(|(at, outcome)| (rfc3339(at), outcome.to_string())).unwrap_or_default();
            let id = run.id.to_string();
            let started_at = rfc3339(run.started_at);
            let of_run = [&id, run.subject.kind(), run.subject.name(), &started_at, &ended.0, &ended.1];
            let entries = self.entries(run.id).await?;
            if entries.is_empty() {
                csv.write_record(of_run.into_iter().chain([""; 5])).map_err(io::Error::from)?;
            }
            for Entry { number, at, holder, name, body } in &entries {
                let entry =
                    [&number.to_string(), &rfc3339(*at), holder.as_str(), name.as_str(), body.as_str()];
                csv.write_record(of_run.into_iter().chain(entry)).map_err(io::Error::from)?;
            }
        }
        Ok(csv.flush()?)
    }
}

const COLUMNS: [&str; 11] =
    ["run", "kind", "subject", "started_at", "ended_at", "outcome", "number", "at", "holder", "name", "body"];

#[derive(Serialize)]
struct WholeRun<'r> {
    #[serde(flatten)]
    run: &'r RunRecord,
    entries: &'r [Entry],
}

/// Why an export is not whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// It could not be written.
    #[error("the export cannot be written: {0}")]
    Write(#[from] io::Error),
}
