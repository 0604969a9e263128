//! The way of a large CSV: its parts several at a time, each step in the ledger, so that a run that was killed goes on.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use cloud_api::bulk::{
    Campaign, CampaignPolicy, CampaignReport, ContentDigest, Event, Journal as _, Progress, UploadPart,
    WaitPolicy,
};
use cloud_api::onboarding::{Reading, Row};
use cloud_api::{BulkOpId, Client};
use ledger::{Entry, LedgerError, Outcome, Run, Subject};
use serde::{Deserialize, Serialize};

use super::failed::FailedFile;
use super::report::RowReport;
use super::{Shipment, Upload, UploadOptions, Uploads, device_id};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::journal::CampaignJournal;
use crate::journal::operations::{self, CsvFile, Kept};
use crate::output::Printer;
use crate::progress;

/// How long a CSV is held without a sign of life, beside what a bulk operation may take.
const LEASE: Duration = Duration::from_secs(600);

/// What is sent, and as whose.
pub(super) struct Cargo<'c, 'r, R> {
    pub(super) shipment: &'c Shipment<'c>,
    pub(super) client: &'c Client,
    pub(super) reading: &'c Reading<'r, R>,
}

/// What the entry about the rows that failed is called.
const FAILED_FILE: &str = "failed_file";

#[derive(Serialize, Deserialize)]
struct FailedRows {
    path: PathBuf,
}

impl UploadOptions {
    /// Sends all parts and follows them to their ends, or goes on with that.
    pub(super) async fn send_campaign<R: Row>(
        &self,
        context: &Context,
        cargo: &Cargo<'_, '_, R>,
    ) -> Result<(), Diagnostic> {
        let journal = self.journal.open(context).await?;
        let run = journal.claim(&cargo.subject()?, LEASE + self.timeout.duration()).await?;
        // A run that goes on may find files there that are its own.
        if run.is_new()
            && let Err(error) = self.probe(cargo.shipment.failed)
        {
            run.finish(SystemTime::now(), Outcome::Abandoned).await?;
            return Err(error.into());
        }
        match self.drive(context, cargo, &run).await {
            Ok(uploads) => {
                uploads.give_unless_told(context, cargo.shipment.operation);
                let verdict = uploads.verdict();
                // Last, so that one who is killed before it has all results once more.
                run.finish(SystemTime::now(), Outcome::Done).await?;
                verdict
            }
            Err(error) => {
                // Should the ledger fail as well, the lease ends by itself.
                if let Err(error) = run.release().await {
                    context.out.warn(error);
                }
                Err(error)
            }
        }
    }

    async fn drive<R: Row>(
        &self,
        context: &Context,
        cargo: &Cargo<'_, '_, R>,
        run: &Run<'_>,
    ) -> Result<Uploads, Diagnostic> {
        let Cargo { shipment, reading, .. } = cargo;
        let Shipment { operation, name, failed, retry_of, .. } = **shipment;
        if run.is_new() {
            let file = CsvFile { name: name.to_owned(), rows: reading.row_count() };
            run.append(SystemTime::now(), CsvFile::ENTRY, &file).await?;
        } else {
            context.out.note(format_args!("going on with run {}", run.id()));
        }
        let journal = CampaignJournal::new(run, Some(&context.out));
        for id in
            submitted(&journal.events().await?).into_iter().map(|(_, upload)| upload.bulk_ops_request_id)
        {
            journal.tell(&id);
        }
        let policy = CampaignPolicy {
            attempts: 3,
            wait: WaitPolicy { deadline: self.timeout.duration(), ..WaitPolicy::default() },
            ..CampaignPolicy::default()
        };
        let campaign = Campaign::new(cargo.client.clone(), operation.kind(), journal).with_policy(policy);
        let parts = reading.parts().map(|part| io::Result::Ok(UploadPart::from(part)));
        let lines = Lines::new(context, reading.parts().count());
        let out = &context.out;
        let watch = |seen: Progress<'_>| lines.seen(out, &seen);
        let ran = campaign.run_watched(parts, |part| lines.ended(part.id()), &watch).await;
        drop(lines);
        // What was sent is told whatever came of it.
        let uploads = submitted(&campaign.journal().events().await?);
        let mut uploads = Uploads {
            uploads: uploads.into_iter().map(|(_, upload)| upload).collect(),
            retry_of: retry_of.cloned(),
            ..Uploads::default()
        };
        let report = match ran {
            Ok(report) => report,
            Err(error) => {
                uploads.give_unless_told(context, operation);
                return Err(diagnostic::campaign_failed(error));
            }
        };
        tell(context, reading, &report, &mut uploads);
        if let Some(failed) = failed {
            uploads.failed = save_failed(context, failed, reading, &uploads, run).await?;
        }
        self.save_results(context, &uploads);
        match report.errors.into_iter().next() {
            Some((_, error)) => {
                uploads.give_unless_told(context, operation);
                Err(diagnostic::part_failed(error))
            }
            None => Ok(uploads),
        }
    }
}

