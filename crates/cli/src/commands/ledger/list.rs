//! `nrfcloud ledger list`

use clap::Args;
use ledger::RunRecord;
use serde::Serialize;

use super::selection::Selection;
use crate::clock;
use crate::cloud::block_on;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::journal::JournalOptions;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    journal: JournalOptions,
}

#[derive(Serialize)]
struct Runs {
    ledger: String,
    runs: Vec<RunRecord>,
}

impl List {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let (address, journal) = block_on(self.journal.look_into(context))??;
        let runs = match journal {
            Some(journal) => block_on(journal.ledger().runs(&self.selection.filter()))??,
            None => Vec::new(),
        };
        let runs = Runs { ledger: address.to_string(), runs };
        context
            .out
            .result("nrfcloud.ledger.list", &runs, |list| list.runs.iter().map(line).collect::<String>());
        Ok(())
    }
}

/// ID, begin, state, kind, subject; separated by tabs.
fn line(run: &RunRecord) -> String {
    format!(
        "{}\t{}\t{}\t{}\t{}\n",
        run.id,
        clock::rfc3339(run.started_at),
        state(run),
        run.subject.kind(),
        Shown(run.subject.name())
    )
}

/// In a word.
pub(super) fn state(run: &RunRecord) -> String {
    match (&run.ended, &run.held) {
        (Some((_, outcome)), _) => outcome.to_string(),
        (None, Some(_)) => "held".to_owned(),
        (None, None) => "open".to_owned(),
    }
}
