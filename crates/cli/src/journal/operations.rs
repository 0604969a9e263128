//! The bulk operations of this machine, as its ledger knows them.

use std::fmt::Display;

use cloud_api::bulk::{BulkOutcome, Event, PartKey};
use cloud_api::{BulkOpId, Url};
use ledger::{Entry, Filter, RunRecord, Subject};
use serde::{Deserialize, Serialize};

use super::{CAMPAIGN, Journal};
use crate::diagnostic::{self, Diagnostic};

/// How an upload is kept in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// As a campaign, which is followed to its end.
    Campaign,
    /// As one upload that was sent.
    Sent,
}

impl Kept {
    const ALL: [Self; 2] = [Self::Campaign, Self::Sent];

    const fn kind(self) -> &'static str {
        match self {
            Self::Campaign => "upload",
            Self::Sent => "sent",
        }
    }
}

/// The entry of a run about the CSV that is sent.
#[derive(Serialize, Deserialize)]
pub(crate) struct CsvFile {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) name: String,
    /// Rows of the whole.
    pub(crate) rows: usize,
}

impl CsvFile {
    pub(crate) const ENTRY: &str = "file";
}

/// What an upload is known by in the ledger: what it is for, where it goes to, and what it is.
pub(crate) fn subject(
    kept: Kept,
    schema: &str,
    url: &Url,
    what: &dyn Display,
) -> Result<Subject, Diagnostic> {
    Subject::new(kept.kind(), format!("{schema} {url} {what}")).map_err(diagnostic::unexpected)
}

/// What the ledger knows of a bulk operation.
pub(crate) struct KnownOperation {
    /// Index of its first row in the whole.
    pub(crate) first_row: usize,
    /// Its rows.
    pub(crate) row_count: usize,
    /// Rows of the whole.
    pub(crate) total: usize,
    /// How it ended, if this machine followed it so far.
    pub(crate) outcome: Option<BulkOutcome>,
}

impl Journal {
    /// The bulk operation that this machine began last at this address.
    pub(crate) async fn last_operation(&self, url: &Url) -> Result<Option<BulkOpId>, Diagnostic> {
        for run in self.uploads(url).await?.into_iter().rev() {
            let mut events = self.events(&run).await?.0.into_iter().rev();
            let submitted = events.find_map(|event| match event {
                Event::Submitted { id, .. } => Some(id),
                _ => None,
            });
            if submitted.is_some() {
                return Ok(submitted);
            }
        }
        Ok(None)
    }

    /// What is known of a bulk operation at this address.
    pub(crate) async fn operation(
        &self,
        url: &Url,
        id: &BulkOpId,
    ) -> Result<Option<KnownOperation>, Diagnostic> {
        for run in self.uploads(url).await?.into_iter().rev() {
            let (events, total) = self.events(&run).await?;
            let part = events.iter().find_map(|event| match event {
                Event::Submitted { part, id: submitted } if submitted == id => Some(*part),
                _ => None,
            });
            if let (Some(part), Some(total)) = (part, total) {
                return Ok(known(events, part, total));
            }
        }
        Ok(None)
    }

    /// The runs with uploads to this address, the oldest first.
    async fn uploads(&self, url: &Url) -> Result<Vec<RunRecord>, Diagnostic> {
        let mut runs = Vec::new();
        for kept in Kept::ALL {
            let filter = Filter { kind: Some(kept.kind().to_owned()), ..Filter::default() };
            runs.extend(self.ledger.runs(&filter).await?);
        }
        runs.retain(|run| run.subject.name().split(' ').nth(1) == Some(url.as_str()));
        runs.sort_by_key(|run| run.started_at);
        Ok(runs)
    }

    /// The events of a run, and how many rows its CSV has.
    async fn events(&self, run: &RunRecord) -> Result<(Vec<Event>, Option<usize>), Diagnostic> {
        let entries = self.ledger.entries(run.id).await?;
        let named = |name: &'static str| entries.iter().filter(move |entry| entry.name == name);
        let file = named(CsvFile::ENTRY).next().map(Entry::value::<CsvFile>).transpose()?;
        let events: Result<Vec<Event>, _> = named(CAMPAIGN).map(Entry::value).collect();
        Ok((events?, file.map(|file| file.rows)))
    }
}

fn known(events: Vec<Event>, wanted: PartKey, total: usize) -> Option<KnownOperation> {
    let mut known = None;
    for event in events {
        match event {
            Event::Submitting { part, first_row, row_count } if part == wanted => {
                known = Some(KnownOperation { first_row, row_count, total, outcome: None });
            }
            Event::Finished { part, request, rows, unparsed } if part == wanted => {
                if let Some(known) = &mut known {
                    known.outcome = Some(BulkOutcome::again(*request, rows, unparsed));
                }
            }
            _ => {}
        }
    }
    known
}