impl<R: Row> Cargo<'_, '_, R> {
    /// The same rows to the same place are the same work.
    fn subject(&self) -> Result<Subject, Diagnostic> {
        let digest = ContentDigest::of(self.shipment.csv);
        operations::subject(Kept::Campaign, self.shipment.operation.schema(), self.client.base_url(), &digest)
    }
}

/// The uploads that were taken, in the order of their rows, each with the index of its first row.
fn submitted(events: &[Event]) -> Vec<(usize, Upload)> {
    let mut places = HashMap::new();
    let mut uploads = Vec::new();
    for event in events {
        match event {
            Event::Submitting { part, first_row, row_count } => {
                places.insert(*part, (*first_row, *row_count));
            }
            Event::Submitted { part, id } => {
                let (first_row, rows) = places.get(part).copied().unwrap_or_default();
                let id = id.clone();
                uploads.push((
                    first_row,
                    Upload { bulk_ops_request_id: id, rows, status: None, results: Vec::new() },
                ));
            }
            _ => {}
        }
    }
    uploads.sort_by_key(|(first_row, _)| *first_row);
    uploads
}

/// Tells what became of each row, and notes it.
fn tell<R: Row>(context: &Context, reading: &Reading<'_, R>, report: &CampaignReport, uploads: &mut Uploads) {
    for part in &report.parts {
        for entry in &part.outcome.unparsed {
            context.out.warn(format_args!("nRF Cloud says: {entry}"));
        }
        let results = part.outcome.results(part.row_count).into_iter().enumerate();
        let results: Vec<RowReport> = results
            .map(|(index, result)| {
                let row = part.first_row + index;
                RowReport::new(row, device_id(reading, row), result)
            })
            .collect();
        if !context.out.is_json() {
            context.out.text(&results.iter().map(|report| format!("{report}\n")).collect::<String>());
        }
        let upload = uploads.uploads.iter_mut().find(|upload| upload.bulk_ops_request_id == *part.id());
        if let Some(upload) = upload {
            upload.status = Some(part.outcome.request.status.to_string());
            upload.results = results;
        }
    }
}

/// Writes the rows that failed, once: where they go is in the ledger before they are there.
async fn save_failed<R: Row>(
    context: &Context,
    failed: &FailedFile,
    reading: &Reading<'_, R>,
    uploads: &Uploads,
    run: &Run<'_>,
) -> Result<Option<PathBuf>, LedgerError> {
    let rows: Vec<usize> =
        uploads.results().filter(|report| report.is_failed()).map(RowReport::index).collect();
    let Some(csv) = FailedFile::content(context, reading, &rows) else { return Ok(None) };
    let entries = run.entries().await?;
    let earlier = entries.iter().rfind(|entry| entry.name == FAILED_FILE).map(Entry::value::<FailedRows>);
    let path = match earlier.transpose()? {
        Some(FailedRows { path }) if std::fs::read(&path).is_ok_and(|there| there == csv) => {
            return Ok(Some(path));
        }
        Some(FailedRows { path }) if !path.exists() => path,
        _ => {
            let path = failed.place();
            run.append(SystemTime::now(), FAILED_FILE, &FailedRows { path: path.clone() }).await?;
            path
        }
    };
    Ok(failed.save_at(context, path, &csv))
}

/// How far it is, on a terminal: the whole, and below it each operation that is under way.
struct Lines<'c> {
    shown: progress::Progress<'c>,
    total: usize,
    state: Mutex<(usize, Vec<Option<BulkOpId>>)>,
}

impl<'c> Lines<'c> {
    fn new(context: &'c Context, total: usize) -> Self {
        Self { shown: context.out.progress(), total, state: Mutex::default() }
    }

    fn seen(&self, out: &Printer, progress: &Progress<'_>) {
        match progress {
            Progress::Polled { request, elapsed } => {
                let id = &request.bulk_ops_request_id;
                let told =
                    format!("bulk operation {id}: {} after {:.1} s", request.status, elapsed.as_secs_f32());
                out.trace(&told);
                self.shown.set(self.place(id), told);
            }
            Progress::Interrupted { error, .. } => out.warn(format_args!("{error}; asking again")),
            _ => {}
        }
    }

    /// The line of an operation, below that of the whole if there are several.
    fn place(&self, id: &BulkOpId) -> usize {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = &mut state.1;
        let line = lines
            .iter()
            .position(|line| line.as_ref() == Some(id))
            .or_else(|| lines.iter().position(Option::is_none));
        let line = line.unwrap_or_else(|| {
            lines.push(None);
            lines.len() - 1
        });
        lines[line] = Some(id.clone());
        line + usize::from(self.total > 1)
    }

    fn ended(&self, id: &BulkOpId) {
        let line = self.place(id);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += 1;
        state.1[line - usize::from(self.total > 1)] = None;
        if self.total > 1 {
            let (done, total) = (state.0, self.total);
            let bar = progress::bar(
                u64::try_from(done).unwrap_or(u64::MAX),
                u64::try_from(total).unwrap_or(u64::MAX),
            );
            self.shown.set(0, format_args!("{bar}  {done} of {total} uploads"));
        }
    }
}
