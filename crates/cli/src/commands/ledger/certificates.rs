//! `nrfcloud ledger certificates`

use clap::Args;
use ledger::{Filter, RunId};
use serde::Serialize;

use super::selection::Selection;
use crate::clock;
use crate::cloud::block_on;
use crate::commands::provision;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::journal::issued::{IssuedCertificate, KIND};
use crate::journal::{Journal, JournalOptions};
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct Certificates {
    /// Only those of this device
    #[arg(long, value_name = "ID")]
    device_id: Option<String>,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    journal: JournalOptions,
}

#[derive(Serialize)]
struct List {
    ledger: String,
    certificates: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    issued: IssuedCertificate,
    /// When it was written down.
    at: String,
    #[serde(serialize_with = "as_text")]
    run: RunId,
}

impl Certificates {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let list = block_on(self.look(context))??;
        context.out.result("nrfcloud.ledger.certificates", &list, |list| {
            list.certificates.iter().map(human).collect::<String>()
        });
        Ok(())
    }

    async fn look(&self, context: &Context) -> Result<List, Diagnostic> {
        let (address, journal) = self.journal.look_into(context).await?;
        let mut certificates = match journal {
            Some(journal) => find(&journal, &self.selection.filter()).await?,
            None => Vec::new(),
        };
        if let Some(wanted) = &self.device_id {
            certificates.retain(|line| line.issued.device_id.as_deref() == Some(wanted));
        }
        Ok(List { ledger: address.to_string(), certificates })
    }
}

/// Those of `cert issue`, and those of boards that were provisioned.
async fn find(journal: &Journal, filter: &Filter) -> Result<Vec<Line>, Diagnostic> {
    let ledger = journal.ledger();
    let mut lines = Vec::new();
    for run in ledger.runs(filter).await? {
        let kind = run.subject.kind();
        if ![KIND, provision::KIND].contains(&kind) {
            continue;
        }
        for entry in ledger.entries(run.id).await? {
            let issued = match kind {
                KIND => entry.value()?,
                _ => provision::issued(&entry)?.into_iter().collect::<Vec<IssuedCertificate>>(),
            };
            let at = clock::rfc3339(entry.at);
            lines.extend(issued.into_iter().map(|issued| Line { issued, at: at.clone(), run: run.id }));
        }
    }
    Ok(lines)
}

/// Device, serial number, end of validity, SHA-256; separated by tabs.
fn human(line: &Line) -> String {
    let IssuedCertificate { device_id, serial, not_after, sha256, .. } = &line.issued;
    format!("{}\t{serial}\t{not_after}\t{sha256}\n", Shown(device_id.as_deref().unwrap_or("?")))
}

fn as_text<S: serde::Serializer>(run: &RunId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(run)
}
